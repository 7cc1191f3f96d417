//! `waybill migrate`

use tokio::runtime::Runtime;

use super::failure::Failure;
use crate::config::{Flags, Settings};
use crate::db;

/// Brings the schema up to date.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let settings = Settings::load(flags)?;
    Runtime::new()?.block_on(db::migrate(&settings.database_url()))?;
    Ok(())
}
