//! One entry of `resource_changes`.

use super::node::{Field, Node};
use super::references::without_keys;
use serde_json::Value;

/// What the plan does to a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Nothing.
    NoOp,
    /// It is made.
    Create,
    /// A data source is read during apply.
    Read,
    /// It is changed in place.
    Update,
    /// It is destroyed.
    Delete,
    /// It is destroyed and made anew; `create_first` for `create_before_destroy`.
    Replace {
        /// True when the new one is made before the old one goes.
        create_first: bool,
    },
    /// It leaves the state and goes on existing.
    Forget,
    /// A new one is made, the old one leaves the state and goes on existing.
    CreateAndForget,
    /// Actions that this version does not know.
    Other(Vec<String>),
}

impl Action {
    /// From the list in the document.
    pub fn from_list(list: &[String]) -> Self {
        let names: Vec<&str> = list.iter().map(String::as_str).collect();
        match names.as_slice() {
            ["no-op"] => Self::NoOp,
            ["create"] => Self::Create,
            ["read"] => Self::Read,
            ["update"] => Self::Update,
            ["delete"] => Self::Delete,
            ["delete", "create"] => Self::Replace { create_first: false },
            ["create", "delete"] => Self::Replace { create_first: true },
            ["forget"] => Self::Forget,
            ["create", "forget"] | ["forget", "create"] => Self::CreateAndForget,
            _ => Self::Other(list.to_vec()),
        }
    }

    /// True when the object that exists now is destroyed.
    pub fn destroys(&self) -> bool {
        matches!(self, Self::Delete | Self::Replace { .. })
    }

    /// True when a new object is made.
    pub fn creates(&self) -> bool {
        matches!(self, Self::Create | Self::Replace { .. } | Self::CreateAndForget)
    }
}

/// One resource of the plan. Only types that a rule knows are kept.
#[derive(Debug, Clone)]
pub struct Change {
    /// The address, such as `module.web.aws_lb_listener_rule.this[0]`.
    pub address: String,
    /// The address it had before a `moved` block.
    pub previous_address: Option<String>,
    /// The type; an alias such as `aws_alb_listener` under its main name.
    pub kind: String,
    /// The key of a deposed object.
    pub deposed: Option<String>,
    /// What is done.
    pub action: Action,
    /// The value that the plan read.
    pub before: Value,
    /// The value that the plan writes.
    pub after: Value,
    /// Marks of what is not known yet.
    pub after_unknown: Value,
    /// Marks of what must not be printed.
    pub before_sensitive: Value,
    /// Marks of what must not be printed.
    pub after_sensitive: Value,
    /// The attributes that force a replacement, such as `load_balancer.0.target_group_arn`.
    pub replace_paths: Vec<String>,
}

const NOTHING: Value = Value::Null;

impl Change {
    /// The object as the plan read it, when there is one.
    pub fn before(&self) -> Option<Node<'_>> {
        (!self.before.is_null()).then(|| Node::root(&self.before, &NOTHING, &self.before_sensitive))
    }

    /// The object as the plan leaves it, when it does.
    pub fn after(&self) -> Option<Node<'_>> {
        let there = !self.after.is_null() || self.action.creates();
        there.then(|| Node::root(&self.after, &self.after_unknown, &self.after_sensitive))
    }

    /// The object before, or else after: what its names are read from.
    pub fn object(&self) -> Node<'_> {
        self.before().or_else(|| self.after()).unwrap_or(Node::root(&NOTHING, &NOTHING, &NOTHING))
    }

    /// True when an update writes `key`: providers send only what differs between before and after.
    pub fn writes(&self, key: &str) -> bool {
        let (Some(before), Some(after)) = (self.before(), self.after()) else { return false };
        if self.action != Action::Update {
            return false;
        }
        after.get(key).holds_unknown() || !same(before.get(key).raw(), after.get(key).raw())
    }

    /// The ARN of the object that exists now. `aws_ecs_service` has it in `id`.
    pub fn arn(&self) -> Option<String> {
        let before = self.before()?;
        let arn = |key: &str| match before.get(key).name() {
            Field::Known(text) if text.judged().starts_with("arn:") => Some(text.judged().to_owned()),
            _ => None,
        };
        arn("arn").or_else(|| arn("id")).or_else(|| arn("service_arn"))
    }

    /// The address without keys, as `configuration` has it.
    pub fn configured_at(&self) -> String {
        without_keys(&self.address)
    }
}

/// Equality in the provider's eyes: null, "", [] and what is not there are the same, sets have no order.
pub fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    fn empty(value: Option<&Value>) -> bool {
        match value {
            None | Some(Value::Null) => true,
            Some(Value::String(text)) => text.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(Value::Object(fields)) => fields.values().all(|value| empty(Some(value))),
            Some(_) => false,
        }
    }
    match (a, b) {
        _ if empty(a) && empty(b) => true,
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && {
                let mut left: Vec<&Value> = b.iter().collect();
                a.iter().all(|item| match left.iter().position(|other| same(Some(item), Some(other))) {
                    Some(at) => {
                        left.swap_remove(at);
                        true
                    }
                    None => false,
                })
            }
        }
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            a.keys().chain(b.keys()).all(|key| same(a.get(key), b.get(key)))
        }
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_is_written_as_null_as_empty_and_not_at_all() {
        let (a, b) = (json!({"forward": [], "arn": null, "order": 1}), json!({"arn": "", "order": 1}));
        assert!(same(Some(&a), Some(&b)));
        assert!(!same(Some(&json!({"order": 2})), Some(&b)));
    }

    #[test]
    fn the_order_of_a_set_is_no_difference() {
        let (a, b) = (json!([{"a": 1}, {"a": 2}]), json!([{"a": 2}, {"a": 1}]));
        assert!(same(Some(&a), Some(&b)));
        assert!(!same(Some(&json!([{"a": 1}, {"a": 1}])), Some(&b)));
    }

    #[test]
    fn actions_of_both_hosts_are_known_and_others_keep_their_names() {
        let action =
            |names: &[&str]| Action::from_list(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(action(&["create", "forget"]), action(&["forget", "create"]));
        assert_eq!(action(&["create", "delete"]), Action::Replace { create_first: true });
        assert_eq!(action(&["conjure"]), Action::Other(vec!["conjure".to_owned()]));
        assert_eq!(action(&[]), Action::Other(Vec::new()));
    }
}
