//! Issuers, as the settings name them.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use thiserror::Error;

use crate::http::{ExternalUrl, is_safe};

/// Longest name of an issuer in bytes.
const MAX_NAME: usize = 32;
/// Claims of GitHub and GitLab that name the same thing for ever: names can be given to somebody else, ids can't.
const ID_CLAIMS: [&str; 4] = ["repository_id", "repository_owner_id", "project_id", "namespace_id"];

/// Why an issuer can't be used. The messages are for who wrote the settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SetupError {
    /// No URL to give out.
    #[error("oidc needs external_url: issuers and their tokens name this server by it")]
    NoExternalUrl,
    /// One name or URL for two.
    #[error("oidc names the issuer '{0}' twice")]
    Twice(String),
    /// Two secrets.
    #[error("oidc: '{0}' has client_secret and client_secret_file: set one")]
    TwoSecrets(IssuerName),
    /// The file can't be read.
    #[error("oidc: can't read {path}: {cause}")]
    Read {
        /// Of the secret.
        path: String,
        /// What the operating system said.
        cause: String,
    },
    /// The client that asks issuers can't be made.
    #[error("oidc: can't set up a client: {0}")]
    Client(String),
}

/// A name for URLs: `[a-z0-9][a-z0-9-]{0,31}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct IssuerName(String);

impl IssuerName {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IssuerName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if text.is_empty() || text.len() > MAX_NAME || text.starts_with('-') || !text.bytes().all(plain) {
            return Err("must be 1 to 32 lower-case letters, digits and '-'");
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for IssuerName {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for IssuerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An issuer's identifier, compared byte by byte with `iss` (OpenID Connect Core, section 3.1.3.7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct IssuerUrl(String);

impl IssuerUrl {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it describes itself (OpenID Connect Discovery, section 4).
    pub fn discovery(&self) -> String {
        format!("{}/.well-known/openid-configuration", self.0.trim_end_matches('/'))
    }
}

impl FromStr for IssuerUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).ok().filter(is_safe);
        match url {
            Some(url) if url.query().is_none() => Ok(Self(text.to_owned())),
            _ => Err("must be https://… as the issuer writes it, without query and fragment"),
        }
    }
}

impl TryFrom<String> for IssuerUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for IssuerUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An issuer as the settings have it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    name: IssuerName,
    issuer: IssuerUrl,
    audience: Option<String>,
    id_claims: Option<BTreeSet<String>>,
    login: Option<LogInSettings>,
}

/// How people log in through an issuer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogInSettings {
    client_id: String,
    client_secret: Option<SecretString>,
    client_secret_file: Option<PathBuf>,
    #[serde(default = "yes")]
    create_users: bool,
    #[serde(default)]
    token_hours: TokenHours,
}

const fn yes() -> bool {
    true
}

/// How long the token of a log-in is good: an hour to thirty days.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
struct TokenHours(u64);

impl Default for TokenHours {
    fn default() -> Self {
        Self(12)
    }
}

impl TryFrom<u64> for TokenHours {
    type Error = &'static str;

    fn try_from(hours: u64) -> Result<Self, Self::Error> {
        if (1..=720).contains(&hours) { Ok(Self(hours)) } else { Err("must lie between 1 and 720") }
    }
}

/// An issuer that is trusted in.
#[derive(Debug, Clone)]
pub struct Issuer {
    /// In URLs and lists.
    pub name: IssuerName,
    /// Its identifier.
    pub url: IssuerUrl,
    /// What its tokens must be made for.
    pub audience: String,
    /// The claims of which a rule must name one.
    pub id_claims: BTreeSet<String>,
    /// How people log in through it, if they do.
    pub log_in: Option<LogIn>,
}

/// A client of an issuer.
#[derive(Debug, Clone)]
pub struct LogIn {
    /// How the issuer knows us.
    pub client_id: String,
    /// None for a public client, which PKCE alone protects.
    pub client_secret: Option<SecretString>,
    /// Whether who was never here gets an account, without any role.
    pub create_users: bool,
    /// How long the token is good that a log-in ends with.
    pub token_lasts: Duration,
}

