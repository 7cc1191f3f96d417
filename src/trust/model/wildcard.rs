//! Texts with wildcards: what a signer may vouch for, and who a signer is.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A text in which `*` stands for any characters, none included; all else for itself. It matches a text as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Wildcard(String);

impl Wildcard {
    /// That of any text.
    pub fn any() -> Self {
        Self("*".to_owned())
    }

    /// Whether a text is of this shape.
    pub fn matches(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        // There is one part at least.
        let first = parts.next().unwrap_or_default();
        let Some(last) = parts.next_back() else { return text == first };
        let Some(middle) = text.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
            return false;
        };
        // The first place at which a part fits leaves most room for those behind it.
        let rest = parts.try_fold(middle, |rest, part| rest.find(part).map(|at| &rest[at + part.len()..]));
        rest.is_some()
    }

    /// Whether an identity is of this shape. `*` stands for no `@` here: what is before it, and the ref or the domain behind
    /// it, are whose they are. By itself it stands for anybody.
    pub fn matches_identity(&self, identity: &str) -> bool {
        if self.0 == "*" {
            return true;
        }
        let (shapes, parts) = (self.0.split('@'), identity.split('@'));
        shapes.clone().count() == parts.clone().count()
            && shapes.zip(parts).all(|(shape, part)| Self(shape.to_owned()).matches(part))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Wildcard {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for Wildcard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Wildcard(pattern.to_owned()).matches(text)
    }

    /// The same by trying everything.
    fn slowly(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            ([b'*', pattern @ ..], text) => (0..=text.len()).any(|skipped| slowly(pattern, &text[skipped..])),
            ([p, pattern @ ..], [t, text @ ..]) => p == t && slowly(pattern, text),
            _ => false,
        }
    }

    #[test]
    fn a_star_stands_for_anything_and_the_rest_for_itself() {
        assert!(matches("team/app", "team/app"));
        assert!(!matches("team/app", "team/app2"));
        assert!(matches("team/*", "team/a/b"));
        assert!(!matches("team/*", "team"));
        assert!(matches("*", ""));
        assert!(!matches("a*a", "a"), "one letter can't be both ends");
        assert!(!matches("a.c", "abc"));
        assert!(!matches("", "a"));
    }

    #[test]
    fn a_star_in_an_identity_ends_at_the_at_sign() {
        let matches = |shape: &str, identity: &str| Wildcard(shape.to_owned()).matches_identity(identity);
        let workflow = "https://ci.test/team/app/w/*@refs/heads/main";
        assert!(matches(workflow, "https://ci.test/team/app/w/build.yml@refs/heads/main"));
        assert!(!matches(workflow, "https://ci.test/team/app/w/evil.yml@refs/heads/x@refs/heads/main"));
        assert!(matches("*@example.test", "ann@example.test"));
        assert!(!matches("*example.test", "ann@example.test"));
        assert!(matches("*", "ann@example.test"));
    }

    proptest! {
        #[test]
        fn it_agrees_with_trying_everything(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(matches(&pattern, &text), slowly(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
