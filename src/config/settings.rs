//! Everything that can be set.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Limits, Log, Tls};
use crate::blobs::StorageUrl;
use crate::db::DatabaseUrl;
use crate::federation::IssuerSettings;
use crate::http::{ExternalUrl, TrustedProxies};
use crate::ledger::LedgerSettings;
use crate::projects;

/// The settings of one installation. Their defaults stand in `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to serve on; port 0 takes a free one. Default `127.0.0.1:8080`.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// The files of the certificate that is served. Default none: plain HTTP.
    #[serde(default)]
    pub tls: Tls,
    /// Where clients reach this server, such as `https://registry.example.org`. Default what each request says.
    pub external_url: Option<ExternalUrl>,
    /// The issuers that are trusted in, to log people in and to exchange id tokens of CI. Default none.
    pub oidc: Vec<IssuerSettings>,
    /// The proxies, by address or network, that are believed when they say whom they speak for (`X-Forwarded-For`), and what
    /// that client asked for (`X-Forwarded-Proto`, `X-Forwarded-Host`). Default none.
    pub trusted_proxies: TrustedProxies,
    /// The folder of everything that the embedded form keeps, created when missing. Default `./waybill-data`.
    pub data_dir: PathBuf,
    database_url: Option<DatabaseUrl>,
    storage_url: Option<StorageUrl>,
    /// Whether pulls of blobs are answered with a redirect to a presigned address in the bucket, which holds for a minute.
    /// Default false.
    pub storage_redirects: bool,
    /// Password of the first user, `admin`; only looked at while there is no account. Best given as
    /// `WAYBILL_ADMIN_PASSWORD`; unset, one is generated into `<data_dir>/admin-password`.
    pub admin_password: Option<SecretString>,
    /// The master key, 32 random bytes in base64 or hex, which wraps the keys that tokens are signed with. Best given as
    /// `WAYBILL_MASTER_KEY`; unset, the embedded form generates one into `<data_dir>/master-key`.
    pub master_key: Option<SecretString>,
    /// The file that holds the master key, instead of `master_key`.
    pub master_key_file: Option<PathBuf>,
    /// What a new project starts with; its own settings take over from there.
    pub project_defaults: projects::Settings,
    /// The transparency log.
    pub ledger: LedgerSettings,
    /// How much is accepted.
    pub limits: Limits,
    /// What is logged, and how.
    pub log: Log,
}

impl Settings {
    /// `database_url`, `sqlite:<path of a file>`. Default `sqlite:<data_dir>/waybill.db`.
    pub fn database_url(&self) -> DatabaseUrl {
        self.database_url.clone().unwrap_or_else(|| DatabaseUrl::Sqlite(self.data_dir.join("waybill.db")))
    }

    /// `storage_url`: `file://<path of a folder>`, `s3://<bucket>[/<prefix>][?endpoint=…&region=…]`,
    /// `az://<container>[/<prefix>][?endpoint=…&account=…]` or `gs://<bucket>[/<prefix>][?endpoint=…]`. Default `file://<data_dir>/storage`.
    pub fn storage_url(&self) -> StorageUrl {
        self.storage_url.clone().unwrap_or_else(|| StorageUrl::Disk(self.data_dir.join("storage")))
    }

    /// Whether everything lies on this machine, so that there is one process and what it generates is known to all.
    pub fn is_embedded(&self) -> bool {
        matches!(self.database_url(), DatabaseUrl::Sqlite(_))
            && matches!(self.storage_url(), StorageUrl::Disk(_))
    }
}

/// The standard parser says only that the syntax is invalid.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom("must be an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080")
    })
}
