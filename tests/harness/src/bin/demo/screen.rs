//! What the demo prints; in colours on a terminal.

use crate::Failure;
use std::io::{IsTerminal, Write};

/// The screen.
pub struct Screen {
    colours: bool,
    out: std::io::Stdout,
}

const COLUMN: usize = 56;

impl Screen {
    /// Colours on a terminal, unless `NO_COLOR` is set.
    pub fn new() -> Self {
        let out = std::io::stdout();
        let colours = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { colours, out }
    }

    /// Text in a colour.
    pub fn paint(&self, code: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// A paragraph.
    pub fn say(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "\n{text}")?)
    }

    /// A headline and what it is about.
    pub fn step(&mut self, title: &str, text: &str) -> Result<(), Failure> {
        let title = self.paint("1", &format!("==> {title}"));
        Ok(writeln!(self.out, "\n{title}\n    {text}")?)
    }

    /// A line below a headline.
    pub fn line(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{}", format!("    {text}").trim_end())?)
    }

    /// Two plans beside each other.
    pub fn side_by_side(&mut self, title: &str, left: &[String], right: &[String]) -> Result<(), Failure> {
        let title = self.paint("1;31", &format!("{title:<COLUMN$}"));
        let ours = self.paint("1;32", "with ecslive");
        writeln!(self.out, "\n    {title}{ours}")?;
        for index in 0..left.len().max(right.len()) {
            let line = |lines: &[String]| lines.get(index).cloned().unwrap_or_default();
            let left: String = line(left).chars().take(COLUMN - 2).collect();
            let (left, right) = (self.paint("31", &format!("{left:<COLUMN$}")), self.paint("32", &line(right)));
            let row = format!("    {left}{right}");
            writeln!(self.out, "{}", row.trim_end())?;
        }
        Ok(())
    }
}
