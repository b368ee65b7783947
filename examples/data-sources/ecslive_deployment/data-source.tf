# Says so in every plan, without stopping it, when the last deployment did not go well.
check "last_deployment" {
  data "ecslive_deployment" "web" {
    cluster       = "shop"
    service_name  = "web"
    allow_missing = true
  }

  assert {
    condition = !contains(
      ["FAILED", "STOPPED", "ROLLED_BACK"],
      coalesce(data.ecslive_deployment.web.status, "NONE"),
    )
    error_message = "The last deployment of web: ${coalesce(data.ecslive_deployment.web.reason, "no reason is known")}"
  }
}
