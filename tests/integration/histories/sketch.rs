//! A service and the truth about it in a few lines, for a failure that a person reads.

use ecslive::resolve::model::Service;
use fake_aws::history::Truth;

/// What DescribeServices says.
pub fn service(service: &Service) -> String {
    let mut lines = vec![format!(
        "{} {:?} configured {:?} now {:?}",
        service.controller.as_str(),
        service.strategy,
        service.configured.as_ref().map(|arn| arn.revision()),
        service.current_deployment
    )];
    lines.extend(service.deployments.iter().map(|it| {
        let rollout = it.rollout.as_ref().map(|rollout| rollout.as_str());
        let (status, number) = (it.status.as_str(), it.task_definition.revision());
        format!("  {} {status} {rollout:?} :{number} running {} {:?}", it.id, it.running, it.reason)
    }));
    lines.extend(service.task_sets.iter().map(|it| {
        let groups: Vec<_> = it.load_balancers.iter().filter_map(|entry| entry.group()).map(|it| it.name()).collect();
        let number = it.task_definition.revision();
        format!("  {} {} :{number} {groups:?} {:?}", it.id, it.status.as_str(), it.code_deploy_id)
    }));
    lines.extend(service.current_revisions.iter().map(|it| format!("  {} running {}", it.arn, it.running)));
    let entries = service.load_balancers.iter().map(|it| it.groups().map(|group| group.name()).collect::<Vec<_>>());
    lines.push(format!("  entries {:?}", entries.collect::<Vec<_>>()));
    lines.join("\n")
}

/// The truth, on one line.
pub fn truth(truth: &Truth) -> String {
    let text = serde_json::to_string(truth).expect("JSON");
    let short = text.replace("arn:aws:elasticloadbalancing:eu-west-1:123456789012:", "");
    short.replace("arn:aws:ecs:eu-west-1:123456789012:", "")
}
