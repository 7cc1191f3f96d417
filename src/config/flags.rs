//! The settings that have a flag.

use std::path::PathBuf;

use clap::Args;

use super::environment::Override;

/// Flags of every command that needs settings. Their texts are parsed with all other settings.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// File of settings [default: waybill.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port to serve on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
    /// Folder for the database, the bytes and the first password [default: ./waybill-data]
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<String>,
    /// Database [default: sqlite:<data-dir>/waybill.db]
    #[arg(long, value_name = "URL")]
    pub database_url: Option<String>,
    /// Where the bytes lie [default: file://<data-dir>/storage]
    #[arg(long, value_name = "URL")]
    pub storage_url: Option<String>,
}

impl Flags {
    /// The flags that were given.
    pub(super) fn overrides(&self) -> impl Iterator<Item = Override> {
        [
            ("--listen", "listen", &self.listen),
            ("--data-dir", "data_dir", &self.data_dir),
            ("--database-url", "database_url", &self.database_url),
            ("--storage-url", "storage_url", &self.storage_url),
        ]
        .into_iter()
        .filter_map(|(flag, key, text)| text.as_deref().map(|text| Override::text(flag, key, text)))
    }
}
