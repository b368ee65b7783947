//! What an ARN names, among the things that are mixed up with each other.

use super::Arn;

/// What an ARN names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An ECS cluster.
    Cluster,
    /// An ECS service.
    Service,
    /// A task definition family, or a revision of it.
    TaskDefinition,
    /// A target group.
    TargetGroup,
    /// An Application, Network or Gateway Load Balancer.
    LoadBalancer,
    /// A listener.
    Listener,
    /// A listener rule.
    Rule,
    /// Something that nobody here takes.
    Other,
}

impl Arn {
    /// What it names, with the article: "a listener rule". `None` for what nobody mixes up with anything here.
    pub fn kind(&self) -> Option<(Kind, &'static str)> {
        let resource = self.resource();
        let mut parts = resource.splitn(2, ['/', ':']);
        let (prefix, rest) = (parts.next()?, parts.next()?);
        Some(match (self.service(), prefix) {
            ("ecs", "cluster") => (Kind::Cluster, "an ECS cluster"),
            ("ecs", "service") => (Kind::Service, "an ECS service"),
            ("ecs", "task-definition") if rest.contains(':') => (Kind::TaskDefinition, "a task definition revision"),
            ("ecs", "task-definition") => (Kind::TaskDefinition, "a task definition family"),
            ("ecs", "task") => (Kind::Other, "a task"),
            ("ecs", "task-set") => (Kind::Other, "a task set"),
            ("ecs", "container-instance") => (Kind::Other, "a container instance"),
            ("ecs", "capacity-provider") => (Kind::Other, "a capacity provider"),
            ("ecs", "service-deployment") => (Kind::Other, "a service deployment"),
            ("ecs", "service-revision") => (Kind::Other, "a service revision"),
            ("elasticloadbalancing", "targetgroup") => (Kind::TargetGroup, "a target group"),
            ("elasticloadbalancing", "loadbalancer") if rest.contains('/') => (Kind::LoadBalancer, "a load balancer"),
            ("elasticloadbalancing", "loadbalancer") => (Kind::Other, "a Classic Load Balancer"),
            ("elasticloadbalancing", "listener") => (Kind::Listener, "a listener"),
            ("elasticloadbalancing", "listener-rule") => (Kind::Rule, "a listener rule"),
            ("codedeploy", "application") => (Kind::Other, "a CodeDeploy application"),
            ("codedeploy", "deploymentgroup") => (Kind::Other, "a CodeDeploy deployment group"),
            ("ecr", "repository") => (Kind::Other, "an ECR repository"),
            ("iam", "role") => (Kind::Other, "an IAM role"),
            ("iam", "policy") => (Kind::Other, "an IAM policy"),
            _ => return None,
        })
    }
}

/// Why an ARN is not the one that was expected: what it is, if that is known.
pub(super) fn mismatch(text: &str, expected: &str) -> String {
    match Arn::parse(text).ok().and_then(|arn| arn.kind()) {
        Some((_, noun)) if noun != expected => format!("{text:?} is {noun}, not {expected}"),
        _ => format!("{text:?} is not the ARN of {expected}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ListenerArn, LoadBalancerArn, RouteArn, TargetGroupArn};
    use crate::resolve::name::{Cluster, Family, ServiceName};
    use crate::resolve::task_definition::TaskDefinitionArn;

    const ELB: &str = "arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012";
    const ECS: &str = "arn:aws:ecs:eu-west-1:123456789012";

    fn check<T: std::fmt::Debug, E: ToString>(parsed: Result<T, E>, expected: &str) {
        let text = parsed.expect_err(expected).to_string();
        assert!(text.ends_with(expected), "{text}\nexpected …{expected}");
    }

    #[test]
    fn an_arn_of_the_wrong_kind_is_called_what_it_is() {
        let rule = format!("{ELB}:listener-rule/app/lb/1/2/3");
        let listener = format!("{ELB}:listener/net/lb/1/2");
        check(ListenerArn::parse(&rule), "is a listener rule, not a listener");
        check(LoadBalancerArn::parse(&listener), "is a listener, not an Application or Network Load Balancer");
        check(
            RouteArn::parse(&format!("{ELB}:loadbalancer/app/lb/1")),
            "is a load balancer, not a listener rule or a listener",
        );
        check(
            LoadBalancerArn::parse(&format!("{ELB}:loadbalancer/old")),
            "is a Classic Load Balancer, not an Application or Network Load Balancer",
        );
        check(TargetGroupArn::parse(&rule), "is a listener rule, not a target group");
        check(Cluster::parse(&format!("{ECS}:service/shop/web")), "is an ECS service, not an ECS cluster");
        check(ServiceName::parse(&format!("{ECS}:cluster/shop")), "is an ECS cluster, not an ECS service");
        check(ServiceName::parse(&format!("{ECS}:task/shop/1")), "is a task, not an ECS service");
        check(Family::parse(&format!("{ECS}:service/web")), "is an ECS service, not an ECS task definition");
        check(
            TaskDefinitionArn::parse(&format!("{ECS}:task-definition/web")),
            "is a task definition family, not a task definition revision",
        );
    }

    #[test]
    fn what_is_not_known_is_not_named() {
        check(TargetGroupArn::parse("arn:aws:s3:::bucket/key"), "is not the ARN of a target group");
        check(TargetGroupArn::parse(&format!("{ELB}:targetgroup/blue")), "is not the ARN of a target group");
        check(TargetGroupArn::parse("blue"), "is not an ARN: expected arn:partition:service:region:account:resource");
    }
}
