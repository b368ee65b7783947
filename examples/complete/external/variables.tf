variable "region" {
  description = "AWS region."
  type        = string
  default     = "eu-west-1"
}

variable "vpc_id" {
  description = "VPC of the target groups."
  type        = string
}

variable "load_balancer_subnet_ids" {
  description = "Public subnets, at least two."
  type        = list(string)
}

variable "load_balancer_security_group_ids" {
  description = "Let requests in."
  type        = list(string)
}

variable "task_subnet_ids" {
  description = "Private subnets with a way to the registry of the image and to CloudWatch."
  type        = list(string)
}

variable "task_security_group_ids" {
  description = "Let the load balancer in at port 8080."
  type        = list(string)
}

variable "certificate_arn" {
  description = "Certificate of the HTTPS listeners."
  type        = string
}

variable "image" {
  description = "Image of the first revision. Later ones come from the pipeline."
  type        = string
}
