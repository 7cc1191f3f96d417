//! Secrets that a first start makes by itself and keeps in files of the data folder.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

/// What stands in the file, or what `generate` makes when there is none: it stands there then, for its owner only.
///
/// # Errors
/// When the file can't be read or written, or is empty.
pub fn read_or_generate(path: &Path, generate: impl FnOnce() -> SecretString) -> io::Result<SecretString> {
    match read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        read => return read,
    }
    let secret = generate();
    write_durably(path, &secret)?;
    Ok(secret)
}

/// What stands in the file.
///
/// # Errors
/// When the file can't be read, or is empty.
pub fn read(path: &Path) -> io::Result<SecretString> {
    let text = SecretString::from(std::fs::read_to_string(path)?);
    match text.expose_secret().trim() {
        "" => Err(io::Error::new(ErrorKind::InvalidData, "the file is empty: remove it")),
        secret => Ok(secret.to_owned().into()),
    }
}

/// Writes aside and renames, so that the file is never there without its whole content.
fn write_durably(path: &Path, secret: &SecretString) -> io::Result<()> {
    let aside = path.with_extension("new");
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    writeln!(file, "{}", secret.expose_secret())?;
    file.sync_all()?;
    std::fs::rename(&aside, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn is_generated_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(path.with_extension("new"), "left by a crash").unwrap();
        let first = read_or_generate(&path, || "first".to_owned().into()).unwrap();
        assert_eq!(first.expose_secret(), "first");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let again = read_or_generate(&path, || "second".to_owned().into()).unwrap();
        assert_eq!(again.expose_secret(), "first");
        assert!(!path.with_extension("new").exists());
    }

    #[test]
    fn an_empty_file_is_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "\n").unwrap();
        assert!(read_or_generate(&path, || "x".to_owned().into()).is_err());
    }
}
