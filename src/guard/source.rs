//! From addresses to lines of the configuration: code hosts want a file for every finding.

use super::outcome::Location;
use hcl_edit::Span;
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Where the blocks of a configuration are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// By module key (`""` for the root, `a.b` for `module.a.module.b`): the blocks of that module.
    modules: BTreeMap<String, Blocks>,
    /// The first line of the first file of the root.
    first: Option<Location>,
}

/// `aws_lb.web` and `module.shop`, each with its place.
type Blocks = BTreeMap<String, Location>;

impl Source {
    /// Reads the files of a root module and of the modules it has installed. A file that cannot be parsed is left out:
    /// the plan exists, so Terraform has read it.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let repository = repository(&std::fs::canonicalize(root)?);
        let mut source = Self::default();
        let listing = std::fs::read_to_string(root.join(".terraform/modules/modules.json")).unwrap_or_default();
        let mut folders = vec![(String::new(), PathBuf::from("."))];
        let listing: Value = serde_json::from_str(&listing).unwrap_or_default();
        for module in listing.get("Modules").and_then(Value::as_array).into_iter().flatten() {
            let part = |key: &str| module.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
            let folder = PathBuf::from(part("Dir").replace('\\', "/"));
            let downloaded = folder.components().any(|part| part == Component::Normal(".terraform".as_ref()));
            if !part("Key").is_empty() && !downloaded {
                folders.push((part("Key"), folder));
            }
        }
        for (key, folder) in folders {
            let files = match files(&root.join(folder)) {
                Err(error) if key.is_empty() => return Err(error),
                files => files.unwrap_or_default(),
            };
            let mut blocks = Blocks::new();
            for file in files {
                let Ok(text) = std::fs::read_to_string(&file) else { continue };
                let name = relative(&file, &repository);
                if key.is_empty() && source.first.is_none() {
                    source.first =
                        Some(Location { file: name.clone(), line: 1, end_line: 1, column: 1, end_column: 2 });
                }
                blocks.extend(if name.ends_with(".json") {
                    json_blocks(&text, &name)
                } else {
                    hcl_blocks(&text, &name)
                });
            }
            source.modules.insert(key, blocks);
        }
        Ok(source)
    }

    /// The block of an address; for a module that is not in the repository the nearest `module` block that is; else the
    /// first line of the first file.
    pub fn locate(&self, address: &str) -> Option<Location> {
        let plain = super::plan::without_keys(address);
        let mut key = String::new();
        let mut nearest = None;
        let mut rest = plain.as_str();
        while let Some((name, inner)) = rest.strip_prefix("module.").and_then(|rest| rest.split_once('.')) {
            let call = self.modules.get(&key).and_then(|blocks| blocks.get(&format!("module.{name}")));
            nearest = call.or(nearest);
            key = if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
            rest = inner;
        }
        let block = self.modules.get(&key).and_then(|blocks| blocks.get(rest));
        block.or(nearest).or(self.first.as_ref()).cloned()
    }
}

/// The folder that holds `.git`, or the folder itself.
fn repository(folder: &Path) -> PathBuf {
    let found = folder.ancestors().find(|parent| parent.join(".git").exists());
    found.unwrap_or(folder).to_owned()
}

