//! Services that somebody made over the wire, as the steps see them: the bridge from what Terraform built to the named
//! steps of a deployment.

use crate::code_deploy::BlueGreen;
use crate::scenario::{Rolling, Scene};
use crate::state::{Action, Region};

/// What the steps of a service's deployments work on.
///
/// # Errors
/// If there is no such service, or nothing tells what a deployment would move.
pub(crate) fn scene(region: &mut Region, cluster: &str, service: &str) -> Result<Scene, String> {
    let found = region.clusters.get(cluster).and_then(|cluster| cluster.services.get(service));
    let found = found.filter(|found| found.status == "ACTIVE");
    let found = found.ok_or_else(|| format!("there is no active service {cluster}/{service}"))?;
    let (controller, entry) = (found.controller.clone(), found.load_balancers.first());
    let group = entry.and_then(|entry| entry.target_group.clone()).unwrap_or_default();
    Ok(match controller.as_str() {
        "CODE_DEPLOY" => Scene::CodeDeploy(Box::new(by_group(region, cluster, service)?)),
        "EXTERNAL" => Scene::External(Box::new(by_rule(region, cluster, service, &group)?)),
        _ => match region.native_of(cluster, service) {
            Some(web) => Scene::Native(Box::new(web)),
            None => {
                Scene::Rolling(Box::new(Rolling { cluster: cluster.to_owned(), service: service.to_owned(), group }))
            }
        },
    })
}

/// CodeDeploy moves what the deployment group names.
fn by_group(region: &Region, cluster: &str, service: &str) -> Result<BlueGreen, String> {
    let mut groups = region.deployment_groups.values();
    let group = groups.find(|group| group.cluster == cluster && group.service == service);
    let group = group.ok_or_else(|| format!("no deployment group deploys {cluster}/{service}"))?;
    let arn = |name: Option<&String>| {
        let found = region.target_groups.iter().find(|(_, group)| Some(&group.name) == name);
        found.map(|(arn, _)| arn.clone()).ok_or_else(|| format!("there is no target group {name:?}"))
    };
    let pair = (arn(group.target_groups.first())?, arn(group.target_groups.get(1))?);
    let test = group.test_listener.clone().unwrap_or_default();
    Ok(blue_green(region, (cluster, service), &group.production_listener, test, pair))
}

/// A tool moves the one pair of target groups that no other service has, of which one is the service's if it has one.
fn by_rule(region: &Region, cluster: &str, service: &str, own: &str) -> Result<BlueGreen, String> {
    let others = region.clusters.values().flat_map(|cluster| &cluster.services).filter(|(name, _)| *name != service);
    let others = others.flat_map(|(_, found)| &found.load_balancers);
    let mut taken: Vec<&String> = others.filter_map(|entry| entry.target_group.as_ref()).collect();
    let named = region.deployment_groups.values().flat_map(|group| &group.target_groups);
    taken.extend(named.flat_map(|name| {
        region.target_groups.iter().filter(move |(_, group)| group.name == *name).map(|(arn, _)| arn)
    }));
    let rules = region.rules.values().map(|rule| (&rule.listener, &rule.action));
    let defaults = region.listeners.iter().map(|(arn, listener)| (arn, &listener.action));
    let pair = |(listener, action): (&String, &Action)| match action {
        Action::Forward { weights, .. } => match weights.as_slice() {
            [(first, before), (second, after)] => {
                let free = !taken.contains(&first) && !taken.contains(&second);
                let mine = own.is_empty() || own == first || own == second;
                let pair = if before >= after { (first, second) } else { (second, first) };
                (free && mine).then(|| (listener.clone(), (pair.0.clone(), pair.1.clone())))
            }
            _ => None,
        },
        Action::Other(_) => None,
    };
    // A test listener forwards to the pair by its default action, where production is a rule.
    let mut pairs: Vec<_> = rules.filter_map(pair).collect();
    if pairs.is_empty() {
        pairs = defaults.filter_map(pair).collect();
    }
    match pairs.as_slice() {
        [(listener, pair)] => Ok(blue_green(region, (cluster, service), listener, String::new(), pair.clone())),
        found => Err(format!("{} pairs of target groups could be those of {cluster}/{service}", found.len())),
    }
}

fn blue_green(
    region: &Region,
    (cluster, service): (&str, &str),
    production_listener: &str,
    test_listener: String,
    (blue, green): (String, String),
) -> BlueGreen {
    let balancer = region.listeners.get(production_listener).map(|found| found.load_balancer.clone());
    BlueGreen {
        cluster: cluster.to_owned(),
        service: service.to_owned(),
        load_balancer: balancer.unwrap_or_default(),
        production_listener: production_listener.to_owned(),
        test_listener,
        rule: None,
        blue,
        green,
    }
}

impl Region {
    /// Registers what the next deployment of a service is to run, as a pipeline does; gives its ARN. For a service that was
    /// made over the wire it is what it runs with the next tag of its first image.
    pub(crate) fn next_revision(&mut self, cluster: &str, service: &str) -> String {
        let running = self.service(cluster, service).task_definition.clone();
        let family = if running.is_empty() { service } else { &running };
        let made_here = !self.account.clusters.contains_key(cluster);
        let copied = crate::ecs::revision(self, family).ok().filter(|_| !made_here);
        let Some((found, family)) = copied else {
            return self.register("web", &[("web", "nginx:1.28")]);
        };
        let (mut request, next) = (found.registered.clone(), self.families[family].len() + 1);
        let image = &mut request["containerDefinitions"][0]["image"];
        let repository = image.as_str().unwrap_or_default().rsplit_once(':').map_or("", |(repository, _)| repository);
        *image = serde_json::json!(format!("{repository}:v{next}"));
        self.register_raw(request)
    }
}
