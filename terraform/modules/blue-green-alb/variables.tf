variable "create" {
  description = "Whether anything is created and read. With `false` every output is null or empty."
  type        = bool
  default     = true
  nullable    = false
}

variable "name" {
  description = "Name of the pair: the target groups are called `NAME-blue` and `NAME-green`. The name of the service when it is null."
  type        = string
  default     = null

  validation {
    condition     = var.name == null ? true : can(regex("^[0-9A-Za-z]([0-9A-Za-z-]{0,24}[0-9A-Za-z])?$", var.name))
    error_message = "The name has at most 26 letters, digits and hyphens, and begins and ends with a letter or digit: a target group's name ends at 32 characters."
  }
}

variable "cluster" {
  description = "Name or ARN of the cluster. A variable, local or literal."
  type        = string

  validation {
    condition     = can(regex("\\S", var.cluster))
    error_message = "The cluster needs a name or an ARN."
  }
}

variable "service_name" {
  description = "Name of the service. A variable, local or literal: taken from `aws_ecs_service` it would be a cycle."
  type        = string

  validation {
    condition     = can(regex("\\S", var.service_name))
    error_message = "The service needs a name."
  }
}

variable "region" {
  description = "Region to read from. That of the provider ecslive when it is null."
  type        = string
  default     = null
}

variable "container_name" {
  description = "Container that receives the requests."
  type        = string
}

variable "container_port" {
  description = "Port of the container; also the port of the target groups."
  type        = number

  validation {
    condition     = var.container_port >= 1 && var.container_port <= 65535 && floor(var.container_port) == var.container_port
    error_message = "A port is a whole number from 1 to 65535."
  }
}

variable "vpc_id" {
  description = "VPC of the target groups."
  type        = string
}

variable "target_group" {
  description = "What both target groups have in common. Changing `port`, `protocol`, `protocol_version`, `target_type` or the VPC replaces them, which AWS refuses as long as the rule forwards to them: make a new pair with another name instead."
  type = object({
    port                          = optional(number)
    protocol                      = optional(string, "HTTP")
    protocol_version              = optional(string, "HTTP1")
    target_type                   = optional(string, "ip")
    deregistration_delay          = optional(number, 300)
    slow_start                    = optional(number, 0)
    load_balancing_algorithm_type = optional(string, "round_robin")
    health_check = optional(object({
      path                = optional(string, "/")
      port                = optional(string, "traffic-port")
      protocol            = optional(string, "HTTP")
      matcher             = optional(string, "200-299")
      interval            = optional(number, 30)
      timeout             = optional(number, 5)
      healthy_threshold   = optional(number, 3)
      unhealthy_threshold = optional(number, 3)
    }), {})
  })
  default  = {}
  nullable = false

  validation {
    condition     = contains(["HTTP", "HTTPS"], var.target_group.protocol)
    error_message = "An Application Load Balancer talks HTTP or HTTPS to its targets."
  }

  validation {
    condition     = contains(["ip", "instance"], var.target_group.target_type)
    error_message = "target_type is \"ip\" (network mode awsvpc) or \"instance\" (bridge and host)."
  }
}

variable "production_rule" {
  description = "The rule of an existing listener that carries production. Either this or `production_listener`."
  type = object({
    listener_arn = string
    priority     = optional(number)
    conditions = list(object({
      host_header         = optional(list(string))
      path_pattern        = optional(list(string))
      source_ip           = optional(list(string))
      http_request_method = optional(list(string))
      http_header = optional(object({
        name   = string
        values = list(string)
      }))
    }))
  })
  default = null

  validation {
    condition = alltrue([
      for condition in try(var.production_rule.conditions, []) : length([for kind, value in condition : kind if value != null]) == 1
    ])
    error_message = "Each condition has exactly one of host_header, path_pattern, source_ip, http_request_method and http_header."
  }

  validation {
    condition     = var.production_rule == null ? true : length(var.production_rule.conditions) > 0
    error_message = "A rule needs a condition; path_pattern = [\"/*\"] matches everything."
  }
}

variable "production_listener" {
  description = "A listener to create, whose default action carries production. Either this or `production_rule`. CODE_DEPLOY, rolling and EXTERNAL only: a native deployment needs a rule."
  type = object({
    load_balancer_arn = string
    port              = optional(number, 443)
    protocol          = optional(string, "HTTPS")
    certificate_arn   = optional(string)
    ssl_policy        = optional(string)
  })
  default = null

  validation {
    condition     = var.production_listener == null ? true : (var.production_listener.protocol == "HTTPS") == (var.production_listener.certificate_arn != null)
    error_message = "A listener with the protocol HTTPS needs a certificate_arn, and one with HTTP has none."
  }
}

variable "test_rule" {
  description = "The rule that carries test traffic. Its weights belong to the deployment and are never written again."
  type = object({
    listener_arn = string
    priority     = optional(number)
    conditions = list(object({
      host_header         = optional(list(string))
      path_pattern        = optional(list(string))
      source_ip           = optional(list(string))
      http_request_method = optional(list(string))
      http_header = optional(object({
        name   = string
        values = list(string)
      }))
    }))
  })
  default = null

  validation {
    condition = alltrue([
      for condition in try(var.test_rule.conditions, []) : length([for kind, value in condition : kind if value != null]) == 1
    ])
    error_message = "Each condition has exactly one of host_header, path_pattern, source_ip, http_request_method and http_header."
  }

  validation {
    condition     = var.test_rule == null ? true : length(var.test_rule.conditions) > 0
    error_message = "A rule needs a condition; path_pattern = [\"/*\"] matches everything."
  }
}

variable "stickiness_duration" {
  description = "Seconds for which a client stays on a target group; no stickiness when it is null. Give it where a deployment shifts traffic step by step."
  type        = number
  default     = null

  validation {
    condition     = var.stickiness_duration == null ? true : var.stickiness_duration >= 1 && var.stickiness_duration <= 604800
    error_message = "stickiness_duration is a number of seconds from 1 to 604800 (seven days)."
  }
}

variable "native" {
  description = "For services that ECS itself deploys (BLUE_GREEN, LINEAR, CANARY; hashicorp/aws 6.4 or newer): the role with which ECS changes the rules; without it for a module that makes its own, as terraform-aws-modules/ecs does. Null for CODE_DEPLOY, rolling and EXTERNAL."
  type = object({
    role_arn = optional(string)
  })
  default = null
}

variable "on_traffic_shift" {
  description = "What to do while traffic is split or a rollback runs: `allow` writes the weights back as they are, `wait` waits, `error` stops the plan."
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

variable "tags" {
  description = "Tags of everything that is created."
  type        = map(string)
  default     = {}
  nullable    = false
}
