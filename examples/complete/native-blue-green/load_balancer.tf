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

resource "aws_lb_listener_rule" "production" {
  listener_arn = aws_lb_listener.https.arn
  priority     = 20

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

# Requests with this header see the new revision first.
resource "aws_lb_listener_rule" "test" {
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
    http_header {
      http_header_name = "X-Deployment-Test"
      values           = ["yes"]
    }
  }

  # Not fed: the deployment moves these weights.
  lifecycle {
    ignore_changes = [action]
  }
}

# With this role ECS moves the traffic.
resource "aws_iam_role" "infrastructure" {
  name = "shop-web-infrastructure"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "infrastructure" {
  role       = aws_iam_role.infrastructure.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"
}
