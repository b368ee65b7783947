//! An answer as lines of a label and a value, for people.

use super::paint::Paint;
use crate::live::Address;
use crate::resolve::duration::span;
use crate::resolve::name::Named;
use std::fmt::Write;

/// Width of the labels.
const LABEL: usize = 12;
/// Width of a bar.
const BAR: u32 = 20;

/// Lines of a label and a value.
pub struct Screen {
    text: String,
    paint: Paint,
}

impl Screen {
    /// A screen about a service, which is its first line.
    pub fn of(address: &Address, region: &str, paint: Paint) -> Self {
        let title = format!("{}/{}", address.cluster.name(), address.service.name());
        Self::titled(&title, region, paint)
    }

    /// A screen with this first line.
    pub fn titled(title: &str, region: &str, paint: Paint) -> Self {
        Self { text: format!("{}  {}\n", paint.bold(title), paint.dim(region)), paint }
    }

    /// A line.
    pub fn line(&mut self, label: &str, value: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "  {}{value}", self.paint.dim(&format!("{label:LABEL$}")));
    }

    /// Something with an ARN: its name, and the ARN below.
    pub fn named(&mut self, label: &str, arn: &str, colour: &dyn Fn(&str) -> String) {
        self.line(label, &colour(name_of(arn)));
        self.line("", &self.paint.dim(arn).clone());
    }

    /// The text.
    pub fn finish(self) -> String {
        self.text
    }
}

/// A part of a whole as a bar.
pub fn bar(part: u32, whole: u32) -> String {
    // One step is kept for whoever has a little, at either end.
    let filled = match part {
        0 => 0,
        part if part >= whole => BAR,
        part => (part * BAR / whole).clamp(1, BAR - 1),
    };
    let (full, empty) = ("█".repeat(filled as usize), "·".repeat((BAR - filled) as usize));
    full + &empty
}

/// The name in an ARN of a target group, a task definition or a service.
pub fn name_of(arn: &str) -> &str {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or(arn);
    match resource.split('/').collect::<Vec<_>>().as_slice() {
        ["targetgroup", name, ..] => name,
        _ => resource.rsplit('/').next().unwrap_or(resource),
    }
}

/// How long ago a moment (RFC 3339) was, in brackets; nothing for one that is to come or cannot be read.
pub fn since(moment: &str) -> String {
    let seconds = ago(moment).filter(|seconds| *seconds >= 0);
    seconds.map(|seconds| format!(" ({} ago)", span(seconds))).unwrap_or_default()
}

/// How many seconds ago a moment was.
pub fn ago(moment: &str) -> Option<i64> {
    let moment = time::OffsetDateTime::parse(moment, &time::format_description::well_known::Rfc3339).ok()?;
    Some((time::OffsetDateTime::now_utc() - moment).whole_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_full_only_where_there_is_nothing_else() {
        assert_eq!(bar(1, 1), "█".repeat(20));
        assert_eq!(bar(0, 100), "·".repeat(20));
        assert_eq!(bar(1, 100), format!("█{}", "·".repeat(19)));
        assert_eq!(bar(99, 100), format!("{}·", "█".repeat(19)));
    }

    #[test]
    fn arns_have_names() {
        let elb = "arn:aws:elasticloadbalancing:eu-west-1:123456789012";
        assert_eq!(name_of(&format!("{elb}:targetgroup/web-blue/5a5a")), "web-blue");
        assert_eq!(name_of("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:7"), "web:7");
        assert_eq!(name_of("d-1"), "d-1");
    }
}
