//! The log as hosts read it: one hclog JSON object per line on stderr.
//!
//! A line that is not quite in form is worse than none, since Terraform crashes on `@message` that is not a string.
//! Other people's crates see requests, headers and credentials, so of theirs only warnings pass, without fields.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::{Debug, Write as _};
use std::io::{self, Write as _};

use serde_json::Value;
use time::OffsetDateTime;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::{Interest, Subscriber};
use tracing::{Event, Level, Metadata};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

/// Hosts cut lines at 64 KiB and then see two halves that are no JSON.
const LINE_LIMIT: usize = 60_000;

/// In characters; escaped, a character takes six bytes at most.
const MESSAGE_LIMIT: usize = 8_000;

/// In characters.
const FIELD_LIMIT: usize = 2_000;

/// The root of our own module paths.
const OURS: &str = env!("CARGO_CRATE_NAME");

/// Sends our events to stderr, as far as the environment asks for them; if it does not, logging costs nothing.
///
/// The first of `TF_LOG_PROVIDER_<NAME>`, `TF_LOG_PROVIDER` and `TF_LOG` that is set decides.
pub fn install(name: &str, read: impl Fn(&str) -> Option<OsString>) {
    let own = format!("TF_LOG_PROVIDER_{}", name.to_uppercase());
    let set = |variable: &str| read(variable).map(|value| value.to_string_lossy().trim().to_owned());
    let mut wishes = [own.as_str(), "TF_LOG_PROVIDER", "TF_LOG"].into_iter().filter_map(|variable| {
        let value = set(variable).filter(|value| !value.is_empty())?;
        Some((variable, value))
    });
    let Some((variable, wish)) = wishes.next() else { return };
    let level = level(&wish);
    let threshold = level.unwrap_or(LevelFilter::TRACE);
    if threshold == LevelFilter::OFF {
        return;
    }
    let hclog = Hclog { threshold, write: |line: &str| drop(io::stderr().lock().write_all(line.as_bytes())) };
    // Fails only if there is a subscriber already, and then that one does the work.
    let _ = tracing::subscriber::set_global_default(Registry::default().with(hclog));
    if level.is_none() {
        tracing::warn!("{variable} is {wish:?}, which is no log level; trace is used, as Terraform does");
    }
}

/// Terraform's names, in any case. `JSON` asks Terraform for another form of everything.
fn level(wish: &str) -> Option<LevelFilter> {
    Some(match wish.to_ascii_uppercase().as_str() {
        "TRACE" | "JSON" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "INFO" => LevelFilter::INFO,
        "WARN" => LevelFilter::WARN,
        "ERROR" => LevelFilter::ERROR,
        "OFF" => LevelFilter::OFF,
        _ => return None,
    })
}

struct Hclog<W> {
    threshold: LevelFilter,
    write: W,
}

impl<W> Hclog<W> {
    fn wants(&self, metadata: &Metadata<'_>) -> bool {
        let limit = if is_ours(metadata) { self.threshold } else { self.threshold.min(LevelFilter::WARN) };
        metadata.is_event() && *metadata.level() <= limit
    }
}

impl<S: Subscriber, W: Fn(&str) + 'static> Layer<S> for Hclog<W> {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        self.wants(metadata)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.threshold)
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        (self.write)(&line(event, OffsetDateTime::now_utc()));
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().split("::").next() == Some(OURS)
}

fn line(event: &Event<'_>, now: OffsetDateTime) -> String {
    let mut entry = Entry::default();
    event.record(&mut entry);
    let level = match *event.metadata().level() {
        Level::TRACE => "trace",
        Level::DEBUG => "debug",
        Level::INFO => "info",
        Level::WARN => "warn",
        Level::ERROR => "error",
    };
    let module = event.metadata().target().replace("::", ".");
    let mut line = format!(
        r#"{{"@level":"{level}","@message":{},"@timestamp":"{}","@module":{}"#,
        string(&entry.message, MESSAGE_LIMIT),
        timestamp(now),
        string(&module, FIELD_LIMIT),
    );
    if is_ours(event.metadata()) {
        for (name, value) in entry.fields {
            if line.len() + name.len() + value.len() > LINE_LIMIT {
                line.push_str(r#","cut":"more fields than fit into a line""#);
                break;
            }
            // Writing to a string cannot fail.
            let _ = write!(line, ",{}:{value}", string(&name, FIELD_LIMIT));
        }
    }
    line + "}\n"
}

/// Hosts take six digits and nothing else for a time.
fn timestamp(now: OffsetDateTime) -> String {
    let (year, month, day) = (now.year(), u8::from(now.month()), now.day());
    let (hour, minute, second, micro) = now.to_hms_micro();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micro:06}Z")
}

/// A JSON string of at most `limit` characters and a mark.
fn string(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => Value::from(format!("{}… ({} more bytes)", &text[..end], text.len() - end)).to_string(),
        None => Value::from(text).to_string(),
    }
}

