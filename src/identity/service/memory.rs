//! What identity remembers between requests, by the 2-second rule of the design.

use std::sync::Arc;

use quick_cache::sync::Cache as Kept;

use crate::db::{Cache, Db};
use crate::identity::model::{Binding, Claims, Token};
use crate::types::{AccountId, Sha256Hex, Timestamp, TokenId};

/// Entries of each kind.
const ENTRIES: usize = 10_000;

/// Identity's caches.
pub(super) struct Memory {
    /// Whether an account can log in.
    pub enabled: Cache<AccountId, bool>,
    /// All that an enabled account holds.
    pub bindings: Cache<AccountId, Arc<[Binding]>>,
    /// Tokens that were not revoked, of enabled accounts, by id.
    pub tokens: Cache<TokenId, Token>,
    /// The same by the digests of their secrets, with the names of their accounts.
    pub secrets: Cache<Sha256Hex, (Token, String)>,
    /// What access tokens claim whose signatures were verified, by the digests of the tokens. A signature that was right
    /// stays right; how long the claims hold is asked each time.
    pub claims: Kept<Sha256Hex, Arc<Claims>>,
    /// When a token's use was noted last, by this replica.
    pub noted: Kept<TokenId, Timestamp>,
}

impl Memory {
    pub(super) fn new(db: &Db) -> Self {
        Self {
            enabled: Cache::new(db, "accounts", ENTRIES),
            bindings: Cache::new(db, "bindings", ENTRIES),
            tokens: Cache::new(db, "tokens", ENTRIES),
            secrets: Cache::new(db, "token_secrets", ENTRIES),
            claims: Kept::new(ENTRIES),
            noted: Kept::new(ENTRIES),
        }
    }
}
