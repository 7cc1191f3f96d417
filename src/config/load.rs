//! Putting the settings together from all their sources.

use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;

use figment::Figment;
use figment::providers::{Format, Toml};
use secrecy::ExposeSecret;

use super::environment::variables;
use super::{Flags, Settings, SettingsError};

const DEFAULTS: &str = include_str!("defaults.toml");
/// Read from the working folder when no other file is named.
const USUAL_FILE: &str = "waybill.toml";

impl Settings {
    /// Reads file and environment, and parses everything.
    ///
    /// # Errors
    /// One line that names the first setting that is wrong.
    pub fn load(flags: &Flags) -> Result<Self, SettingsError> {
        Self::load_from(flags, std::env::vars_os())
    }

    fn load_from(
        flags: &Flags,
        environment: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let mut figment = defaults.clone();
        if let Some(file) = file(flags.config.as_deref())? {
            figment = figment.merge(Toml::file_exact(file));
        }
        for setting in variables(environment, &defaults)?.into_iter().chain(flags.overrides()) {
            figment = figment.merge(setting);
        }
        let settings: Self = figment.extract().map_err(|error| SettingsError::of(&error, &figment))?;
        if settings.admin_password.as_ref().is_some_and(|password| password.expose_secret().is_empty()) {
            return Err(SettingsError::new("admin_password is empty: unset it, or set a password"));
        }
        Ok(settings)
    }
}

