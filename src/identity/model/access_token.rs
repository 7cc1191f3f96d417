//! Access tokens: what they say, and what they grant of what was asked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::access::AccessScopes;
use crate::types::{Action, EnvironmentName, RepoName, Timestamp, TokenScope};

/// How long one is good. The spec wants 60 s at least; rights are looked up anew for each request, so it need not be
/// short.
pub const LIFETIME: Duration = Duration::from_secs(300);
/// How far the clocks of replicas may be apart.
pub const LEEWAY: Duration = Duration::from_secs(30);
/// Longest that is read, in bytes.
pub const MAX_LENGTH: usize = 16 * 1024;
/// The type that names repositories, and the one that names the list of them.
const REPOSITORY: &str = "repository";
const REGISTRY: &str = "registry";
const CATALOG: &str = "catalog";
const ANY: &str = "*";

/// The claims of an access token (RFC 7519; the distribution project's token authentication).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued it: this installation.
    pub iss: String,
    /// The account's id; empty for nobody in particular.
    pub sub: String,
    /// For what service.
    pub aud: String,
    /// Until when, in seconds since 1970.
    pub exp: i64,
    /// Since when.
    pub nbf: i64,
    /// When it was issued.
    pub iat: i64,
    /// Its own id.
    pub jti: String,
    /// What it grants at most.
    pub access: Vec<Access>,
    /// Whether it was got with credentials that were not narrowed.
    #[serde(default)]
    pub whole: bool,
    /// The id of the token that it was got with, and ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

/// One resource that a token grants actions on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    #[serde(rename = "type")]
    kind: String,
    name: String,
    actions: Vec<String>,
}

