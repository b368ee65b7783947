# For run-task, schedules and Step Functions: the revision that the pipeline registered last.
data "ecslive_task_definition" "report" {
  family        = "report"
  allow_missing = true
}

locals {
  report_task_definition = data.ecslive_task_definition.report.arn
}