/// The file to read: one that was named must be there, the usual one need not.
fn file(named: Option<&Path>) -> Result<Option<&Path>, SettingsError> {
    let path = named.unwrap_or(Path::new(USUAL_FILE));
    match File::open(path) {
        Ok(_) => Ok(Some(path)),
        Err(error) if named.is_none() && error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(SettingsError::new(format!("can't read {}: {error}", path.display()))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::path::PathBuf;

    use super::*;
    use crate::blobs::StorageUrl;
    use crate::config::LogFormat;
    use crate::db::DatabaseUrl;
    use crate::http::TrustedProxies;
    use crate::projects::TagMode;

    fn load(file: &str, variables: &[(&str, &str)], flags: &Flags) -> Result<Settings, String> {
        let mut toml = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        toml.write_all(file.as_bytes()).unwrap();
        let flags = Flags { config: Some(toml.path().to_owned()), ..flags.clone() };
        let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Settings::load_from(&flags, variables)
            .map_err(|error| error.to_string().replace(&toml.path().display().to_string(), "FILE"))
    }

    fn refusal(file: &str, variables: &[(&str, &str)]) -> String {
        load(file, variables, &Flags::default()).unwrap_err()
    }

    #[test]
    fn defaults_follow_the_data_folder() {
        let settings = load("data_dir = '/srv'", &[], &Flags::default()).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        let database = settings.database_url();
        assert!(matches!(database, DatabaseUrl::Sqlite(path) if path == Path::new("/srv/waybill.db")));
        assert_eq!(settings.storage_url(), StorageUrl::Disk(PathBuf::from("/srv/storage")));
        assert_eq!(settings.limits.manifest_bytes(), 4 << 20);
        assert_eq!(settings.project_defaults.tags, TagMode::Immutable);
        assert!(settings.admin_password.is_none());
    }

    #[test]
    fn flags_beat_variables_beat_the_file() {
        let file = "listen = '127.0.0.1:1'\n[log]\nformat = 'text'\nlevel = 'warn'";
        let variables = [("WAYBILL_LISTEN", "127.0.0.1:2"), ("WAYBILL_LOG__LEVEL", "debug")];
        let flags = Flags { listen: Some("127.0.0.1:3".to_owned()), ..Flags::default() };
        let settings = load(file, &variables, &flags).unwrap();
        assert_eq!(settings.listen.port(), 3);
        assert_eq!(settings.log.level.as_str(), "debug");
        assert_eq!(settings.log.format, LogFormat::Text);
    }

    #[test]
    fn variables_take_the_type_of_their_setting() {
        let variables = [
            ("WAYBILL_ADMIN_PASSWORD", "\"0123\""),
            ("WAYBILL_DATA_DIR", "17"),
            ("WAYBILL_LIMITS__RESERVE_BYTES", "0"),
            ("WAYBILL_PROJECT_DEFAULTS__MUTABLE_PATTERNS", r#"["latest", "pr-.*"]"#),
            ("WAYBILL_TRUSTED_PROXIES", r#"["10.0.0.0/8", "::1"]"#),
            ("WAYBILL_TEST_ANYTHING", "x"),
            ("PATH", "x"),
        ];
        let settings = load("", &variables, &Flags::default()).unwrap();
        assert_eq!(settings.admin_password.unwrap().expose_secret(), "\"0123\"");
        assert_eq!(settings.data_dir, PathBuf::from("17"));
        assert_eq!(settings.limits.reserve_bytes(), 0);
        assert_ne!(settings.trusted_proxies, TrustedProxies::default());
        assert_eq!(settings.project_defaults.mutable_patterns.len(), 2);
    }

    #[test]
    fn names_what_nobody_knows() {
        let unknown = refusal("[limits]\nmanifest_byte = 1", &[]);
        assert!(unknown.starts_with("FILE: limits.manifest_byte is no setting"), "{unknown}");
        let unknown = refusal("", &[("WAYBILL_LISTN", "x")]);
        assert!(unknown.starts_with("WAYBILL_LISTN: listn is no setting"), "{unknown}");
        let unknown = refusal("", &[("WAYBILL_LOG__COLOUR", "x")]);
        assert!(unknown.starts_with("WAYBILL_LOG__COLOUR: log.colour is no setting"), "{unknown}");
    }

    #[test]
    fn says_in_one_line_what_is_wrong() {
        for (file, variable, expected) in [
            (
                "[limits]\nmanifest_bytes = 1",
                None,
                "FILE: limits.manifest_bytes must lie between 65536 and 67108864",
            ),
            (
                "",
                Some(("WAYBILL_LIMITS__MANIFEST_BYTES", "big")),
                "WAYBILL_LIMITS__MANIFEST_BYTES: limits.manifest_bytes must be",
            ),
            (
                "",
                Some(("WAYBILL_PROJECT_DEFAULTS__TAGS", "loose")),
                "WAYBILL_PROJECT_DEFAULTS__TAGS: project_defaults.tags must be",
            ),
            ("", Some(("WAYBILL_LISTEN", "here")), "WAYBILL_LISTEN: listen must be an IP address and a port"),
            ("trusted_proxies = ['proxy']", None, "FILE: trusted_proxies"),
            ("", Some(("WAYBILL_LOG", "info")), "WAYBILL_LOG: log must be"),
            ("", Some(("WAYBILL_ADMIN_PASSWORD", "")), "admin_password is empty"),
            ("database_url = 'mysql:x'", None, "FILE: database_url must"),
            (
                "storage_url = 's3://b?colour=red'",
                None,
                "FILE: storage_url must have no other parameters than",
            ),
            ("listen = ", None, "FILE: "),
        ] {
            let refusal = refusal(file, variable.as_slice());
            assert!(refusal.starts_with(expected), "{refusal}");
            assert!(!refusal.contains('\n'), "{refusal}");
        }
    }

    #[test]
    fn never_shows_the_password() {
        assert_eq!(refusal("admin_password = 123456", &[]), "FILE: admin_password must be a text");
        let login =
            "[[oidc]]\nname = 'x'\nissuer = 'https://a.test'\nlogin.client_id = 'w'\nlogin.client_secret =";
        let told = refusal(&format!("{login} 123456"), &[]);
        assert!(told.contains("client_secret must be a text") && !told.contains("123456"), "{told}");
        let settings = load(&format!("{login} 'hunter2'"), &[], &Flags::default()).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
        let told = refusal("", &[("WAYBILL_STORAGE_URL", "s3://b?secret_access_key=hunter2")]);
        assert!(told.contains("storage_url must not hold secrets") && !told.contains("hunter2"), "{told}");
        let settings = load("admin_password = 'hunter2'", &[], &Flags::default()).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn a_named_file_must_be_there() {
        let flags = Flags { config: Some("/nowhere/waybill.toml".into()), ..Flags::default() };
        let error = Settings::load_from(&flags, std::iter::empty()).unwrap_err();
        assert!(error.to_string().starts_with("can't read /nowhere/waybill.toml"), "{error}");
    }
}
