//! What the conditions of two rules have in common.

use crate::guard::plan::Condition;

/// What a regular expression begins with, among the values of a condition.
const REGEX: &str = "regex:";

/// True for a condition that every request of a browser meets.
fn catches_all(condition: &Condition) -> bool {
    let any = |all: &[&str]| condition.values.iter().any(|value| all.contains(&value.as_str()));
    match condition.field.as_str() {
        "host-header" | "path-pattern" => any(&["*", "/*"]),
        "http-header:user-agent" | "http-header:host" => any(&["*"]),
        "source-ip" => any(&["0.0.0.0/0"]),
        _ => false,
    }
}

/// The conditions that leave requests out.
pub fn narrowing(conditions: &[Condition]) -> Vec<&Condition> {
    conditions.iter().filter(|condition| !catches_all(condition)).collect()
}

/// True when every request that meets `inner` meets `outer`.
pub fn covers(outer: &[Condition], inner: &[Condition]) -> bool {
    narrowing(outer).into_iter().all(|condition| {
        let of_field = inner.iter().filter(|other| other.field == condition.field);
        of_field.into_iter().any(|other| values_cover(condition, other))
    })
}

fn values_cover(outer: &Condition, inner: &Condition) -> bool {
    let fits = |value: &String| outer.values.iter().any(|pattern| matches(pattern, value, is_sensitive(outer)));
    inner.values.iter().all(fits)
}

/// True when some request may meet both; `None` when that is up to a regular expression.
pub fn overlap(one: &[Condition], other: &[Condition]) -> Option<bool> {
    let mut is_told = true;
    for condition in one {
        for same in other.iter().filter(|same| same.field == condition.field) {
            let pairs =
                || condition.values.iter().flat_map(|value| same.values.iter().map(move |other| (value, other)));
            let is_regex = |value: &String| value.starts_with(REGEX);
            if pairs().any(|(value, other)| value == other || meets(value, other, is_sensitive(condition))) {
                continue;
            }
            if !pairs().any(|(value, other)| is_regex(value) || is_regex(other)) {
                return Some(false);
            }
            is_told = false;
        }
    }
    is_told.then_some(true)
}

/// True when the hosts of a rule are not its own only: `preview.example.com` of a rule in front of one for `*.example.com`.
pub fn picks_a_host(front: &[Condition], behind: &[Condition]) -> bool {
    let hosts = |conditions: &[Condition]| -> Vec<String> {
        let hosts = narrowing(conditions).into_iter().filter(|condition| condition.field == "host-header");
        hosts.flat_map(|condition| condition.values.clone()).collect()
    };
    let (own, theirs) = (hosts(front), hosts(behind));
    !own.is_empty() && !theirs.iter().any(|host| own.iter().any(|pattern| matches(pattern, host, false)))
}

/// Paths differ by case, hosts and headers do not ("Condition types for listener rules", Elastic Load Balancing).
fn is_sensitive(condition: &Condition) -> bool {
    matches!(condition.field.as_str(), "path-pattern" | "http-request-method")
}

fn same(one: char, other: char, sensitive: bool) -> bool {
    one == other || (!sensitive && one.eq_ignore_ascii_case(&other))
}

/// True when `pattern` matches whatever `value` matches; `*` is any text, `?` any character.
fn matches(pattern: &str, value: &str, sensitive: bool) -> bool {
    let (pattern, value): (Vec<char>, Vec<char>) = (pattern.chars().collect(), value.chars().collect());
    let mut reach = vec![false; value.len() + 1];
    reach[0] = true;
    for &p in &pattern {
        let mut next = vec![false; value.len() + 1];
        if p == '*' {
            let mut seen = false;
            for at in 0..=value.len() {
                seen |= reach[at];
                next[at] = seen;
            }
        } else {
            for at in 0..value.len() {
                let fits = same(p, value[at], sensitive) || (p == '?' && value[at] != '*');
                next[at + 1] = reach[at] && fits;
            }
        }
        reach = next;
    }
    reach[value.len()]
}

