//! Settings that come one by one: variables of the environment, and flags.

use std::ffi::OsString;

use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::SettingsError;

const PREFIX: &str = "WAYBILL_";
/// Variables that tests leave for one another, and the secrets of `waybill verify`.
const PASSED_OVER: [&str; 2] = ["WAYBILL_TEST_", "WAYBILL_VERIFY_"];
/// The secrets of the commands that are clients of a registry.
const OF_CLIENTS: [&str; 2] = ["WAYBILL_PASSWORD", "WAYBILL_TOKEN"];

/// One setting. It is a provider of its own, so that an error can name the variable or flag.
#[derive(Debug, Clone)]
pub struct Override {
    name: String,
    key: String,
    value: Value,
}

impl Override {
    /// A text, taken as it is.
    pub fn text(name: &str, key: &str, text: &str) -> Self {
        Self { name: name.to_owned(), key: key.to_owned(), value: Value::from(text) }
    }

    /// A variable. Its value is text, unless the setting's default is something else: a password of digits must not
    /// become a number.
    fn variable(name: &str, text: &str, defaults: &Figment) -> Self {
        let key = name.strip_prefix(PREFIX).unwrap_or(name).replace("__", ".").to_lowercase();
        let is_text = defaults.find_value(&key).map_or(true, |default| default.as_str().is_some());
        let value =
            if is_text { Value::from(text) } else { text.parse().unwrap_or_else(|_| Value::from(text)) };
        Self { name: name.to_owned(), key, value }
    }
}

impl Provider for Override {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let dict = figment::util::nest(&self.key, self.value.clone()).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(dict))
    }
}

/// Whether Kubernetes set the variable for a Service of the name `waybill`, as it does in every pod of its namespace. No
/// setting has such a name.
fn is_of_kubernetes(name: &str, text: &str) -> bool {
    match name.strip_prefix(PREFIX).unwrap_or_default() {
        "SERVICE_HOST" | "SERVICE_PORT" => true,
        "PORT" => ["tcp://", "udp://", "sctp://"].iter().any(|scheme| text.starts_with(scheme)),
        other => other.starts_with("SERVICE_PORT_") || other.starts_with("PORT_"),
    }
}

/// The settings among the environment's variables.
pub fn variables(
    environment: impl Iterator<Item = (OsString, OsString)>,
    defaults: &Figment,
) -> Result<Vec<Override>, SettingsError> {
    let mut found = Vec::new();
    for (name, value) in environment {
        let name = name.to_string_lossy();
        let is_no_setting =
            OF_CLIENTS.contains(&&*name) || PASSED_OVER.iter().any(|passed| name.starts_with(passed));
        if !name.starts_with(PREFIX) || is_no_setting {
            continue;
        }
        let text = value.to_str().ok_or_else(|| SettingsError::new(format!("{name} must be UTF-8")))?;
        if is_of_kubernetes(&name, text) {
            continue;
        }
        found.push(Override::variable(&name, text, defaults));
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_clients_are_no_settings() {
        for (name, settings) in [
            ("WAYBILL_PASSWORD", 0),
            ("WAYBILL_TOKEN", 0),
            ("WAYBILL_VERIFY_TOKEN", 0),
            ("WAYBILL_TOKENS", 1),
        ] {
            assert_eq!(found(name, "x"), settings, "{name}");
        }
    }

    fn found(name: &str, value: &str) -> usize {
        let environment = [(OsString::from(name), OsString::from(value))].into_iter();
        variables(environment, &Figment::new()).unwrap().len()
    }

    #[test]
    fn what_kubernetes_sets_for_a_service_is_no_setting() {
        for (name, value) in [
            ("WAYBILL_PORT", "tcp://10.0.0.11:80"),
            ("WAYBILL_SERVICE_HOST", "10.0.0.11"),
            ("WAYBILL_SERVICE_PORT", "80"),
            ("WAYBILL_SERVICE_PORT_HTTP", "80"),
            ("WAYBILL_PORT_80_TCP", "tcp://10.0.0.11:80"),
            ("WAYBILL_PORT_80_TCP_PROTO", "tcp"),
            ("WAYBILL_PORT_80_TCP_PORT", "80"),
            ("WAYBILL_PORT_80_TCP_ADDR", "10.0.0.11"),
        ] {
            assert_eq!(found(name, value), 0, "{name}");
        }
        for (name, value) in [
            ("WAYBILL_PORT", "80"),
            ("WAYBILL_PORTS", "80"),
            ("WAYBILL_SERVICE", "x"),
            ("WAYBILL_SERVICE_PORTS", "x"),
        ] {
            assert_eq!(found(name, value), 1, "{name}");
        }
    }
}
