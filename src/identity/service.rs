//! The verbs of identity.

mod access_tokens;
mod authority;
mod bindings;
mod limiter;
mod login;
mod lookups;
mod memory;
mod on_behalf;
mod passwords;
mod recheck;
mod refresh;
mod remembered;
pub mod replay;
mod service_accounts;
mod token_keys;
mod token_login;
mod tokens;
mod upkeep;
mod users;

use std::sync::Arc;

use thiserror::Error;

use self::memory::Memory;
use self::passwords::Passwords;
use self::remembered::Remembered;
use super::model::{ExpiryError, LoginLimits, PasswordError, ScopeError};
use crate::access::AccessError;
use crate::db::{Db, DbError};
use crate::keys::Keys;
use crate::projects::Projects;
use crate::types::{Clock, ProjectName};

pub use bindings::BindingFilter;
pub use service_accounts::OwnedAccount;
pub use tokens::NewToken;
pub use upkeep::{CloseExpiredBindings, RotateTokenKey};
pub use users::UserChange;

/// Why people or their roles were not changed.
#[derive(Debug, Error)]
pub enum IdentityError {
    /// The caller may not do it.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The name is taken, by a user or a service account.
    #[error("there is an account of this name already: choose another name")]
    UserExists,
    /// There is none of this name.
    #[error("there is no user of this name")]
    NoSuchUser,
    /// There is none of this name.
    #[error("there is no service account of this name")]
    NoSuchServiceAccount,
    /// None that is good has this id.
    #[error("no token has this id, or it was revoked or has expired")]
    NoSuchToken,
    /// A token must not make tokens.
    #[error("log in yourself for this, with your password or through an issuer: a token makes no tokens")]
    PasswordNeeded,
    /// It is no token that is rotated.
    #[error("only personal tokens and those of service accounts are rotated: log in again instead")]
    NotRotated,
    /// The account can't log in.
    #[error("the account is disabled: enable it first")]
    Disabled,
    /// No account needs so many.
    #[error("the account has {most} tokens: revoke those that are not used any more")]
    TooManyTokens {
        /// How many it may have.
        most: u64,
    },
    /// It can't end then.
    #[error(transparent)]
    Expiry(#[from] ExpiryError),
    /// A role for a larger part does the work of many.
    #[error(
        "the account has {most} roles there: bind one to a shorter prefix or more environments instead, or revoke some"
    )]
    TooManyBindings {
        /// How many it may have.
        most: u64,
    },
    /// A service account must not outlive its own token.
    #[error("a service account makes no tokens for itself: rotate the one that it has")]
    OwnToken,
    /// Who rules for a time can't give for longer.
    #[error(
        "your own right to give it ends before: name an expires_at that is no later than that of your own role"
    )]
    OutlivesOwn,
    /// No binding that holds has this id.
    #[error("no role binding has this id, or it was revoked")]
    NoSuchBinding,
    /// There is none of this name.
    #[error("there is no project '{0}'")]
    NoSuchProject(ProjectName),
    /// Nobody could administer the organisation any more.
    #[error("this is the last org-admin who can log in: give another user the role first")]
    LastAdmin,
    /// The password is too short or too long.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// Who changes their own password shows that they know it.
    #[error("say your present password as current_password")]
    CurrentPasswordMissing,
    /// What was given as the present password is not it.
    #[error("current_password is not your present password")]
    CurrentPasswordWrong,
    /// The role can't be bound there.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The database did not do as it was told.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// People and their rights. Cheap to clone; clones share what they remember.
#[derive(Clone)]
pub struct Identity {
    db: Db,
    clock: Arc<dyn Clock>,
    projects: Projects,
    keys: Keys,
    limits: LoginLimits,
    service: String,
    passwords: Passwords,
    remembered: Arc<Remembered>,
    memory: Arc<Memory>,
}

impl Identity {
    /// Over a database; `projects` says what the names in role bindings stand for, `keys` sign the access tokens, which
    /// are for `service`: a name that stays, and that all replicas share.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        projects: Projects,
        keys: Keys,
        limits: LoginLimits,
        service: String,
    ) -> Self {
        let (passwords, remembered) = (Passwords::new(), Arc::new(Remembered::new()));
        let memory = Arc::new(Memory::new(&db));
        Self { db, clock, projects, keys, limits, service, passwords, remembered, memory }
    }
}

/// For a question that can't be answered: denied, and the cause goes to the log.
fn failed(cause: impl std::fmt::Display) -> AccessError {
    AccessError::Failed(cause.to_string())
}
