//! An error that many reads have in common is told in full once: one mistake in the provider block is one long message,
//! not forty.

use crate::tf::schema::{Block, Mode};
use crate::tf::{Diagnostic, Diagnostics, Value};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Who was told what in full, by what the errors have in common.
#[derive(Debug, Default)]
pub struct Told(Mutex<HashMap<String, String>>);

impl Told {
    /// Forgets everything: a new configuration makes new mistakes.
    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The diagnostics of one read, short where another read has had the same.
    pub fn once(&self, reader: &str, diagnostics: Diagnostics) -> Diagnostics {
        diagnostics.into_iter().map(|diagnostic| self.short(reader, diagnostic)).collect()
    }

    fn short(&self, reader: &str, diagnostic: Diagnostic) -> Diagnostic {
        let Some(common) = &diagnostic.common else { return diagnostic };
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match told.get(common) {
            None => {
                told.insert(common.clone(), reader.to_owned());
                diagnostic
            }
            Some(first) => {
                let detail = format!("The same error as that of {first}, which says what to do.");
                Diagnostic { detail, ..diagnostic }
            }
        }
    }
}

/// A data source by its type and required arguments, since nobody tells a provider the address:
/// `ecslive_service (cluster = "shop", service_name = "web")`.
pub fn reader(type_name: &str, config: &Value, schema: &Block) -> String {
    let Value::Object(attributes) = config else { return type_name.to_owned() };
    let required = schema.attributes.iter().filter(|attribute| attribute.mode == Mode::Required);
    let given = required.filter_map(|attribute| match attributes.get(attribute.name) {
        Some(Value::String(text)) => Some(format!("{} = {text:?}", attribute.name)),
        _ => None,
    });
    let given = given.collect::<Vec<_>>().join(", ");
    if given.is_empty() { type_name.to_owned() } else { format!("{type_name} ({given})") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_error_is_told_in_full_once() {
        let told = Told::default();
        let error = || Diagnostic::error("No AWS Region", "Set it.").common("no region");
        let detail = |reader: &str, error: Diagnostic| {
            told.once(reader, error.into()).iter().map(|diagnostic| diagnostic.detail.clone()).collect::<String>()
        };
        assert_eq!(detail("a (x = \"1\")", error()), "Set it.");
        let same = "The same error as that of a (x = \"1\"), which says what to do.";
        assert_eq!(detail("b", error()), same);
        assert_eq!(detail("c", error().common("another region")), "Set it.");
        assert_eq!(detail("c", Diagnostic::error("No AWS Region", "Set it.")), "Set it.");
        told.forget();
        assert_eq!(detail("b", error()), "Set it.");
    }
}
