//! Writing a backup, while others go on changing the database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::backup::error::BackupError;
use crate::backup::file::Writer;
use crate::backup::model::BackupReport;
use crate::backup::store::{positions, tables};
use crate::db::{self, Db};
use crate::ledger::Events;
use crate::types::{Clock, Timestamp};

/// Writes backups.
pub struct Backup {
    db: Db,
    clock: Arc<dyn Clock>,
}

impl Backup {
    /// Of a database.
    pub fn new(db: Db, clock: Arc<dyn Clock>) -> Self {
        Self { db, clock }
    }

    /// Writes all rows as they are at this moment to a file, or to a new file in a folder. Memory does not grow with the
    /// database.
    ///
    /// # Errors
    /// `Exists`; `Unfinished` when a restore has not ended; `File`; `Db`, also for the schema of
    /// another version. No file is left then.
    pub async fn write(&self, to: &Path) -> Result<BackupReport, BackupError> {
        db::check_schema(&self.db).await?;
        let now = self.clock.now();
        let to = if to.is_dir() { to.join(name_at(now)) } else { to.to_owned() };
        let mut writer = Writer::create(&to, now)?;
        let snapshot = self.db.snapshot().await?;
        if positions::restoring(&*snapshot).await?.is_some() {
            return Err(BackupError::Unfinished);
        }
        for table in tables::TABLES {
            writer.begin(table, &tables::columns(table).unwrap_or_default())?;
            let read = tables::read(&snapshot, table, |row| writer.row(&row)).await?;
            read.map_err(|cause| writer.failed(cause))?;
            writer.end()?;
        }
        let last_event = Events::newest_in(&snapshot).await?;
        drop(snapshot);
        let written = writer.close(last_event)?;
        Ok(BackupReport {
            file: to.display().to_string(),
            bytes: written.bytes,
            sha256: written.sha256,
            tables: written.tables,
            rows: written.rows,
            last_event,
        })
    }
}

/// `waybill-20261123T050000000001Z.backup`
fn name_at(now: Timestamp) -> PathBuf {
    let at: String = now.to_rfc3339().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("waybill-{at}.backup").into()
}
