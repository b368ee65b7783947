# The newest ACTIVE revision of the family, whoever registered it.
data "ecslive_task_definition" "report" {
  family        = "report"
  allow_missing = true # the first apply registers one: take this out afterwards
}