/// An event taken apart; the values are JSON.
#[derive(Default)]
struct Entry {
    message: String,
    fields: Vec<(String, String)>,
}

impl Entry {
    fn add(&mut self, field: &Field, json: String) {
        let name = field.name().trim_start_matches("r#");
        // The host believes what it finds under its own keys, which all begin so.
        let name = name.strip_prefix('@').map_or_else(|| name.to_owned(), |rest| format!("field_{rest}"));
        self.fields.push((name, json));
    }

    fn add_text(&mut self, field: &Field, text: &str) {
        if field.name() == "message" {
            text.clone_into(&mut self.message);
        } else {
            self.add(field, string(text, FIELD_LIMIT));
        }
    }
}

impl Visit for Entry {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value.to_string());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value.to_string());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add_text(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let causes = std::iter::successors(Some(value), |error| (*error).source());
        let text: Vec<_> = causes.map(ToString::to_string).collect();
        self.add_text(field, &text.join(": "));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add_text(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// What reaches stderr while `work` runs, as text.
    fn logged(threshold: LevelFilter, work: impl FnOnce()) -> String {
        let lines = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&lines);
        let hclog = Hclog { threshold, write: move |line: &str| sink.lock().unwrap().push_str(line) };
        tracing::subscriber::with_default(Registry::default().with(hclog), work);
        lines.lock().unwrap().clone()
    }

    fn only_line(text: &str) -> serde_json::Map<String, Value> {
        let line = text.strip_suffix('\n').expect("one line");
        assert!(!line.contains('\n') && line.len() < 65_536);
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn a_line_has_the_form_that_hosts_parse() {
        let text = logged(LevelFilter::INFO, || {
            tracing::info!(calls = 3, region = "eu-west-1", ratio = 0.5, ok = true, "read\n\"it\"");
        });
        let line = only_line(&text);
        assert_eq!(line["@message"], "read\n\"it\"");
        assert_eq!(line["@module"], "ecslive.plugin.log.tests");
        assert_eq!(
            (&line["@level"], &line["region"], &line["calls"]),
            (&"info".into(), &"eu-west-1".into(), &3.into())
        );
        assert_eq!((&line["ok"], &line["ratio"]), (&"true".into(), &"0.5".into()));
        let time = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_000_001_999).unwrap();
        assert_eq!(timestamp(time), "2023-11-14T22:13:20.000001Z");
    }

    #[test]
    fn a_message_that_is_missing_is_still_a_string() {
        assert_eq!(only_line(&logged(LevelFilter::INFO, || tracing::info!(n = 1)))["@message"], "");
    }

    #[test]
    fn fields_cannot_take_the_place_of_the_hosts_keys() {
        let line = only_line(&logged(LevelFilter::INFO, || tracing::info!("@level" = 5, "@message" = 5, "hello")));
        assert_eq!((&line["@level"], &line["@message"]), (&"info".into(), &"hello".into()));
        assert_eq!((&line["field_level"], &line["field_message"]), (&5.into(), &5.into()));
        let line = only_line(&logged(LevelFilter::INFO, || tracing::info!(message = 5)));
        assert!(line["@message"].is_string(), "{line:?}");
    }

    #[test]
    fn long_lines_are_cut_and_stay_json() {
        let long = "\u{1}\"é".repeat(100_000);
        let line = only_line(&logged(LevelFilter::INFO, || {
            tracing::info!(a = long, b = long, c = long, d = long, e = long, f = long, "{long}");
        }));
        assert!(line["@message"].as_str().unwrap().ends_with(" more bytes)"), "{}", line["@message"]);
        assert!(line.contains_key("cut") && line.contains_key("a"), "{:?}", line.keys());
    }

    #[test]
    fn of_other_crates_only_the_words_of_a_warning_pass() {
        let text = logged(LevelFilter::TRACE, || {
            for secret in ["AKIAEXAMPLE", "authorization: AWS4-HMAC"] {
                tracing::trace!(target: "aws_smithy_runtime::client", body = secret, "{secret}");
                tracing::debug!(target: "h2::codec", headers = secret, "{secret}");
                tracing::info!(target: "ecslive_not_us", secret, "{secret}");
                tracing::warn!(target: "aws_config::profile", secret, "profile ignored");
                let _ = tracing::info_span!(target: "hyper", "request", secret).entered();
            }
        });
        assert!(!text.contains("AKIA") && !text.contains("AWS4"), "{text}");
        assert_eq!(text.matches("profile ignored").count(), 2);
    }

    #[test]
    fn levels_are_terraforms() {
        assert_eq!(level("warn"), Some(LevelFilter::WARN));
        assert_eq!(level("Json"), Some(LevelFilter::TRACE));
        assert_eq!(level("off"), Some(LevelFilter::OFF));
        assert_eq!(level("1"), None);
        assert_eq!(logged(LevelFilter::WARN, || tracing::info!("quiet")), "");
    }
}
