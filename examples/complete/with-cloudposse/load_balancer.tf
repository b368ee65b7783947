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
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
      message_body = "Not found"
    }
  }
}

# No depends_on here: it would move the reads into the apply.
module "pair" {
  source = "../../../terraform/modules/blue-green-alb"

  cluster        = "shop"
  service_name   = "shop-web"
  name           = "web"
  container_name = "web"
  container_port = 8080
  vpc_id         = var.vpc_id

  target_group = {
    health_check = { path = "/health" }
  }

  production_rule = {
    listener_arn = aws_lb_listener.https.arn
    priority     = 10
    conditions   = [{ path_pattern = ["/*"] }]
  }

  test_rule = {
    listener_arn = aws_lb_listener.test.arn
    priority     = 10
    conditions   = [{ path_pattern = ["/*"] }]
  }
}
