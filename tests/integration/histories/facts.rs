//! The answers of the account as facts of the domain, without a socket and without an SDK, so that thousands of histories
//! can be walked. A part of the histories goes the whole way (`reader`), which is held to the same laws.

use super::answers::{Answers, Group};
use super::model;
use ecslive::aws::Inquiry;
use ecslive::resolve::Refusal;
use ecslive::resolve::arn::{RouteArn, TargetGroupArn};
use ecslive::resolve::inquiry::{Ask, Facts, Scope, Seen, Step};
use ecslive::resolve::model::Service;
use ecslive::resolve::target_group::{self, Query};
use ecslive::resolve::{deployment, running};
use fake_aws::history::{CLUSTER, World};
use fake_aws::state::Action;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// An account that answers at once.
pub struct Account<'a> {
    world: World,
    service: &'a str,
}

impl<'a> Account<'a> {
    /// The account as it stands, and the service that is asked about.
    pub fn new(world: &World, service: &'a str) -> Self {
        Self { world: world.clone(), service }
    }

    /// Everything that is asked about the service.
    pub fn ask(mut self, queries: &[Query]) -> Answers {
        let running = self.inquire(running::decide);
        let deployment = self.inquire(deployment::decide);
        let groups = queries.iter().map(|query| {
            let inquiry = self.inquire(|facts| target_group::decide(query, facts));
            let absent = inquiry.is_absent().then(|| self.weights(query));
            Group { inquiry, absent }
        });
        Answers { running, deployment, groups: groups.collect() }
    }

    /// Drives a question as the product's access to AWS does.
    fn inquire<T>(&mut self, question: impl Fn(&Facts) -> Result<Step<T>, Refusal>) -> Inquiry<T> {
        let Some(service) = self.described() else { return Inquiry::NoService(None) };
        match running::exists(&service) {
            Ok(true) => {}
            Ok(false) => return Inquiry::NoService(None),
            Err(refusal) => return Inquiry::Refused(refusal),
        }
        let mut facts = Facts::new(service);
        loop {
            match question(&facts) {
                Ok(Step::Done(answer)) => return Inquiry::Answer(Box::new(facts.service), answer),
                Err(refusal) => return Inquiry::Refused(refusal),
                Ok(Step::Ask(ask)) => self.learn(&mut facts, ask),
            }
        }
    }

    fn weights(&self, query: &Query) -> Result<Option<ecslive::resolve::model::Forward>, Refusal> {
        let mut seen = BTreeMap::new();
        loop {
            match target_group::weights(query, &seen)? {
                Step::Done(forward) => return Ok(forward),
                Step::Ask(Ask::Routes(scope)) => {
                    let found = self.routes(&scope);
                    seen.insert(scope, found);
                }
                Step::Ask(other) => panic!("{other:?} is asked for"),
            }
        }
    }

    fn ecs(&mut self, operation: &str, input: &Value) -> Value {
        self.call(&format!("AmazonEC2ContainerServiceV20141113.{operation}"), input).expect("ECS answers")
    }

    fn call(&mut self, target: &str, input: &Value) -> Result<Value, String> {
        let response = self.world.respond(Some(target), &input.to_string());
        let body = serde_json::from_str(&response.body).expect("JSON");
        if response.status == 200 { Ok(body) } else { Err(response.body) }
    }

    /// A name that was deleted and is in use again may come back twice.
    fn described(&mut self) -> Option<Service> {
        let answer = self.ecs("DescribeServices", &json!({"cluster": CLUSTER, "services": [self.service]}));
        let services = answer["services"].as_array()?;
        let active = services.iter().find(|service| service["status"] != "INACTIVE");
        active.or(services.first()).map(model::service)
    }

