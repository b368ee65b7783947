resource "aws_lb_listener_rule" "production" {
  count = var.create && var.production_rule != null ? 1 : 0

  listener_arn = var.production_rule.listener_arn
  priority     = var.production_rule.priority
  tags         = var.tags

  action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = local.weights

        content {
          arn    = target_group.key
          weight = target_group.value
        }
      }

      dynamic "stickiness" {
        for_each = var.stickiness_duration[*]

        content {
          enabled  = true
          duration = stickiness.value
        }
      }
    }
  }

  dynamic "condition" {
    for_each = var.production_rule.conditions

    content {
      dynamic "host_header" {
        for_each = condition.value.host_header == null ? [] : [condition.value.host_header]

        content {
          values = host_header.value
        }
      }

      dynamic "path_pattern" {
        for_each = condition.value.path_pattern == null ? [] : [condition.value.path_pattern]

        content {
          values = path_pattern.value
        }
      }

      dynamic "source_ip" {
        for_each = condition.value.source_ip == null ? [] : [condition.value.source_ip]

        content {
          values = source_ip.value
        }
      }

      dynamic "http_request_method" {
        for_each = condition.value.http_request_method == null ? [] : [condition.value.http_request_method]

        content {
          values = http_request_method.value
        }
      }

      dynamic "http_header" {
        for_each = condition.value.http_header == null ? [] : [condition.value.http_header]

        content {
          http_header_name = http_header.value.name
          values           = http_header.value.values
        }
      }
    }
  }
}

resource "aws_lb_listener" "production" {
  count = var.create && var.production_listener != null ? 1 : 0

  load_balancer_arn = var.production_listener.load_balancer_arn
  port              = var.production_listener.port
  protocol          = var.production_listener.protocol
  certificate_arn   = var.production_listener.certificate_arn
  ssl_policy        = var.production_listener.ssl_policy
  tags              = var.tags

  default_action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = local.weights

        content {
          arn    = target_group.key
          weight = target_group.value
        }
      }

      dynamic "stickiness" {
        for_each = var.stickiness_duration[*]

        content {
          enabled  = true
          duration = stickiness.value
        }
      }
    }
  }
}
