//! `waybill serve`

use tokio::runtime::Runtime;

use super::failure::Failure;
use crate::app::Application;
use crate::config::{Flags, Settings};
use crate::telemetry::{Metrics, start_log};

/// Runs the server until it is told to stop.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let settings = Settings::load(flags)?;
    start_log(&settings.log)?;
    let metrics = Metrics::start()?;
    // In builds for tests only: the steps named in FAILPOINTS are held up there.
    let _failpoints = fail::has_failpoints().then(fail::FailScenario::setup);
    Runtime::new()?.block_on(async {
        Application::build(&settings, metrics).await?.run_until_stopped().await?;
        Ok(())
    })
}
