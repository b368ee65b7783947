//! What the plan marks as sensitive is not printed either when it comes back from AWS: in an ARN, a cluster, a family. Every
//! text of a report goes through here, so that no rule has to know where a text was first seen.
//!
//! A marked value is looked for as a whole word: `web` is hidden in `service/shop/web` and in `web:7`, not in `web-blue`. A
//! long value that is no plain word is hidden inside of longer words too. What is only a part of what was marked (an element
//! of a block or of a JSON text, a segment of an ARN) is no secret where the plan shows the same text elsewhere without a
//! mark. Numbers of up to five digits are not looked for, and words that rules write themselves only where a name can stand:
//! in ARNs, in paths, and where they are all there is.

use super::outcome::{CannotTell, Finding, Skipped};
use super::plan::{HIDDEN, Plan};
use super::rules::ALL;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

/// From this length on, a text that is no plain word is looked for inside of words.
const LONG: usize = 12;

/// What stands between the names in an ARN, a path, or an image reference.
const SEPARATORS: [char; 3] = ['/', ':', '@'];

/// What guard puts behind a name to propose another one.
const PROPOSED: &str = "-next";

/// Actions of Elastic Load Balancing, which are no names.
const ACTIONS: [&str; 4] = ["fixed-response", "authenticate-oidc", "authenticate-cognito", "jwt-validation"];

/// So many bytes of a text say where to look for it.
const KEY: usize = 4;

/// The texts that a report must not show.
#[derive(Debug, Default)]
pub struct Secrets {
    by_start: HashMap<Vec<u8>, Vec<Secret>>,
    /// The plan's own addresses: they may be shown.
    addresses: BTreeSet<String>,
}

#[derive(Debug)]
struct Secret {
    text: String,
    /// True when it is hidden inside of words too.
    anywhere: bool,
    /// True when it is a word of rules, or too short to be a word: hidden only where a name can stand.
    only_as_name: bool,
}

impl Secrets {
    /// What a plan marks.
    pub fn of(plan: &Plan) -> Self {
        let texts = secrets(plan);
        if texts.is_empty() {
            return Self::default();
        }
        let own = own_words();
        let mut by_start: HashMap<Vec<u8>, Vec<Secret>> = HashMap::new();
        for text in texts {
            let anywhere = text.len() >= LONG && !text.chars().all(|c| c.is_ascii_lowercase());
            let only_as_name = text.chars().count() < 3 || own.contains(text.as_str());
            let start = text.as_bytes()[..KEY.min(text.len())].to_vec();
            by_start.entry(start).or_default().push(Secret { text, anywhere, only_as_name });
        }
        let changes = plan.changes.iter().map(|change| &change.address);
        let addresses = changes.chain(plan.prior.iter().map(|prior| &prior.address)).cloned().collect();
        Self { by_start, addresses }
    }

    /// Hides them in a finding. Its address is the plan's own.
    pub fn hide_in_finding(&self, finding: &mut Finding) {
        self.hide(&mut finding.message);
        self.hide(&mut finding.fix);
        for (_, value) in &mut finding.facts.0 {
            if !self.addresses.contains(value) {
                self.hide(value);
            }
        }
    }

    /// Hides them in what could not be told.
    pub fn hidden_in(&self, mut one: CannotTell) -> CannotTell {
        self.hide(&mut one.reason);
        one
    }

    /// Hides them in what is not judged.
    pub fn hidden_in_skipped(&self, mut one: Skipped) -> Skipped {
        self.hide(&mut one.what);
        self.hide(&mut one.why);
        one
    }

    /// Hides them in a text.
    pub fn hide(&self, text: &mut String) {
        if self.by_start.is_empty() {
            return;
        }
        let mut out = String::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            match self.at(text, at) {
                Some(found) => {
                    out += HIDDEN;
                    at = found.end;
                }
                None => {
                    out.push(c);
                    at += c.len_utf8();
                }
            }
        }
        *text = out;
    }

    /// The longest secret that begins at a place of a text.
    fn at(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let rest = &text.as_bytes()[at..];
        let starts = (1..=KEY.min(rest.len())).filter_map(|length| self.by_start.get(&rest[..length])).flatten();
        let here = starts.filter(|secret| rest.starts_with(secret.text.as_bytes()));
        let places = here.map(|secret| (secret, at..at + secret.text.len()));
        places.filter(|(secret, place)| secret.is_meant(text, place)).map(|(_, place)| place).max_by_key(|it| it.end)
    }
}

