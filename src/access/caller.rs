//! Who is asking.

use crate::http::Origin;
use crate::types::AccountId;

/// The one on whose behalf a request runs. It carries identity only; rights are asked for anew each time.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The account, or nobody in particular.
    pub account: Option<AccountId>,
    /// Where the request came from.
    pub origin: Origin,
}

impl Caller {
    /// Someone who gave no credentials.
    pub const fn anonymous(origin: Origin) -> Self {
        Self { account: None, origin }
    }

    /// Waybill itself: start-up and background work.
    pub fn system() -> Self {
        Self { account: None, origin: Origin::default() }
    }

    /// Whether nobody logged in.
    pub const fn is_anonymous(&self) -> bool {
        self.account.is_none()
    }
}
