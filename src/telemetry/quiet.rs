//! What libraries log louder than it deserves.

use std::fmt::Debug;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

const CONNECTIONS: &str = "actix_http::h1::dispatcher";

/// A `log.level` as `EnvFilter` reads it, with each start's list of schema steps only on demand.
pub fn directives(level: &str) -> String {
    if level.split(',').any(|part| part == "info") {
        format!("sea_orm_migration=warn,{level}")
    } else {
        level.to_owned()
    }
}

/// Drops the error that actix logs for each connection on which a stranger speaks no HTTP (TLS, for one), unless it is
/// logged at debug. Its other errors, such as an answer that breaks off, stay.
pub struct Strangers {
    shown: bool,
}

impl Strangers {
    /// For a `log.level`.
    pub fn new(level: &str) -> Self {
        let loud = |level: &str| level == "debug" || level == "trace";
        let shown = level.split(',').any(|part| match part.split_once('=') {
            None => loud(part),
            Some((module, level)) => CONNECTIONS.starts_with(module) && loud(level),
        });
        Self { shown }
    }
}

impl<S: Subscriber> Layer<S> for Strangers {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if self.shown || metadata.target() != CONNECTIONS || *metadata.level() != Level::ERROR {
            return true;
        }
        let mut message = StreamError(false);
        event.record(&mut message);
        !message.0
    }
}

/// Whether the message is the one about a connection that was given up.
struct StreamError(bool);

impl Visit for StreamError {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}").starts_with("stream error: ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_debug_gets_it() {
        for level in ["debug", "info,actix_http=debug", "warn,waybill=info,trace"] {
            assert!(Strangers::new(level).shown, "{level}");
        }
        for level in ["info", "info,waybill=debug", "error"] {
            assert!(!Strangers::new(level).shown, "{level}");
        }
        assert_eq!(directives("warn"), "warn");
    }
}
