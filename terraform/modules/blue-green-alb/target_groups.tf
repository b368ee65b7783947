# Two resources with fixed names, replaced in place: with create_before_destroy an apply would stop half-way, because the group
# that serves is not one of the new pair.
resource "aws_lb_target_group" "blue" {
  count = var.create ? 1 : 0

  name                          = "${local.name}-blue"
  vpc_id                        = var.vpc_id
  port                          = local.port
  protocol                      = var.target_group.protocol
  protocol_version              = var.target_group.protocol_version
  target_type                   = var.target_group.target_type
  deregistration_delay          = var.target_group.deregistration_delay
  slow_start                    = var.target_group.slow_start
  load_balancing_algorithm_type = var.target_group.load_balancing_algorithm_type
  tags                          = var.tags

  health_check {
    path                = var.target_group.health_check.path
    port                = var.target_group.health_check.port
    protocol            = var.target_group.health_check.protocol
    matcher             = var.target_group.health_check.matcher
    interval            = var.target_group.health_check.interval
    timeout             = var.target_group.health_check.timeout
    healthy_threshold   = var.target_group.health_check.healthy_threshold
    unhealthy_threshold = var.target_group.health_check.unhealthy_threshold
  }

  lifecycle {
    precondition {
      condition     = length(local.name) <= 26
      error_message = "The name of the service is too long for a pair of target groups: give a name of at most 26 characters."
    }

    precondition {
      condition     = (var.production_rule == null) != (var.production_listener == null)
      error_message = "Give either production_rule or production_listener."
    }

    precondition {
      condition     = var.native == null || var.production_rule != null
      error_message = "A native deployment needs production_rule: ECS changes a rule, not a default action."
    }
  }
}

resource "aws_lb_target_group" "green" {
  count = var.create ? 1 : 0

  name                          = "${local.name}-green"
  vpc_id                        = var.vpc_id
  port                          = local.port
  protocol                      = var.target_group.protocol
  protocol_version              = var.target_group.protocol_version
  target_type                   = var.target_group.target_type
  deregistration_delay          = var.target_group.deregistration_delay
  slow_start                    = var.target_group.slow_start
  load_balancing_algorithm_type = var.target_group.load_balancing_algorithm_type
  tags                          = var.tags

  health_check {
    path                = var.target_group.health_check.path
    port                = var.target_group.health_check.port
    protocol            = var.target_group.health_check.protocol
    matcher             = var.target_group.health_check.matcher
    interval            = var.target_group.health_check.interval
    timeout             = var.target_group.health_check.timeout
    healthy_threshold   = var.target_group.health_check.healthy_threshold
    unhealthy_threshold = var.target_group.health_check.unhealthy_threshold
  }

  lifecycle {
    precondition {
      condition     = length(local.name) <= 26
      error_message = "The name of the service is too long for a pair of target groups: give a name of at most 26 characters."
    }
  }
}
