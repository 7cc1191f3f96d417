//! The authority until identity is furnished.

use async_trait::async_trait;

use crate::access::{AccessError, Authority, Caller, Credentials, Permission, Scope};
use crate::http::Origin;

/// Knows nobody and allows nothing.
pub struct Nobody;

#[async_trait]
impl Authority for Nobody {
    async fn authenticate(&self, _: Credentials, _: Origin) -> Result<Caller, AccessError> {
        Err(AccessError::Denied)
    }

    async fn check(&self, _: &Caller, _: Permission, _: &Scope) -> Result<(), AccessError> {
        Err(AccessError::Denied)
    }
}
