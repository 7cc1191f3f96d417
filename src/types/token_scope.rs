//! What a token is asked for and grants: the scopes of the registry's token protocol.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::environment::VIEW;
use super::{EnvironmentName, EnvironmentNameError, NameError, RepoName};

/// Most scopes that one request may name, so that a token still fits into a header.
const MAX_SCOPES: usize = 32;
/// Longest scope in bytes: a type, the longest name, and actions.
const MAX_LENGTH: usize = 400;

/// Why scopes can't be read. The messages go to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum TokenScopeError {
    /// Not of the form.
    #[error("a scope has the form repository:<name>:<actions>, for example repository:acme/app:pull,push")]
    Malformed,
    /// Its name is none.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The name of its environment is none.
    #[error(transparent)]
    Environment(#[from] EnvironmentNameError),
    /// Too many at once.
    #[error("a token can be asked for at most {MAX_SCOPES} scopes of {MAX_LENGTH} characters at once")]
    TooMany,
}

/// What can be done in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Read.
    Pull,
    /// Push blobs and manifests, set tags.
    Push,
    /// Delete blobs, manifests and tags.
    Delete,
}

impl Action {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Pull, Self::Push, Self::Delete];

    /// As scopes write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
        }
    }
}

impl FromStr for Action {
    type Err = TokenScopeError;

    fn from_str(text: &str) -> Result<Self, TokenScopeError> {
        Self::ALL.into_iter().find(|action| action.as_str() == text).ok_or(TokenScopeError::Malformed)
    }
}

/// A scope: `type:name:action,action`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenScope {
    /// Actions in a repository, in the order of [`Action::ALL`], each once.
    Repository(RepoName, Vec<Action>),
    /// `registry:catalog:*`: the list of repositories.
    Catalog,
    /// `repository:env/<environment>/<name>:pull`: a repository as an environment shows it.
    Environment(EnvironmentName, RepoName),
    /// Of a type that Waybill has nothing of, or of anything but reading in an environment: it grants nothing.
    Other,
}

impl TokenScope {
    /// What is asked of a name of the type `repository`, which may be one of the environment view.
    ///
    /// # Errors
    /// When the name is none.
    pub fn of_repository(name: &str, actions: Vec<Action>) -> Result<Self, TokenScopeError> {
        let Some(inside) = name.strip_prefix(VIEW) else {
            return Ok(Self::Repository(name.parse()?, actions));
        };
        let (environment, repository) = inside.split_once('/').ok_or(NameError::Malformed)?;
        let (environment, repository) = (environment.parse()?, repository.parse()?);
        // Clients that push ask to pull too; who asks for nothing to be read gets nothing.
        Ok(if actions.contains(&Action::Pull) {
            Self::Environment(environment, repository)
        } else {
            Self::Other
        })
    }

    /// The repository that it is about.
    pub const fn repository(&self) -> Option<&RepoName> {
        match self {
            Self::Repository(name, _) | Self::Environment(_, name) => Some(name),
            Self::Catalog | Self::Other => None,
        }
    }
}

impl FromStr for TokenScope {
    type Err = TokenScopeError;

    fn from_str(text: &str) -> Result<Self, TokenScopeError> {
        if text.len() > MAX_LENGTH {
            return Err(TokenScopeError::TooMany);
        }
        let (kind, rest) = text.split_once(':').ok_or(TokenScopeError::Malformed)?;
        let (name, actions) = rest.rsplit_once(':').ok_or(TokenScopeError::Malformed)?;
        match kind {
            "repository" => Self::of_repository(name, read_actions(actions)),
            "registry" if name == "catalog" && actions == "*" => Ok(Self::Catalog),
            "" => Err(TokenScopeError::Malformed),
            _ => Ok(Self::Other),
        }
    }
}

impl fmt::Display for TokenScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository(name, actions) => {
                write!(f, "repository:{name}:")?;
                let texts: Vec<_> = actions.iter().map(|action| action.as_str()).collect();
                f.write_str(&texts.join(","))
            }
            Self::Catalog => f.write_str("registry:catalog:*"),
            Self::Environment(environment, name) => {
                write!(f, "repository:{}:{}", environment.view_of(name), Action::Pull.as_str())
            }
            Self::Other => Ok(()),
        }
    }
}