fn relative(file: &Path, repository: &Path) -> String {
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    file.strip_prefix(repository).unwrap_or(&file).to_string_lossy().replace('\\', "/")
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if [".tf", ".tofu", ".tf.json", ".tofu.json"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn hcl_blocks(text: &str, file: &str) -> Blocks {
    let Ok(body) = text.parse::<Body>() else { return Blocks::new() };
    let blocks = body.iter().filter_map(Structure::as_block);
    blocks.filter_map(|block| Some((name(block)?, location(text, file, block)?))).collect()
}

fn name(block: &Block) -> Option<String> {
    let label = |index: usize| match block.labels.get(index)? {
        BlockLabel::Ident(ident) => Some(ident.as_str().to_owned()),
        BlockLabel::String(text) => Some(text.as_str().to_owned()),
    };
    match block.ident.as_str() {
        "resource" => Some(format!("{}.{}", label(0)?, label(1)?)),
        "data" => Some(format!("data.{}.{}", label(0)?, label(1)?)),
        "module" => Some(format!("module.{}", label(0)?)),
        _ => None,
    }
}

/// The block's first line: that is what a code host shows.
fn location(text: &str, file: &str, block: &Block) -> Option<Location> {
    let start = block.ident.span()?.start;
    let before = text.get(..start)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let rest = text.get(start..)?.lines().next().unwrap_or_default().trim_end();
    Some(Location {
        file: file.to_owned(),
        line,
        end_line: line,
        column,
        end_column: column + rest.chars().count().max(1),
    })
}

/// Blocks of the JSON syntax: the line of the name below its type.
fn json_blocks(text: &str, file: &str) -> Blocks {
    let document: Value = serde_json::from_str(text).unwrap_or_default();
    let mut blocks = Blocks::new();
    let mut add = |name: String, keys: &[&str]| {
        let mut at = 0;
        for key in keys {
            let Some(found) = text.get(at..).and_then(|rest| rest.find(&format!("{key:?}"))) else { return };
            at += found + 1;
        }
        let before = text.get(..at).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count().max(1);
        blocks.insert(name, Location { file: file.to_owned(), line, end_line: line, column, end_column: column + 1 });
    };
    let fields = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    for (kind, names) in fields(document.get("resource")) {
        for (name, _) in fields(Some(&names)) {
            add(format!("{kind}.{name}"), &["resource", &kind, &name]);
        }
    }
    for (name, _) in fields(document.get("module")) {
        add(format!("module.{name}"), &["module", &name]);
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(folder.path())).unwrap_or_default();
            std::fs::write(path, text).unwrap_or_default();
        }
        folder
    }

    fn at(source: &Source, address: &str) -> String {
        source
            .locate(address)
            .map_or("nowhere".to_owned(), |found| format!("{}:{}:{}", found.file, found.line, found.column))
    }

    #[test]
    fn addresses_lead_to_the_nearest_block_that_is_in_the_repository() {
        let modules = r#"{"Modules":[{"Key":"","Source":"","Dir":"."},
            {"Key":"shop","Source":"./modules/shop","Dir":"modules/shop"},
            {"Key":"shop.ecs","Source":"far/away","Dir":".terraform/modules/shop.ecs"}]}"#;
        let folder = tree(&[
            (".git/HEAD", ""),
            (
                "main.tf",
                "# first\n\nresource \"aws_lb\" \"web\" {\n}\n\n  module \"shop\" {\n  source = \"./modules/shop\"\n}\n",
            ),
            ("other.tf.json", "{\n \"resource\": {\n  \"aws_lb\": {\n   \"json\": {}\n  }\n }\n}\n"),
            ("modules/shop/ecs.tofu", "module \"ecs\" {\n  source = \"far/away\"\n}\n"),
            (".terraform/modules/modules.json", modules),
            (".terraform/modules/shop.ecs/main.tf", "resource \"aws_ecs_service\" \"this\" {}\n"),
        ]);
        let source = Source::read(folder.path()).unwrap_or_default();
        assert_eq!(at(&source, "aws_lb.web[0]"), "main.tf:3:1");
        assert_eq!(at(&source, "aws_lb.json"), "other.tf.json:4:4");
        assert_eq!(at(&source, "module.shop.module.ecs[\"a.b\"].aws_ecs_service.this"), "modules/shop/ecs.tofu:1:1");
        assert_eq!(at(&source, "module.shop.aws_lb.gone"), "main.tf:6:3");
        assert_eq!(at(&source, "aws_lb.gone"), "main.tf:1:1");
    }
}
