//! Settings: defaults < `waybill.toml` < `WAYBILL_*` < flags, parsed once into [`Settings`].
//!
//! A setting that nobody knows is an error that names it and where it stands: a misspelt limit must not become no
//! limit. The variable `WAYBILL_A__B` is the setting `a.b`; variables `WAYBILL_TEST_*` belong to tests and are passed
//! over.

mod environment;
mod error;
mod flags;
mod limits;
mod load;
mod log;
mod settings;
mod tls;

pub use error::SettingsError;
pub use flags::Flags;
pub use limits::Limits;
pub use log::{Log, LogFilter, LogFilterError, LogFormat};
pub use settings::Settings;
pub use tls::{Tls, TlsFiles};
