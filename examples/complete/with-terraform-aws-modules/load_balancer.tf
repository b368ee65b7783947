# Its own target groups come back to it as weights. That is no cycle: an output of a module depends on the resources that it
# names, not on the whole module.
module "alb" {
  source  = "terraform-aws-modules/alb/aws"
  version = "~> 10.5"

  name                       = "shop"
  vpc_id                     = var.vpc_id
  subnets                    = var.load_balancer_subnet_ids
  create_security_group      = false
  security_groups            = var.load_balancer_security_group_ids
  enable_deletion_protection = false

  listeners = {
    https = {
      port            = 443
      protocol        = "HTTPS"
      certificate_arn = var.certificate_arn

      fixed_response = {
        content_type = "text/plain"
        status_code  = "404"
        message_body = "Not found"
      }

      rules = {
        production = {
          priority   = 20
          conditions = [{ path_pattern = { values = ["/*"] } }]

          actions = [{
            weighted_forward = {
              target_groups = [
                for key in ["blue", "green"] : {
                  target_group_key = key
                  weight           = module.live.target_group_weights[module.alb.target_groups[key].arn]
                }
              ]
            }
          }]
        }
      }
    }
  }

  target_groups = {
    blue = {
      name              = "web-blue"
      port              = 8080
      protocol          = "HTTP"
      target_type       = "ip"
      create_attachment = false
      health_check      = { path = "/health" }
    }

    green = {
      name              = "web-green"
      port              = 8080
      protocol          = "HTTP"
      target_type       = "ip"
      create_attachment = false
      health_check      = { path = "/health" }
    }
  }
}
