//! A change in progress.

use std::ops::Deref;

use sea_orm::DatabaseTransaction;

/// The transaction that a closure given to [`Db::write`](super::Db::write) works in. It dereferences to sea-orm's
/// transaction, which only `store.rs` files use.
pub struct Tx {
    inner: DatabaseTransaction,
}

impl Tx {
    pub(super) const fn new(inner: DatabaseTransaction) -> Self {
        Self { inner }
    }

    pub(super) fn into_inner(self) -> DatabaseTransaction {
        self.inner
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}
