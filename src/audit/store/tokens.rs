//! Rows of tokens, federation rules and signing keys.

use std::collections::BTreeMap;

use entity::{federation_rule, signing_key, token};

use super::Span;
use crate::audit::model::{FactKey, Row, Rule, Token, Value};
use crate::types::Timestamp;

pub fn token(row: token::Model) -> Row {
    let token = Token {
        kind: row.kind,
        account: row.account_id.into(),
        prefix: row.prefix,
        actions: row.actions,
        expires_at: row.expires_at_us.map(Timestamp::from_micros),
        created_by: row.created_by.map(Into::into),
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::Token(row.id.into()), Value::Token(Box::new(token)))
}

pub fn rule(row: federation_rule::Model) -> Row {
    let rule = Rule {
        project: row.project_id.into(),
        account: row.account_id.into(),
        issuer: row.issuer,
        claims: if is_of(&row.key, &row.claims) {
            row.claims
        } else {
            format!("{} found by {}", row.claims, row.key)
        },
        prefix: row.prefix,
        actions: row.actions,
        lifetime_seconds: row.lifetime_s,
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::Rule(row.id.into()), Value::Rule(Box::new(rule)))
}

/// Whether a rule is found by one of its own claims. By which is for the settings to say, not for an event.
fn is_of(key: &str, claims: &str) -> bool {
    let claims: BTreeMap<String, String> = serde_json::from_str(claims).unwrap_or_default();
    claims.iter().any(|(name, value)| key == format!("{name}={value}"))
}

pub fn signing_key(row: signing_key::Model) -> Row {
    let value = Value::SigningKey { purpose: row.purpose, public_key: hex::encode(row.public_key) };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::SigningKey(row.id.into()), value)
}
