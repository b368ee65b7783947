//! `live-dependency-destroyed`: the plan destroys what running tasks need to start again.

use super::scene::{Found, Scene, cannot_tell, fine, short};
use super::{Rule, Verdict};
use crate::guard::facts::{DefinitionFacts, Question, ServiceFacts, Untold};
use crate::guard::outcome::Severity;
use crate::guard::plan::{Action, Change, Node, Text};

/// The rule.
pub static RULE: Rule = Rule {
    id: "live-dependency-destroyed",
    title: "Something that live tasks need is destroyed",
    severity: Severity::Error,
    why: "A parameter, secret, log group, role, policy, file system, repository or Cloud Map service looks unused once the \
          code has moved on, while the revision that runs still names it. Running tasks go on; the next one, started by \
          scaling or a failed host, does not start.",
    fix: "Deploy the revision that does not need it any more, and destroy it in a later apply.",
    needs: &["ecs:DescribeServices", "ecs:DescribeTaskDefinition"],
    judge,
};

const LATER: &str = "Keep it until no running or configured revision names it, and destroy it in a later apply.";

fn judge(change: &Change, scene: &Scene<'_>) -> Verdict {
    if change.kind == "aws_ecr_lifecycle_policy" && change.action != Action::NoOp {
        return lifecycle_policy(change, scene);
    }
    if !change.action.destroys() {
        return fine();
    }
    let Some(before) = change.before() else { return fine() };
    if change.kind == "aws_iam_role_policy_attachment"
        && let Some(found) = race(change, before, scene)
    {
        return found.alone();
    }
    let exempt = match change.kind.as_str() {
        "aws_cloudwatch_log_group" => before.get("skip_destroy").boolean().known() == Some(true),
        "aws_secretsmanager_secret_version" => matches!(change.action, Action::Replace { .. }),
        _ => false,
    };
    let names = names(change, before);
    if exempt || names.is_empty() {
        return fine();
    }
    let users = users(scene)?;
    for (service, definition) in &users {
        if let Some(how) = uses(change, &names, service, definition.as_ref().copied()) {
            let (what, harm) = match change.kind.as_str() {
                "aws_iam_role_policy" => {
                    (format!("an inline policy of role {}", names[0]), "new tasks lack what it permits")
                }
                "aws_iam_role_policy_attachment" => {
                    (format!("the attachment of a policy to role {}", names[0]), "new tasks lack what it permits")
                }
                "aws_service_discovery_service" => (
                    names[0].to_string(),
                    "its tasks are no longer found by name, and ECS does not register them again (hashicorp/aws#46930)",
                ),
                _ => (names[0].to_string(), "no new task would start"),
            };
            let message =
                format!("The plan destroys {what}, and {how} of service {} needs it: {harm}.", short(&service.arn));
            let found = Found::error(message).fact("Service", &service.arn);
            let found = definition.map_or(found.clone(), |definition| found.fact("Task definition", &definition.arn));
            return found.fact("Destroyed", &names[0]).fix(LATER).alone();
        }
    }
    fine()
}

type Users<'a> = Vec<(&'a ServiceFacts, Option<&'a DefinitionFacts>)>;

/// The services of the plan that stay, with the definitions that they need.
fn users<'a>(scene: &Scene<'a>) -> Result<Users<'a>, Untold> {
    let staying: Vec<&Change> = scene.services().filter(|service| service.action != Action::Delete).collect();
    scene.facts.ahead(staying.iter().filter_map(|service| scene.service_question(service)));
    let mut live = Vec::new();
    for service in staying {
        live.extend(scene.service(service)?);
    }
    let mut wanted = Vec::new();
    for service in live {
        let arns = service.revisions();
        scene.facts.ahead(arns.iter().map(|arn| Question::Definition((*arn).clone())));
        wanted.push((service, arns));
    }
    let mut users = Vec::new();
    for (service, arns) in wanted {
        if arns.is_empty() {
            users.push((service, None));
        }
        for arn in arns {
            users.push((service, scene.facts.definition(Question::Definition(arn.clone()))?));
        }
    }
    Ok(users)
}

