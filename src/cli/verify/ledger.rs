//! `waybill verify ledger`

use std::path::{Path, PathBuf};

use clap::Args;
use secrecy::SecretString;
use tokio::runtime::Runtime;

use super::report::{Report, fail};
use crate::app;
use crate::cli::failure::Failure;
use crate::cli::progress::Bar;
use crate::config::{Flags, Settings};
use crate::ledger::verify::{
    Access, Earlier, ExportFile, Log, Seen, Site, Trust, Verified, VerifyError, verify,
};
use crate::ledger::{SignedNote, VerifierKey};
use crate::types::{Clock as _, SystemClock};

/// Variables that hold secrets: flags are seen by all users of a machine.
const PASSWORD: &str = "WAYBILL_VERIFY_PASSWORD";
const TOKEN: &str = "WAYBILL_VERIFY_TOKEN";
/// Flags of settings, which belong to an installation.
const OF_SETTINGS: [&str; 5] = ["config", "listen", "data_dir", "database_url", "storage_url"];

/// Which ledger, and what is known of it.
#[derive(Args)]
pub struct VerifyLedgerArgs {
    #[command(flatten)]
    flags: Flags,
    /// Read the ledger of this server, such as https://registry.example.org; entries only with --user or a token in
    /// WAYBILL_VERIFY_TOKEN, else hashes
    #[arg(long, value_name = "URL", conflicts_with = "from", conflicts_with_all = OF_SETTINGS)]
    url: Option<String>,
    /// Read an export, offline
    #[arg(long, value_name = "FILE", conflicts_with_all = OF_SETTINGS)]
    from: Option<PathBuf>,
    /// Read entries as this user, with the password in WAYBILL_VERIFY_PASSWORD
    #[arg(long, value_name = "NAME", requires = "url")]
    user: Option<String>,
    /// A verifier key of the ledger, as you know it from elsewhere; may be repeated [default: those that the state file
    /// remembers, else the ledger's own word]
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<VerifierKey>,
    /// File that remembers keys and the newest checkpoint that held, from which the ledger must go on
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// A copy of a checkpoint, from which the ledger must go on; may be repeated
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

/// Verifies a ledger.
pub fn run(args: &VerifyLedgerArgs) -> Result<(), Failure> {
    let found = judge(args);
    if let Err(failure) = &found
        && args.json
    {
        fail(failure)?;
    }
    let report = found?;
    if let Some(path) = &args.state {
        Seen::of(&report.verified, SystemClock.now()).write(path)?;
    }
    if args.json { report.tell_json() } else { report.tell() }
}

fn judge(args: &VerifyLedgerArgs) -> Result<Report, Failure> {
    let trust = trust(args)?;
    let runtime = Runtime::new()?;
    let mut log: Box<dyn Log> = match (&args.url, &args.from) {
        (Some(url), _) => Box::new(Site::new(url, access(args.user.as_deref())?)?),
        (None, Some(file)) => Box::new(ExportFile::new(file)),
        (None, None) => {
            let settings = Settings::load(&args.flags)?;
            let bars = [Bar::new("entries"), Bar::new("facts")];
            let [entries, facts] = &bars;
            let progress: [&(dyn Fn(u64, u64) + Sync); 2] =
                [&|done, of| entries.tell(done, of), &|done, of| facts.tell(done, of)];
            let (verified, findings) = runtime.block_on(app::verify_ledger(&settings, &trust, progress))?;
            drop(bars);
            let report = Report { verified, facts_compared: true };
            return if findings.is_empty() { Ok(report) } else { Err(Failure::facts(&findings)) };
        }
    };
    let verified = read(&runtime, log.as_mut(), &trust)?;
    Ok(Report { verified, facts_compared: false })
}

fn read(runtime: &Runtime, log: &mut dyn Log, trust: &Trust) -> Result<Verified, VerifyError> {
    let bar = Bar::new("entries");
    let progress = |done, of| bar.tell(done, of);
    runtime.block_on(verify(log, trust, &progress))
}

fn trust(args: &VerifyLedgerArgs) -> Result<Trust, Failure> {
    let seen = match &args.state {
        Some(path) => Seen::read(path)?,
        None => None,
    };
    let against = args.against.iter().map(|path| earlier(path)).collect::<Result<_, _>>()?;
    Ok(Trust { keys: args.keys.clone(), seen, against })
}

fn earlier(path: &Path) -> Result<Earlier, VerifyError> {
    let what = format!("the checkpoint in {}", path.display());
    let text =
        std::fs::read_to_string(path).map_err(|cause| VerifyError::File { path: path.to_owned(), cause })?;
    let note = text.parse::<SignedNote>();
    let note = note.map_err(|cause| VerifyError::Checkpoint { what: what.clone(), cause: cause.into() })?;
    Ok(Earlier { what, note })
}

/// Who reads entries, if anybody.
fn access(user: Option<&str>) -> Result<Option<Access>, Failure> {
    let secret = |name| std::env::var(name).ok().map(SecretString::from);
    match (user, secret(PASSWORD), secret(TOKEN)) {
        (Some(name), Some(password), _) => Ok(Some(Access::User { name: name.to_owned(), password })),
        (Some(_), None, _) => Err(Failure::Usage(format!("--user needs the password in {PASSWORD}"))),
        (None, _, token) => Ok(token.map(Access::Token)),
    }
}
