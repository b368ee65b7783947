# Runs without an account: `terraform init && terraform test`.
mock_provider "aws" {
  override_resource {
    target = aws_lb_target_group.blue
    values = {
      arn        = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001"
      arn_suffix = "targetgroup/web-blue/0000000000000001"
    }
  }

  override_resource {
    target = aws_lb_target_group.green
    values = {
      arn        = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002"
      arn_suffix = "targetgroup/web-green/0000000000000002"
    }
  }

  override_resource {
    target = aws_lb_listener_rule.production
    values = {
      arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/0000000000000003/0000000000000004/0000000000000005"
    }
  }

  override_resource {
    target = aws_lb_listener_rule.test
    values = {
      arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener-rule/app/shop/0000000000000003/0000000000000006/0000000000000007"
    }
  }

  override_resource {
    target = aws_lb_listener.production
    values = {
      arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/0000000000000003/0000000000000008"
    }
  }
}

mock_provider "ecslive" {
  # Nothing there yet, as on the first apply.
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
    priority     = 10
    conditions   = [{ path_pattern = ["/*"] }]
  }
}

run "blue_has_the_traffic_before_anything_is_live" {
  assert {
    condition     = output.target_group_weights == tomap({ (output.blue.arn) = 100, (output.green.arn) = 0 })
    error_message = "Blue should have 100 and green 0."
  }

  assert {
    condition     = tomap({ for group in one(one(aws_lb_listener_rule.production[0].action).forward).target_group : group.arn => group.weight }) == output.target_group_weights
    error_message = "The rule should have the weights."
  }

  assert {
    condition     = output.target_group_arn == output.blue.arn && output.alternate_target_group_arn == output.green.arn
    error_message = "The service should start with blue."
  }

  assert {
    condition     = [aws_lb_target_group.blue[0].name, aws_lb_target_group.green[0].name] == ["web-blue", "web-green"]
    error_message = "The target groups should be named after the service."
  }

  assert {
    condition     = aws_lb_target_group.blue[0].port == 8080
    error_message = "The port of the target groups should be that of the container."
  }

  assert {
    condition     = length(aws_lb_listener_rule.test) == 0 && length(aws_lb_listener.production) == 0
    error_message = "There should be one rule and nothing else."
  }
}

run "green_keeps_the_traffic_after_a_deployment" {
  override_module {
    target = module.live
    outputs = {
      configured_target_group_arn    = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002"
      configured_task_definition_arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7"
      target_group_arn               = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002"
      standby_target_group_arn       = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001"
      target_group_weights = {
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001"  = 0
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002" = 100
      }
    }
  }

  assert {
    condition     = tomap({ for group in one(one(aws_lb_listener_rule.production[0].action).forward).target_group : group.arn => group.weight }) == tomap({ (output.blue.arn) = 0, (output.green.arn) = 100 })
    error_message = "Green should keep its 100."
  }

  assert {
    condition     = output.target_group_arn == output.green.arn && output.alternate_target_group_arn == output.blue.arn
    error_message = "The service should stay configured with green."
  }

  assert {
    condition     = output.configured_task_definition_arn == "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7"
    error_message = "The configured revision should be told."
  }
}

run "a_split_is_written_back_as_it_is" {
  override_data {
    target = module.live.data.ecslive_target_group.this
    values = {
      target_group_weights = {
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001"  = 90
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002" = 10
      }
    }
  }

  assert {
    condition     = output.target_group_weights == tomap({ (output.blue.arn) = 90, (output.green.arn) = 10 })
    error_message = "The weights should stay 90 and 10."
  }
}

run "native_shape_for_terraform_aws_modules" {
  variables {
    native = {
      role_arn = "arn:aws:iam::123456789012:role/ecs-infrastructure"
    }

    test_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/0000000000000003/0000000000000006"
      priority     = 10
      conditions   = [{ http_header = { name = "X-Test", values = ["1"] } }]
    }
  }

  assert {
    condition = jsonencode(output.load_balancer) == jsonencode({
      service = {
        target_group_arn = output.blue.arn
        container_name   = "web"
        container_port   = 8080
        advanced_configuration = {
          alternate_target_group_arn = output.green.arn
          production_listener_rule   = output.production_rule_arn
          test_listener_rule         = output.test_rule_arn
          role_arn                   = "arn:aws:iam::123456789012:role/ecs-infrastructure"
        }
      }
    })
    error_message = "The shape of terraform-aws-modules/ecs is another."
  }
}

run "shapes_for_cloudposse_and_codedeploy" {
  variables {
    test_rule = {
      listener_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shop/0000000000000003/0000000000000006"
      conditions   = [{ path_pattern = ["/*"] }]
    }
  }

  assert {
    condition = jsonencode(output.ecs_load_balancers) == jsonencode([{
      target_group_arn = output.blue.arn
      container_name   = "web"
      container_port   = 8080
      elb_name         = null
    }])
    error_message = "The shape of cloudposse/ecs-alb-service-task is another."
  }

  assert {
    condition = jsonencode(output.codedeploy) == jsonencode({
      target_group_names       = ["web-blue", "web-green"]
      production_listener_arns = [var.production_rule.listener_arn]
      test_listener_arns       = [var.test_rule.listener_arn]
    })
    error_message = "CodeDeploy needs the names of the pair and the listeners."
  }

  assert {
    condition     = output.load_balancer.service.advanced_configuration == null
    error_message = "Without `native` there is no advanced configuration."
  }
}

run "the_default_action_of_a_listener_of_its_own" {
  variables {
    production_rule     = null
    stickiness_duration = 300

    production_listener = {
      load_balancer_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/shop/0000000000000003"
      certificate_arn   = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    }
  }

  assert {
    condition     = tomap({ for group in one(one(aws_lb_listener.production[0].default_action).forward).target_group : group.arn => group.weight }) == output.target_group_weights
    error_message = "The default action should have the weights."
  }

  assert {
    condition     = one(one(one(aws_lb_listener.production[0].default_action).forward).stickiness).duration == 300
    error_message = "Clients should stay for 300 seconds."
  }

  assert {
    condition     = output.codedeploy.production_listener_arns == tolist([output.production_listener_arn]) && output.production_rule_arn == null
    error_message = "CodeDeploy needs the listener that was created."
  }
}

run "nothing_with_create_false" {
  variables {
    create = false
  }

  assert {
    condition     = length(output.load_balancer) + length(output.ecs_load_balancers) + length(output.target_group_weights) == 0
    error_message = "Collections should be empty."
  }

  assert {
    condition     = output.codedeploy == null && output.blue == null && output.target_group_arn == null && output.production_rule_arn == null
    error_message = "Everything else should be null."
  }
}
