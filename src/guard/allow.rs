//! `.ecslive-guard.toml`: what is allowed, by whom it is meant, and until when.
//!
//! ```toml
//! [[allow]]
//! rule = "traffic-leaves-live-target-group"
//! address = "module.shop.aws_lb_listener_rule.*"
//! reason = "Two services share this rule on purpose, SHOP-123"
//! until = 2026-12-31
//! account = "123456789012"    # optional, like region
//! ```

use super::outcome::{Finding, Labels, Severity, Suppressed};
use super::plan::Place;
use super::rules;
use time::{Date, Month};
use toml_edit::{Document, Item, Table, Value};

/// A rule that did not judge an address; `None` is every rule, every address, or every place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unjudged {
    pub rule: Option<String>,
    pub address: Option<String>,
    pub place: Option<Place>,
}

/// A mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowError {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

/// The file, checked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow {
    file: String,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    line: usize,
    rule: String,
    address: String,
    reason: String,
    until: Date,
    account: Option<String>,
    region: Option<String>,
}

const KEYS: [&str; 6] = ["rule", "address", "reason", "until", "account", "region"];

impl Allow {
    /// Reads the file. `file` is its name in messages.
    ///
    /// # Errors
    /// Every mistake with its line: unknown keys, missing reasons and dates, a pattern that matches everything.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<AllowError>> {
        let line = |at: usize| text.get(..at).map_or(1, |before| before.matches('\n').count() + 1);
        let document = Document::parse(text).map_err(|error| {
            let line = line(error.span().map_or(0, |span| span.start));
            vec![AllowError { line, message: format!("This is not TOML: {}.", error.message().trim_end_matches('.')) }]
        })?;
        let mut reader = Reader { errors: Vec::new(), line: &line };
        let mut entries = Vec::new();
        for (key, item) in document.as_table().iter() {
            let at =
                document.as_table().get_key_value(key).and_then(|(key, _)| key.span()).map_or(0, |span| span.start);
            match (key, item) {
                ("allow", Item::ArrayOfTables(tables)) => {
                    entries.extend(tables.iter().filter_map(|one| reader.entry(one)))
                }
                ("allow", _) => reader.error(at, "Write [[allow]], one for each thing that is allowed.".to_owned()),
                (other, _) => {
                    reader.error(at, format!("{other:?} is not known here: the file has [[allow]] entries only."))
                }
            }
        }
        if reader.errors.is_empty() { Ok(Self { file: file.to_owned(), entries }) } else { Err(reader.errors) }
    }

    /// Marks what is allowed, and adds a warning for each entry that has expired or that matches nothing.
    /// Entries for an account or a region in which the plan has nothing belong to another plan that shares the file. Nobody
    /// knows what an entry would match where its rule did not judge.
    pub(super) fn apply(
        &self,
        findings: Vec<(Finding, Place)>,
        unjudged: &[Unjudged],
        places: &[Place],
        today: Date,
    ) -> Vec<Finding> {
        let mut used = vec![false; self.entries.len()];
        let mut out = Vec::new();
        for (mut finding, place) in findings {
            for (entry, used) in self.entries.iter().zip(&mut used) {
                if !entry.matches(Some(&finding.rule), Some(&finding.address), Some(&place)) {
                    continue;
                }
                *used = true;
                if entry.until >= today && finding.suppressed.is_none() {
                    let until = entry.until.to_string();
                    finding.suppressed = Some(Suppressed { reason: entry.reason.clone(), until });
                }
            }
            out.push(finding);
        }
        let concerns = |entry: &&Entry| {
            let is_there = |wanted: &Option<String>, of: fn(&Place) -> &Option<String>| {
                wanted.is_none() || places.iter().any(|place| of(place) == wanted)
            };
            is_there(&entry.account, |place| &place.account) && is_there(&entry.region, |place| &place.region)
        };
        let is_open = |entry: &Entry| {
            let mut unjudged = unjudged.iter();
            unjudged.any(|one| entry.matches(one.rule.as_deref(), one.address.as_deref(), one.place.as_ref()))
        };
        let counts = |entry: &&Entry| concerns(entry) && !is_open(entry);
        let entries = self.entries.iter().zip(used).filter(|(entry, used)| *used || counts(entry));
        for (entry, used) in entries {
            let (rule, message) = match (entry.until < today, used) {
                (true, true) => {
                    ("suppression-expired", format!("The suppression of {} ended on {}.", entry.rule, entry.until))
                }
                (_, false) => {
                    ("suppression-unused", format!("The suppression of {} matches nothing in this plan.", entry.rule))
                }
                (false, true) => continue,
            };
            let fix = match rule {
                "suppression-unused" => {
                    "Remove the entry, or correct its rule and address. When the file is shared by plans of several \
                     accounts, give it the account that it is for."
                }
                _ => "Remove the entry, or give it a new date after somebody has looked at it.",
            };
            let facts = [("File", format!("{}:{}", self.file, entry.line)), ("Reason given", entry.reason.clone())];
            out.push(Finding {
                rule: rule.to_owned(),
                severity: Severity::Warning,
                address: entry.address.clone(),
                message,
                fix: fix.to_owned(),
                facts: Labels(facts.map(|(label, value)| (label.to_owned(), value)).into()),
                location: None,
                suppressed: None,
            });
        }
        out
    }
}

