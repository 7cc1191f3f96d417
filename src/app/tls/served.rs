//! The certificate that new connections are shown, and the watch that replaces it.

use std::future::pending;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, version};
use tokio::task::spawn_blocking;
use tokio::time::interval;

use super::TlsError;
use super::pair::{Content, Files};
use crate::config::TlsFiles;
use crate::types::{Clock, Timestamp};

/// How often the files are looked at. Their content tells, not their times: what Kubernetes or certbot put in place are
/// links to files that may be older.
const LOOK: Duration = Duration::from_secs(1);

/// A certificate from files, and what was seen of them.
pub struct ServedCertificate {
    files: Files,
    shown: Arc<Shown>,
    expires: Option<Timestamp>,
    /// What the files held that is served, as [`name`] tells it.
    served: String,
    /// What they held at the last look, when that was something else.
    seen: Option<String>,
    /// What was of no use, and was told of.
    refused: Option<String>,
}

#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl ServedCertificate {
    /// Reads the files for the first time.
    ///
    /// # Errors
    /// When there is no certificate to serve.
    pub fn open(settings: &TlsFiles) -> Result<Self, TlsError> {
        let files = Files { certificate: settings.certificate.clone(), key: settings.key.clone() };
        let content = files.read();
        let served = name(&content);
        let pair = content?.parse(&files)?;
        let shown = Arc::new(Shown(RwLock::new(pair.certified)));
        Ok(Self { files, shown, expires: pair.expires, served, seen: None, refused: None })
    }

    /// TLS 1.2 and 1.3. To be given to actix, which offers HTTP/2 and HTTP/1.1 in it (ALPN).
    ///
    /// # Errors
    /// `Unusable` when rustls does not support what we ask of it.
    pub fn server_config(&self) -> Result<ServerConfig, TlsError> {
        // The provider is named: what the process has as its default depends on what else is linked.
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&version::TLS13, &version::TLS12])
            .map_err(|cause| TlsError::Unusable { path: self.files.certificate.clone(), cause })?;
        Ok(config.with_no_client_auth().with_cert_resolver(Arc::clone(&self.shown) as _))
    }

    /// Looks at the files again and again: new connections are shown what lies there, and the old certificate stays
    /// where the new one is of no use. Ends with the process.
    pub async fn keep_fresh(mut self, clock: Arc<dyn Clock>) {
        let mut tick = interval(LOOK);
        loop {
            tick.tick().await;
            if let Some(expires) = self.expires {
                let left = expires.micros().saturating_sub(clock.now().micros());
                metrics::gauge!("waybill_tls_certificate_expires_seconds").set(left as f64 / 1e6);
            }
            let look = move || {
                self.look();
                self
            };
            let Ok(looked) = spawn_blocking(look).await else { return pending().await };
            self = looked;
        }
    }

    /// What is new counts once it was seen twice: who replaces two files does so one after the other.
    fn look(&mut self) {
        let content = self.files.read();
        let now = name(&content);
        if now == self.served {
            (self.seen, self.refused) = (None, None);
            return;
        }
        let settled = self.seen.replace(now.clone()).as_ref() == Some(&now);
        if !settled || self.refused.as_ref() == Some(&now) {
            return;
        }
        match content.and_then(|content| content.parse(&self.files)) {
            Ok(pair) => {
                *self.shown.0.write().unwrap_or_else(PoisonError::into_inner) = pair.certified;
                (self.expires, self.served, self.refused) = (pair.expires, now, None);
                let until = self.expires.map(Timestamp::to_rfc3339);
                tracing::info!(until, "another certificate is served");
                count("taken");
            }
            Err(error) => {
                tracing::error!(%error, "the new certificate is of no use: the old one stays");
                self.refused = Some(now);
                count("refused");
            }
        }
    }
}

/// Tells what the files hold from anything else that they may hold, without keeping a key.
fn name(content: &Result<Content, TlsError>) -> String {
    match content {
        Ok(content) => content.fingerprint().as_str().to_owned(),
        Err(error) => error.to_string(),
    }
}

fn count(outcome: &'static str) {
    metrics::counter!("waybill_tls_certificate_changes_total", "outcome" => outcome).increment(1);
}
