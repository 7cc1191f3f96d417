//! Templates: lifecycles that many projects share, of which each may change what is not locked, and to which it may add gates.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::error::LifecycleError;
use super::merge::merged;
use super::read::{lifecycle_of, malformed, typed};

/// Most pointers to what is locked.
const LOCKED: usize = 64;

/// A template of lifecycles.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// The lifecycle of whoever changes nothing.
    #[schema(value_type = crate::releases::model::Lifecycle)]
    pub lifecycle: Value,
    /// JSON pointers (RFC 6901) into the lifecycle, at most 64: what they lead to stays as it is, and where it is. The stage
    /// that something locked stands in keeps its environments.
    #[serde(default)]
    pub locked: Vec<String>,
}

/// What a project says of a template.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Overlay {
    /// Which; looked up by whoever applies it.
    #[serde(rename = "template")]
    _template: String,
    /// JSON merge patch.
    #[serde(default)]
    changes: Map<String, Value>,
    /// Further gates, by stage.
    #[serde(default)]
    add_entry: BTreeMap<String, Vec<Value>>,
    /// Further gates, by stage.
    #[serde(default)]
    add_exit: BTreeMap<String, Vec<Value>>,
}

impl Template {
    /// Whether it can be used: its lifecycle is good, and what it locks is there.
    pub(super) fn check(&self) -> Result<(), LifecycleError> {
        lifecycle_of(&self.lifecycle)?;
        if self.locked.len() > LOCKED {
            let count = self.locked.len();
            return Err(LifecycleError::Count { what: "locked pointers", most: LOCKED, count });
        }
        match self.locked.iter().find(|pointer| self.lifecycle.pointer(pointer).is_none()) {
            Some(dangling) => Err(LifecycleError::Pointer(dangling.clone())),
            None => Ok(()),
        }
    }

    /// Whether a lifecycle has what is locked, where it was.
    fn check_locked(&self, effective: &Value) -> Result<(), LifecycleError> {
        for pointer in &self.locked {
            let locked =
                self.lifecycle.pointer(pointer).ok_or_else(|| LifecycleError::Pointer(pointer.clone()))?;
            let is_kept = effective.pointer(pointer) == Some(locked);
            if !is_kept || !self.keeps_environments(pointer, effective) {
                return Err(LifecycleError::Locked(pointer.clone()));
            }
        }
        Ok(())
    }

    /// Whether the stage of what is locked still has its environments: a gate would hold nothing up whose environments moved.
    fn keeps_environments(&self, pointer: &str, effective: &Value) -> bool {
        let Some(stage) = pointer.strip_prefix("/stages/").and_then(|rest| rest.split('/').next()) else {
            return true;
        };
        let environments = |of: &Value| {
            of.pointer(&format!("/stages/{stage}/environments")).and_then(Value::as_array).cloned()
        };
        let (old, new) = (environments(&self.lifecycle), environments(effective).unwrap_or_default());
        old.unwrap_or_default().iter().all(|environment| new.contains(environment))
    }
}

/// The lifecycle that a project has by a template and what it says of it: the template with its changes (JSON merge patch, so
/// that lists are given whole), and the gates that it adds behind those.
///
/// # Errors
/// What is wrong with it, and what to do; `Locked` when it changes what it may not.
pub fn apply_template(template: &Template, overlay: &Value) -> Result<Value, LifecycleError> {
    if !overlay.is_object() {
        return Err(malformed("it is a JSON object"));
    }
    let Overlay { changes, add_entry, add_exit, .. } = typed(overlay)?;
    let mut effective = merged(template.lifecycle.clone(), &Value::Object(changes));
    add(&mut effective, "entry", "add_entry", add_entry)?;
    add(&mut effective, "exit", "add_exit", add_exit)?;
    template.check_locked(&effective)?;
    lifecycle_of(&effective)?;
    Ok(effective)
}

/// Adds gates to stages, behind those that are there.
fn add(
    effective: &mut Value,
    to: &str,
    key: &'static str,
    gates: BTreeMap<String, Vec<Value>>,
) -> Result<(), LifecycleError> {
    let mut none = Vec::new();
    let stages = effective.get_mut("stages").and_then(Value::as_array_mut).unwrap_or(&mut none);
    for (stage, gates) in gates {
        let names: Vec<_> =
            stages.iter().map(|of| of["name"].as_str().unwrap_or_default().to_owned()).collect();
        let at = names.iter().position(|name| *name == stage);
        let Some(Value::Object(members)) = at.and_then(|at| stages.get_mut(at)) else {
            return Err(LifecycleError::UnknownStage { key, stage, stages: names.join(", ") });
        };
        match members.entry(to).or_insert_with(|| Value::Array(Vec::new())) {
            Value::Array(own) => own.extend(gates),
            _ => return Err(malformed(&format!("`{to}` of stage {stage:?} is a list of gates"))),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
