//! Backup and restore, composed: `waybill backup` and `waybill restore` call these.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{DataDir, DatabaseLock, StartError, admin_password};
use crate::backup::{Backup, BackupReport, Restore, RestoreFrom, RestoreReport};
use crate::blobs::Storage;
use crate::config::Settings;
use crate::db::{self, Db};
use crate::identity::{Identity, LoginLimits};
use crate::keys::{Keys, MasterKey};
use crate::projects::Projects;
use crate::types::SystemClock;

/// What came of a restore.
#[derive(Debug)]
pub struct Restored {
    /// What was done.
    pub report: RestoreReport,
    /// The administrator who got a new password, for none had one; and the file that it is in, unless it came from the
    /// settings.
    pub admin: Option<(String, Option<PathBuf>)>,
}

/// Writes a backup of the database to a file, or to a new file in a folder. A server may be running.
///
/// # Errors
/// When there is no database, or the backup can't be written.
pub async fn backup(settings: &Settings, to: &Path) -> Result<BackupReport, StartError> {
    let db = Db::open_existing(&settings.database_url()).await?;
    Ok(Backup::new(db, Arc::new(SystemClock)).write(to).await?)
}

/// Restores the database. No server may be running on the data folder, nor on the same SQLite file.
///
/// # Errors
/// `InUse` or `DatabaseInUse` while one is; else says what is in the way. The same again goes on where it was.
pub async fn restore(settings: &Settings, from: &RestoreFrom) -> Result<Restored, StartError> {
    let _data_dir = DataDir::lock(&settings.data_dir)?;
    let (url, clock) = (settings.database_url(), Arc::new(SystemClock));
    let _database_lock = DatabaseLock::take(&url)?;
    db::migrate(&url).await?;
    let db = Db::open(&url).await?;
    let storage = Storage::open(&settings.storage_url(), settings.limits.reserve_bytes()).await?;
    let report = Restore::new(db.clone(), clock.clone(), storage).run(from).await?;
    let projects = Projects::new(db.clone(), clock.clone(), settings.project_defaults.clone());
    // No key is asked for here, and the right one may not be at hand yet.
    let keys = Keys::new(db.clone(), MasterKey::generate());
    let limits = LoginLimits::default();
    let identity = Identity::new(db, clock, projects, keys, limits, String::new());
    let mut restored = Restored { report, admin: None };
    let locked_out = &restored.report.users_without_password;
    if let Some(name) = identity.locked_out_admin(locked_out).await? {
        let given = admin_password(settings)?;
        identity.readmit(&name, &given.password).await?;
        let name = name.to_string();
        restored.report.users_without_password.retain(|user| *user != name);
        restored.admin = Some((name, given.file));
    }
    Ok(restored)
}
