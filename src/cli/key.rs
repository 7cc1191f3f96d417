//! `waybill key`

use std::io::{self, ErrorKind, Write as _, stdout};
use std::path::{Path, PathBuf, is_separator};

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use super::failure::Failure;
use crate::ledger::NewFile;
use crate::trust::signing::SigningKey;

/// What to do with keys.
#[derive(Subcommand)]
pub enum KeyCommand {
    /// Makes a pair of Ed25519 keys: NAME.key, which signs, for its owner only; and NAME.pub, which trust policies and
    /// `cosign verify --key` take
    Generate(GenerateArgs),
}

/// Where to.
#[derive(Args)]
pub struct GenerateArgs {
    /// The files' name, without its end; neither may exist
    #[arg(long, value_name = "NAME", default_value = "waybill")]
    out: PathBuf,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

/// Does it.
pub fn run(command: &KeyCommand) -> Result<(), Failure> {
    let KeyCommand::Generate(args) = command;
    if names_folder(&args.out) {
        let text = format!(
            "--out {}: this is a folder: add the name of the files, without its end",
            args.out.display()
        );
        return Err(Failure::Usage(text));
    }
    let (private, public) = (with_end(&args.out, "key"), with_end(&args.out, "pub"));
    let key = SigningKey::generate();
    let verifies = key.public()?;
    // Before anything is written: half of a pair is of no use.
    for path in [&private, &public] {
        if path.symlink_metadata().is_ok() {
            return Err(refused(path, &ErrorKind::AlreadyExists.into()));
        }
    }
    for (path, text) in [(&private, key.to_pem()?), (&public, SecretString::from(verifies.to_pem()))] {
        write(path, &text).map_err(|error| refused(path, &error))?;
    }
    #[cfg(unix)]
    hand_out(&public).map_err(|error| refused(&public, &error))?;
    let mut out = stdout();
    if args.json {
        let told = json!({
            "private_key": private.display().to_string(),
            "public_key": public.display().to_string(),
            "public_key_pem": verifies.to_pem(),
        });
        writeln!(out, "{told}")?;
        return Ok(());
    }
    writeln!(out, "{}: signs; keep it to yourself", private.display())?;
    writeln!(out, "{}: verifies; hand it out", public.display())?;
    Ok(())
}

/// Whole and durable, or not at all; never over another. For its owner only: the command's umask sees to that.
fn write(path: &Path, text: &SecretString) -> io::Result<()> {
    let mut file = NewFile::create(path)?;
    file.write_all(text.expose_secret().as_bytes())?;
    file.publish()
}

/// Lets everybody read the file: it holds no secret, and whoever verifies may be another user.
#[cfg(unix)]
fn hand_out(public: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    std::fs::set_permissions(public, std::fs::Permissions::from_mode(0o644))
}

/// Whether a path is no name of a file: a folder that is there, or one by its last character or part.
fn names_folder(path: &Path) -> bool {
    let ends = path.as_os_str().as_encoded_bytes().last().is_none_or(|last| is_separator(char::from(*last)));
    ends || path.file_name().is_none() || path.is_dir()
}

fn with_end(name: &Path, end: &str) -> PathBuf {
    let mut whole = name.as_os_str().to_owned();
    whole.push(".");
    whole.push(end);
    whole.into()
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::AlreadyExists => {
            let text =
                format!("{} exists, and keys are never overwritten: choose another --out", path.display());
            Failure::Refused(text)
        }
        _ => Failure::Refused(format!("{}: {error}", path.display())),
    }
}