impl Secret {
    fn is_meant(&self, text: &str, place: &Range<usize>) -> bool {
        let (before, after) = (&text[..place.start], &text[place.end..]);
        let is_word = |edge: Option<char>| edge.is_some_and(char::is_alphanumeric);
        let starts_inside = is_word(self.text.chars().next()) && goes_on(before.chars().rev());
        let after_name = after.strip_prefix(PROPOSED).unwrap_or(after);
        let ends_inside = is_word(self.text.chars().next_back()) && goes_on(after_name.chars());
        if starts_inside || ends_inside {
            return self.anywhere;
        }
        let mut next = after.chars();
        let is_segment = before.ends_with(['/', ':'])
            || after.starts_with('/')
            || (next.next() == Some(':') && next.next().is_some_and(|c| !c.is_whitespace()));
        !self.only_as_name || is_segment || (before.is_empty() && after.is_empty())
    }
}

/// True when a word goes on with these characters: a full stop or a hyphen only does in front of a letter or a digit.
fn goes_on(mut onwards: impl Iterator<Item = char>) -> bool {
    match onwards.next() {
        Some('.' | '-' | '_') => onwards.next().is_some_and(|c| c.is_alphanumeric() || "-_".contains(c)),
        Some(c) => c.is_alphanumeric(),
        None => false,
    }
}

/// The words that rules write whatever the plan is.
fn own_words() -> BTreeSet<&'static str> {
    let texts =
        ALL.into_iter().flat_map(|rule| [rule.title, rule.why, rule.fix].into_iter().chain(rule.needs.iter().copied()));
    texts.flat_map(|text| text.split(|c: char| !c.is_alphanumeric() && c != '_')).chain(ACTIONS).collect()
}

/// What the plan says of a text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It is marked.
    Own,
    /// Something that it is a part of is marked.
    Part,
    /// It is shown.
    Open,
}

type Marks<'a> = [Option<&'a Value>; 2];

/// Every text and number of a plan with its mark. A mark on one side of a change counts for both.
fn each(plan: &Plan, see: &mut impl FnMut(&str, Mark)) {
    for change in &plan.changes {
        let marks = [Some(&change.before_sensitive), Some(&change.after_sensitive)];
        walk(&change.before, marks, false, see);
        walk(&change.after, marks, false, see);
    }
    for prior in plan.prior.iter().filter(|prior| prior.is_data) {
        walk(&prior.values, [Some(&prior.sensitive), None], false, see);
    }
}

fn walk(value: &Value, marks: Marks<'_>, is_part: bool, see: &mut impl FnMut(&str, Mark)) {
    let is_marked = marks.contains(&Some(&Value::Bool(true)));
    let mark = match (is_part, is_marked) {
        (true, _) => Mark::Part,
        (false, true) => Mark::Own,
        (false, false) => Mark::Open,
    };
    let covered = mark != Mark::Open;
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, marks.map(|mark| mark?.get(index)), covered, see);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                walk(field, marks.map(|mark| mark?.get(key)), covered, see);
            }
        }
        Value::String(text) if covered && text.starts_with(['[', '{']) => match serde_json::from_str::<Value>(text) {
            Ok(inner) => walk(&inner, [None, None], true, see),
            Err(_) => see(text, mark),
        },
        Value::String(text) => see(text, mark),
        Value::Number(number) if covered => see(&number.to_string(), mark),
        _ => {}
    }
}

/// What a plan does not show.
fn secrets(plan: &Plan) -> BTreeSet<String> {
    let (mut marked, mut parts) = (BTreeSet::new(), BTreeSet::new());
    each(plan, &mut |text, mark| {
        match mark {
            Mark::Own => marked.insert(text.to_owned()),
            Mark::Part => parts.insert(text.to_owned()),
            Mark::Open => return,
        };
        parts.extend(segments(text).map(str::to_owned));
    });
    if !parts.is_empty() {
        each(plan, &mut |text, mark| {
            if mark == Mark::Open {
                parts.remove(text);
                text.split(SEPARATORS).for_each(|segment| {
                    parts.remove(segment);
                });
            }
        });
        own_words().into_iter().for_each(|word| {
            parts.remove(word);
        });
    }
    marked.extend(parts.into_iter().filter(|text| text.len() > 2));
    marked.retain(|text| is_telling(text));
    marked
}

/// False for numbers and the like: they are everywhere, and say nothing by themselves.
fn is_telling(text: &str) -> bool {
    let is_number = text.chars().all(|c| !c.is_alphabetic());
    let plain = ["true", "false", "null"].contains(&text);
    text.chars().any(char::is_alphanumeric) && !plain && !(is_number && text.len() < 6)
}

