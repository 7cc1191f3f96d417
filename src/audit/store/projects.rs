//! Rows of projects, their settings, and repositories.

use entity::{project, project_settings, repository};

use super::{Span, texts};
use crate::audit::model::{FactKey, Row, Value};
use crate::ledger::FactSettings;

pub fn project(row: project::Model) -> Row {
    let project::Model { id, name, created_at_us, from_event } = row;
    let span = Span { from: (created_at_us, from_event), to: (None, None) };
    span.of(FactKey::Project(id.into()), Value::Project(name))
}

pub fn settings(row: project_settings::Model) -> Row {
    let settings = FactSettings {
        revision: row.revision,
        visibility: row.visibility,
        tags: row.tags,
        sparse: row.sparse,
        mutable_patterns: texts(row.mutable_patterns),
        required_patterns: texts(row.required_patterns),
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::Settings(row.project_id.into()), Value::Settings(Box::new(settings)))
}

pub fn repository(row: repository::Model) -> Row {
    let repository::Model { id, project_id, name, created_at_us, from_event } = row;
    let span = Span { from: (created_at_us, from_event), to: (None, None) };
    let value = Value::Repository { name, project: project_id.into() };
    span.of(FactKey::Repository(id.into()), value)
}
