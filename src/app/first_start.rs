//! The password of the first user.

use std::path::PathBuf;

use rand::distr::{Alphanumeric, SampleString};
use secrecy::SecretString;

use super::StartError;
use super::secret_file::read_or_generate;
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
    match read_or_generate(&path, || Alphanumeric.sample_string(&mut rand::rng(), LENGTH).into()) {
        Ok(password) => Ok(AdminPassword { password, file: Some(path) }),
        Err(cause) => Err(StartError::AdminPassword { path, cause }),
    }
}
