//! `waybill openapi`

use std::io::{Write as _, stdout};

use super::failure::Failure;
use crate::app::api_document;

/// Prints the API description.
pub fn run() -> Result<(), Failure> {
    writeln!(stdout(), "{}", api_document().to_pretty_json()?)?;
    Ok(())
}
