//! `waybill sign`

use clap::Args;

use super::attach::{SignArgs, attach};
use super::failure::Failure;
use crate::trust::signing::Predicate;

/// What to sign, and how.
#[derive(Args)]
pub struct Signing {
    #[command(flatten)]
    common: SignArgs,
}

/// Signs an artifact.
pub fn run(args: &Signing) -> Result<(), Failure> {
    attach(&args.common, &Predicate::signature())
}
