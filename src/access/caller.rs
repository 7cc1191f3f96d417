//! Who is asking.

use super::Ceiling;
use crate::http::Origin;
use crate::types::{AccountId, TokenId};

/// The one on whose behalf a request runs. It carries identity, and how far its credentials reach at most; rights are
/// asked for anew each time.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account, or nobody in particular.
    pub account: Option<AccountId>,
    /// Where the request came from.
    pub origin: Origin,
    /// How far the credentials reach.
    pub ceiling: Ceiling,
    /// The token that was shown, if it was none of the account's own password.
    pub token: Option<TokenId>,
}

impl Caller {
    /// Somebody with all the rights of their account.
    pub const fn of(account: AccountId, origin: Origin) -> Self {
        Self { account: Some(account), origin, ceiling: Ceiling::Rights, token: None }
    }

    /// Someone who gave no credentials.
    pub const fn anonymous(origin: Origin) -> Self {
        Self { account: None, origin, ceiling: Ceiling::Rights, token: None }
    }

    /// Waybill itself: start-up and background work.
    pub fn system() -> Self {
        Self::anonymous(Origin::default())
    }

    /// Whether nobody logged in.
    pub const fn is_anonymous(&self) -> bool {
        self.account.is_none()
    }
}
