//! What arguments say about each other. While a module is validated its variables are unknown and may turn out to be
//! null, so only what is known and not null is held against anybody.

use super::Arg;
use crate::tf::{Diagnostic, Diagnostics, Path};

/// An argument, for what a data source declares about several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Argument {
    name: &'static str,
    given: bool,
}

impl Argument {
    /// The argument of this name.
    pub fn new<T>(name: &'static str, arg: &Arg<T>) -> Self {
        Self { name, given: arg.known().is_some() }
    }
}

/// An error for each argument after the first that is given: at most one may be. `why` goes on after "a and b".
pub fn at_most_one(arguments: &[Argument], why: &str) -> Diagnostics {
    let mut given = arguments.iter().filter(|argument| argument.given);
    let Some(first) = given.next() else { return Diagnostics::default() };
    given.map(|other| conflict(other.name, format!("{} and {} {why}", other.name, first.name))).collect()
}

/// An error for `argument`, if it is given and one of the others is: they have no use for each other. `why` goes on
/// after the name of the other.
pub fn excludes(argument: Argument, others: &[Argument], why: &str) -> Diagnostics {
    let other = others.iter().find(|other| argument.given && other.given);
    other.map(|other| conflict(argument.name, format!("{} {why}", other.name))).into_iter().collect()
}

fn conflict(name: &'static str, detail: String) -> Diagnostic {
    Diagnostic::error("Conflicting Arguments", detail).at(Path::attribute(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARGS: [Arg<u8>; 3] = [Arg::Known(1), Arg::Null, Arg::Unknown];

    #[test]
    fn only_what_is_known_and_not_null_conflicts() {
        for a in &ARGS {
            for b in &ARGS {
                let both = matches!((a, b), (Arg::Known(_), Arg::Known(_)));
                let (a, b) = (Argument::new("a", a), Argument::new("b", b));
                assert_eq!(at_most_one(&[a, b], "conflict.").has_errors(), both, "{a:?} {b:?}");
                assert_eq!(excludes(a, &[b], "is in the way.").has_errors(), both, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn every_one_after_the_first_is_named() {
        let [a, b, c] = ["a", "b", "c"].map(|name| Argument::new(name, &Arg::Known(())));
        let text = at_most_one(&[a, b, c], "say the same.").to_string();
        insta::assert_snapshot!(text, @r"
        Error: Conflicting Arguments

          on b

        b and a say the same.

        Error: Conflicting Arguments

          on c

        c and a say the same.
        ");
    }
}
