//! Comparing the fact tables with the events.

use super::error::AuditError;
use super::model::{Expected, Findings, Row};
use super::store;
use crate::backup;
use crate::db::{self, Db};

/// Events that are read at once.
const PAGE: u64 = 500;
/// Rows between two words on the progress.
const STEP: u64 = 500;

/// Finds facts that were changed without an event, as the database is at this moment, while others go on changing it.
/// `progress` is told now and then how many rows are done, of how many. Memory grows with the number of events, not
/// with the bytes of manifests.
///
/// # Errors
/// `Unfinished` when a restore has not ended; `Db`, also for the schema of another version.
pub async fn facts(db: &Db, progress: &(dyn Fn(u64, u64) + Sync)) -> Result<Findings, AuditError> {
    db::check_schema(db).await?;
    let snapshot = db.snapshot().await?;
    if backup::is_restoring(&*snapshot).await? {
        return Err(AuditError::Unfinished);
    }
    let total = store::count(&snapshot).await?;
    let (mut done, mut findings, mut expected) = (0, Findings::default(), Expected::default());
    let mut after = i64::MIN;
    progress(done, total);
    loop {
        let events = store::page(&snapshot, after, PAGE).await?;
        let Some(last) = events.last() else { break };
        after = last.seq;
        done += events.len() as u64;
        for event in &events {
            findings.extend(expected.take(event));
        }
        progress(done, total);
    }
    let mut sink = |row: Row| {
        findings.extend(expected.compare(&row));
        done += 1;
        if done % STEP == 0 {
            progress(done, total);
        }
    };
    store::rows(&snapshot, &mut sink).await?;
    findings.extend(expected.missing());
    progress(total, total);
    Ok(findings)
}
