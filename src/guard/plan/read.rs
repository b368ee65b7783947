//! Reads a plan document in one pass and keeps only the resources that rules know: memory does not grow with the file.

use super::change::{Action, Change};
use super::references::{Call, Configured, Module};
use super::{Plan, Prior, ReadError, input, kinds};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

/// Reads a plan document.
///
/// # Errors
/// [`ReadError`] for everything that is not a whole plan: fail closed.
pub fn read(input: impl Read) -> Result<Plan, ReadError> {
    let mut json = serde_json::Deserializer::from_reader(input::utf8(input)?);
    let mut document = Document::default();
    let read = Keep(&mut document).deserialize(&mut json);
    if document.is_event_stream {
        return Err(ReadError::event_stream());
    }
    read.map_err(|error| ReadError::json(&error))?;
    json.end().map_err(|error| ReadError::json(&error))?;
    document.judge()
}

#[derive(Default)]
struct Document {
    plan: Plan,
    format_version: Option<Value>,
    is_state: bool,
    is_plan: bool,
    is_event_stream: bool,
    errored: bool,
}

impl Document {
    fn judge(self) -> Result<Plan, ReadError> {
        let version = match (&self.format_version, self.is_state) {
            (None, true) => return Err(ReadError::state()),
            (Some(Value::String(version)), _) => version,
            _ => return Err(ReadError::no_version()),
        };
        if !matches!(version.split_once('.'), Some(("0" | "1", _))) {
            return Err(ReadError::version(version));
        }
        if !self.is_plan {
            return Err(if self.is_state { ReadError::state() } else { ReadError::no_version() });
        }
        if self.errored { Err(ReadError::errored()) } else { Ok(self.plan) }
    }
}

/// Declares a seed that reads an object key by key into `$into`.
macro_rules! object {
    ($name:ident, $into:ty, |$it:ident, $key:ident, $map:ident| $body:block) => {
        struct $name<'k>(&'k mut $into);

        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = ();
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_any(self)
            }
        }

        impl<'de> Visitor<'de> for $name<'_> {
            type Value = ();
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of a plan")
            }
            fn visit_unit<E>(self) -> Result<(), E> {
                Ok(())
            }
            fn visit_map<M: MapAccess<'de>>(self, mut $map: M) -> Result<(), M::Error> {
                let $it = self.0;
                while let Some($key) = $map.next_key::<String>()? {
                    $body
                }
                Ok(())
            }
        }
    };
}

/// Declares a seed that reads a list with the seed `$each` for each of its elements.
macro_rules! list {
    ($name:ident, $into:ty, $each:ident) => {
        struct $name<'k>(&'k mut $into);

        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = ();
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_any(self)
            }
        }

        impl<'de> Visitor<'de> for $name<'_> {
            type Value = ();
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of a plan")
            }
            fn visit_unit<E>(self) -> Result<(), E> {
                Ok(())
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<(), S::Error> {
                while seq.next_element_seed($each(self.0))?.is_some() {}
                Ok(())
            }
        }
    };
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

object!(Keep, Document, |document, key, map| {
    match key.as_str() {
        "format_version" => document.format_version = Some(map.next_value()?),
        "terraform_version" => document.plan.host_version = text(map.next_value()?),
        "timestamp" => document.plan.timestamp = text(map.next_value()?),
        "errored" => document.errored = map.next_value::<Value>()? == Value::Bool(true),
        "complete" => document.plan.incomplete = map.next_value::<Value>()? == Value::Bool(false),
        "resource_changes" => {
            document.is_plan = true;
            map.next_value_seed(Changes(&mut document.plan))?;
        }
        "deferred_changes" => map.next_value_seed(DeferredChanges(&mut document.plan))?,
        "action_invocations" => {
            let list: Value = map.next_value()?;
            let list = list.as_array().into_iter().flatten();
            document.plan.invocations.extend(list.filter_map(|one| text(one.get("address")?.clone())));
        }
        "prior_state" => map.next_value_seed(PriorState(&mut document.plan.prior))?,
        "configuration" => {
            document.is_plan = true;
            map.next_value_seed(Configuration(&mut document.plan))?;
        }
        "planned_values" => {
            document.is_plan = true;
            map.next_value::<IgnoredAny>()?;
        }
        "values" | "lineage" | "serial" => {
            document.is_state = true;
            map.next_value::<IgnoredAny>()?;
        }
        "@level" | "@message" => {
            document.is_event_stream = true;
            map.next_value::<IgnoredAny>()?;
        }
        _ => {
            map.next_value::<IgnoredAny>()?;
        }
    }
});

