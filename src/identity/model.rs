//! Accounts, roles and the rules of both.

mod binding;
mod limits;
mod password;
mod role;
mod user_name;

use secrecy::SecretString;

pub use binding::{
    Binding, BindingScope, NamedBinding, NamedScope, Place, ScopeError, needed_to_bind, open_to_all,
};
pub use limits::{Attempt, LoginLimits};
pub use password::{MAX_PASSWORD_BYTES, NewPassword, PasswordError};
pub use role::Role;
pub use user_name::{UserName, UserNameError};

use crate::types::{AccountId, Timestamp};

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
    /// PHC string; never leaves this room.
    pub(super) password_hash: SecretString,
}

impl Account {
    /// Whether it can log in.
    pub const fn is_enabled(&self) -> bool {
        self.disabled_at.is_none()
    }
}