/// The names under which a task definition may know the resource; the first one is printed.
fn names(change: &Change, before: Node<'_>) -> Vec<Text> {
    let keys: &[&str] = match change.kind.as_str() {
        "aws_ssm_parameter" => &["arn", "name"],
        "aws_secretsmanager_secret" | "aws_iam_role" | "aws_iam_policy" => &["arn"],
        "aws_secretsmanager_secret_version" => &["secret_arn", "secret_id"],
        "aws_cloudwatch_log_group" => &["name", "arn"],
        "aws_iam_role_policy" => &["role"],
        "aws_iam_role_policy_attachment" => &["role"],
        "aws_efs_file_system" => &["id"],
        "aws_ecr_repository" => &["repository_url"],
        "aws_service_discovery_service" => &["arn"],
        _ => &[],
    };
    keys.iter().filter_map(|key| before.get(key).name().known()).collect()
}

/// How a service uses the resource, in words.
fn uses(
    change: &Change,
    names: &[Text],
    service: &ServiceFacts,
    definition: Option<&DefinitionFacts>,
) -> Option<String> {
    let names: Vec<&str> = names.iter().map(Text::judged).collect();
    if change.kind == "aws_service_discovery_service" {
        let registered = service.registries.iter().any(|arn| names.contains(&arn.as_str()));
        return registered.then(|| "the registration".to_owned());
    }
    let definition = definition?;
    let revision = short(&definition.arn).to_owned();
    let roles = [&definition.task_role, &definition.execution_role];
    let role = |name: &&str| roles.into_iter().flatten().any(|arn| arn == name || arn.rsplit('/').next() == Some(name));
    let used = match change.kind.as_str() {
        "aws_iam_role" | "aws_iam_role_policy" | "aws_iam_role_policy_attachment" => names.iter().any(role),
        "aws_ecr_repository" => names.iter().any(|url| {
            let in_it = |image: &str| {
                image.strip_prefix(*url).is_some_and(|rest| rest.starts_with([':', '@']) || rest.is_empty())
            };
            definition.containers.iter().any(|container| in_it(&container.image))
        }),
        _ => definition.references.iter().any(|reference| names.iter().any(|name| refers(reference, name))),
    };
    used.then(|| format!("revision {revision}"))
}

/// A secret may be named with a JSON key and a version behind its ARN.
fn refers(reference: &str, name: &str) -> bool {
    reference.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// The same policy is detached at one address and attached at another: both act on one thing, in no fixed order.
fn race(change: &Change, before: Node<'_>, scene: &Scene<'_>) -> Option<Found> {
    let key = |node: Node<'_>| {
        let part = |key| node.get(key).name().known();
        Some((part("role")?, part("policy_arn")?))
    };
    let own = key(before)?;
    let mut others = scene.plan.of_kind("aws_iam_role_policy_attachment");
    let other = others.find(|other| {
        other.address != change.address
            && other.action.creates()
            && other
                .after()
                .and_then(key)
                .is_some_and(|(role, policy)| role.judged() == own.0.judged() && policy.judged() == own.1.judged())
    })?;
    let message = format!(
        "The policy is detached here and attached to the same role at {}: whichever comes last wins, and the role may end \
         without it.",
        other.address
    );
    let found = Found::error(message).fact("Role", &own.0).fact("Policy", &own.1);
    Some(found.fix(format!("moved {{ from = {}, to = {} }}", change.address, other.address)))
}

fn lifecycle_policy(change: &Change, scene: &Scene<'_>) -> Verdict {
    if change.action == Action::Delete || change.action == Action::Forget {
        return fine();
    }
    let Some(repository) = change.object().get("repository").name().known() else { return fine() };
    for (service, definition) in users(scene)? {
        let images = definition.map(|definition| definition.containers.as_slice()).unwrap_or_default();
        let inside = format!("/{}", repository.judged());
        let mut names = images.iter().map(|container| container.image.split([':', '@']).next().unwrap_or_default());
        if names.any(|name| name.ends_with(&inside)) {
            return cannot_tell(format!(
                "Whether the new lifecycle policy would expire the image that service {} runs depends on what else is pushed.",
                short(&service.arn)
            ));
        }
    }
    fine()
}
