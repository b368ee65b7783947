//! The resources, each by its type name.

use crate::rule::{self, ListenerRule};
use crate::service;
use ecslive::tf::Value;
use ecslive::tf::schema::Block;

/// Clients of the services that the resources live in.
pub struct Clients {
    /// Elastic Load Balancing.
    pub elbv2: aws_sdk_elasticloadbalancingv2::Client,
    /// Amazon ECS.
    pub ecs: aws_sdk_ecs::Client,
}

/// A kind of resource.
#[derive(Clone, Copy)]
pub enum Resource {
    /// `aws_lb_listener_rule`.
    Rule,
    /// `aws_ecs_service`.
    Service,
}

impl Resource {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::Rule, Self::Service];

    /// The kind of a type name.
    pub fn of(type_name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|resource| resource.type_name() == type_name);
        found.ok_or_else(|| format!("the stand-in has no {type_name}"))
    }

    /// The type name.
    pub fn type_name(self) -> &'static str {
        match self {
            Self::Rule => "aws_lb_listener_rule",
            Self::Service => "aws_ecs_service",
        }
    }

    /// The schema.
    pub fn schema(self) -> Block {
        match self {
            Self::Rule => rule::schema(),
            Self::Service => service::schema(),
        }
    }

    /// The resource as it is now; `None` when it is gone.
    pub async fn read(self, clients: &Clients, id: &str) -> Result<Option<Value>, String> {
        match self {
            Self::Rule => Ok(ListenerRule::read(&clients.elbv2, id).await?.map(|rule| rule.to_value())),
            Self::Service => service::read(&clients.ecs, id).await,
        }
    }

    /// Makes what is planned of what was there.
    pub async fn apply(self, clients: &Clients, prior: &Value, planned: &Value) -> Result<Value, String> {
        match (self, prior.is_null(), planned.is_null()) {
            (Self::Rule, false, true) => {
                ListenerRule::from_value(prior)?.delete(&clients.elbv2).await?;
                Ok(Value::Null)
            }
            (Self::Rule, true, _) => Ok(ListenerRule::from_value(planned)?.create(&clients.elbv2).await?.to_value()),
            (Self::Rule, false, false) => {
                Ok(ListenerRule::from_value(planned)?.modify(&clients.elbv2).await?.to_value())
            }
            (Self::Service, false, false) => service::modify(&clients.ecs, planned).await,
            (Self::Service, ..) => Err("the stand-in imports services; it neither creates nor deletes them".to_owned()),
        }
    }
}