list!(Changes, Plan, OneChange);
list!(DeferredChanges, Plan, OneDeferred);

/// A resource as it is being read: `type` may come after what it decides about.
#[derive(Default)]
struct Entry {
    kind: Option<String>,
    mode: Option<String>,
    address: Option<String>,
    previous_address: Option<String>,
    deposed: Option<String>,
    provider: Option<String>,
    payload: Option<Value>,
    marks: Option<Value>,
}

impl Entry {
    /// True when rules know the type, or it has not been read yet.
    fn wanted(&self) -> bool {
        self.kind.as_deref().is_none_or(kinds::is_known)
    }

    /// Reads `key`; `payload` names the big one, which is skipped when no rule wants it.
    fn read<'de, M: MapAccess<'de>>(&mut self, key: &str, payload: &str, map: &mut M) -> Result<(), M::Error> {
        let slot = match key {
            "type" => &mut self.kind,
            "mode" => &mut self.mode,
            "address" => &mut self.address,
            "previous_address" => &mut self.previous_address,
            "deposed" => &mut self.deposed,
            "provider_config_key" => &mut self.provider,
            key if key == payload && self.wanted() => {
                self.payload = Some(map.next_value()?);
                return Ok(());
            }
            "sensitive_values" if self.wanted() => {
                self.marks = Some(map.next_value()?);
                return Ok(());
            }
            _ => return map.next_value::<IgnoredAny>().map(|_| ()),
        };
        *slot = text(map.next_value()?);
        Ok(())
    }

    /// The main name of the type.
    fn main_kind(&self) -> Option<&str> {
        self.kind.as_deref().filter(|kind| kinds::is_known(kind)).map(kinds::main_name)
    }
}

object!(EntryOfChange, Entry, |entry, key, map| { entry.read(&key, "change", &mut map)? });
object!(EntryOfState, Entry, |entry, key, map| { entry.read(&key, "values", &mut map)? });
object!(EntryOfConfiguration, Entry, |entry, key, map| { entry.read(&key, "expressions", &mut map)? });

/// Declares a seed that reads one element with the seed `$entry` and hands it to `$take`.
macro_rules! element {
    ($name:ident, $into:ty, $entry:ident, $take:path) => {
        struct $name<'k>(&'k mut $into);

        impl<'de> DeserializeSeed<'de> for $name<'_> {
            type Value = ();
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                let mut entry = Entry::default();
                $entry(&mut entry).deserialize(deserializer)?;
                $take(self.0, entry);
                Ok(())
            }
        }
    };
}

element!(OneChange, Plan, EntryOfChange, take_change);
element!(OneState, Vec<Prior>, EntryOfState, take_state);
element!(OneConfigured, Module, EntryOfConfiguration, take_configured);

