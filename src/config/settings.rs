//! Everything that can be set.

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Limits, Log};
use crate::blobs::StorageUrl;
use crate::db::DatabaseUrl;
use crate::http::TrustedProxies;
use crate::projects;

/// The settings of one installation. Their defaults stand in `defaults.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Address and port to serve on; port 0 takes a free one. Default `127.0.0.1:8080`.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// The proxies, by address or network, that are believed when they say in `X-Forwarded-For` whom they speak for.
    /// Default none.
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
    /// What a new project starts with; its own settings take over from there.
    pub project_defaults: projects::Settings,
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
}

/// The standard parser says only that the syntax is invalid.
fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        D::Error::custom("must be an IP address and a port, such as 127.0.0.1:8080 or 0.0.0.0:8080")
    })
}
