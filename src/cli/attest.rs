//! `waybill attest`

use std::path::PathBuf;

use clap::Args;

use super::attach::{SignArgs, attach, read_file};
use super::failure::Failure;
use crate::trust::signing::Predicate;

/// What to say, and of what.
#[derive(Args)]
pub struct AttestArgs {
    #[command(flatten)]
    common: SignArgs,
    /// File with what is said: a JSON object
    #[arg(long, value_name = "FILE")]
    predicate: PathBuf,
    /// What kind of thing is said: a URI, or a short name such as slsaprovenance1, cyclonedx, spdxjson, openvex, vuln
    #[arg(long = "type", value_name = "TYPE")]
    kind: String,
}

/// Says something about an artifact.
pub fn run(args: &AttestArgs) -> Result<(), Failure> {
    let bytes = read_file(&args.predicate)?;
    let predicate =
        Predicate::parse(&args.kind, &bytes).map_err(|error| Failure::Usage(error.to_string()))?;
    attach(&args.common, &predicate)
}
