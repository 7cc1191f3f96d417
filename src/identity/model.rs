//! Accounts, roles and the rules of both.

mod access_token;
mod binding;
mod expiry;
mod limits;
mod password;
mod role;
mod token;
mod token_name;
mod user_name;

use secrecy::SecretString;

pub use access_token::{Claims, LEEWAY, LIFETIME, MAX_LENGTH, access_of, granted, scope_text, seconds};
pub use binding::{
    BaseScope, Binding, BindingScope, NamedBase, NamedBinding, NamedScope, Place, ScopeError, needed_to_bind,
    open_to_all,
};
pub use expiry::{ExpiryError, check_token_expiry};
pub use limits::{Attempt, LoginLimits};
pub use password::{MAX_PASSWORD_BYTES, NewPassword, PasswordError};
pub use role::Role;
pub use token::{Token, TokenKind, TokenSecret};
pub use token_name::TokenName;
pub use user_name::{UserName, UserNameError};

use crate::types::{AccountId, ProjectId, Timestamp};

/// Who logs in as an account. All have one space of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// A person.
    User,
    /// A program, by tokens only.
    Service,
}

impl AccountKind {
    /// As the database writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Service => "service",
        }
    }
}

/// Somebody who can log in.
#[derive(Debug, Clone)]
pub struct Account {
    /// Opaque id.
    pub id: AccountId,
    /// Log-in name.
    pub name: UserName,
    /// When it was created.
    pub created_at: Timestamp,
    /// Since when it can't log in.
    pub disabled_at: Option<Timestamp>,
    /// PHC string, unless no password logs it in; never leaves this room.
    pub(super) password_hash: Option<SecretString>,
    /// Whether a person or a program logs in.
    pub kind: AccountKind,
    /// The project whose owners rule it, if it is a service account of one.
    pub project: Option<ProjectId>,
}

impl Account {
    /// Whether it can log in.
    pub const fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}
