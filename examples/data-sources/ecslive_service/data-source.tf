# The revision that the service runs, and the image of each of its containers.
data "ecslive_service" "web" {
  cluster       = "shop"
  service_name  = "web"
  allow_missing = true
}

output "web_image" {
  value = lookup(data.ecslive_service.web.images, "web", null)
}
