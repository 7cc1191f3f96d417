//! Tokens of accounts: made, listed, rotated, revoked.

use crate::access::Caller;
use crate::identity::model::Token;
use crate::ledger::{Event, Fact};
use crate::types::Timestamp;

/// The event that tells of a new token.
pub(super) fn created(caller: &Caller, now: Timestamp, token: &Token) -> Event {
    let narrowing = token.narrowing.as_ref();
    let fact = Fact::TokenCreated {
        token: token.id.to_string(),
        account: token.account.to_string(),
        token_kind: token.kind.as_str().to_owned(),
        expires_at_us: token.expires_at.map(Timestamp::micros),
        prefix: narrowing.and_then(|narrowing| narrowing.prefix.as_ref()).map(ToString::to_string),
        actions: narrowing
            .map(|narrowing| narrowing.actions.iter().map(|action| action.as_str().to_owned()).collect()),
    };
    Event::new(caller, now, None, fact)
}

/// The event that tells of a token's end.
pub(super) fn revoked(caller: &Caller, now: Timestamp, token: &Token) -> Event {
    let fact = Fact::TokenRevoked { token: token.id.to_string(), account: token.account.to_string() };
    Event::new(caller, now, None, fact)
}
