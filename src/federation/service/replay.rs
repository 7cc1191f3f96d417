//! Doing again what events of rules tell of, when a database is rebuilt from the storage.

use std::collections::{BTreeMap, BTreeSet};

use crate::db::Tx;
use crate::federation::model::{Claims, Reach, Rule};
use crate::federation::store::rules;
use crate::ledger::{RecordedEvent, ReplayError};
use crate::types::{Action, RuleId};

/// A rule, as its event tells of it.
pub struct PastRule<'a> {
    /// Opaque id of the rule.
    pub rule: &'a str,
    /// Opaque id of the service account.
    pub account: &'a str,
    /// The issuer's identifier.
    pub issuer: &'a str,
    /// What the id token must say.
    pub claims: &'a BTreeMap<String, String>,
    /// The repositories that it reaches.
    pub prefix: &'a str,
    /// What may be done there.
    pub actions: &'a [String],
    /// How long a token lives.
    pub lifetime_seconds: u64,
}

/// Id tokens become a service account.
///
/// # Errors
/// `Contradiction`, or `Db`.
pub async fn rule_created(tx: &Tx, past: &RecordedEvent, told: PastRule<'_>) -> Result<(), ReplayError> {
    let actions = told.actions.iter().map(|action| past.value::<Action>("action", action));
    // Which claim the rule is found by is for the issuer's settings to say, which may have changed. By another one it is
    // never found, and accepts nothing.
    let ids: BTreeSet<String> = told.claims.keys().filter(|name| name.ends_with("_id")).cloned().collect();
    let ids = if ids.is_empty() { told.claims.keys().cloned().collect() } else { ids };
    let claims = Claims::parse(told.claims.clone(), &ids);
    let lifetime = told.lifetime_seconds.try_into();
    let rule = Rule {
        id: past.value("rule", told.rule)?,
        project: past.in_project()?,
        issuer: told.issuer.to_owned(),
        claims: claims.map_err(|error| past.contradiction(error.to_string()))?,
        account: past.value("account", told.account)?,
        reach: Reach {
            prefix: past.value("repository", told.prefix)?,
            actions: actions.collect::<Result<_, _>>()?,
        },
        lifetime: lifetime.map_err(|_| past.contradiction("it has no lifetime that a rule may have"))?,
        since: past.at,
    };
    Ok(rules::open(&**tx, &rule, past.id).await?)
}

/// They no longer do.
///
/// # Errors
/// `Contradiction` when no such rule holds, or `Db`.
pub async fn rule_removed(tx: &Tx, past: &RecordedEvent, rule: &str) -> Result<(), ReplayError> {
    let id: RuleId = past.value("rule", rule)?;
    let closed = rules::close(&**tx, id, past.at, past.id).await?;
    past.demand(closed, "no such rule holds")
}