impl Entry {
    /// `None` is every rule, every address, or every place.
    fn matches(&self, rule: Option<&str>, address: Option<&str>, place: Option<&Place>) -> bool {
        let fits = |wanted: &Option<String>, is: &Option<String>| wanted.is_none() || wanted == is;
        rule.is_none_or(|rule| self.rule == rule)
            && address.is_none_or(|address| glob(&self.address, address))
            && place.is_none_or(|place| fits(&self.account, &place.account) && fits(&self.region, &place.region))
    }
}

/// `*` is any text; everything else, brackets too, is itself.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let parts: Vec<&str> = parts.collect();
    for (index, part) in parts.iter().enumerate() {
        if index + 1 == parts.len() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())
}

/// True for the form of `eu-west-1` and `us-gov-east-1`; which regions there are changes.
fn is_region(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let [area, middle @ .., number] = words.as_slice() else { return false };
    let is_word = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    is_word(area) && !middle.is_empty() && middle.iter().all(is_word) && number.parse::<u8>().is_ok()
}

struct Reader<'a> {
    errors: Vec<AllowError>,
    line: &'a dyn Fn(usize) -> usize,
}

impl Reader<'_> {
    fn error(&mut self, at: usize, message: String) {
        self.errors.push(AllowError { line: (self.line)(at), message });
    }

    fn entry(&mut self, table: &Table) -> Option<Entry> {
        let start = table.span().map_or(0, |span| span.start);
        let before = self.errors.len();
        for (key, _) in table.iter().filter(|(key, _)| !KEYS.contains(key)) {
            let at = table.get_key_value(key).and_then(|(key, _)| key.span()).map_or(start, |span| span.start);
            self.error(at, format!("{key:?} is not known here. Known are {}.", KEYS.join(", ")));
        }
        let rule = self.text(table, "rule", start, true);
        let address = self.text(table, "address", start, true);
        let reason = self.text(table, "reason", start, true);
        let account = self.text(table, "account", start, false);
        let region = self.text(table, "region", start, false);
        let until = self.date(table, start);
        if let Some((text, at)) = rule.as_ref().filter(|(text, _)| rules::named(text).is_none()) {
            let all = rules::ALL.map(|rule| rule.id).join(", ");
            self.error(*at, format!("{text:?} is no rule of guard. The rules are {all}."));
        }
        if let Some((text, at)) = address.as_ref().filter(|(text, _)| text.trim_matches(['*', '.']).is_empty()) {
            self.error(
                *at,
                format!("{text:?} would allow everything: name the resource, as in \"module.shop.aws_lb_*\"."),
            );
        }
        if let Some((text, at)) = account.as_ref().filter(|(text, _)| !is_account(text)) {
            self.error(*at, format!("{text:?} is no account: it has twelve digits, as in \"123456789012\"."));
        }
        if let Some((text, at)) = region.as_ref().filter(|(text, _)| !is_region(text)) {
            self.error(*at, format!("{text:?} is no region: write it whole, as in \"eu-west-1\"."));
        }
        if self.errors.len() > before {
            return None;
        }
        let text = |found: Option<(String, usize)>| found.map(|(text, _)| text);
        Some(Entry {
            line: (self.line)(start),
            rule: text(rule)?,
            address: text(address)?,
            reason: text(reason)?,
            until: until?,
            account: text(account),
            region: text(region),
        })
    }

    fn text(&mut self, table: &Table, key: &str, start: usize, required: bool) -> Option<(String, usize)> {
        let item = table.get(key);
        let at = item.and_then(Item::span).map_or(start, |span| span.start);
        match item.and_then(Item::as_value) {
            Some(Value::String(text)) if !text.value().trim().is_empty() => return Some((text.value().clone(), at)),
            None if !required => {}
            None => {
                self.error(at, format!("{key} is missing: every suppression needs rule, address, reason and until."))
            }
            Some(_) => self.error(at, format!("{key} has to be a text in quotes that is not empty.")),
        }
        None
    }

    fn date(&mut self, table: &Table, start: usize) -> Option<Date> {
        let item = table.get("until");
        let at = item.and_then(Item::span).map_or(start, |span| span.start);
        let date = match item.and_then(Item::as_value) {
            Some(Value::Datetime(datetime)) => datetime.value().date,
            Some(Value::String(text)) => text.value().parse::<toml_edit::Datetime>().ok().and_then(|found| found.date),
            _ => None,
        };
        let date = date.and_then(|date| {
            Date::from_calendar_date(i32::from(date.year), Month::try_from(date.month).ok()?, date.day).ok()
        });
        if date.is_none() {
            self.error(at, "until has to be a day, as in until = 2026-12-31.".to_owned());
        }
        date
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_the_whole_address() {
        assert!(glob("module.*.aws_lb_listener_rule.this[*]", "module.a[\"x\"].aws_lb_listener_rule.this[0]"));
        assert!(glob("aws_lb.a", "aws_lb.a") && !glob("aws_lb.a", "aws_lb.ab") && !glob("*.a", "aws_lb.b"));
        assert!(glob("a*a", "aa") && !glob("a*a", "a"));
    }

    #[test]
    fn regions_are_told_by_their_form() {
        assert!(["eu-west-1", "us-gov-east-1", "ap-southeast-12"].iter().all(|region| is_region(region)));
        assert!(["eu-west", "eu", "EU-west-1", "eu-west-1a", "eu--1", ""].iter().all(|text| !is_region(text)));
    }
}
