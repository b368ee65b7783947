# Runs without an account: `terraform init && terraform test`.
mock_provider "ecslive" {
  # Nothing there yet, as on the first apply.
  mock_data "ecslive_target_group" {
    defaults = {
      found                    = false
      target_group_arn         = null
      standby_target_group_arn = null
      target_group_weights     = {}
    }
  }

  mock_data "ecslive_service" {
    defaults = {
      found                          = true
      configured_task_definition_arn = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:8"
      configured_task_definition     = "web:8"
      task_definition_arn            = "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7"
      images                         = { web = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v7" }
      deployment_in_progress         = true
    }
  }
}

variables {
  cluster      = "shop"
  service_name = "web"

  target_group_arns = [
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001",
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002",
  ]
}

run "the_first_has_the_traffic_before_anything_is_live" {
  assert {
    condition     = output.target_group_weights == tomap({ (var.target_group_arns[0]) = 100, (var.target_group_arns[1]) = 0 })
    error_message = "The first target group should have 100."
  }
}

run "the_live_one_keeps_the_traffic" {
  override_data {
    target = data.ecslive_target_group.this
    values = {
      target_group_arn         = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002"
      standby_target_group_arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001"
      target_group_weights = {
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001"  = 0
        "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-green/0000000000000002" = 100
      }
    }
  }

  assert {
    condition     = output.target_group_weights == tomap({ (var.target_group_arns[0]) = 0, (var.target_group_arns[1]) = 100 })
    error_message = "The weights should be those of the route."
  }

  assert {
    condition     = output.target_group_arn == var.target_group_arns[1] && output.standby_target_group_arn == var.target_group_arns[0]
    error_message = "Green should be live and blue stand by."
  }
}

run "a_deployment_is_under_way" {
  assert {
    condition     = output.configured_task_definition_arn == "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:8" && output.configured_task_definition == "web:8"
    error_message = "What is configured is the new revision."
  }

  assert {
    condition     = output.task_definition_arn == "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7" && output.deployment_in_progress
    error_message = "What runs is still the old one."
  }

  assert {
    condition     = output.images["web"] == "123456789012.dkr.ecr.eu-west-1.amazonaws.com/web:v7"
    error_message = "The image should be that of the revision that runs."
  }
}

run "a_service_without_a_load_balancer" {
  variables {
    target_group_arns = []
  }

  assert {
    condition     = length(output.target_group_weights) == 0 && length(data.ecslive_target_group.this) == 0
    error_message = "No target group should be asked for."
  }
}

run "the_deployment_is_read_when_it_is_wanted" {
  variables {
    read_deployment = true
  }

  override_data {
    target = data.ecslive_deployment.this
    values = {
      status = "IN_PROGRESS"
    }
  }

  assert {
    condition     = output.deployment.status == "IN_PROGRESS"
    error_message = "The deployment should be told."
  }
}

run "nothing_with_create_false" {
  variables {
    create = false
  }

  assert {
    condition     = !output.found && length(output.target_group_weights) == 0 && output.configured_task_definition_arn == null && output.deployment == null
    error_message = "Every output should be null or empty."
  }
}

run "what_is_no_target_group_is_refused" {
  command = plan

  variables {
    target_group_arns = ["web-blue"]
  }

  expect_failures = [var.target_group_arns]
}

run "a_target_group_that_is_listed_twice_is_refused" {
  command = plan

  variables {
    target_group_arns = [
      "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001",
      "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web-blue/0000000000000001",
    ]
  }

  expect_failures = [var.target_group_arns]
}

run "an_unknown_way_to_treat_a_split_is_refused" {
  command = plan

  variables {
    on_traffic_shift = "ignore"
  }

  expect_failures = [var.on_traffic_shift]
}
