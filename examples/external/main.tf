# For those who may not install a provider: the same answer through hashicorp/external, and the command `ecslive`.

data "external" "web" {
  program = ["ecslive", "external"]

  query = {
    query        = "target-group"
    cluster      = "shop"
    service_name = "web"
    region       = "eu-west-1"
  }
}

# Every value is a text: null is empty, and what is more than one value is JSON.
output "target_group_arn" {
  value = data.external.web.result.target_group_arn
}

output "weights" {
  value = jsondecode(data.external.web.result.target_group_weights)
}
