resource "aws_lb" "shop" {
  name            = "shop"
  subnets         = var.load_balancer_subnet_ids
  security_groups = var.load_balancer_security_group_ids
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.shop.arn
  port              = 443
  protocol          = "HTTPS"
  certificate_arn   = var.certificate_arn

  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
      message_body = "Not found"
    }
  }
}

# Testers come in here and see the new revision first.
resource "aws_lb_listener" "test" {
  load_balancer_arn = aws_lb.shop.arn
  port              = 8443
  protocol          = "HTTPS"
  certificate_arn   = var.certificate_arn

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
    }
  }

  # Not fed: the deployment moves these weights.
  lifecycle {
    ignore_changes = [default_action]
  }
}

# Two resources, not for_each, and no create_before_destroy.
resource "aws_lb_target_group" "blue" {
  name        = "web-blue"
  vpc_id      = var.vpc_id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"

  health_check {
    path = "/health"
  }
}

resource "aws_lb_target_group" "green" {
  name        = "web-green"
  vpc_id      = var.vpc_id
  port        = 8080
  protocol    = "HTTP"
  target_type = "ip"

  health_check {
    path = "/health"
  }
}

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
