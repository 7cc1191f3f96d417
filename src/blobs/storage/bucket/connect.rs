//! A client for each provider. Credentials come from the variables and roles that the provider's own clients know.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::client::SpawnedReqwestConnector;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};
use tokio::runtime::Handle;

use super::Client;
use crate::blobs::BlobError;
use crate::blobs::storage::{BucketUrl, Provider};

/// How long it may take to reach the bucket.
const CONNECT: Duration = Duration::from_secs(5);
/// How long an answer may take to begin, its request included, and then to go on. A whole answer has no limit: it goes
/// at the pace of the client that pulls.
const SILENCE: Duration = Duration::from_secs(30);
/// Tries after the first, and how long they may begin: a client waits for the answer meanwhile.
const RETRIES: usize = 5;
const RETRY_FOR: Duration = Duration::from_secs(20);
/// The first wait between tries, which doubles, with jitter; and the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(3);

/// A client of the bucket that a URL names, which has not been asked yet.
pub(super) fn connect(url: &BucketUrl, runtime: &Handle) -> Result<Arc<dyn Client>, BlobError> {
    let options = ClientOptions::new()
        .with_allow_http(url.is_plain_http())
        .with_connect_timeout(CONNECT)
        .with_read_timeout(SILENCE)
        .with_timeout_disabled();
    let backoff = BackoffConfig { init_backoff: FIRST_WAIT, max_backoff: LONGEST_WAIT, base: 2.0 };
    let retry = RetryConfig { backoff, max_retries: RETRIES, retry_timeout: RETRY_FOR };
    let connector = SpawnedReqwestConnector::new(runtime.clone());
    Ok(match url.provider {
        Provider::S3 => {
            let mut builder = AmazonS3Builder::from_env()
                .with_bucket_name(&url.bucket)
                .with_client_options(options)
                .with_retry(retry)
                .with_http_connector(connector)
                // A plain DELETE is what every store has.
                .with_disable_bulk_delete(true);
            if let Some(endpoint) = &url.endpoint {
                builder = builder.with_endpoint(endpoint);
            }
            if let Some(region) = &url.region {
                builder = builder.with_region(region);
            }
            Arc::new(builder.build()?)
        }
        Provider::Azure => {
            let mut builder = MicrosoftAzureBuilder::from_env()
                .with_container_name(&url.bucket)
                .with_client_options(options)
                .with_retry(retry)
                .with_http_connector(connector);
            if let Some(endpoint) = &url.endpoint {
                builder = builder.with_endpoint(endpoint.clone());
            }
            if let Some(account) = &url.account {
                builder = builder.with_account(account);
            }
            Arc::new(builder.build()?)
        }
        Provider::Google => {
            let mut builder = GoogleCloudStorageBuilder::from_env()
                .with_bucket_name(&url.bucket)
                .with_client_options(options)
                .with_retry(retry)
                .with_http_connector(connector);
            if let Some(endpoint) = &url.endpoint {
                builder = builder.with_base_url(endpoint);
            }
            Arc::new(builder.build()?)
        }
    })
}
