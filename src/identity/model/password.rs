//! What a password must be.

use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;

/// Shortest and longest password in characters. Length is what counts; rules on kinds of characters only annoy.
const MIN_CHARACTERS: usize = 12;
const MAX_CHARACTERS: usize = 128;
/// What is longer can't be anybody's password, and is turned away at log-in before any work.
pub const MAX_PASSWORD_BYTES: usize = 1024;

/// Why a password is not accepted. The message goes to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters")]
pub struct PasswordError;

/// A password that may be set.
#[derive(Debug, Clone)]
pub struct NewPassword(SecretString);

impl NewPassword {
    /// The password.
    pub const fn secret(&self) -> &SecretString {
        &self.0
    }
}

impl TryFrom<SecretString> for NewPassword {
    type Error = PasswordError;

    fn try_from(password: SecretString) -> Result<Self, PasswordError> {
        let text = password.expose_secret();
        let fits = (MIN_CHARACTERS..=MAX_CHARACTERS).contains(&text.chars().count());
        if fits && text.len() <= MAX_PASSWORD_BYTES { Ok(Self(password)) } else { Err(PasswordError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters() {
        let accepts = |text: String| NewPassword::try_from(SecretString::from(text)).is_ok();
        for (characters, accepted) in [(0, false), (11, false), (12, true), (128, true), (129, false)] {
            assert_eq!(accepts("a".repeat(characters)), accepted, "{characters}");
            assert_eq!(accepts("🦀".repeat(characters)), accepted, "{characters}");
        }
    }
}
