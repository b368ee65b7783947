variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-west-1"
}

variable "task_subnet_ids" {
  description = "Private subnets with a way to the registry of the image and to CloudWatch."
  type        = list(string)
}

variable "task_security_group_ids" {
  description = "What the report may reach."
  type        = list(string)
}

variable "image" {
  description = "Image of the first revision. Later ones come from the pipeline."
  type        = string
}

variable "github_oidc_provider_arn" {
  description = "The account's OIDC provider for token.actions.githubusercontent.com."
  type        = string
}

variable "github_repository" {
  description = "Whose main branch may deploy, as OWNER/NAME."
  type        = string
}
