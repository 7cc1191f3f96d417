//! The password of the first user.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::distr::{Alphanumeric, SampleString};
use secrecy::{ExposeSecret, SecretString};

use super::StartError;
use crate::config::Settings;

/// Characters of a generated password: 190 bits.
const LENGTH: usize = 32;

/// The password that `admin` starts with.
#[derive(Debug)]
pub struct AdminPassword {
    /// The password.
    pub password: SecretString,
    /// The file that it was generated into; none when it came from the settings. This may be logged.
    pub file: Option<PathBuf>,
}

/// The password to give to the first user, from the settings or generated. To be called only while there is no
/// account. A file left by an earlier start that got no further is used again: somebody may have read it.
///
/// # Errors
/// When the file can't be written.
pub fn admin_password(settings: &Settings) -> Result<AdminPassword, StartError> {
    if let Some(password) = &settings.admin_password {
        return Ok(AdminPassword { password: password.clone(), file: None });
    }
    let path = settings.data_dir.join("admin-password");
    match read_or_generate(&path) {
        Ok(password) => Ok(AdminPassword { password, file: Some(path) }),
        Err(cause) => Err(StartError::AdminPassword { path, cause }),
    }
}

fn read_or_generate(path: &Path) -> io::Result<SecretString> {
    match std::fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().to_owned().into()),
        Ok(_) => return Err(io::Error::new(ErrorKind::InvalidData, "the file is empty: remove it")),
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    let password = SecretString::from(Alphanumeric.sample_string(&mut rand::rng(), LENGTH));
    write_durably(path, &password)?;
    Ok(password)
}

/// Writes aside and renames, so that the file is never there without its whole content.
fn write_durably(path: &Path, password: &SecretString) -> io::Result<()> {
    let aside = path.with_extension("new");
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside)?;
    writeln!(file, "{}", password.expose_secret())?;
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
        let path = folder.path().join("admin-password");
        std::fs::write(path.with_extension("new"), "left by a crash").unwrap();
        let first = read_or_generate(&path).unwrap();
        assert_eq!(first.expose_secret().len(), LENGTH);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(read_or_generate(&path).unwrap().expose_secret(), first.expose_secret());
        assert!(!path.with_extension("new").exists());
    }

    #[test]
    fn an_empty_file_is_no_password() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("admin-password");
        std::fs::write(&path, "\n").unwrap();
        assert!(read_or_generate(&path).is_err());
    }
}
