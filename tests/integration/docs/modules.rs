//! The READMEs of `terraform/modules/` name the inputs and outputs that the module has. `make docs` writes them anew.

use super::{files, root};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const MARK: &str = "<!-- Inputs and outputs are written by `make docs`. -->\n";

#[test]
fn readmes_of_modules_are_what_the_modules_say() {
    let modules = modules();
    assert!(modules.len() >= 2, "{modules:?}");
    let mut stale = Vec::new();
    for module in modules {
        let path = module.join("README.md");
        let text = std::fs::read_to_string(&path).expect("a README");
        let (head, _) = text.split_once(MARK).unwrap_or_else(|| panic!("{} has no line {MARK}", path.display()));
        let whole = format!("{head}{MARK}{}", reference(&module));
        if std::env::var("ECSLIVE_DOCS").as_deref() == Ok("write") {
            std::fs::write(&path, &whole).expect("a README");
        } else if text != whole {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "run `make docs`: {stale:?}");
}

#[test]
fn every_input_and_output_of_a_module_is_described() {
    for module in modules() {
        for (kind, name, arguments) in blocks(&module) {
            if ["variable", "output"].contains(&kind.as_str()) {
                assert!(argument(&arguments, "description").is_some(), "{}: {kind} {name}", module.display());
            }
            assert_ne!(kind, "provider", "{}: the provider is the caller's", module.display());
        }
    }
}

#[test]
fn links_of_the_readmes_of_modules_and_examples_lead_somewhere() {
    let mut readmes = files(&root().join("terraform"));
    readmes.extend(files(&root().join("examples")));
    readmes.retain(|path| path.extension().is_some_and(|it| it == "md"));
    assert!(readmes.len() >= 2, "{readmes:?}");
    for path in readmes {
        let text = std::fs::read_to_string(&path).expect("a README");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link)) {
            let file = link.split('#').next().unwrap_or_default();
            if file.is_empty() || file.contains("://") {
                continue;
            }
            let target = path.parent().expect("a folder").join(file);
            assert!(target.exists(), "{}: {link}", path.display());
        }
    }
}

fn modules() -> Vec<PathBuf> {
    let folders = std::fs::read_dir(root().join("terraform/modules")).expect("a folder");
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.expect("an entry").path()).collect();
    folders.sort();
    folders
}

/// The part below the mark.
fn reference(module: &Path) -> String {
    let blocks = blocks(module);
    let mut text = "\n## Inputs\n\n| name | description | type | default |\n|---|---|---|---|\n".to_owned();
    let of = |kind: &'static str| blocks.iter().filter(move |block| block.0 == kind);
    for (_, name, arguments) in of("variable") {
        let given = |name: &str| argument(arguments, name).map_or(String::new(), |value| cell(&value));
        let default = given("default");
        let default = if default.is_empty() { "required".to_owned() } else { format!("`{default}`") };
        let description = described(arguments);
        writeln!(text, "| `{name}` | {description} | `{}` | {default} |", given("type")).expect("a String");
    }
    text += "\n## Outputs\n\n| name | description |\n|---|---|\n";
    for (_, name, arguments) in of("output") {
        writeln!(text, "| `{name}` | {} |", described(arguments)).expect("a String");
    }
    let needs: Vec<String> = of("terraform").filter_map(|(_, _, arguments)| requirements(arguments)).collect();
    writeln!(text, "\n## Needs\n\n{}", needs.join("\n")).expect("a String");
    text
}

fn described(arguments: &str) -> String {
    let quoted = argument(arguments, "description").expect("a description");
    quoted.trim_matches('"').replace("\\\"", "\"").replace('|', "\\|")
}

/// Kind, name and arguments of each block at the top of a file of a module, as `terraform fmt` lays them out.
fn blocks(module: &Path) -> Vec<(String, String, String)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(module).expect("a folder").map(|it| it.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|it| it == "tf"));
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(file).expect("a file");
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let Some(head) = line.strip_suffix(" {").filter(|_| !line.starts_with([' ', '#'])) else { continue };
            let mut words = head.split(' ');
            let (kind, name) = (words.next().unwrap_or_default(), words.next_back().unwrap_or_default());
            let body: Vec<&str> = lines.by_ref().take_while(|line| *line != "}").collect();
            found.push((kind.to_owned(), name.trim_matches('"').to_owned(), body.join("\n")));
        }
    }
    found
}

/// The value of an argument of a block; several lines if it has them.
fn argument(body: &str, name: &str) -> Option<String> {
    let mut lines = body.lines();
    let first = lines.by_ref().find_map(|line| {
        let (key, value) = line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split_once('=')?;
        (key.trim() == name).then(|| value.trim().to_owned())
    })?;
    let rest = lines.take_while(|line| line.starts_with("   ") || line.starts_with("  }") || line.starts_with("  )"));
    let whole =
        std::iter::once(first.as_str()).chain(rest.filter(|_| first.ends_with(['{', '(', '[']))).collect::<Vec<_>>();
    Some(whole.join("\n"))
}

/// A value on one line, as it may stand in a table.
fn cell(value: &str) -> String {
    let mut line = String::new();
    for part in value.lines().map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")) {
        let opens = line.ends_with(['{', '(', '[']) || line.is_empty();
        let closes = part.starts_with(['}', ')', ']']);
        line += match (opens, closes) {
            (true, true) => "",
            (true, false) if line.is_empty() => "",
            (_, true) => " ",
            (true, false) => " ",
            (false, false) => ", ",
        };
        line += &part;
    }
    line.replace('|', "\\|")
}

fn requirements(body: &str) -> Option<String> {
    let quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    let host = body.lines().find(|line| line.contains("required_version")).and_then(quoted)?;
    let mut needs = vec![format!("- Terraform {host} or OpenTofu 1.7")];
    let mut source = String::new();
    for line in body.lines().map(str::trim) {
        if line.starts_with("source") {
            source = quoted(line)?;
        } else if line.starts_with("version") {
            needs.push(format!("- {source} {}", quoted(line)?));
        }
    }
    Some(needs.join("\n"))
}
