//! Amazon resource names, parsed once and compared whole.
//!
//! Knows the shape of an ARN in every partition; never matches on `arn:aws:`.

mod kind;

pub use kind::Kind;

use std::fmt;

/// Why a text is not the name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The text is not `arn:partition:service:region:account:resource`.
    #[error("{0:?} is not an ARN: expected arn:partition:service:region:account:resource")]
    NotAnArn(String),
    /// The text is an ARN of something else.
    #[error("{}", kind::mismatch(text, expected))]
    WrongKind {
        /// The ARN as it was given.
        text: String,
        /// What was expected, with its article: "a target group".
        expected: &'static str,
    },
    /// The text is neither an ARN nor a name that AWS would accept.
    #[error("{text:?} is not a valid {kind} name: use 1 to 255 letters, digits, hyphens and underscores, or an ARN")]
    BadName {
        /// The name as it was given.
        text: String,
        /// "cluster", "service" or "task definition family".
        kind: &'static str,
    },
    /// The family was given together with a revision.
    #[error("{0:?} names one revision: give the family alone, the latest ACTIVE revision is what is looked up")]
    RevisionGiven(String),
}

/// An ARN: `arn:partition:service:region:account:resource`. Partition, service and resource are never empty.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arn(String);

impl Arn {
    /// Checks the six parts of an ARN.
    ///
    /// # Errors
    /// [`NameError::NotAnArn`] when a part is missing.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let arn = Self(text.to_owned());
        let plain = text.chars().all(|c| c.is_ascii_graphic());
        let complete = [arn.partition(), arn.service(), arn.resource()].iter().all(|part| !part.is_empty());
        if text.starts_with("arn:") && plain && complete { Ok(arn) } else { Err(NameError::NotAnArn(text.to_owned())) }
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(6, ':').nth(index).unwrap_or_default()
    }

    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub fn partition(&self) -> &str {
        self.part(1)
    }

    /// `ecs`, `elasticloadbalancing`, …
    pub fn service(&self) -> &str {
        self.part(2)
    }

    /// `eu-west-1`, …; empty for global services.
    pub fn region(&self) -> &str {
        self.part(3)
    }

    /// The account number; empty where the service leaves it out.
    pub fn account(&self) -> &str {
        self.part(4)
    }

    /// Everything after the fifth colon.
    pub fn resource(&self) -> &str {
        self.part(5)
    }

    /// The ARN as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path segments after `prefix/`, or an error that names what was expected.
    pub(super) fn segments(&self, service: &str, prefix: &str, expected: &'static str) -> Result<Vec<&str>, NameError> {
        let wrong = || NameError::WrongKind { text: self.0.clone(), expected };
        if self.service() != service {
            return Err(wrong());
        }
        let mut parts = self.resource().split('/');
        if parts.next() != Some(prefix) {
            return Err(wrong());
        }
        let rest: Vec<&str> = parts.collect();
        if rest.is_empty() || rest.contains(&"") { Err(wrong()) } else { Ok(rest) }
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Declares a newtype over [`Arn`] for one kind of load-balancing resource.
macro_rules! elb_arn {
    ($(#[$doc:meta])* $name:ident, $prefix:literal, $expected:literal, $segments:pat) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arn);

        impl $name {
            /// Parses the ARN.
            ///
            /// # Errors
            /// [`NameError`] when the text is no ARN or the ARN of something else.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                let arn = Arn::parse(text)?;
                match arn.segments("elasticloadbalancing", $prefix, $expected)?.as_slice() {
                    $segments => Ok(Self(arn)),
                    _ => Err(NameError::WrongKind { text: text.to_owned(), expected: $expected }),
                }
            }

            /// The ARN as it was given.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The parts of the ARN.
            pub fn arn(&self) -> &Arn {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

elb_arn!(
    /// `…:targetgroup/NAME/ID`.
    TargetGroupArn, "targetgroup", "a target group", [_, _]
);
elb_arn!(
    /// `…:loadbalancer/app|net|gwy/NAME/ID`; never a Classic Load Balancer.
    LoadBalancerArn, "loadbalancer", "an Application or Network Load Balancer", ["app" | "net" | "gwy", _, _]
);
elb_arn!(
    /// `…:listener/app|net|gwy/NAME/LB-ID/ID`.
    ListenerArn, "listener", "a listener", ["app" | "net" | "gwy", _, _, _]
);
elb_arn!(
    /// `…:listener-rule/app/NAME/LB-ID/LISTENER-ID/ID`.
    RuleArn, "listener-rule", "a listener rule", ["app" | "net" | "gwy", _, _, _, _]
);

impl TargetGroupArn {
    /// The name of the target group: unique in its account and region.
    pub fn name(&self) -> &str {
        self.0.resource().split('/').nth(1).unwrap_or_default()
    }

    /// The value of the CloudWatch dimension `TargetGroup`: `targetgroup/NAME/ID`.
    pub fn suffix(&self) -> &str {
        self.0.resource()
    }
}

impl RuleArn {
    /// The listener that the rule belongs to: its ARN is the rule's without the last segment.
    pub fn listener(&self) -> ListenerArn {
        let text = self.as_str().replacen(":listener-rule/", ":listener/", 1);
        let text = text.rsplit_once('/').map_or(text.as_str(), |(listener, _)| listener);
        ListenerArn(Arn(text.to_owned()))
    }
}

impl ListenerArn {
    /// True for an Application Load Balancer, whose default actions are rules too.
    pub fn has_rules(&self) -> bool {
        self.0.resource().starts_with("listener/app/")
    }

    /// True for a Network Load Balancer: its listeners have rules when it is dual-stack (since 2026-07).
    pub fn may_have_rules(&self) -> bool {
        self.0.resource().starts_with("listener/net/")
    }

    /// The load balancer that the listener belongs to.
    pub fn load_balancer(&self) -> LoadBalancerArn {
        let text = self.as_str().replacen(":listener/", ":loadbalancer/", 1);
        let text = text.rsplit_once('/').map_or(text.as_str(), |(load_balancer, _)| load_balancer);
        LoadBalancerArn(Arn(text.to_owned()))
    }
}

/// What ECS calls a production listener rule: a rule of an Application Load Balancer, or a listener, meaning its
/// default action.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteArn {
    /// A listener rule.
    Rule(RuleArn),
    /// A listener: its default action.
    Listener(ListenerArn),
}

impl RouteArn {
    /// Parses the ARN of a rule or of a listener.
    ///
    /// # Errors
    /// [`NameError`] when it is neither.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let expected = "a listener rule or a listener";
        RuleArn::parse(text).map(Self::Rule).or_else(|_| ListenerArn::parse(text).map(Self::Listener)).map_err(
            |error| match error {
                NameError::WrongKind { text, .. } => NameError::WrongKind { text, expected },
                other => other,
            },
        )
    }

    /// The ARN as it was given.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Rule(arn) => arn.as_str(),
            Self::Listener(arn) => arn.as_str(),
        }
    }

    /// The parts of the ARN.
    pub fn arn(&self) -> &Arn {
        match self {
            Self::Rule(arn) => arn.arn(),
            Self::Listener(arn) => arn.arn(),
        }
    }

    /// The listener itself, or the one that the rule belongs to.
    pub fn listener(&self) -> ListenerArn {
        match self {
            Self::Rule(arn) => arn.listener(),
            Self::Listener(arn) => arn.clone(),
        }
    }
}

impl fmt::Display for RouteArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_name_and_suffix_of_a_target_group() {
        let arn = "arn:aws-cn:elasticloadbalancing:cn-north-1:123456789012:targetgroup/blue/0123456789abcdef";
        let group = TargetGroupArn::parse(arn).expect("a target group");
        assert_eq!((group.name(), group.suffix()), ("blue", "targetgroup/blue/0123456789abcdef"));
    }

    #[test]
    fn refuses_the_arn_of_something_else() {
        let listener = "arn:aws:elasticloadbalancing:eu-west-1:1:listener/app/lb/1/2";
        for text in [listener, "arn:aws:ecs:eu-west-1:1:cluster/x", "arn:aws", "", "arn:aws:ecs:::"] {
            assert!(TargetGroupArn::parse(text).is_err(), "{text}");
        }
        assert!(RouteArn::parse(listener).is_ok());
        let rule =
            RuleArn::parse("arn:aws:elasticloadbalancing:eu-west-1:1:listener-rule/app/lb/1/2/3").expect("a rule");
        assert_eq!(rule.listener(), ListenerArn::parse(listener).expect("a listener"));
        assert!(LoadBalancerArn::parse("arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/classic").is_err());
    }
}
