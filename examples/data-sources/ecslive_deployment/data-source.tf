data "ecslive_deployment" "web" {
  cluster       = "shop"
  service_name  = "web"
  allow_missing = true
}

# Says so in every plan, without stopping it, when the last deployment did not go well. The data source stands outside:
# inside the check it would be read anew in every apply, and no plan would ever be empty.
check "last_deployment" {
  assert {
    condition = !contains(
      ["FAILED", "STOPPED", "ROLLED_BACK"],
      coalesce(data.ecslive_deployment.web.status, "NONE"),
    )
    error_message = "The last deployment of web: ${coalesce(data.ecslive_deployment.web.reason, "no reason is known")}"
  }
}
