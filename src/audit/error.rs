//! What can go wrong in this room. Read by the operator, so causes are shown.

use thiserror::Error;

use crate::db::DbError;

/// Why the facts were not compared.
#[derive(Debug, Error)]
pub enum AuditError {
    /// Half of a restore would look like damage.
    #[error("a restore into this database was begun and has not ended: run the same `waybill restore` again")]
    Unfinished,
    /// The database failed.
    #[error("database: {0}")]
    Db(#[from] DbError),
}