impl Issuer {
    /// Reads the settings of all issuers.
    ///
    /// # Errors
    /// When they can't be used.
    pub fn all(
        settings: &[IssuerSettings],
        external_url: Option<&ExternalUrl>,
    ) -> Result<Vec<Self>, SetupError> {
        let mut issuers: Vec<Self> = Vec::new();
        for written in settings {
            let external_url = external_url.ok_or(SetupError::NoExternalUrl)?;
            let issuer = Self {
                name: written.name.clone(),
                url: written.issuer.clone(),
                audience: written.audience.clone().unwrap_or_else(|| external_url.to_string()),
                id_claims: written
                    .id_claims
                    .clone()
                    .unwrap_or_else(|| ID_CLAIMS.map(str::to_owned).into_iter().collect()),
                log_in: written.login.as_ref().map(|login| login.read(&written.name)).transpose()?,
            };
            if issuers.iter().any(|other| other.name == issuer.name || other.url == issuer.url) {
                return Err(SetupError::Twice(issuer.name.to_string()));
            }
            issuers.push(issuer);
        }
        Ok(issuers)
    }
}

impl LogInSettings {
    fn read(&self, name: &IssuerName) -> Result<LogIn, SetupError> {
        let client_secret = match (&self.client_secret, &self.client_secret_file) {
            (Some(_), Some(_)) => return Err(SetupError::TwoSecrets(name.clone())),
            (Some(secret), None) => Some(secret.clone()),
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path).map_err(|cause| SetupError::Read {
                    path: path.display().to_string(),
                    cause: cause.to_string(),
                })?;
                Some(text.trim().to_owned().into())
            }
            (None, None) => None,
        };
        Ok(LogIn {
            client_id: self.client_id.clone(),
            client_secret: client_secret.filter(|secret| !secret.expose_secret().is_empty()),
            create_users: self.create_users,
            token_lasts: Duration::from_secs(self.token_hours.0 * 3600),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_reached_by_tls_or_on_this_machine() {
        for text in [
            "https://a.test",
            "https://a.test/realm/",
            "http://127.0.0.1:5000",
            "http://[::1]",
            "http://localhost:1",
        ] {
            assert!(text.parse::<IssuerUrl>().is_ok(), "{text}");
        }
        for text in [
            "",
            "a.test",
            "http://a.test",
            "http://127.0.0.1.a.test",
            "https://u:p@a.test",
            "https://a.test#x",
            "https://a.test?x",
            "ftp://127.0.0.1",
            "http://10.0.0.1",
            "file:///etc/passwd",
        ] {
            assert!(text.parse::<IssuerUrl>().is_err(), "{text}");
        }
        let discovery = |text: &str| text.parse::<IssuerUrl>().unwrap().discovery();
        assert_eq!(discovery("https://a.test/x/"), "https://a.test/x/.well-known/openid-configuration");
    }

    fn settings(text: &str) -> Result<Vec<Issuer>, String> {
        let settings: Vec<IssuerSettings> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        Issuer::all(&settings, Some(&"https://r.test".parse().unwrap())).map_err(|error| error.to_string())
    }

    #[test]
    fn settings_are_read() {
        let one = r#"{"name":"ci","issuer":"https://a.test"}"#;
        let issuers = settings(&format!("[{one}]")).unwrap();
        assert_eq!(issuers[0].audience, "https://r.test");
        assert!(issuers[0].id_claims.contains("repository_id") && issuers[0].log_in.is_none());
        assert!(settings(&format!("[{one},{one}]")).unwrap_err().contains("twice"));
        let parsed: Vec<IssuerSettings> = serde_json::from_str(&format!("[{one}]")).unwrap();
        assert_eq!(Issuer::all(&parsed, None).unwrap_err(), SetupError::NoExternalUrl);
        let login = |login: &str| {
            settings(&format!(
                r#"[{{"name":"ci","issuer":"https://a.test","login":{{"client_id":"w"{login}}}}}]"#
            ))
        };
        assert!(login("").unwrap()[0].log_in.as_ref().unwrap().create_users);
        assert!(login(r#","client_secret":"a","client_secret_file":"b""#).unwrap_err().contains("set one"));
        assert!(login(r#","client_secret_file":"/nowhere""#).unwrap_err().contains("can't read /nowhere"));
        assert!(login(r#","token_hours":721"#).unwrap_err().contains("between 1 and 720"));
        assert!(login(r#","colour":1"#).is_err());
    }
}
