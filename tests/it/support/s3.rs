//! An S3 of one's own, in process: s3s over a folder, on a runtime of its own, with a record of all that it is asked.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

const BUCKET: &str = "waybill-test";
const KEY_ID: &str = "test-key-id";
const SECRET: &str = "test-secret";

/// A request, as far as tests care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// As the API calls it: `PutObject`.
    pub operation: String,
    /// `PUT`.
    pub method: String,
    /// With the bucket.
    pub path: String,
    /// Without `?`.
    pub query: String,
    /// The header `x-amz-copy-source`, which makes a PUT a copy.
    pub copy_source: Option<String>,
}

/// All that was asked, and what is to become of the next requests.
#[derive(Clone)]
struct Record {
    asked: Arc<Mutex<Vec<Asked>>>,
    /// How many are to fail.
    failures: Arc<AtomicU32>,
    /// The operation that is not answered.
    held: watch::Sender<Option<&'static str>>,
}

#[async_trait::async_trait]
impl S3Access for Record {
    async fn check(&self, context: &mut S3AccessContext<'_>) -> S3Result<()> {
        if context.credentials().is_none() {
            return Err(s3_error!(AccessDenied));
        }
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        self.asked.lock().unwrap().push(Asked {
            operation: context.s3_op().name().to_owned(),
            method: context.method().to_string(),
            path: context.uri().path().to_owned(),
            query: text(context.uri().query()),
            copy_source: context.headers().get("x-amz-copy-source").map(|value| text(value.to_str().ok())),
        });
        let fail = |left: u32| left.checked_sub(1);
        if self.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fail).is_ok() {
            return Err(s3_error!(SlowDown));
        }
        let held = |held: &Option<&str>| *held == Some(context.s3_op().name());
        let mut answered = self.held.subscribe();
        answered.wait_for(|operation| !held(operation)).await.expect("the sender is ours");
        Ok(())
    }
}

/// A running S3, with one empty bucket.
pub struct S3 {
    port: u16,
    folder: TempDir,
    record: Record,
    runtime: Option<Runtime>,
}

impl S3 {
    /// Starts one.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let record =
            Record { asked: Arc::default(), failures: Arc::default(), held: watch::Sender::new(None) };
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).expect("a file system"));
        service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
        service.set_access(record.clone());
        let service = service.build();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let port = listener.local_addr().expect("an address").port();
        runtime.spawn(serve(listener, service));
        Self { port, folder, record, runtime: Some(runtime) }
    }

    /// The setting `storage_url` of a server that keeps its bytes here.
    pub fn url(&self) -> String {
        format!("s3://{BUCKET}/some/prefix?endpoint=http://127.0.0.1:{}&region=test", self.port)
    }

    /// The variables that such a server needs.
    pub fn variables(&self) -> [(&'static str, String); 3] {
        [
            ("WAYBILL_STORAGE_URL", self.url()),
            ("AWS_ACCESS_KEY_ID", KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }

    /// All that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.record.asked.lock().unwrap().clone()
    }

    /// How often an operation was asked for on blobs.
    pub fn count(&self, operation: &str) -> usize {
        let on_blobs = |asked: &&Asked| asked.operation == operation && asked.path.contains("/blobs/");
        self.asked().iter().filter(on_blobs).count()
    }

    /// Lets the next requests fail, as an S3 does that has too much to do.
    pub fn fail(&self, requests: u32) {
        self.record.failures.store(requests, Ordering::SeqCst);
    }

    /// Answers no request for an operation until told otherwise.
    pub fn hold(&self, operation: Option<&'static str>) {
        self.record.held.send_replace(operation);
    }

    /// The file of an object, by the path of a request.
    pub fn object(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    /// The files of parts of multipart uploads that were neither completed nor aborted, by their numbers.
    pub fn parts(&self) -> Vec<PathBuf> {
        let files =
            std::fs::read_dir(self.folder.path()).expect("a folder").map(|file| file.expect("a file").path());
        let mut parts: Vec<PathBuf> =
            files.filter(|file| file.to_string_lossy().contains(".part-")).collect();
        parts.sort();
        parts
    }

    /// The folder of what Waybill keeps: `blobs`, `manifests`, `inventory`.
    pub fn storage(&self) -> PathBuf {
        self.folder.path().join(BUCKET).join("some/prefix")
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        // A test is asynchronous itself, where a runtime must not be waited for.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn serve(listener: std::net::TcpListener, service: S3Service) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    let server = Builder::new(TokioExecutor::new());
    while let Ok((socket, _)) = listener.accept().await {
        let connection = server.serve_connection(TokioIo::new(socket), service.clone()).into_owned();
        tokio::spawn(async move {
            // A client that goes away is its own business.
            let _ = connection.await;
        });
    }
}
