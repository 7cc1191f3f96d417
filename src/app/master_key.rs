//! Where the master key comes from.

use secrecy::ExposeSecret;

use super::StartError;
use super::secret_file::{read, read_or_generate};
use crate::config::Settings;
use crate::keys::MasterKey;

/// The master key, from the settings, or generated into the data folder of the embedded form. Beyond one machine there
/// is no folder that all replicas share, so there it must be set.
///
/// # Errors
/// When it is set twice, not at all where it must be, or is no key.
pub fn master_key(settings: &Settings) -> Result<MasterKey, StartError> {
    let text = match (&settings.master_key, &settings.master_key_file) {
        (Some(_), Some(_)) => {
            return Err(StartError::MasterKey("set master_key or master_key_file, not both".to_owned()));
        }
        (Some(key), None) => return parse(key.expose_secret(), "master_key"),
        (None, Some(path)) => {
            read(path).map(|text| (text, path.clone())).map_err(|error| (path.clone(), error))
        }
        (None, None) if settings.is_embedded() => {
            let path = settings.data_dir.join("master-key");
            let text = read_or_generate(&path, || MasterKey::generate().to_base64());
            text.map(|text| (text, path.clone())).map_err(|error| (path, error))
        }
        (None, None) => {
            return Err(StartError::MasterKey(
                "all replicas must share one: set WAYBILL_MASTER_KEY, or master_key_file, to the same 32 random \
                 bytes in base64 on each (make them with 'openssl rand -base64 32')"
                    .to_owned(),
            ));
        }
    };
    match text {
        Ok((text, path)) => parse(text.expose_secret(), &path.display().to_string()),
        Err((path, error)) => Err(StartError::MasterKey(format!("{}: {error}", path.display()))),
    }
}

fn parse(text: &str, place: &str) -> Result<MasterKey, StartError> {
    text.parse().map_err(|error| StartError::MasterKey(format!("{place}: {error}")))
}
