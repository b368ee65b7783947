resource "aws_lb_listener_rule" "test" {
  count = var.create && var.test_rule != null ? 1 : 0

  listener_arn = var.test_rule.listener_arn
  priority     = var.test_rule.priority
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
    for_each = var.test_rule.conditions

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

  # Not fed: the deployment moves these weights, and they stay as they are.
  lifecycle {
    ignore_changes = [action]
  }
}
