//! Rules: which id tokens become which service account, and how far that reaches.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use thiserror::Error;

use super::IdToken;
use crate::types::{AccountId, Action, ProjectId, RepoName, RuleId, Timestamp};

/// Most claims of a rule, and the longest name and value of one in bytes. All of them stand in an event.
const MAX_CLAIMS: usize = 16;
const MAX_NAME: usize = 64;
const MAX_VALUE: usize = 256;
/// Shortest and longest life of a token, in seconds.
const SHORTEST: u64 = 60;
const LONGEST: u64 = 3600;
/// Claims that are checked of every token anyway, or differ from one to the next.
const OF_THE_TOKEN: [&str; 9] = ["iss", "aud", "azp", "exp", "nbf", "iat", "jti", "nonce", "at_hash"];
/// Claims that tell of people, and so may not stand in an event. `sub` is one of names that can change hands.
const OF_PEOPLE: [&str; 17] = [
    "sub",
    "actor",
    "actor_id",
    "triggering_actor",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "preferred_username",
    "picture",
    "user_id",
    "user_login",
    "user_email",
    "user_access_level",
    "phone_number",
];

/// Why a rule is none. The messages go to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleError {
    /// Too few or too many claims.
    #[error("a rule names 1 to {MAX_CLAIMS} claims")]
    Count,
    /// A name or a value that can't be one.
    #[error(
        "the claim '{0}' must have a plain name of at most {MAX_NAME} and a value of 1 to {MAX_VALUE} characters"
    )]
    Malformed(String),
    /// A claim that no rule may name.
    #[error("a rule can't name the claim '{0}': it tells of a person, or of one token alone")]
    Refused(String),
    /// None that is an id.
    #[error("a rule must name one of {0}: names can be given to somebody else, these can't")]
    NoId(String),
    /// A pattern, for who expects one.
    #[error(
        "the value of '{0}' holds a '*': claims are compared as a whole, so name the value itself, in a rule each"
    )]
    Pattern(String),
    /// Out of bounds.
    #[error("lifetime_seconds must lie between {SHORTEST} and {LONGEST}")]
    Lifetime,
    /// No action.
    #[error("actions must hold one of pull, push and delete at least")]
    NoAction,
    /// No room for another.
    #[error("the project has as many federation rules as it may, {most}: remove one first")]
    TooMany {
        /// How many it may have.
        most: u64,
    },
    /// The prefix is elsewhere.
    #[error("the prefix must be the whole name of a repository, or of its upper part, in the project")]
    OtherProject,
}

/// Claims with the values that they must have, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    all: BTreeMap<String, String>,
    /// `name=value` of one that is an id, by which rules are found.
    key: String,
}

impl Claims {
    /// Checks claims. `ids` are those of which one must be named.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn parse(all: BTreeMap<String, String>, ids: &BTreeSet<String>) -> Result<Self, RuleError> {
        if all.is_empty() || all.len() > MAX_CLAIMS {
            return Err(RuleError::Count);
        }
        for (name, value) in &all {
            check(name, value, ids)?;
        }
        let id = all.iter().find(|(name, _)| ids.contains(*name)).map(|(name, value)| key(name, value));
        let none = || RuleError::NoId(ids.iter().cloned().collect::<Vec<_>>().join(", "));
        Ok(Self { key: id.ok_or_else(none)?, all })
    }

    /// Claims that were checked before, when they were stored.
    pub const fn stored(all: BTreeMap<String, String>, key: String) -> Self {
        Self { all, key }
    }

    /// Whether a token has all of them.
    pub fn are_in(&self, token: &IdToken) -> bool {
        !self.all.is_empty() && self.all.iter().all(|(name, value)| token.claim(name).as_ref() == Some(value))
    }

    /// Names and values.
    pub const fn all(&self) -> &BTreeMap<String, String> {
        &self.all
    }

    /// By what the rule is found.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// By what the rules are found that may accept a token.
pub fn keys(token: &IdToken, ids: &BTreeSet<String>) -> Vec<String> {
    ids.iter().filter_map(|name| Some(key(name, &token.claim(name)?))).collect()
}

