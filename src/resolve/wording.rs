//! How a front end writes an argument: messages have one source, and name arguments between `⟨` and `⟩`.

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    /// Somebody who writes Terraform: `verify_listener = true`.
    Terraform,
    /// Somebody at a command line: `--verify-listener true`.
    CommandLine,
    /// Somebody who checks a plan with `ecslive guard`: `--region`.
    Guard,
    /// Somebody who writes the query of `data "external"`: `verify_listener = false`.
    Query,
}

/// That the listener be asked too.
const ASK: &str = "Ask the listener too";

/// What is no argument, and is still said in another way: the key, for Terraform, for the command line.
const PHRASES: [(&str, &str, &str); 19] = [
    ("The profile", "The profile of the provider block", "The profile of --profile"),
    ("plan again", "plan again", "ask again"),
    ("Plan again", "Plan again", "Ask again"),
    ("plan slower", "Plan again later, or with a lower -parallelism.", "Ask again later."),
    ("Terraform creates it later", "Terraform creates it later", "its absence is an answer"),
    ("Terraform registers it later", "Terraform or your pipeline registers it later", "its absence is an answer"),
    ("it is created later", "it is created later", "its absence is an answer"),
    ("your pipeline pushes it later", "your pipeline pushes it later", "its absence is an answer"),
    (ASK, "Set verify_listener = true", "Leave out --no-verify-listener"),
    ("credentials", "in the provider block (profile, or access_key and secret_key)", "with --profile"),
    ("Terraform asked", "Terraform asked", "Somebody asked"),
    ("the provider", "the provider", "ecslive"),
    ("here", " on the data source", ""),
    ("files", "shared_config_files or shared_credentials_files", "AWS_CONFIG_FILE or AWS_SHARED_CREDENTIALS_FILE"),
    ("a region", "region in the provider block or on the data source", "--region"),
    ("endpoints", "endpoints of the provider configuration", "--endpoint-url"),
    ("a bundle", "custom_ca_bundle in the provider block, or AWS_CA_BUNDLE in the environment,", "AWS_CA_BUNDLE"),
    ("another account", "assume_role on a second provider block", "--assume-role"),
    ("more time", ":\n\n  timeouts {\n    read = \"30m\"\n  }", " with --timeout 30m."),
];

/// What `ecslive guard` says otherwise than other commands: the key, and how.
const GUARD: [(&str, &str); 3] =
    [("plan again", "run guard again"), ("Plan again", "Run guard again"), ("plan slower", "Run guard again later.")];

impl Wording {
    /// The text with its arguments written for this reader.
    pub fn write(self, text: &str) -> String {
        let mut written = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('⟨') {
            let (argument, after) = after.split_once('⟩').unwrap_or((after, ""));
            written.push_str(before);
            written.push_str(&self.argument(argument));
            rest = after;
        }
        written + rest
    }

    fn argument(self, argument: &str) -> String {
        let phrase = PHRASES.iter().find(|(key, ..)| *key == argument);
        match (self, argument) {
            (Self::Guard, _) => match GUARD.iter().find(|(key, _)| *key == argument) {
                Some((_, guard)) => (*guard).to_owned(),
                None => Self::CommandLine.argument(argument),
            },
            (Self::Terraform, argument) => phrase.map_or(argument, |(_, terraform, _)| terraform).to_owned(),
            (Self::CommandLine, _) if phrase.is_some() => phrase.map_or("", |(_, _, line)| line).to_owned(),
            (Self::CommandLine, "timeouts.read") => "--timeout".to_owned(),
            (Self::Query, ASK) => Self::Terraform.argument(ASK),
            (Self::Query, "timeouts.read") => "timeout".to_owned(),
            (Self::Query, argument) => phrase.map_or_else(|| argument.to_owned(), |(_, _, line)| without_flags(line)),
            (Self::CommandLine, argument) => {
                let (name, value) = argument.split_once(" = ").unwrap_or((argument, ""));
                let flag = name.replace('_', "-");
                match value.trim_matches('"') {
                    "" | "true" => format!("--{flag}"),
                    "false" => format!("--no-{flag}"),
                    value => format!("--{flag} {value}"),
                }
            }
        }
    }
}

/// The same text with the names that a query has: `--assume-role` is `assume_role`.
pub fn without_flags(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("--") {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        written.push_str(before);
        written.push_str(&name.replace('-', "_"));
        rest = after;
    }
    written + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_written_as_the_reader_writes_them() {
        let text = "Set ⟨verify_listener = false⟩, ⟨on_traffic_shift = \"allow\"⟩ or more ⟨timeouts.read⟩.";
        assert_eq!(
            Wording::Terraform.write(text),
            "Set verify_listener = false, on_traffic_shift = \"allow\" or more timeouts.read."
        );
        assert_eq!(
            Wording::CommandLine.write(text),
            "Set --no-verify-listener, --on-traffic-shift allow or more --timeout."
        );
        assert_eq!(
            Wording::Query.write(text),
            "Set verify_listener = false, on_traffic_shift = \"allow\" or more timeout."
        );
        assert_eq!(Wording::CommandLine.write("⟨verify_listener = false⟩"), "--no-verify-listener");
        assert_eq!(Wording::CommandLine.write("⟨Ask the listener too⟩."), "Leave out --no-verify-listener.");
        assert_eq!(Wording::Query.write("⟨Ask the listener too⟩."), "Set verify_listener = true.");
        assert_eq!(Wording::Query.write("⟨verify_listener = false⟩"), "verify_listener = false");
        assert_eq!(
            Wording::Query.write("through ⟨another account⟩, or⟨more time⟩"),
            "through assume_role, or with timeout 30m."
        );
    }
}
