//! `configuration`: which resource an attribute's value comes from, for values that the plan does not know.

use serde_json::Value;
use std::collections::BTreeMap;

/// One module of the configuration.
#[derive(Debug, Clone, Default)]
pub struct Module {
    /// Expressions and provider of each resource, by its address inside the module.
    pub resources: BTreeMap<String, Configured>,
    /// The `expression` of each output.
    pub outputs: BTreeMap<String, Value>,
    /// The modules it calls.
    pub calls: BTreeMap<String, Call>,
}

/// A resource in the configuration.
#[derive(Debug, Clone, Default)]
pub struct Configured {
    /// `expressions`: constants and references, attribute by attribute.
    pub expressions: Value,
    /// `provider_config_key`.
    pub provider: Option<String>,
}

/// A call of a module.
#[derive(Debug, Clone, Default)]
pub struct Call {
    /// The arguments.
    pub expressions: Value,
    /// What is called.
    pub module: Module,
}

/// An address without its keys: `module.a["x"].aws_lb.b[0]` is `module.a.aws_lb.b` in the configuration.
pub fn without_keys(address: &str) -> String {
    let (mut out, mut depth, mut quoted, mut escaped) = (String::new(), 0_usize, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

/// The module path and the address inside it: `module.a.module.b.aws_lb.c` is `["a", "b"]` and `aws_lb.c`.
fn split(address: &str) -> (Vec<&str>, &str) {
    let (mut path, mut rest) = (Vec::new(), address);
    while let Some((name, inner)) = rest.strip_prefix("module.").and_then(|rest| rest.split_once('.')) {
        path.push(name);
        rest = inner;
    }
    (path, rest)
}

impl Module {
    fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |module, name| module.calls.get(*name).map(|call| &call.module))
    }

    /// The resource at an address without keys.
    pub fn resource(&self, address: &str) -> Option<&Configured> {
        let (path, inner) = split(address);
        self.at(&path)?.resources.get(inner)
    }

    /// The resources that the expression at `path` of a resource comes from, through variables and outputs, as addresses
    /// without keys. Empty when they cannot be seen: locals and `dynamic` blocks are not in the document.
    pub fn sources(&self, address: &str, path: &[&str]) -> Vec<String> {
        let (modules, inner) = split(address);
        let Some(configured) = self.at(&modules).and_then(|module| module.resources.get(inner)) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for expression in along(&configured.expressions, path) {
            self.follow(&modules, expression, 0, &mut found);
        }
        found.sort();
        found.dedup();
        found
    }

    fn follow(&self, modules: &[&str], expression: &Value, depth: usize, found: &mut Vec<String>) {
        if depth > 16 {
            return;
        }
        let references = expression.get("references").and_then(Value::as_array).into_iter().flatten();
        for reference in references.filter_map(Value::as_str) {
            let plain = without_keys(reference);
            let words: Vec<&str> = plain.split('.').collect();
            match words.as_slice() {
                ["var", name, ..] => {
                    let Some((last, outer)) = modules.split_last() else { continue };
                    let call = self.at(outer).and_then(|module| module.calls.get(*last));
                    if let Some(argument) = call.and_then(|call| call.expressions.get(*name)) {
                        self.follow(outer, argument, depth + 1, found);
                    }
                }
                ["module", call, output, ..] => {
                    let mut inner = modules.to_vec();
                    inner.push(call);
                    if let Some(expression) = self.at(&inner).and_then(|module| module.outputs.get(*output)) {
                        self.follow(&inner, expression, depth + 1, found);
                    }
                }
                ["data", kind, name, ..] => found.push(join(modules, &format!("data.{kind}.{name}"))),
                [kind, name, ..] if kind.contains('_') => found.push(join(modules, &format!("{kind}.{name}"))),
                _ => {}
            }
        }
    }
}

fn join(modules: &[&str], inner: &str) -> String {
    modules.iter().map(|name| format!("module.{name}.")).collect::<String>() + inner
}

/// The expressions at a path; blocks are lists, and all of their elements count.
fn along<'a>(expressions: &'a Value, path: &[&str]) -> Vec<&'a Value> {
    let Some((first, rest)) = path.split_first() else {
        return match expressions {
            Value::Array(items) => items.iter().collect(),
            one => vec![one],
        };
    };
    match expressions {
        Value::Array(items) => items.iter().flat_map(|item| along(item, path)).collect(),
        Value::Object(fields) => fields.get(*first).map(|inner| along(inner, rest)).unwrap_or_default(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn configured(expressions: Value) -> Configured {
        Configured { expressions, provider: None }
    }

    #[test]
    fn a_variable_of_a_module_leads_to_the_output_of_another() {
        let mut service = Module::default();
        let expressions = json!({"task_definition": {"references": ["var.definition"]}});
        service.resources.insert("aws_ecs_service.this".to_owned(), configured(expressions));
        let mut definition = Module::default();
        let output = json!({"references": ["aws_ecs_task_definition.this[0].arn", "aws_ecs_task_definition.this[0]"]});
        definition.outputs.insert("arn".to_owned(), output);
        let mut root = Module::default();
        let arguments = json!({"definition": {"references": ["module.definition.arn", "module.definition"]}});
        root.calls.insert("service".to_owned(), Call { expressions: arguments, module: service });
        root.calls.insert("definition".to_owned(), Call { expressions: Value::Null, module: definition });
        let sources = root.sources("module.service.aws_ecs_service.this", &["task_definition"]);
        assert_eq!(sources, ["module.definition.aws_ecs_task_definition.this"]);
    }

    #[test]
    fn keys_may_hold_dots_and_brackets() {
        assert_eq!(without_keys(r#"module.a["x.y]"].aws_lb.b[0]"#), "module.a.aws_lb.b");
    }
}
