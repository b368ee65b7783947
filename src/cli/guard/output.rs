//! Where the report goes: each format to a file or, one of them, to stdout.

use crate::cli::outcome::{self, Outcome, complain};
use crate::guard::Report;
use crate::guard::report::{Context, Format, render};
use std::path::PathBuf;
use std::str::FromStr;

/// `--format FORMAT[=FILE]`.
#[derive(Debug, Clone)]
pub struct FormatTo {
    format: Format,
    file: Option<PathBuf>,
}

impl FromStr for FormatTo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((_, "" | "-")) => return Err("a file has to follow the =".to_owned()),
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        Ok(Self { format: name.parse()?, file })
    }
}

/// All places that a report goes to.
pub struct Outputs<'a>(&'a [FormatTo]);

impl<'a> Outputs<'a> {
    /// Outputs that do not get into each other's way.
    ///
    /// # Errors
    /// Says which do.
    pub fn new(formats: &'a [FormatTo]) -> Result<Self, String> {
        for (index, one) in formats.iter().enumerate() {
            if let Some(other) = formats[..index].iter().find(|other| other.file == one.file) {
                let (first, second) = (other.format.name(), one.format.name());
                return Err(match &one.file {
                    None => format!(
                        "--format {first} and --format {second} both go to stdout. Give one of them a file: --format \
                         {second}=FILE."
                    ),
                    Some(file) => format!("--format {first} and --format {second} both go to {}.", file.display()),
                });
            }
        }
        Ok(Self(formats))
    }

    /// Writes the report everywhere. False when one of them could not be written.
    pub fn write(&self, report: &Report, context: &Context) -> bool {
        let mut written = true;
        for FormatTo { format, file } in self.0 {
            let text = render(*format, report, context);
            match file {
                None => written &= outcome::answer(&text) == Outcome::Answered,
                Some(file) => {
                    if let Err(error) = std::fs::write(file, text) {
                        complain(&format!("Error: the report could not be written to {}: {error}\n", file.display()));
                        written = false;
                    }
                }
            }
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formats(texts: &[&str]) -> Result<(), String> {
        let formats: Result<Vec<FormatTo>, String> = texts.iter().map(|text| text.parse()).collect();
        Outputs::new(&formats?).map(drop)
    }

    #[test]
    fn one_format_goes_to_stdout_and_the_others_to_files() {
        assert_eq!(formats(&["text", "sarif=a.sarif", "junit=a=b.xml"]), Ok(()));
        assert!(formats(&["text", "json"]).is_err_and(|error| error.contains("--format json=FILE")));
        assert!(formats(&["text=a", "json=a"]).is_err_and(|error| error.contains("both go to a")));
        assert!(formats(&["text="]).is_err() && formats(&["xml"]).is_err_and(|error| error.contains("junit")));
    }
}