/// The names in an ARN, a path, or an image reference.
fn segments(text: &str) -> impl Iterator<Item = &str> {
    let resource = if text.starts_with("arn:") { text.splitn(6, ':').nth(5) } else { None };
    // The first word of an ARN's resource is its type, and the second one of load balancing may be.
    let is_typed = resource.is_some_and(|resource| resource.contains(['/', ':']));
    let segments = resource.unwrap_or(text).split(SEPARATORS).skip(usize::from(is_typed));
    segments.filter(move |segment| segment.len() < text.len() && !["app", "net", "gwy"].contains(segment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::plan::read;
    use serde_json::json;

    /// What becomes of a text when a resource has these values with these marks.
    fn hidden(before: Value, marks: Value, text: &str) -> String {
        let change = json!({"actions": ["delete"], "before": before, "before_sensitive": marks});
        let other = json!({"actions": ["no-op"], "before": {"name": "web-blue", "arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/shop"}});
        let one = |name: &str, change: Value| json!({"address": name, "mode": "managed", "type": "aws_ecs_service", "change": change});
        let document =
            json!({"format_version": "1.2", "resource_changes": [one("a", change), one("b", other)]}).to_string();
        let plan = read(document.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let mut text = text.to_owned();
        Secrets::of(&plan).hide(&mut text);
        text.replace(HIDDEN, "…")
    }

    #[test]
    fn a_marked_name_is_hidden_where_it_is_a_whole_word_or_segment() {
        let of = |text| hidden(json!({"name": "web"}), json!({"name": true}), text);
        assert_eq!(of("service shop/web runs web:7, web."), "service shop/… runs …:7, ….");
        assert_eq!(of("arn:aws:ecs:eu-west-1:1:service/shop/web"), "arn:aws:ecs:eu-west-1:1:service/shop/…");
        assert_eq!(of("add a service \"web-next\""), "add a service \"…-next\"");
        let others = "web-blue, my-web, website, aws_ecs_service.web, web.example.com, web_2";
        assert_eq!(of(others), others);
    }

    #[test]
    fn a_long_secret_is_hidden_inside_of_words_too() {
        let of = |text| hidden(json!({"name_prefix": "Hidden-name-4"}), json!({"name_prefix": true}), text);
        assert_eq!(of("from xHidden-name-42025"), "from x…2025");
    }

    #[test]
    fn a_word_of_rules_is_hidden_where_a_name_can_stand_and_nowhere_else() {
        let of = |text| hidden(json!({"name": "production"}), json!({"name": true}), text);
        assert_eq!(of("The production rule of service production/web"), "The production rule of service …/web");
        assert_eq!(of("production"), "…");
    }

    #[test]
    fn numbers_are_not_looked_for_unless_they_are_long() {
        let values = json!({"desired_count": 2, "enabled": "true", "account": "123456789012"});
        let marks = json!({"desired_count": true, "enabled": true, "account": true});
        assert_eq!(
            hidden(values, marks, "2 tasks, true, arn:aws:ecs::123456789012:x"),
            "2 tasks, true, arn:aws:ecs::…:x"
        );
    }

    #[test]
    fn a_part_of_what_is_marked_is_hidden_unless_the_plan_shows_it_elsewhere() {
        let containers =
            json!([{"name": "web-blue", "image": "repo/hush:1", "cluster": "shop", "region": "eu-west-1"}]);
        let of = |text| hidden(json!({"text": containers.to_string()}), json!({"text": true}), text);
        let text = "web-blue in arn:aws:ecs:eu-west-1:1:service/shop/x runs repo/hush:1, hush";
        assert_eq!(of(text), "web-blue in arn:aws:ecs:eu-west-1:1:service/shop/x runs …, …");
        let group = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/hush/0a";
        let of = |text| hidden(json!({"groups": [{"arn": group}]}), json!({"groups": true}), text);
        assert_eq!(
            of("from hush, arn:aws:x:eu-west-1:1:targetgroup/hush/0b"),
            "from …, arn:aws:x:eu-west-1:1:targetgroup/…/0b"
        );
    }

    #[test]
    fn a_mark_on_one_side_of_a_change_counts_for_both() {
        let change = json!({"actions": ["update"], "before": {"name": "hush"}, "after": {"name": "hush"},
            "before_sensitive": {}, "after_sensitive": {"name": true}});
        let one = json!({"address": "a", "mode": "managed", "type": "aws_ecs_service", "change": change});
        let document = json!({"format_version": "1.2", "resource_changes": [one]}).to_string();
        let plan = read(document.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
        let mut text = "service shop/hush".to_owned();
        Secrets::of(&plan).hide(&mut text);
        assert_eq!(text, "service shop/(sensitive value)");
    }
}
