variable "web_version" {
  type = string
}

# Stops a plan that would roll out an image which nobody pushed, or not for this platform.
data "ecslive_image" "web" {
  image             = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:${var.web_version}"
  include_platforms = true

  lifecycle {
    postcondition {
      condition     = self.platforms == null ? true : anytrue([for platform in self.platforms : startswith(platform, "linux/arm64")])
      error_message = "${self.image} is not built for ARM64."
    }
  }
}

locals {
  # By digest: the tasks of one revision all run the same image, whatever happens to the tag.
  web_image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web@${data.ecslive_image.web.digest}"
}