    fn learn(&mut self, facts: &mut Facts, ask: Ask) {
        match ask {
            Ask::Revisions(arns) => {
                let answer = self.ecs("DescribeServiceRevisions", &json!({"serviceRevisionArns": arns}));
                let found = described(&answer["serviceRevisions"], "serviceRevisionArn", model::revision);
                facts.revisions.extend(arns.into_iter().map(|arn| (arn.clone(), found.get(&arn).cloned())));
            }
            Ask::ServiceDeployment(arn) => {
                let answer = self.ecs("DescribeServiceDeployments", &json!({"serviceDeploymentArns": [arn]}));
                let found = described(&answer["serviceDeployments"], "serviceDeploymentArn", model::service_deployment);
                facts.service_deployments.insert(arn.clone(), found.get(&arn).cloned());
            }
            Ask::NewestDeployment => {
                let input = json!({"cluster": CLUSTER, "service": self.service, "maxResults": 100});
                let answer = self.ecs("ListServiceDeployments", &input);
                let listed = answer["serviceDeployments"].as_array().into_iter().flatten();
                let newest = listed.max_by(|a, b| created(a).total_cmp(&created(b)));
                facts.newest_deployment = Some(newest.and_then(|it| model::text(&it["serviceDeploymentArn"])));
            }
            Ask::Deployments(ids) => {
                let target = "CodeDeploy_20141006.BatchGetDeployments";
                let answer = self.call(target, &json!({"deploymentIds": ids})).expect("CodeDeploy answers");
                let found = described(&answer["deploymentsInfo"], "deploymentId", model::code_deploy);
                facts.deployments.extend(ids.into_iter().map(|id| (id.clone(), found.get(&id).cloned())));
            }
            Ask::DeploymentGroup(name) => {
                let input = json!({"applicationName": name.application, "deploymentGroupName": name.group});
                let answer = self.call("CodeDeploy_20141006.GetDeploymentGroup", &input);
                facts.deployment_groups.insert(name, answer.ok().map(|it| model::group(&it["deploymentGroupInfo"])));
            }
            Ask::Shift(id) => {
                let input = json!({"deploymentId": id, "targetId": format!("{CLUSTER}:{}", self.service)});
                let answer = self.call("CodeDeploy_20141006.GetDeploymentTarget", &input);
                facts.shifts.insert(id, answer.map(|it| model::shift(&it)).unwrap_or_default());
            }
            Ask::Routes(scope) => {
                let seen = self.routes(&scope);
                facts.routes.insert(scope, seen);
            }
        }
    }

    /// What DescribeTargetGroups, DescribeListeners and DescribeRules would show.
    fn routes(&self, scope: &Scope) -> Seen {
        let region = self.world.region();
        match scope {
            Scope::Route(RouteArn::Rule(arn)) => match region.rules.get(arn.as_str()) {
                Some(rule) => Seen::Routes(vec![model::rule(arn.as_str(), &rule.listener, &rule.action)]),
                None => Seen::Gone,
            },
            Scope::Route(RouteArn::Listener(arn)) => match region.listeners.get(arn.as_str()) {
                Some(listener) => Seen::Routes(vec![model::default_action(arn.as_str(), &listener.action)]),
                None => Seen::Gone,
            },
            Scope::Listener(arn) => match region.listeners.contains_key(arn.as_str()) {
                true => Seen::Routes(self.on_listener(arn.as_str())),
                false => Seen::Gone,
            },
            Scope::LoadBalancer(arn) => match region.load_balancers.contains_key(arn.as_str()) {
                true => Seen::Routes(self.on_load_balancer(arn.as_str())),
                false => Seen::Gone,
            },
            Scope::TargetGroup(arn) => self.around(arn),
        }
    }

    fn on_listener(&self, arn: &str) -> Vec<ecslive::resolve::model::Route> {
        let region = self.world.region();
        let default = region.listeners.get(arn).map(|listener| model::default_action(arn, &listener.action));
        let rules = region.rules.iter().filter(|(_, rule)| rule.listener == arn);
        default.into_iter().chain(rules.map(|(id, rule)| model::rule(id, arn, &rule.action))).collect()
    }

    fn on_load_balancer(&self, arn: &str) -> Vec<ecslive::resolve::model::Route> {
        let listeners = self.world.region().listeners.iter().filter(|(_, listener)| listener.load_balancer == arn);
        listeners.flat_map(|(listener, _)| self.on_listener(listener)).collect()
    }

    fn around(&self, group: &TargetGroupArn) -> Seen {
        let region = self.world.region();
        if !region.target_groups.contains_key(group.as_str()) {
            return Seen::Gone;
        }
        let uses = |action: &Action| action.forwards_to(&[group.as_str().to_owned()]);
        let by_default = region.listeners.iter().filter(|(_, listener)| uses(&listener.action)).map(|(arn, _)| arn);
        let by_rule = region.rules.values().filter(|rule| uses(&rule.action)).map(|rule| &rule.listener);
        let listeners = by_default.chain(by_rule).filter_map(|arn| region.listeners.get(arn));
        let balancers: std::collections::BTreeSet<&str> = listeners.map(|it| it.load_balancer.as_str()).collect();
        if balancers.is_empty() {
            return Seen::Unattached;
        }
        Seen::Routes(balancers.into_iter().flat_map(|arn| self.on_load_balancer(arn)).collect())
    }
}

fn created(brief: &Value) -> f64 {
    brief["createdAt"].as_f64().unwrap_or_default()
}

fn described<T>(list: &Value, key: &str, read: impl Fn(&Value) -> T) -> BTreeMap<String, T> {
    let list = list.as_array().into_iter().flatten();
    list.filter_map(|value| Some((model::text(&value[key])?, read(value)))).collect()
}
