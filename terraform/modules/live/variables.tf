variable "create" {
  description = "Whether anything is read. With `false` every output is null or empty."
  type        = bool
  default     = true
  nullable    = false
}

variable "cluster" {
  description = "Name or ARN of the cluster. A variable, local or literal, so that the read does not wait for the apply."
  type        = string

  validation {
    condition     = can(regex("\\S", var.cluster))
    error_message = "The cluster needs a name or an ARN."
  }
}

variable "service_name" {
  description = "Name of the service. Not taken from `aws_ecs_service`, which would be a cycle."
  type        = string

  validation {
    condition     = can(regex("\\S", var.service_name))
    error_message = "The service needs a name."
  }
}

variable "region" {
  description = "Region to read from. The provider's when it is null."
  type        = string
  default     = null
}

variable "target_group_arns" {
  description = "Target groups of the service, the initial one first. The weights are given for these; leave it empty for a service without a load balancer."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.target_group_arns : can(regex("^arn:[^:]+:elasticloadbalancing:[^:]+:[0-9]{12}:targetgroup/", arn))])
    error_message = "Every element has to be the ARN of a target group."
  }

  validation {
    condition     = length(distinct(var.target_group_arns)) == length(var.target_group_arns)
    error_message = "A target group is listed twice."
  }
}

variable "listener_arn" {
  description = "Production listener, when the weights feed one of its rules and it cannot be found otherwise (`EXTERNAL` with a test listener). Not together with `load_balancer_arn`."
  type        = string
  default     = null
}

variable "load_balancer_arn" {
  description = "Load balancer, when the weights feed a default action. It lies one step above the listener, so that nothing refers to itself."
  type        = string
  default     = null
}

variable "on_traffic_shift" {
  description = "What to do while traffic is split or a rollback runs: `allow` gives the weights as they are and no live target group, `wait` waits, `error` stops the plan."
  type        = string
  default     = "allow"
  nullable    = false

  validation {
    condition     = contains(["allow", "wait", "error"], var.on_traffic_shift)
    error_message = "on_traffic_shift is one of \"allow\", \"wait\" and \"error\"."
  }
}

variable "allow_missing" {
  description = "Whether the service may be absent, as it is on the first apply. Set it to `false` once the service exists: a wrong name is an error then."
  type        = bool
  default     = true
  nullable    = false
}

variable "read_deployment" {
  description = "Whether to read the current or last deployment too. One call more, under CODE_DEPLOY some."
  type        = bool
  default     = false
  nullable    = false
}
