locals {
  target_groups = [aws_lb_target_group.blue.arn, aws_lb_target_group.green.arn]

  weights = provider::ecslive::forward_weights(
    data.ecslive_target_group.web.target_group_weights,
    local.target_groups,
  )
}

data "ecslive_target_group" "web" {
  cluster           = "shop"
  service_name      = "web"
  target_group_arns = local.target_groups # keeps their weights, even if no such service is found
  on_traffic_shift  = "allow"             # the weights are right in the middle of a deployment too
  allow_missing     = true                # the first apply creates it: take this out afterwards
}

# The rule keeps the weights that the last deployment left, so there is nothing to change.
resource "aws_lb_listener_rule" "web" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 10

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
    }
  }

  condition {
    path_pattern {
      values = ["/*"]
    }
  }
}
