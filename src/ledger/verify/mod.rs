//! Verifying a log without trust in whoever runs it: every leaf and the root are made again, and compared with the
//! checkpoint, the tiles, and the checkpoints that were seen before.
//!
//! [`verify`] judges any [`Log`]: one behind a URL ([`Site`]), an exported one ([`ExportFile`]), and the one in an
//! installation's own database and storage ([`Installation`]).

mod announced;
mod bundle;
mod check;
mod error;
mod export_file;
mod installation;
mod log;
mod site;
mod state;
mod tiles;
mod trust;

pub use check::verify;
pub use error::VerifyError;
pub use export_file::ExportFile;
pub use installation::Installation;
pub use log::{Leaves, Log, Progress, Shown};
pub use site::{Access, Site};
pub use state::Seen;
use tiles::compare_tile;
pub use trust::{Consistent, Earlier, Trust, Verified};
