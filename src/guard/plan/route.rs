//! Listener rules and default actions: where the plan sends requests.

use super::{Field, Node, Text};
use serde::{Deserialize, Serialize};

/// The share of requests that a target group is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupShare {
    /// The group; unknown when it is made by the same apply.
    pub arn: Field<Text>,
    /// 0 to 999.
    pub weight: i64,
    /// True when the weight must not be printed.
    pub is_hidden: bool,
}

/// What the actions of a route do with a request in the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forwarding {
    /// Target groups by weight. A single group gets everything, whatever its weight.
    Groups(Vec<GroupShare>),
    /// Something else, by AWS's name: `redirect`, `fixed-response`.
    Other(String),
    /// `target_group_arn` and `forward` name different groups: which one counts depends on the provider's version.
    Contradiction,
}

/// A condition of a listener rule: one field with the values that match.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Condition {
    /// `host-header`, `path-pattern`, `http-header:NAME`, `http-request-method`, `query-string`, `source-ip`.
    pub field: String,
    /// Patterns with `*` and `?`; a query string is `KEY=VALUE`.
    pub values: Vec<String>,
}

/// A listener rule (`action`) or a listener (`default_action`) on one side of a change.
#[derive(Debug, Clone, Copy)]
pub struct Route<'a> {
    node: Node<'a>,
    key: &'static str,
}

impl<'a> Route<'a> {
    /// The view of a resource of the type `kind`.
    pub fn new(kind: &str, node: Node<'a>) -> Self {
        Self { node, key: Self::key_of(kind) }
    }

    /// The attribute that holds the actions of a resource of the type `kind`.
    pub fn key_of(kind: &str) -> &'static str {
        if kind == "aws_lb_listener" { "default_action" } else { "action" }
    }

    /// The attribute that holds the actions.
    pub fn key(&self) -> &'static str {
        self.key
    }

    /// The types of the actions, in order of the document.
    pub fn action_types(&self) -> Vec<String> {
        let actions = self.node.blocks(self.key).known().unwrap_or_default();
        actions
            .iter()
            .filter_map(|action| action.get("type").name().known())
            .map(|text| text.judged().to_owned())
            .collect()
    }

    /// The types of those actions that end the request: one, if AWS is to take it.
    pub fn ends(&self) -> Vec<String> {
        let types = self.action_types().into_iter();
        types.filter(|kind| ends_request(kind)).collect()
    }

    /// What the actions do in the end: an authentication before it changes nothing.
    pub fn forwarding(&self) -> Field<Forwarding> {
        let actions = match self.node.blocks(self.key) {
            Field::Known(actions) => actions,
            Field::Null => return Field::Null,
            Field::Unknown => return Field::Unknown,
        };
        for action in actions {
            let kind = match action.get("type").name() {
                Field::Known(kind) => kind.judged().to_owned(),
                Field::Unknown => return Field::Unknown,
                Field::Null => continue,
            };
            if kind == "forward" {
                return forward(action);
            }
            if ends_request(&kind) {
                return Field::Known(Forwarding::Other(kind));
            }
        }
        Field::Null
    }

    /// True when one of the `forward` blocks keeps clients on their group.
    pub fn is_sticky(&self) -> bool {
        let forwards = self.node.blocks(self.key).known().unwrap_or_default().into_iter();
        let mut blocks = forwards.filter_map(|action| action.block("forward").known()?.block("stickiness").known());
        blocks.any(|block| block.get("enabled").boolean() == Field::Known(true))
    }

    /// The conditions of a rule; `Unknown` when a value is.
    pub fn conditions(&self) -> Field<Vec<Condition>> {
        let mut found = Vec::new();
        let blocks = match self.node.blocks("condition") {
            Field::Known(blocks) => blocks,
            _ => return Field::Unknown,
        };
        for block in blocks {
            if block.holds_unknown() {
                return Field::Unknown;
            }
            for (key, field) in [
                ("host_header", "host-header"),
                ("path_pattern", "path-pattern"),
                ("http_request_method", "http-request-method"),
                ("source_ip", "source-ip"),
                ("http_header", "http-header"),
            ] {
                let Field::Known(inner) = block.block(key) else { continue };
                let header = inner.get("http_header_name").name().known();
                let field = header.map_or(field.to_owned(), |name| format!("{field}:{}", name.judged().to_lowercase()));
                let texts = inner.texts("values").known().unwrap_or_default();
                let regexes = inner.texts("regex_values").known().unwrap_or_default();
                let mut values: Vec<String> = texts.iter().map(|text| text.judged().to_owned()).collect();
                values.extend(regexes.iter().map(|text| format!("regex:{}", text.judged())));
                found.push(Condition { field, values });
            }
            let pair = |inner: &Node<'_>| {
                let part = |key| inner.get(key).name().known().map_or(String::new(), |text| text.judged().to_owned());
                format!("{}={}", part("key"), part("value"))
            };
            let queries = block.blocks("query_string").known().unwrap_or_default();
            if !queries.is_empty() {
                let values = queries.iter().map(pair).collect();
                found.push(Condition { field: "query-string".to_owned(), values });
            }
        }
        found.sort();
        Field::Known(found)
    }
}