/// Actions that nobody knows grant nothing.
fn read_actions(text: &str) -> Vec<Action> {
    let asked = |action: &Action| text.split(',').any(|part| part == "*" || part == action.as_str());
    Action::ALL.into_iter().filter(asked).collect()
}

/// Reads all scopes of a request: repeated, and each maybe several that are parted by spaces. What is asked of one
/// repository in several is put together.
///
/// # Errors
/// When one is malformed, or they are too many.
pub fn parse_scopes<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Vec<TokenScope>, TokenScopeError> {
    let mut scopes: Vec<TokenScope> = Vec::new();
    for (count, text) in texts.flat_map(str::split_ascii_whitespace).enumerate() {
        if count >= MAX_SCOPES {
            return Err(TokenScopeError::TooMany);
        }
        let scope: TokenScope = text.parse()?;
        if let TokenScope::Repository(name, actions) = &scope {
            let same = scopes.iter_mut().find_map(|known| match known {
                TokenScope::Repository(known, actions) if known == name => Some(actions),
                _ => None,
            });
            if let Some(known) = same {
                known.extend(actions);
                known.sort_unstable();
                known.dedup();
                continue;
            }
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(texts: &[&str]) -> Result<Vec<String>, TokenScopeError> {
        let scopes = parse_scopes(texts.iter().copied())?;
        Ok(scopes.iter().map(ToString::to_string).filter(|text| !text.is_empty()).collect())
    }

    #[test]
    fn reads_what_clients_ask() {
        for (asked, read) in [
            (&["repository:acme/app:pull,push"] as &[_], &["repository:acme/app:pull,push"] as &[_]),
            (&["repository:acme/app:push,pull"], &["repository:acme/app:pull,push"]),
            (&["repository:acme/app:*"], &["repository:acme/app:pull,push,delete"]),
            (&["repository:a:pull repository:b:pull"], &["repository:a:pull", "repository:b:pull"]),
            (&["repository:a:pull", "repository:a:push"], &["repository:a:pull,push"]),
            (&["repository:a:metadata_read"], &["repository:a:"]),
            (&["registry:catalog:*"], &["registry:catalog:*"]),
            (&["repository:env/production/acme/app:pull"], &["repository:env/production/acme/app:pull"]),
            (&["repository:env/production/acme/app:push,pull"], &["repository:env/production/acme/app:pull"]),
            (&["repository:env/env/acme:*"; 2], &["repository:env/env/acme:pull"]),
            (&["repository:env/production/acme/app:push,delete"], &[]),
            (&["", " "], &[]),
            (&["repository(plugin):a:pull", "registry:stats:*"], &[]),
        ] {
            assert_eq!(parse(asked).unwrap(), read, "{asked:?}");
        }
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["repository", "repository:a", ":a:pull", "a"] {
            assert_eq!(parse(&[text]), Err(TokenScopeError::Malformed), "{text}");
        }
        for text in [
            "repository:A:pull",
            "repository::pull",
            "repository:a:b:pull",
            "repository:env/x:pull",
            "repository:env/x/env/y/acme:pull",
        ] {
            assert!(matches!(parse(&[text]), Err(TokenScopeError::Name(_))), "{text}");
        }
        for text in ["repository:env/X/acme:pull", "repository:env//acme:pull", "repository:env/x*/acme:push"]
        {
            assert!(matches!(parse(&[text]), Err(TokenScopeError::Environment(_))), "{text}");
        }
        assert_eq!(parse(&["repository:a:pull"; 33]), Err(TokenScopeError::TooMany));
        assert_eq!(parse(&[&"repository:a:pull ".repeat(33)]), Err(TokenScopeError::TooMany));
        let long = format!("repository:a:{}", "x".repeat(400));
        assert_eq!(parse(&[&long]), Err(TokenScopeError::TooMany));
    }

    proptest! {
        #[test]
        fn what_was_read_reads_the_same_again(texts in prop::collection::vec("(repository|registry):(env/[a-z]{0,2}/)?[a-z/]{1,9}:([a-z,*]{0,12}|pull)", 0..6)) {
            let Ok(read) = parse_scopes(texts.iter().map(String::as_str)) else { return Ok(()) };
            let written: Vec<String> = read.iter().map(ToString::to_string).collect();
            let again = parse_scopes(written.iter().map(String::as_str)).unwrap();
            let kept: Vec<_> = read.into_iter().filter(|scope| *scope != TokenScope::Other).collect();
            prop_assert_eq!(again, kept);
        }
    }
}
