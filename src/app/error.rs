//! Why the server does not start. Read by the person who started it, so causes are shown.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

use super::tls::TlsError;
use crate::audit::AuditError;
use crate::backup::BackupError;
use crate::blobs::BlobError;
use crate::db::DbError;
use crate::federation::SetupError;
use crate::identity::IdentityError;
use crate::keys::KeyError;
use crate::ledger::LedgerError;
use crate::ledger::verify::VerifyError;

/// Why the server does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The data folder can't be made or locked.
    #[error("can't use the data folder {}: {cause}", .path.display())]
    DataDir {
        /// Its path.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Somebody else has the data folder.
    #[error("the data folder {} is in use by another waybill: stop that one, or use another --data-dir", .path.display())]
    InUse {
        /// Its path.
        path: PathBuf,
    },
    /// The lock file beside a SQLite file can't be made or locked.
    #[error("can't lock the database {}: {cause}", .path.display())]
    DatabaseLock {
        /// The database's path.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Somebody else has the SQLite file.
    #[error(
        "the database {} is in use by another waybill: a SQLite file belongs to one server; stop that one, or use \
         PostgreSQL for several replicas",
        .path.display()
    )]
    DatabaseInUse {
        /// Its path.
        path: PathBuf,
    },
    /// The database can't be opened or migrated.
    #[error("can't open the database: {0}")]
    Database(#[from] DbError),
    /// The storage can't be used.
    #[error("can't open the storage: {0}")]
    Storage(#[from] BlobError),
    /// Backup, restore, or the comparison with the storage at the start, found something in the way.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The first user can't be made.
    #[error("can't make the first user: {0}")]
    FirstUser(#[from] IdentityError),
    /// The first password can't be kept.
    #[error("can't keep the first password in {}: {cause}", .path.display())]
    AdminPassword {
        /// Its file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// There is no certificate to serve.
    #[error("can't serve TLS: {0}")]
    Tls(#[from] TlsError),
    /// The master key is missing, or is none. Shows nothing of it.
    #[error("no master key: {0}")]
    MasterKey(String),
    /// The keys in the database can't be used.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The ledger can't be used.
    #[error("{0}")]
    Ledger(#[from] LedgerError),
    /// The ledger does not hold, or can't be read.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The facts can't be compared with the ledger.
    #[error("can't compare the tables with the ledger: {0}")]
    Audit(#[from] AuditError),
    /// The issuers of the settings can't be used.
    #[error(transparent)]
    Federation(#[from] SetupError),
    /// The address can't be listened on.
    #[error("can't listen on {address}: {cause}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the operating system said.
        cause: io::Error,
    },
}