/// False for an action that only comes before the one that answers: an authentication.
pub fn ends_request(kind: &str) -> bool {
    !kind.starts_with("authenticate") && kind != "jwt-validation"
}

fn forward(action: Node<'_>) -> Field<Forwarding> {
    let scalar = action.get("target_group_arn").name();
    let groups = match action.block("forward") {
        Field::Unknown => return Field::Unknown,
        Field::Null => None,
        Field::Known(block) => match block.blocks("target_group") {
            Field::Unknown => return Field::Unknown,
            groups => groups.known().filter(|groups| !groups.is_empty()),
        },
    };
    let Some(groups) = groups else {
        return match scalar {
            Field::Null => Field::Null,
            arn => Field::Known(Forwarding::Groups(vec![GroupShare { arn, weight: 1, is_hidden: false }])),
        };
    };
    let mut shares = Vec::new();
    for group in groups {
        let weight = match group.get("weight").number() {
            Field::Unknown => return Field::Unknown,
            weight => weight.known().unwrap_or(1),
        };
        let is_hidden = group.get("weight").holds_sensitive();
        shares.push(GroupShare { arn: group.get("arn").name(), weight, is_hidden });
    }
    if let (Field::Known(scalar), [one]) = (&scalar, shares.as_slice()) {
        if one.arn.as_ref().known().is_some_and(|arn| arn.judged() != scalar.judged()) {
            return Field::Known(Forwarding::Contradiction);
        }
    } else if matches!(scalar, Field::Known(_)) && shares.len() > 1 {
        return Field::Known(Forwarding::Contradiction);
    }
    Field::Known(Forwarding::Groups(shares))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn forwarding(action: Value) -> Field<Forwarding> {
        let (value, none) = (json!({"action": [action]}), json!({}));
        Route::new("aws_lb_listener_rule", Node::root(&value, &none, &none)).forwarding()
    }

    #[test]
    fn a_scalar_beside_a_forward_of_the_same_group_is_one_group() {
        let group = |arn: &str| json!([{"target_group": [{"arn": arn, "weight": 5}]}]);
        let same = forwarding(json!({"type": "forward", "target_group_arn": "a", "forward": group("a")}));
        let share = GroupShare { arn: Field::Known(Text::plain("a")), weight: 5, is_hidden: false };
        assert_eq!(same, Field::Known(Forwarding::Groups(vec![share])));
        let other = forwarding(json!({"type": "forward", "target_group_arn": "a", "forward": group("b")}));
        assert_eq!(other, Field::Known(Forwarding::Contradiction));
    }

    #[test]
    fn what_comes_after_an_authentication_counts() {
        let (value, none) = (json!({"action": [{"type": "authenticate-oidc"}, {"type": "redirect"}]}), json!({}));
        let route = Route::new("aws_lb_listener_rule", Node::root(&value, &none, &none));
        assert_eq!(route.forwarding(), Field::Known(Forwarding::Other("redirect".to_owned())));
    }

    #[test]
    fn the_empty_action_that_the_provider_reads_back_names_no_group() {
        assert_eq!(forwarding(json!({"type": "forward", "target_group_arn": "", "forward": []})), Field::Null);
    }
}