impl Claims {
    /// Whether it is good at this instant.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        let (now, leeway) = (seconds(now), i64::try_from(LEEWAY.as_secs()).unwrap_or(0));
        self.nbf.saturating_sub(leeway) <= now && now < self.exp.saturating_add(leeway)
    }

    /// What it grants.
    pub fn scopes(&self) -> AccessScopes {
        let mut scopes = AccessScopes { whole: self.whole, ..AccessScopes::default() };
        for access in &self.access {
            match (access.kind.as_str(), access.name.as_str()) {
                (REGISTRY, CATALOG) => scopes.catalog |= access.actions.iter().any(|action| action == ANY),
                (REPOSITORY, name) => {
                    let actions = access.actions.iter().filter_map(|action| action.parse().ok()).collect();
                    match TokenScope::of_repository(name, actions) {
                        Ok(TokenScope::Repository(name, actions)) => {
                            scopes.repositories.push((name, actions))
                        }
                        Ok(TokenScope::Environment(shows, name)) => scopes.environments.push((shows, name)),
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        scopes
    }
}

/// The claim that tells of scopes.
pub fn access_of(scopes: &AccessScopes) -> Vec<Access> {
    let access =
        |kind: &str, name: &str, actions| Access { kind: kind.to_owned(), name: name.to_owned(), actions };
    let repositories = scopes.repositories.iter().map(|(name, actions)| {
        access(REPOSITORY, name.as_str(), actions.iter().map(|action| action.as_str().to_owned()).collect())
    });
    let environments = scopes.environments.iter().map(|(environment, name)| {
        access(REPOSITORY, &environment.view_of(name), vec![Action::Pull.as_str().to_owned()])
    });
    let catalog = scopes.catalog.then(|| access(REGISTRY, CATALOG, vec![ANY.to_owned()]));
    repositories.chain(environments).chain(catalog).collect()
}

/// Scopes as clients write them.
pub fn scope_text(scopes: &AccessScopes) -> String {
    let repositories = scopes.repositories.iter().cloned();
    let repositories = repositories.map(|(name, actions)| TokenScope::Repository(name, actions));
    let environments = scopes.environments.iter().cloned();
    let environments = environments.map(|(environment, name)| TokenScope::Environment(environment, name));
    let all = repositories.chain(environments).chain(scopes.catalog.then_some(TokenScope::Catalog));
    all.map(|scope| scope.to_string()).collect::<Vec<_>>().join(" ")
}

/// What is granted of what was asked: what `holds` of a repository, and `shown` of an environment, too. A resource of which
/// nothing is left is left out.
pub fn granted(
    asked: &[TokenScope],
    holds: impl Fn(&RepoName, Action) -> bool,
    shown: impl Fn(&EnvironmentName, &RepoName) -> bool,
    catalog: bool,
) -> AccessScopes {
    let mut granted = AccessScopes::default();
    for scope in asked {
        match scope {
            TokenScope::Repository(name, actions) => {
                let actions: Vec<_> = actions.iter().copied().filter(|action| holds(name, *action)).collect();
                if !actions.is_empty() {
                    granted.repositories.push((name.clone(), actions));
                }
            }
            TokenScope::Environment(environment, name) => {
                if shown(environment, name) {
                    granted.environments.push((environment.clone(), name.clone()));
                }
            }
            TokenScope::Catalog => granted.catalog = catalog,
            TokenScope::Other => {}
        }
    }
    granted
}

/// Whole seconds since 1970.
pub fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn any_actions() -> impl Strategy<Value = HashSet<(String, Action)>> {
        let action = prop::sample::select(Action::ALL.to_vec());
        prop::collection::hash_set(("[ab]/[ab]", action), 0..8)
    }

    fn any_environments() -> impl Strategy<Value = HashSet<(String, String)>> {
        prop::collection::hash_set(("[xy]", "[ab]/[ab]"), 0..8)
    }

    proptest! {
        #[test]
        fn an_environment_is_granted_if_it_is_both_asked_and_held(asked in any_environments(), held in any_environments()) {
            let scopes: Vec<TokenScope> = asked.iter().map(|(environment, name)| {
                TokenScope::Environment(environment.parse().unwrap(), name.parse().unwrap())
            }).collect();
            let shown = |environment: &EnvironmentName, name: &RepoName| {
                held.contains(&(environment.to_string(), name.to_string()))
            };
            let result = granted(&scopes, |_, _| true, shown, true);
            let flat: HashSet<(String, String)> = result.environments.iter().map(|(environment, name)| {
                (environment.to_string(), name.to_string())
            }).collect();
            prop_assert_eq!(flat, asked.intersection(&held).cloned().collect::<HashSet<_>>());
            prop_assert_eq!((&result.repositories, result.catalog), (&vec![], false));
            prop_assert_eq!(claims(access_of(&result)).scopes(), result);
        }

        #[test]
        fn nothing_is_granted_that_is_not_both_asked_and_held(asked in any_actions(), held in any_actions(), catalog: bool, lists: bool) {
            let mut scopes: Vec<TokenScope> = asked.iter().map(|(name, action)| {
                TokenScope::Repository(name.parse().unwrap(), vec![*action])
            }).collect();
            scopes.extend(catalog.then_some(TokenScope::Catalog));
            scopes.push(TokenScope::Other);
            let result = granted(&scopes, |name, action| held.contains(&(name.to_string(), action)), |_, _| true, lists);
            let flat: HashSet<(String, Action)> = result.repositories.iter().flat_map(|(name, actions)| {
                actions.iter().map(|action| (name.to_string(), *action))
            }).collect();
            prop_assert_eq!(flat, asked.intersection(&held).cloned().collect::<HashSet<_>>());
            prop_assert_eq!(result.catalog, catalog && lists);
            prop_assert_eq!(&result.environments, &vec![]);
            let claims = claims(access_of(&result));
            prop_assert_eq!(claims.scopes(), result);
        }
    }

    fn claims(access: Vec<Access>) -> Claims {
        let text = String::new;
        Claims {
            iss: text(),
            sub: text(),
            aud: text(),
            exp: 400,
            nbf: 100,
            iat: 100,
            jti: text(),
            access,
            whole: false,
            via: None,
        }
    }

    #[test]
    fn holds_between_its_ends_and_a_little_longer() {
        let holds = |second: i64| claims(vec![]).holds_at(Timestamp::from_micros(second * 1_000_000));
        assert!(!holds(69) && holds(70) && holds(400) && holds(429) && !holds(430));
    }

    #[test]
    fn what_is_not_understood_grants_nothing() {
        let access = |kind: &str, name: &str, action: &str| Access {
            kind: kind.to_owned(),
            name: name.to_owned(),
            actions: vec![action.to_owned()],
        };
        let odd = vec![
            access("repository", "A", "pull"),
            access("registry", "catalog", "pull"),
            access("registry", "other", "*"),
            access("else", "a", "pull"),
            access("repository", "env/x/a", "push"),
            access("repository", "env/X/a", "pull"),
            access("repository", "env/a", "pull"),
        ];
        assert_eq!(claims(odd).scopes(), AccessScopes::default());
        let unknown = claims(vec![access("repository", "a", "*")]).scopes();
        assert_eq!(unknown.repositories[0].1, []);
    }
}
