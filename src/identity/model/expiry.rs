//! Ends in time: of tokens and of roles.

use std::time::Duration;

use thiserror::Error;

use super::TokenKind;
use crate::types::Timestamp;

/// Longest that a token of a service account may be good, in days: it lies in places that nobody looks at.
const LONGEST_DAYS: u64 = 366;

/// Why something can't end then. The messages go to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ExpiryError {
    /// It would have ended already.
    #[error("expires_at must lie in the future")]
    Past,
    /// A token of a service account must have an end.
    #[error("a token of a service account needs expires_at, at most {LONGEST_DAYS} days from now")]
    Needed,
}

/// Whether a token of this kind may be good so long.
///
/// # Errors
/// Says what is wrong.
pub fn check_token_expiry(
    kind: TokenKind,
    expires_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), ExpiryError> {
    let latest = now.after(Duration::from_secs(LONGEST_DAYS * 24 * 3600));
    match expires_at {
        Some(expires) if expires <= now => Err(ExpiryError::Past),
        Some(expires) if kind == TokenKind::Service && expires > latest => Err(ExpiryError::Needed),
        None if kind == TokenKind::Service => Err(ExpiryError::Needed),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn service_tokens_end_within_a_year_and_a_day() {
        let (now, day) = (Timestamp::from_micros(1_000_000), Duration::from_secs(24 * 3600));
        let check =
            |kind, days: Option<u32>| check_token_expiry(kind, days.map(|days| now.after(day * days)), now);
        for kind in [TokenKind::Personal, TokenKind::Service] {
            assert_eq!(check(kind, Some(0)), Err(ExpiryError::Past));
            assert_eq!(check(kind, Some(366)), Ok(()));
        }
        assert_eq!(check(TokenKind::Service, Some(367)), Err(ExpiryError::Needed));
        assert_eq!(check(TokenKind::Service, None), Err(ExpiryError::Needed));
        assert_eq!(check(TokenKind::Personal, None), Ok(()));
        assert_eq!(check(TokenKind::Personal, Some(4000)), Ok(()));
    }
}
