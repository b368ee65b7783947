# What the module refuses, in words of its own.
mock_provider "aws" {}

mock_provider "ecslive" {
  mock_data "ecslive_target_group" {
    defaults = {
      target_group_weights = {}
    }
  }
}

variables {
  cluster        = "shop"
  service_name   = "web"
  container_name = "web"
  container_port = 8080
  vpc_id         = "vpc-00000000000000000"

  production_rule = {
    listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/0000000000000003/0000000000000004"
    conditions   = [{ path_pattern = ["/*"] }]
  }
}

run "a_name_that_does_not_fit" {
  command = plan

  variables {
    name = "a-name-that-is-longer-than-26-characters"
  }

  expect_failures = [var.name]
}

run "a_name_of_a_service_that_does_not_fit" {
  command = plan

  variables {
    service_name = "a-service-with-a-long-name-x"
  }

  expect_failures = [aws_lb_target_group.blue, aws_lb_target_group.green]
}

run "a_port_that_is_none" {
  command = plan

  variables {
    container_port = 80800
  }

  expect_failures = [var.container_port]
}

run "two_ways_in" {
  command = plan

  variables {
    production_listener = {
      load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/0000000000000003"
      port              = 80
      protocol          = "HTTP"
    }
  }

  expect_failures = [aws_lb_target_group.blue]
}

run "no_way_in" {
  command = plan

  variables {
    production_rule = null
  }

  expect_failures = [aws_lb_target_group.blue]
}

run "a_native_deployment_without_a_rule" {
  command = plan

  variables {
    production_rule = null

    native = {
      role_arn = "arn:aws:iam::123456789012:role/ecs-infrastructure"
    }

    production_listener = {
      load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/0000000000000003"
      port              = 80
      protocol          = "HTTP"
    }
  }

  expect_failures = [aws_lb_target_group.blue]
}

run "a_condition_with_two_kinds" {
  command = plan

  variables {
    production_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/0000000000000003/0000000000000004"
      conditions   = [{ path_pattern = ["/*"], host_header = ["shop.example.com"] }]
    }
  }

  expect_failures = [var.production_rule]
}

run "https_without_a_certificate" {
  command = plan

  variables {
    production_rule = null

    production_listener = {
      load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/0000000000000003"
    }
  }

  expect_failures = [var.production_listener]
}

run "an_unknown_way_to_treat_a_split" {
  command = plan

  # OpenTofu makes up computed values while it plans, and what it makes up is no ARN.
  override_resource {
    target = aws_lb_target_group.blue
    values = {
      arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001"
    }
  }

  override_resource {
    target = aws_lb_target_group.green
    values = {
      arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002"
    }
  }

  variables {
    on_traffic_shift = "ignore"
  }

  expect_failures = [var.on_traffic_shift]
}
