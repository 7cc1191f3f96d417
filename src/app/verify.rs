//! The ledger of an installation, read where it lies: `waybill verify ledger` and `waybill ledger export` call these. A
//! server may be running.

use std::path::Path;
use std::sync::Arc;

use super::StartError;
use crate::audit::{self, Findings};
use crate::blobs::Storage;
use crate::config::Settings;
use crate::db::{self, Db};
use crate::keys::{Keys, MasterKey};
use crate::ledger::verify::{Installation, Progress, Trust, Verified, verify};
use crate::ledger::{Exported, Ledger};
use crate::types::SystemClock;

/// Verifies the ledger, and that the facts in the tables are those of its events. `progress` is told of both, one after
/// the other.
///
/// # Errors
/// `Verify` for what does not hold; or when there is no database, or it or the storage can't be read.
pub async fn verify_ledger(
    settings: &Settings,
    trust: &Trust,
    progress: [Progress<'_>; 2],
) -> Result<(Verified, Findings), StartError> {
    let (db, storage, ledger) = open(settings).await?;
    let mut log = Installation::new(db.clone(), storage, ledger);
    let verified = verify(&mut log, trust, progress[0]).await?;
    Ok((verified, audit::facts(&db, progress[1]).await?))
}

/// Writes the ledger to a new file.
///
/// # Errors
/// `Ledger` when it can't be exported; or when there is no database, or it or the storage can't be read.
pub async fn export_ledger(
    settings: &Settings,
    to: &Path,
    progress: Progress<'_>,
) -> Result<Exported, StartError> {
    let (_, _, ledger) = open(settings).await?;
    Ok(ledger.export(to, progress).await?)
}

async fn open(settings: &Settings) -> Result<(Db, Storage, Ledger), StartError> {
    let db = Db::open_existing(&settings.database_url()).await?;
    db::check_schema(&db).await?;
    let storage = Storage::open(&settings.storage_url(), settings.limits.reserve_bytes()).await?;
    // Nothing is signed here, so the right one need not be at hand.
    let keys = Keys::new(db.clone(), MasterKey::generate());
    let set = Arc::new(settings.ledger.clone());
    let ledger = Ledger::new(db.clone(), storage.clone(), keys, Arc::new(SystemClock), set);
    Ok((db, storage, ledger))
}