/// True when some text is matched by both patterns.
fn meets(one: &str, other: &str, sensitive: bool) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // Whether what is left of the one, and of the other, have a text in common.
    let mut meets = vec![vec![false; other.len() + 1]; one.len() + 1];
    for left in (0..=one.len()).rev() {
        for right in (0..=other.len()).rev() {
            meets[left][right] = match (one.get(left), other.get(right)) {
                (None, None) => true,
                (Some('*'), _) if meets[left + 1][right] => true,
                (_, Some('*')) if meets[left][right + 1] => true,
                (Some('*'), Some(_)) => meets[left][right + 1],
                (Some(_), Some('*')) => meets[left + 1][right],
                (Some(&a), Some(&b)) => (a == '?' || b == '?' || same(a, b, sensitive)) && meets[left + 1][right + 1],
                (None, Some(_)) | (Some(_), None) => false,
            };
        }
    }
    meets[0][0]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn condition(field: &str, values: &[&str]) -> Condition {
        Condition { field: field.to_owned(), values: values.iter().map(|value| (*value).to_owned()).collect() }
    }

    #[test]
    fn a_rule_covers_another_when_it_takes_all_of_its_requests() {
        let shop = [condition("host-header", &["shop.example.com"])];
        let all_hosts = [condition("host-header", &["*.example.com", "example.org"])];
        let api = [condition("host-header", &["shop.example.com"]), condition("path-pattern", &["/api/*"])];
        assert!(covers(&all_hosts, &shop) && covers(&shop, &api) && covers(&shop, &shop));
        assert!(!covers(&api, &shop) && !covers(&shop, &all_hosts) && !covers(&shop, &[]));
        assert!(covers(&[condition("path-pattern", &["/*"])], &shop));
        assert!(covers(&[condition("source-ip", &["0.0.0.0/0"])], &shop));
        assert!(covers(&[condition("http-header:user-agent", &["*"])], &shop));
        assert!(!covers(&[condition("http-header:x-test", &["*"])], &shop));
        assert!(covers(&[], &shop));
    }

    #[test]
    fn rules_overlap_when_a_request_may_meet_both() {
        let shop = [condition("host-header", &["shop.example.com"])];
        let all_hosts = [condition("host-header", &["*.example.com"])];
        let api = [condition("path-pattern", &["/api/*"])];
        let web = [condition("path-pattern", &["/web/*"])];
        let regex = [condition("path-pattern", &["regex:^/api"])];
        assert_eq!(
            (overlap(&shop, &api), overlap(&shop, &all_hosts), overlap(&[], &web)),
            (Some(true), Some(true), Some(true))
        );
        assert_eq!(
            (overlap(&web, &api), overlap(&regex, &api), overlap(&regex, &regex)),
            (Some(false), None, Some(true))
        );
    }

    #[test]
    fn a_host_is_picked_where_the_rule_behind_does_not_name_it() {
        let host = |name| [condition("host-header", &[name])];
        assert!(picks_a_host(&host("next.example.com"), &host("*.example.com")));
        assert!(picks_a_host(&host("next.example.com"), &[]));
        assert!(!picks_a_host(
            &host("shop.example.com"),
            &[condition("host-header", &["shop.example.com", "b.example.com"])]
        ));
        assert!(!picks_a_host(&host("*.example.com"), &host("shop.example.com")));
        assert!(!picks_a_host(&[condition("path-pattern", &["/api/*"])], &host("shop.example.com")));
    }

    #[test]
    fn paths_differ_by_case_and_hosts_do_not() {
        let rule = |field, value| [condition(field, &[value])];
        assert!(!covers(&rule("path-pattern", "/Shop/*"), &rule("path-pattern", "/shop/*")));
        assert_eq!(overlap(&rule("path-pattern", "/Shop/*"), &rule("path-pattern", "/shop/*")), Some(false));
        assert!(covers(&rule("host-header", "SHOP.example.com"), &rule("host-header", "shop.example.com")));
    }

    #[test]
    fn patterns_match_patterns() {
        let matches = |pattern, value| matches(pattern, value, true);
        assert!(matches("/api/*", "/api/v1/*") && matches("/a?c", "/abc") && matches("*", "*"));
        assert!(!matches("/api/v1/*", "/api/*") && !matches("/a?c", "/a*c"));
    }

    proptest! {
        #[test]
        fn patterns_meet_when_a_text_matches_both(one in "[ab*?]{0,5}", other in "[ab*?]{0,5}", text in "[ab]{0,6}") {
            if matches(&one, &text, true) && matches(&other, &text, true) {
                prop_assert!(meets(&one, &other, true));
            }
            if meets(&one, &other, true) {
                // A text of no more than both together, of letters that are in them or of one that is in neither.
                let texts = texts("abc", one.len() + other.len());
                prop_assert!(texts.iter().any(|text| matches(&one, text, true) && matches(&other, text, true)));
            }
        }
    }

    fn texts(letters: &str, longest: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..longest.min(8) {
            last = last.iter().flat_map(|text| letters.chars().map(move |letter| format!("{text}{letter}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }
}