fn key(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

fn check(name: &str, value: &str, ids: &BTreeSet<String>) -> Result<(), RuleError> {
    let shown = || name.chars().take(MAX_NAME).filter(|c| !c.is_control()).collect::<String>();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:".contains(&byte);
    let fits = !name.is_empty() && name.len() <= MAX_NAME && name.bytes().all(plain);
    if !fits || value.is_empty() || value.len() > MAX_VALUE || value.contains(char::is_control) {
        return Err(RuleError::Malformed(shown()));
    }
    // Who set a claim as an id of this issuer said that it names no person.
    let of_people = OF_PEOPLE.contains(&name) && !ids.contains(name);
    if of_people || OF_THE_TOKEN.contains(&name) {
        return Err(RuleError::Refused(shown()));
    }
    if value.contains('*') {
        return Err(RuleError::Pattern(shown()));
    }
    Ok(())
}

/// How long a rule's tokens live: a minute to an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime(u64);

impl Lifetime {
    /// In seconds.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// As a span.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl Default for Lifetime {
    fn default() -> Self {
        Self(LONGEST)
    }
}

impl TryFrom<u64> for Lifetime {
    type Error = RuleError;

    fn try_from(seconds: u64) -> Result<Self, RuleError> {
        if (SHORTEST..=LONGEST).contains(&seconds) { Ok(Self(seconds)) } else { Err(RuleError::Lifetime) }
    }
}

/// How far a rule's tokens reach: never beyond these repositories and actions, nor beyond the account's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The repositories that are this or lie below it: at most a project.
    pub prefix: RepoName,
    /// What may be done there.
    pub actions: Vec<Action>,
}

impl Reach {
    /// Checks a reach.
    ///
    /// # Errors
    /// `NoAction`.
    pub fn new(prefix: RepoName, mut actions: Vec<Action>) -> Result<Self, RuleError> {
        actions.sort_unstable();
        actions.dedup();
        if actions.is_empty() { Err(RuleError::NoAction) } else { Ok(Self { prefix, actions }) }
    }

    /// What is left of it when less is asked for; none when that is nothing.
    pub fn narrowed(&self, name: &RepoName, actions: &[Action]) -> Option<Self> {
        let actions: Vec<_> =
            self.actions.iter().copied().filter(|action| actions.contains(action)).collect();
        (name.is_within(&self.prefix) && !actions.is_empty()).then(|| Self { prefix: name.clone(), actions })
    }
}

/// A rule that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Opaque id.
    pub id: RuleId,
    /// The project whose owners rule it.
    pub project: ProjectId,
    /// The issuer's identifier: a name in the settings may come to mean another one.
    pub issuer: String,
    /// What the token must say.
    pub claims: Claims,
    /// The service account that it becomes.
    pub account: AccountId,
    /// How far it reaches.
    pub reach: Reach,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// Since when the rule holds.
    pub since: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(claims: &[(&str, &str)]) -> Result<Claims, RuleError> {
        let ids = BTreeSet::from(["repository_id".to_owned(), "sub".to_owned(), "iss".to_owned()]);
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Claims::parse(claims.iter().map(own).collect(), &ids)
    }

    #[test]
    fn a_rule_names_an_id_and_no_person() {
        assert_eq!(
            parse(&[("repository_id", "7"), ("ref", "refs/heads/main")]).unwrap().key(),
            "repository_id=7"
        );
        assert!(matches!(parse(&[("ref", "refs/heads/main")]), Err(RuleError::NoId(_))));
        assert!(matches!(parse(&[("repository_id", "7"), ("actor", "ann")]), Err(RuleError::Refused(_))));
        assert!(matches!(parse(&[("repository_id", "7"), ("jti", "1")]), Err(RuleError::Refused(_))));
        assert!(matches!(parse(&[("repository_id", "7"), ("ref", "refs/*")]), Err(RuleError::Pattern(_))));
        assert!(matches!(parse(&[("repository_id", "")]), Err(RuleError::Malformed(_))));
        assert!(matches!(parse(&[("repository_id", "7"), ("a b", "x")]), Err(RuleError::Malformed(_))));
        assert_eq!(parse(&[]), Err(RuleError::Count));
        // The settings may say that a subject is a machine, but never that an issuer is an id.
        assert!(parse(&[("sub", "system:serviceaccount:ci:push")]).is_ok());
        assert!(matches!(parse(&[("iss", "https://a.test")]), Err(RuleError::Refused(_))));
    }

    #[test]
    fn a_reach_only_shrinks() {
        let repo = |name: &str| name.parse::<RepoName>().unwrap();
        let reach = Reach::new(repo("acme/team"), vec![Action::Push, Action::Pull, Action::Pull]).unwrap();
        assert_eq!(reach.actions, [Action::Pull, Action::Push]);
        let narrowed = reach.narrowed(&repo("acme/team/app"), &[Action::Push, Action::Delete]).unwrap();
        assert_eq!(narrowed, Reach { prefix: repo("acme/team/app"), actions: vec![Action::Push] });
        assert_eq!(reach.narrowed(&repo("acme"), &[Action::Push]), None);
        assert_eq!(reach.narrowed(&repo("acme/teams"), &[Action::Push]), None);
        assert_eq!(reach.narrowed(&repo("acme/team"), &[Action::Delete]), None);
        assert_eq!(Reach::new(repo("acme"), vec![]), Err(RuleError::NoAction));
        for (seconds, fits) in [(59, false), (60, true), (3600, true), (3601, false)] {
            assert_eq!(Lifetime::try_from(seconds).is_ok(), fits);
        }
    }
}