fn take_change(plan: &mut Plan, entry: Entry) {
    plan.resources += 1;
    let Some(kind) = entry.main_kind().map(str::to_owned) else { return };
    if entry.mode.as_deref() == Some("data") {
        return;
    }
    let mut change = entry.payload.unwrap_or_default();
    let mut part = |key: &str| change.get_mut(key).map(Value::take).unwrap_or_default();
    let actions: Vec<String> = serde_json::from_value(part("actions")).unwrap_or_default();
    plan.changes.push(Change {
        address: entry.address.unwrap_or_default(),
        previous_address: entry.previous_address,
        kind,
        deposed: entry.deposed,
        action: Action::from_list(&actions),
        before: part("before"),
        after: part("after"),
        after_unknown: part("after_unknown"),
        before_sensitive: part("before_sensitive"),
        after_sensitive: part("after_sensitive"),
        replace_paths: super::paths(&part("replace_paths")),
    });
}

fn take_state(prior: &mut Vec<Prior>, entry: Entry) {
    let Some(kind) = entry.main_kind().map(str::to_owned) else { return };
    prior.push(Prior {
        address: entry.address.unwrap_or_default(),
        is_data: entry.mode.as_deref() == Some("data"),
        kind,
        values: entry.payload.unwrap_or_default(),
        sensitive: entry.marks.unwrap_or_default(),
    });
}

fn take_configured(module: &mut Module, entry: Entry) {
    if entry.main_kind().is_none() {
        return;
    }
    let expressions = entry.payload.unwrap_or_default();
    module.resources.insert(entry.address.unwrap_or_default(), Configured { expressions, provider: entry.provider });
}

/// `deferred_changes[]`: a reason and a change.
struct OneDeferred<'k>(&'k mut Plan);

impl<'de> DeserializeSeed<'de> for OneDeferred<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let mut inner = Plan::default();
        DeferredChange(&mut inner).deserialize(deserializer)?;
        self.0.deferred.extend(inner.changes.into_iter().map(|change| change.address));
        Ok(())
    }
}

object!(DeferredChange, Plan, |plan, key, map| {
    match key.as_str() {
        "resource_change" => map.next_value_seed(OneChange(plan))?,
        _ => map.next_value::<IgnoredAny>().map(|_| ())?,
    }
});

object!(PriorState, Vec<Prior>, |prior, key, map| {
    match key.as_str() {
        "values" | "root_module" => map.next_value_seed(PriorState(prior))?,
        "resources" => map.next_value_seed(States(prior))?,
        "child_modules" => map.next_value_seed(ChildModules(prior))?,
        _ => map.next_value::<IgnoredAny>().map(|_| ())?,
    }
});
list!(States, Vec<Prior>, OneState);
list!(ChildModules, Vec<Prior>, PriorState);

object!(Configuration, Plan, |plan, key, map| {
    match key.as_str() {
        "provider_config" => {
            let providers: BTreeMap<String, Value> = map.next_value()?;
            plan.regions = super::regions(&providers);
        }
        "root_module" => map.next_value_seed(OneModule(&mut plan.configuration))?,
        _ => map.next_value::<IgnoredAny>().map(|_| ())?,
    }
});

object!(OneModule, Module, |module, key, map| {
    match key.as_str() {
        "resources" => map.next_value_seed(ConfiguredResources(module))?,
        "outputs" => {
            let outputs: BTreeMap<String, Value> = map.next_value()?;
            let expression = |mut output: Value| output.get_mut("expression").map(Value::take).unwrap_or_default();
            module.outputs = outputs.into_iter().map(|(name, output)| (name, expression(output))).collect();
        }
        "module_calls" => map.next_value_seed(Calls(module))?,
        _ => map.next_value::<IgnoredAny>().map(|_| ())?,
    }
});
list!(ConfiguredResources, Module, OneConfigured);

object!(Calls, Module, |module, key, map| {
    let mut call = Call::default();
    map.next_value_seed(OneCall(&mut call))?;
    module.calls.insert(key, call);
});
object!(OneCall, Call, |call, key, map| {
    match key.as_str() {
        "expressions" => call.expressions = map.next_value()?,
        "module" => map.next_value_seed(OneModule(&mut call.module))?,
        _ => map.next_value::<IgnoredAny>().map(|_| ())?,
    }
});
