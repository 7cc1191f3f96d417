//! Rows of accounts, their roles, and the issuers that they log in through.

use entity::{account, account_link, role_binding};

use super::Span;
use crate::audit::model::{Account, Binding, FactKey, Row, Value};
use crate::types::Timestamp;

pub fn account(row: account::Model) -> Row {
    let account = Account {
        kind: row.kind,
        project: row.project_id.map(Into::into),
        disabled_at: row.disabled_at_us.map(Timestamp::from_micros),
    };
    let span = Span { from: (row.created_at_us, row.from_event), to: (None, None) };
    span.of(FactKey::Account(row.id.into()), Value::Account(account))
}

pub fn binding(row: role_binding::Model) -> Row {
    // As the right is read from the row: the key is only what it is unique by.
    let base = match (row.project_id, row.prefix.as_str()) {
        (None, _) => "organisation".to_owned(),
        (Some(project), "") => project.to_string(),
        (Some(project), prefix) => format!("{project}:{prefix}"),
    };
    let scope = match row.environment {
        None => base,
        Some(selector) => format!("{base}@{selector}"),
    };
    let binding = Binding {
        account: row.account_id.into(),
        role: row.role,
        scope,
        scope_key: row.scope_key,
        expires_at: row.expires_at_us.map(Timestamp::from_micros),
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::Binding(row.id.into()), Value::Binding(Box::new(binding)))
}

pub fn link(row: account_link::Model) -> Row {
    let account_link::Model { subject: _, account_id, created_at_us, from_event } = row;
    let span = Span { from: (created_at_us, from_event), to: (None, None) };
    span.of(FactKey::AccountLink(account_id.into()), Value::AccountLink)
}
