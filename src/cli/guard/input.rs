//! What a check starts from: the plan, what is allowed, and where the configuration is.

use crate::guard::plan::{Plan, read};
use crate::guard::{Allow, AllowError, Source};
use std::fs::File;
use std::io::{BufReader, ErrorKind, IsTerminal, stdin};
use std::path::Path;

/// Where suppressions are by default.
const CONFIG: &str = ".ecslive-guard.toml";

/// All of it.
pub struct Inputs {
    pub plan: Plan,
    pub allow: Option<Allow>,
    pub source: Option<Source>,
}

impl Inputs {
    /// Reads everything.
    ///
    /// # Errors
    /// A sentence that says what cannot be used.
    pub fn read(plan: &Path, config: Option<&Path>, source: Option<&Path>) -> Result<Self, String> {
        let allow = allow(config)?;
        let source = match source {
            Some(folder) => {
                let read = Source::read(folder);
                Some(read.map_err(|error| format!("The folder {} could not be read: {error}.", folder.display()))?)
            }
            None => Source::read(Path::new(".")).ok(),
        };
        Ok(Self { plan: document(plan)?, allow, source })
    }
}

fn document(path: &Path) -> Result<Plan, String> {
    let plan = if path == Path::new("-") {
        if stdin().is_terminal() {
            return Err("There is no plan on standard input. Give a file, or pipe one in: `terraform show -json \
                        plan.bin | ecslive guard`."
                .to_owned());
        }
        read(stdin().lock())
    } else {
        let file = File::open(path).map_err(|error| format!("The plan {} could not be read: {error}.", path.display()));
        read(BufReader::new(file?))
    };
    plan.map_err(|error| error.to_string())
}

fn allow(given: Option<&Path>) -> Result<Option<Allow>, String> {
    let path = given.unwrap_or(Path::new(CONFIG));
    let name = path.display().to_string();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if given.is_none() && error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("The file {name} could not be read: {error}.")),
    };
    let line = |error: &AllowError| format!("{name}:{}: {}", error.line, error.message);
    let wrong = |errors: Vec<AllowError>| errors.iter().map(line).collect::<Vec<_>>().join(" ");
    Allow::parse(&name, &text).map(Some).map_err(wrong)
}
