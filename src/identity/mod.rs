//! People, programs and their rights: accounts, passwords, tokens, role bindings, log-in. Answers the questions of
//! `access`.
//!
//! An account's rights are the sum of its role bindings, each for the organisation, a project, or the repositories
//! below a prefix, and maybe in some environments only; they are looked up anew for every request. Guessing passwords is slow (argon2, two at a time) and
//! limited by counters in the database, which all replicas share.

mod api;
mod exchange;
mod model;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use api::{configure, configure_token};
pub use exchange::{ExchangeError, ExchangeRequest, Exchanged, TokenExchange};
pub use model::{
    Account, AccountKind, BaseScope, Binding, BindingScope, LoginLimits, NamedBase, NamedBinding, NamedScope,
    NewPassword, PasswordError, Role, ScopeError, Token, TokenKind, TokenSecret, UserName, UserNameError,
};
pub use service::{
    BindingFilter, CloseExpiredBindings, Identity, IdentityError, NewToken, OwnedAccount, RotateTokenKey,
    UserChange, replay,
};
