//! Who asks. Secrets come from variables and files: flags are seen by all users of a machine.

use std::env::var;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde::Deserialize;

use crate::cli::failure::Failure;
use crate::ledger::verify::Access;

/// Variables that hold secrets.
const PASSWORD: &str = "WAYBILL_PASSWORD";
const TOKEN: &str = "WAYBILL_TOKEN";
/// What docker takes for the name of a user who has a token only; it is none of ours.
const IDENTITY_TOKEN: &str = "<token>";

/// As `docker login` and its like write it.
#[derive(Deserialize)]
struct DockerConfig {
    #[serde(default)]
    auths: std::collections::BTreeMap<String, Login>,
}

#[derive(Deserialize)]
struct Login {
    #[serde(default)]
    auth: String,
}

/// Who asks the registry at `host`, if anybody.
pub fn find(user: Option<&str>, host: &str) -> Result<Option<Access>, Failure> {
    let secret = |name| var(name).ok().filter(|text| !text.is_empty()).map(SecretString::from);
    match (user, secret(PASSWORD), secret(TOKEN)) {
        (Some(name), Some(password), _) => Ok(Some(Access::User { name: name.to_owned(), password })),
        (Some(_), None, _) => {
            Err(Failure::Usage(format!("--user needs the password, or a token of the user, in {PASSWORD}")))
        }
        (None, _, Some(token)) => Ok(Some(Access::Token(token))),
        (None, _, None) => Ok(of_docker(host)),
    }
}

/// What docker's `config.json` says of a host. Helpers that keep secrets elsewhere are not asked.
fn of_docker(host: &str) -> Option<Access> {
    let folder = var("DOCKER_CONFIG").map(PathBuf::from);
    let folder = folder.or_else(|_| var("HOME").map(|home| PathBuf::from(home).join(".docker"))).ok()?;
    let config = std::fs::read(folder.join("config.json")).ok()?;
    login(&config, host)
}

fn login(config: &[u8], host: &str) -> Option<Access> {
    let DockerConfig { auths } = serde_json::from_slice(config).ok()?;
    let login = auths.get(host)?;
    let text = String::from_utf8(STANDARD.decode(&login.auth).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    let usable = !password.is_empty() && name != IDENTITY_TOKEN;
    usable.then(|| Access::User { name: name.to_owned(), password: password.into() })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn reads_what_docker_wrote() {
        let auth = |text: &str| STANDARD.encode(text);
        let config = format!(
            r#"{{"auths":{{"a.b":{{"auth":"{}"}},"helped":{{}},"token":{{"auth":"{}"}}}},"credsStore":"x"}}"#,
            auth("ann:a:b"),
            auth("<token>:x")
        );
        let found = login(config.as_bytes(), "a.b");
        assert!(
            matches!(found, Some(Access::User { name, password }) if name == "ann" && password.expose_secret() == "a:b")
        );
        for host in ["a", "helped", "token"] {
            assert!(login(config.as_bytes(), host).is_none(), "{host}");
        }
        assert!(login(b"nonsense", "a.b").is_none());
    }
}
