# Blue starts with all the traffic; after that, whatever the listener has.
locals {
  weights = provider::ecslive::forward_weights(
    data.ecslive_target_group.web.target_group_weights,
    [aws_lb_target_group.blue.arn, aws_lb_target_group.green.arn],
  )
}
