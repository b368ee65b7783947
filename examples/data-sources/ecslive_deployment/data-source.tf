data "ecslive_deployment" "web" {
  cluster      = "shop"
  service_name = "web"
}

# Says so in every plan, without stopping it, when the last deployment did not go well.
check "last_deployment" {
  assert {
    condition     = !contains(["FAILED", "STOPPED", "ROLLED_BACK"], data.ecslive_deployment.web.status)
    error_message = "The last deployment of web is ${data.ecslive_deployment.web.status}: ${coalesce(data.ecslive_deployment.web.reason, "no reason given")}"
  }
}
