//! Rows of tokens, federation rules and signing keys.

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
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::Token(row.id.into()), Value::Token(Box::new(token)))
}

pub fn rule(row: federation_rule::Model) -> Row {
    let rule = Rule {
        project: row.project_id.into(),
        account: row.account_id.into(),
        issuer: row.issuer,
        claims: row.claims,
        prefix: row.prefix,
        actions: row.actions,
        lifetime_seconds: row.lifetime_s,
    };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::Rule(row.id.into()), Value::Rule(Box::new(rule)))
}

pub fn signing_key(row: signing_key::Model) -> Row {
    let value = Value::SigningKey { purpose: row.purpose, public_key: hex::encode(row.public_key) };
    let span = Span { from: (row.valid_from_us, row.from_event), to: (row.valid_to_us, row.to_event) };
    span.of(FactKey::SigningKey(row.id.into()), value)
}
