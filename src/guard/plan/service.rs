//! `aws_ecs_service` on one side of a change.

use super::{Field, Node, Text};

/// A view of a service.
#[derive(Debug, Clone, Copy)]
pub struct Service<'a>(pub Node<'a>);

/// One `load_balancer` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// `target_group_arn`.
    pub group: Field<Text>,
    /// `advanced_configuration.alternate_target_group_arn`.
    pub alternate: Field<Text>,
    /// `advanced_configuration.production_listener_rule`: a rule of an Application, a listener of a Network Load Balancer.
    pub production: Field<Text>,
    /// `advanced_configuration.test_listener_rule`.
    pub test: Field<Text>,
    /// True when it has an `advanced_configuration`.
    pub is_advanced: bool,
    /// `container_name`.
    pub container: Field<Text>,
    /// `container_port`.
    pub port: Field<i64>,
}

impl Entry {
    /// The groups it names, as far as they are known.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        [&self.group, &self.alternate].into_iter().filter_map(|arn| arn.as_ref().known()).map(Text::judged)
    }

    /// True when one of its groups is known only after apply.
    pub fn holds_unknown(&self) -> bool {
        self.group.is_unknown() || self.alternate.is_unknown()
    }
}

/// Just the name of a cluster that may be given by ARN.
pub fn cluster_name(cluster: &str) -> &str {
    cluster.rsplit('/').next().unwrap_or(cluster)
}

impl Service<'_> {
    /// `deployment_controller.type`; ECS when there is no block.
    pub fn controller(&self) -> Field<String> {
        match self.0.block("deployment_controller") {
            Field::Known(block) => match block.get("type").name() {
                Field::Null => Field::Known("ECS".to_owned()),
                kind => kind.map(|kind| kind.judged().to_owned()),
            },
            Field::Null => Field::Known("ECS".to_owned()),
            Field::Unknown => Field::Unknown,
        }
    }

    /// `deployment_configuration.strategy`; ROLLING when nothing says otherwise.
    pub fn strategy(&self) -> Field<String> {
        let strategy = match self.0.block("deployment_configuration") {
            Field::Known(block) => block.get("strategy").name(),
            Field::Null => Field::Null,
            Field::Unknown => Field::Unknown,
        };
        match strategy {
            Field::Null => Field::Known("ROLLING".to_owned()),
            strategy => strategy.map(|strategy| strategy.judged().to_owned()),
        }
    }

    /// `task_definition`: an ARN, `family:revision` or a family.
    pub fn task_definition(&self) -> Field<Text> {
        self.0.get("task_definition").name()
    }

    /// `desired_count`.
    pub fn desired(&self) -> Field<i64> {
        self.0.get("desired_count").number()
    }

    /// True for `scheduling_strategy = "DAEMON"`.
    pub fn is_daemon(&self) -> bool {
        self.0.get("scheduling_strategy").name().known().is_some_and(|text| text.judged() == "DAEMON")
    }

    /// `deployment_circuit_breaker.enable`; `Null` without a block. A removed block is planned as `enable: null` and
    /// sent as false.
    pub fn breaker(&self) -> Field<bool> {
        match self.0.block("deployment_circuit_breaker") {
            Field::Known(block) => match block.get("enable").boolean() {
                Field::Null => Field::Known(false),
                enable => enable,
            },
            Field::Null => Field::Null,
            Field::Unknown => Field::Unknown,
        }
    }

    /// True when a boolean is known to be true.
    pub fn is_on(&self, key: &str) -> bool {
        self.0.get(key).boolean() == Field::Known(true)
    }

    /// The `load_balancer` blocks.
    pub fn entries(&self) -> Field<Vec<Entry>> {
        self.0.blocks("load_balancer").map(|blocks| blocks.into_iter().map(entry).collect())
    }

    /// True for a Fargate service, as far as `launch_type` and the capacity providers tell.
    pub fn is_fargate(&self) -> bool {
        let launch = self.0.get("launch_type").name().known().is_some_and(|text| text.judged() == "FARGATE");
        let strategies = self.0.blocks("capacity_provider_strategy").known().unwrap_or_default();
        let mut providers = strategies.iter().filter_map(|item| item.get("capacity_provider").name().known());
        launch || providers.any(|name| name.judged().starts_with("FARGATE"))
    }
}

fn entry(block: Node<'_>) -> Entry {
    let advanced = block.block("advanced_configuration");
    let within = |key: &str| match advanced {
        Field::Known(advanced) => advanced.get(key).name(),
        Field::Null => Field::Null,
        Field::Unknown => Field::Unknown,
    };
    Entry {
        group: block.get("target_group_arn").name(),
        alternate: within("alternate_target_group_arn"),
        production: within("production_listener_rule"),
        test: within("test_listener_rule"),
        is_advanced: !matches!(advanced, Field::Null),
        container: block.get("container_name").name(),
        port: block.get("container_port").number(),
    }
}
