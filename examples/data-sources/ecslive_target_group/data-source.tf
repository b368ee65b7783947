locals {
  target_groups = [aws_lb_target_group.blue.arn, aws_lb_target_group.green.arn]
}

data "ecslive_target_group" "web" {
  cluster       = "shop"
  service_name  = "web"
  allow_missing = true
}

# The rule keeps the weights that the last deployment left, so there is nothing to change.
resource "aws_lb_listener_rule" "web" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 10

  action {
    type = "forward"

    forward {
      dynamic "target_group" {
        for_each = local.target_groups

        content {
          arn = target_group.value
          weight = provider::ecslive::forward_weights(
            data.ecslive_target_group.web.target_group_weights,
            local.target_groups,
          )[target_group.value]
        }
      }
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}
