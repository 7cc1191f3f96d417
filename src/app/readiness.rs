//! Whether requests can be served: what `/readyz` asks.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::join_all;
use tokio::time::timeout;

use crate::blobs::Storage;
use crate::db::Db;

/// A part that does not answer for so long counts as failing; a load balancer would not wait longer either.
const PATIENCE: Duration = Duration::from_secs(2);

/// A part of Waybill that can be asked whether it works.
#[async_trait]
pub trait ReadinessProbe: Send + Sync {
    /// What the answer of `/readyz` calls it.
    fn name(&self) -> &'static str;

    /// Really uses it.
    ///
    /// # Errors
    /// The cause, for the log.
    async fn probe(&self) -> Result<(), String>;
}

/// All parts that must work.
pub struct Readiness {
    read_only: Box<dyn Fn() -> bool + Send + Sync>,
    probes: Vec<Arc<dyn ReadinessProbe>>,
}

impl Readiness {
    /// Of these parts; `read_only` says whether only pulls are served.
    pub fn new(
        read_only: impl Fn() -> bool + Send + Sync + 'static,
        probes: Vec<Arc<dyn ReadinessProbe>>,
    ) -> Self {
        Self { read_only: Box::new(read_only), probes }
    }

    /// Whether only pulls are served, because the database is frozen.
    pub fn is_read_only(&self) -> bool {
        (self.read_only)()
    }

    /// Asks all parts at once; returns the names of those that fail. Causes go to the log.
    pub async fn failing(&self) -> Vec<&'static str> {
        let answers = self.probes.iter().map(|probe| async move {
            let answer = timeout(PATIENCE, probe.probe()).await;
            let cause = answer.unwrap_or_else(|_| Err("no answer in time".to_owned())).err()?;
            tracing::warn!(part = probe.name(), %cause, "not ready");
            Some(probe.name())
        });
        join_all(answers).await.into_iter().flatten().collect()
    }
}

/// Asks the database for a read, and a write unless it is frozen.
pub struct DatabaseProbe(pub Db);

#[async_trait]
impl ReadinessProbe for DatabaseProbe {
    fn name(&self) -> &'static str {
        "database"
    }

    async fn probe(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}

/// Asks the storage for an answer.
pub struct StorageProbe(pub Storage);

#[async_trait]
impl ReadinessProbe for StorageProbe {
    fn name(&self) -> &'static str {
        "storage"
    }

    async fn probe(&self) -> Result<(), String> {
        self.0.ping().await.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Part(&'static str, Option<Result<(), String>>);

    #[async_trait]
    impl ReadinessProbe for Part {
        fn name(&self) -> &'static str {
            self.0
        }

        async fn probe(&self) -> Result<(), String> {
            match &self.1 {
                Some(answer) => answer.clone(),
                None => std::future::pending().await,
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn names_what_fails_and_what_hangs() {
        let readiness = Readiness::new(
            || false,
            vec![
                Arc::new(Part("good", Some(Ok(())))),
                Arc::new(Part("bad", Some(Err("secret cause".to_owned())))),
                Arc::new(Part("hanging", None)),
            ],
        );
        assert_eq!(readiness.failing().await, ["bad", "hanging"]);
    }
}
