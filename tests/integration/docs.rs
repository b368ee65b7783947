//! The pages of `docs/` are what the schemas and `examples/` say. `make docs` writes them anew.

mod modules;

use ecslive::framework::Provider;
use ecslive::provider::Ecslive;
use ecslive::tf::Type;
use ecslive::tf::function::Definition;
use ecslive::tf::schema::{Attribute, AttributeType, Block, Mode};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn pages_are_what_the_schemas_say() {
    let folder = root().join("docs");
    let pages = pages();
    if std::env::var("ECSLIVE_DOCS").as_deref() == Ok("write") {
        for (name, text) in &pages {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(path, text).expect("a page");
        }
    }
    let stale =
        pages.iter().filter(|(name, text)| std::fs::read_to_string(folder.join(name)).ok().as_ref() != Some(*text));
    let mut wrong: Vec<PathBuf> = stale.map(|(name, _)| folder.join(name)).collect();
    wrong.extend(files(&folder).into_iter().filter(|path| {
        let name = path.strip_prefix(&folder).expect("below docs").to_string_lossy().into_owned();
        !pages.contains_key(&name)
    }));
    assert!(wrong.is_empty(), "run `make docs`, or delete what nobody describes: {wrong:?}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    let block = Ecslive::schema();
    let title = "# ecslive Provider";
    let mut page = head("ecslive Provider", None, &block.description, title);
    page += &example("provider/provider.tf");
    page += &extra("index.md");
    page += &schema(&block);
    pages.insert("index.md".to_owned(), page);
    for source in Ecslive::data_sources() {
        let (name, block) = (format!("ecslive_{}", source.name()), source.schema());
        let title = format!("# {name} (Data Source)");
        let mut page = head(&format!("{name} Data Source - ecslive"), Some(""), &block.description, &title);
        page += &example(&format!("data-sources/{name}/data-source.tf"));
        page += &extra(&format!("data-sources/{}.md", source.name()));
        page += &schema(&block);
        pages.insert(format!("data-sources/{}.md", source.name()), page);
    }
    pages.insert("guides/guard.md".to_owned(), super::guard::page::page());
    pages.extend(super::guides::pages());
    for function in Ecslive::functions() {
        let (name, definition) = (function.name(), function.definition());
        let title = format!("# function: {name}");
        let mut page = head(&format!("{name} function - ecslive"), Some(""), &definition.summary, &title);
        write!(page, "{}\n\n", definition.description).expect("a String");
        page += &example(&format!("functions/{name}/function.tf"));
        page += &signature(name, &definition);
        pages.insert(format!("functions/{name}.md"), page);
    }
    pages
}

fn head(page_title: &str, subcategory: Option<&str>, description: &str, title: &str) -> String {
    let subcategory = subcategory.map(|text| format!("subcategory: {text:?}\n")).unwrap_or_default();
    format!(
        "---\npage_title: {page_title:?}\n{subcategory}description: |-\n  {description}\n---\n\n{title}\n\n{description}\n\n"
    )
}

fn example(name: &str) -> String {
    let path = root().join("examples").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is missing", path.display()));
    format!("## Example Usage\n\n```terraform\n{text}```\n\n")
}

/// A hand-written part of a page, where there is one.
fn extra(name: &str) -> String {
    let text = std::fs::read_to_string(root().join("templates").join(name)).map(|text| text + "\n").unwrap_or_default();
    text.replace("{{permissions}}\n", &ecslive::live::permissions::table())
}

fn schema(block: &Block) -> String {
    let mut page = "## Schema\n".to_owned();
    let mut nested = Vec::new();
    group(&mut page, "###", "", block, &mut nested);
    while !nested.is_empty() {
        for (path, block) in std::mem::take(&mut nested) {
            let anchor = path.replace('.', "--");
            write!(page, "\n<a id=\"nestedschema--{anchor}\"></a>\n### Nested Schema for `{path}`\n")
                .expect("a String");
            group(&mut page, "####", &format!("{path}."), &block, &mut nested);
        }
    }
    page
}

/// A path and what is nested there.
type Nested = (String, Block);

fn group(page: &mut String, level: &str, path: &str, block: &Block, nested: &mut Vec<Nested>) {
    let modes: [(&str, &[Mode]); 3] = [
        ("Required", &[Mode::Required]),
        ("Optional", &[Mode::Optional, Mode::OptionalComputed]),
        ("Read-Only", &[Mode::Computed]),
    ];
    for (title, modes) in modes {
        let attributes: Vec<_> = block.attributes.iter().filter(|attribute| modes.contains(&attribute.mode)).collect();
        // Many names for the same are one line.
        let same = |a: &&Attribute, b: &&Attribute| (a.ty(), &a.description) == (b.ty(), &b.description);
        let mut lines: Vec<String> = attributes.chunk_by(same).map(|same| line(same, path, nested)).collect();
        if title == "Optional" {
            lines.extend(block.blocks.iter().map(|inner| {
                let below = format!("{path}{}", inner.name);
                nested.push((below.clone(), inner.block.clone()));
                let text = &inner.block.description;
                format!("- `{}` (Block) {text}{}", inner.name, see_below(&below)).replace("  ", " ")
            }));
        }
        if !lines.is_empty() {
            write!(page, "\n{level} {title}\n\n{}\n", lines.join("\n")).expect("a String");
        }
    }
}

fn line(same: &[&Attribute], path: &str, nested: &mut Vec<Nested>) -> String {
    let names = same.iter().map(|attribute| format!("`{}`", attribute.name)).collect::<Vec<_>>().join(", ");
    let attribute = same[0];
    let sensitive = if attribute.sensitive { ", Sensitive" } else { "" };
    let mut text = format!("- {names} ({}{sensitive}) {}", type_name(attribute), attribute.description);
    if let AttributeType::Nested { attributes, .. } = &attribute.kind {
        let below = format!("{path}{}", attribute.name);
        text += &see_below(&below);
        nested.push((below, Block::new(attributes.clone())));
    }
    if let (AttributeType::Plain(_), Some(attributes)) = (&attribute.kind, described(attribute)) {
        let below = format!("{path}{}", attribute.name);
        text += &see_below(&below);
        nested.push((below, Block::new(attributes)));
    }
    text
}

/// The attributes of a list of plain objects, from the data source that describes them one by one.
fn described(attribute: &Attribute) -> Option<Vec<Attribute>> {
    let others = Ecslive::data_sources().into_iter().flat_map(|source| source.schema().attributes);
    let mut same = others.filter(|other| (other.name, other.ty()) == (attribute.name, attribute.ty()));
    same.find_map(|other| match other.kind {
        AttributeType::Nested { attributes, .. } => Some(attributes),
        AttributeType::Plain(_) => None,
    })
}

fn see_below(path: &str) -> String {
    format!(" (see [below for nested schema](#nestedschema--{}))", path.replace('.', "--"))
}

fn type_name(attribute: &Attribute) -> String {
    if let AttributeType::Nested { nesting, .. } = &attribute.kind {
        return format!("Attributes {nesting:?}").replace(" Single", "");
    }
    fn name(ty: &Type) -> String {
        match ty {
            Type::String => "String".to_owned(),
            Type::Number => "Number".to_owned(),
            Type::Bool => "Boolean".to_owned(),
            Type::List(element) => format!("List of {}", name(element)),
            Type::Set(element) => format!("Set of {}", name(element)),
            Type::Map(element) => format!("Map of {}", name(element)),
            other => other.to_string(),
        }
    }
    name(&attribute.ty())
}

fn signature(name: &str, definition: &Definition) -> String {
    let parameters = definition.parameters.iter();
    let typed: Vec<String> = parameters.map(|parameter| format!("{} {}", parameter.name, parameter.ty)).collect();
    let mut page = format!("## Signature\n\n```text\n{name}({}) {}\n```\n\n", typed.join(", "), definition.returns);
    page += "## Arguments\n\n";
    for (index, parameter) in definition.parameters.iter().enumerate() {
        let nullable = if parameter.allow_null { ", Nullable" } else { "" };
        let number = index + 1;
        writeln!(page, "{number}. `{}` ({}{nullable}) {}", parameter.name, parameter.ty, parameter.description)
            .expect("a String");
    }
    page
}
