//! Tokens: secrets that stand for an account, until they expire or are revoked.

use std::fmt::Write as _;

use rand::Rng;
use secrecy::{ExposeSecret, SecretString};

use crate::access::{Ceiling, Narrowing};
use crate::types::{AccountId, Sha256Hex, Timestamp, TokenId};

/// Random bytes in a token.
const RANDOM: usize = 32;
/// Bytes of its checksum: the first of the SHA-256 of what stands before it.
const CHECKSUM: usize = 4;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Made by a person for what works in their name.
    Personal,
    /// Of a service account.
    Service,
    /// Left with a client by a log-in, to get access tokens with.
    Refresh,
    /// What a person gets who logs in through an issuer, instead of a password.
    LogIn,
    /// What an id token of CI was exchanged for. It ends with its rule, so nothing outlives it: it is never rotated.
    Federated,
}

impl TokenKind {
    const ALL: [Self; 5] = [Self::Personal, Self::Service, Self::Refresh, Self::LogIn, Self::Federated];

    /// As the API, the database and events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Personal => "personal",
            Self::Service => "service",
            Self::Refresh => "refresh",
            Self::LogIn => "log-in",
            Self::Federated => "federated",
        }
    }

    /// What its secrets begin with, so that people and scanners know them.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Personal => "wbp_",
            Self::Service => "wbs_",
            Self::Refresh => "wbr_",
            Self::LogIn => "wbl_",
            Self::Federated => "wbf_",
        }
    }

    /// Whether it is shown to Waybill in place of a password, rather than to `/token` alone.
    pub const fn logs_in(self) -> bool {
        !matches!(self, Self::Refresh)
    }

    /// From [`TokenKind::as_str`].
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A token's secret: prefix, 256 random bits and a checksum, both in hex.
#[derive(Debug, Clone)]
pub struct TokenSecret {
    kind: TokenKind,
    text: SecretString,
}

impl TokenSecret {
    /// A new one.
    pub fn generate(kind: TokenKind) -> Self {
        let mut random = [0; RANDOM];
        rand::rng().fill_bytes(&mut random);
        let mut text = format!("{}{}", kind.prefix(), hex::encode(random));
        let checksum = checksum(&text);
        let _ = write!(text, "{checksum}");
        Self { kind, text: text.into() }
    }

    /// Reads one; none of anything else, also of one with a slip of the pen, which so costs no look-up.
    pub fn parse(text: &SecretString) -> Option<Self> {
        let exposed = text.expose_secret();
        let kind = TokenKind::ALL.into_iter().find(|kind| exposed.starts_with(kind.prefix()))?;
        let length = kind.prefix().len() + 2 * (RANDOM + CHECKSUM);
        let (body, given) = exposed.split_at_checked(length - 2 * CHECKSUM)?;
        (exposed.len() == length && given == checksum(body)).then(|| Self { kind, text: text.clone() })
    }

    /// What it is for.
    pub const fn kind(&self) -> TokenKind {
        self.kind
    }

    /// What the database keeps. Of 256 random bits nothing slower is needed.
    pub fn digest(&self) -> Sha256Hex {
        Sha256Hex::of(&[self.text.expose_secret().as_bytes()])
    }

    /// The secret, to be shown once.
    pub const fn text(&self) -> &SecretString {
        &self.text
    }
}

fn checksum(body: &str) -> String {
    Sha256Hex::of(&[body.as_bytes()]).as_str().chars().take(2 * CHECKSUM).collect()
}

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Opaque id.
    pub id: TokenId,
    /// What it is for.
    pub kind: TokenKind,
    /// Whom it stands for.
    pub account: AccountId,
    /// What its owner calls it.
    pub name: String,
    /// What it is narrowed to.
    pub narrowing: Option<Narrowing>,
    /// The service that a refresh token is for.
    pub service: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// About when it was used last.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it is good for anything.
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|expires| now < expires)
    }

    /// How far it reaches.
    pub fn ceiling(&self) -> Ceiling {
        self.narrowing.clone().map_or(Ceiling::Rights, Ceiling::Narrowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<TokenSecret> {
        TokenSecret::parse(&text.to_owned().into())
    }

    #[test]
    fn reads_what_it_makes_and_nothing_else() {
        for kind in TokenKind::ALL {
            let secret = TokenSecret::generate(kind);
            let text = secret.text().expose_secret();
            assert!(text.starts_with(kind.prefix()) && text.len() == 76, "{text}");
            let read = parse(text).unwrap();
            assert_eq!((read.kind(), read.digest()), (kind, secret.digest()));
            assert_eq!(TokenKind::of(kind.as_str()), Some(kind));
            for at in 0..text.len() {
                let mut changed = text.to_owned();
                let other = if &text[at..=at] == "0" { "1" } else { "0" };
                changed.replace_range(at..=at, other);
                assert!(parse(&changed).is_none(), "{changed}");
            }
            assert!(parse(&format!("{text}0")).is_none() && parse(&text[..75]).is_none());
        }
        assert!(parse("").is_none() && parse("wbp_").is_none() && parse(&"wbp_é".repeat(9)).is_none());
        let two = [(); 2].map(|()| TokenSecret::generate(TokenKind::Personal).digest());
        assert_ne!(two[0], two[1]);
    }

    #[test]
    fn ends_when_it_expires_or_is_revoked() {
        let at = Timestamp::from_micros;
        let token = Token {
            id: TokenId::new(),
            kind: TokenKind::Personal,
            account: AccountId::new(),
            name: String::new(),
            narrowing: None,
            service: None,
            created_at: at(0),
            expires_at: Some(at(10)),
            last_used_at: None,
            revoked_at: None,
        };
        assert!(token.is_alive(at(9)) && !token.is_alive(at(10)));
        assert!(Token { expires_at: None, ..token.clone() }.is_alive(at(10)));
        assert!(!Token { revoked_at: Some(at(5)), ..token }.is_alive(at(4)));
    }
}
