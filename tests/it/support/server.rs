//! A server of one's own: the real binary on a free port, over a data folder that goes with the test.

use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use super::command::waybill;
use super::output::Output;
use super::{Client, S3, new_database, wait_until};

/// What `admin` logs in with.
pub const ADMIN_PASSWORD: &str = "correct-horse-battery-staple";

/// The master key of servers beyond the embedded form, which all replicas of a test share.
pub const MASTER_KEY: &str = "dGVzdHMtb25seS1tYXN0ZXIta2V5LTMyLWJ5dGVzISE=";

/// What the next start is given.
#[derive(Clone, Default)]
pub struct Builder {
    variables: Vec<(String, String)>,
    s3: Option<Arc<S3>>,
}

impl Builder {
    /// Sets a variable of the server's environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn sets(&self, name: &str) -> bool {
        self.variables.iter().any(|(set, _)| set == name)
    }

    /// Lets the server keep its bytes in a bucket.
    #[must_use]
    pub fn s3(mut self, s3: &Arc<S3>) -> Self {
        self.s3 = Some(Arc::clone(s3));
        self
    }

    /// Lets the server keep its bytes in a bucket: that of the suite, if it has one, else one in process.
    #[must_use]
    pub fn bucket(self) -> Self {
        match bucket_for_tests() {
            Some(url) => self.env("WAYBILL_STORAGE_URL", &url),
            None => self.s3(&Arc::new(S3::start())),
        }
    }

    /// Lets the server keep its bytes on disk, whatever the suite runs on.
    #[must_use]
    pub fn disk(self) -> Self {
        self.env("WAYBILL_STORAGE_URL", "file://./waybill-data/storage")
    }

    /// The storage that the suite runs on: `WAYBILL_TEST_STORAGE` is `disk`, the default, or `s3`, in process; and
    /// `WAYBILL_TEST_STORAGE_URL` is a bucket that is there, of which each server gets a folder.
    fn on_test_storage(mut self) -> Self {
        let chosen = self.s3.is_some() || self.storage_url().is_some();
        if !chosen && let Some(url) = bucket_for_tests() {
            self = self.env("WAYBILL_STORAGE_URL", &url);
        } else if !chosen && test_storage_is_s3() {
            self.s3 = Some(Arc::new(S3::start()));
        }
        if let Some(s3) = &self.s3 {
            let variables = s3.variables().map(|(name, value)| (name.to_owned(), value));
            self.variables.extend(variables);
        }
        self
    }

    fn storage_url(&self) -> Option<&str> {
        let found = self.variables.iter().find(|(name, _)| name == "WAYBILL_STORAGE_URL");
        found.map(|(_, url)| url.as_str())
    }

    /// Starts the server; fails the test, showing what it printed, when it does not come up.
    pub async fn start(mut self) -> TestServer {
        if !self.sets("WAYBILL_DATABASE_URL")
            && let Some(url) = new_database().await
        {
            self = self.env("WAYBILL_DATABASE_URL", &url);
        }
        self = self.on_test_storage();
        // Only the embedded form makes one by itself.
        let in_bucket = self.storage_url().is_some_and(|url| !url.starts_with("file:"));
        if (in_bucket || self.sets("WAYBILL_DATABASE_URL")) && !self.sets("WAYBILL_MASTER_KEY") {
            self = self.env("WAYBILL_MASTER_KEY", MASTER_KEY);
        }
        let folder = TempDir::new().expect("a temporary folder");
        let child = Running::start(folder.path(), &self).await;
        TestServer { child: Some(child), folder, builder: self }
    }
}

/// A new folder in the bucket that the suite is given.
fn bucket_for_tests() -> Option<String> {
    let url = std::env::var("WAYBILL_TEST_STORAGE_URL").ok()?;
    let (bucket, parameters) = url.split_once('?').unwrap_or((&url, ""));
    Some(format!("{bucket}/{}?{parameters}", uuid::Uuid::now_v7()))
}

/// Whether the suite runs on buckets.
fn test_storage_is_s3() -> bool {
    match std::env::var("WAYBILL_TEST_STORAGE").as_deref() {
        Ok("s3") => true,
        Ok("disk") | Err(_) => false,
        Ok(other) => panic!("WAYBILL_TEST_STORAGE must be disk or s3, not {other}"),
    }
}

/// A running server, killed when it is dropped.
pub struct TestServer {
    child: Option<Running>,
    folder: TempDir,
    builder: Builder,
}

impl TestServer {
    /// Says what to start.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Starts one with the usual settings.
    pub async fn start() -> Self {
        Self::builder().start().await
    }

    /// A client that is logged in as `admin`.
    pub fn client(&self) -> Client {
        self.client_of("admin", ADMIN_PASSWORD)
    }

    /// A client that is logged in as somebody.
    pub fn client_of(&self, name: &str, password: &str) -> Client {
        Client::new(self.base(), Some((name, password)))
    }

    /// A client that gives no name.
    pub fn anonymous(&self) -> Client {
        Client::new(self.base(), None)
    }

    /// `http://<address>:<port>`.
    pub fn base(&self) -> String {
        format!("http://{}", self.address())
    }

    /// `<address>:<port>`; another one after each start.
    pub fn address(&self) -> &str {
        &self.running().address
    }

    /// The folder that the server runs in; its data folder is `waybill-data` in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.folder().join("waybill-data")
    }

    /// Whether the server keeps its bytes on disk.
    pub fn is_on_disk(&self) -> bool {
        self.builder.storage_url().is_none_or(|url| url.starts_with("file:"))
    }

    /// Whether the server keeps its bytes in an S3.
    pub fn is_on_s3(&self) -> bool {
        self.builder.storage_url().is_some_and(|url| url.starts_with("s3:"))
    }

    /// The folder of what the storage holds: `blobs`, `manifests`, `inventory`.
    pub fn storage(&self) -> PathBuf {
        self.builder.s3.as_ref().map_or_else(|| self.data_dir().join("storage"), |s3| s3.storage())
    }

    /// A command with the server's own settings, in its folder.
    pub fn command(&self) -> std::process::Command {
        let mut command = waybill(self.folder());
        command.envs(self.builder.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// A variable that the server is started with, if it is.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let set = self.builder.variables.iter().rfind(|(set, _)| set == name);
        set.map(|(_, value)| value.as_str())
    }

    /// Sets a variable for the starts to come.
    pub fn set(&mut self, name: &str, value: &str) {
        self.builder.variables.push((name.to_owned(), value.to_owned()));
    }

    /// What the server logs, since its last start.
    pub fn log(&self) -> &Output {
        &self.running().stdout
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.running().child.id()
    }

    /// Says to start another server on the same database and storage, with a data folder of its own.
    pub fn replica(&self) -> Builder {
        let builder = self.builder.clone();
        if builder.sets("WAYBILL_STORAGE_URL") {
            return builder;
        }
        let storage = format!("file://{}", self.data_dir().join("storage").display());
        builder.env("WAYBILL_STORAGE_URL", &storage)
    }

    /// Asks the server to stop (SIGTERM), without waiting.
    pub fn terminate(&self) {
        self.running().signal(Signal::TERM);
    }

    /// Waits until the server has ended by itself; fails the test when its exit code is not 0.
    pub async fn ended(&mut self) -> Output {
        let mut running = self.child.take().expect("the server runs");
        wait_until("the server ends", async || running.has_ended().is_some()).await;
        assert_eq!(running.has_ended().and_then(|status| status.code()), Some(0), "{}", running.report());
        running.stdout.clone()
    }

    /// Stops the server as an operator would: SIGTERM, and the exit code must be 0. Returns its log.
    pub async fn stop(&mut self) -> Output {
        self.terminate();
        self.ended().await
    }

    /// Ends the server as a power cut would.
    pub fn kill9(&mut self) {
        drop(self.child.take());
    }

    /// Starts the server again over the same data, after stopping it if it still runs.
    pub async fn restart(&mut self) {
        if self.child.is_some() {
            self.stop().await;
        }
        self.child = Some(Running::start(self.folder.path(), &self.builder).await);
    }

    fn running(&self) -> &Running {
        self.child.as_ref().expect("the server runs")
    }
}

/// One process.
struct Running {
    child: Child,
    address: String,
    stdout: Output,
    stderr: Output,
    readers: Vec<JoinHandle<()>>,
}

impl Running {
    async fn start(folder: &Path, builder: &Builder) -> Self {
        let mut child = waybill(folder)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("WAYBILL_ADMIN_PASSWORD", ADMIN_PASSWORD)
            .envs(builder.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let (stdout, stderr) = (Output::default(), Output::default());
        let readers = vec![
            stdout.drain(child.stdout.take().expect("a pipe")),
            stderr.drain(child.stderr.take().expect("a pipe")),
        ];
        // From here on a panic kills the child, through Drop.
        let mut running = Self { child, address: String::new(), stdout, stderr, readers };
        wait_until("the server listens", async || {
            assert!(running.has_ended().is_none(), "the server ended at start\n{}", running.report());
            running.find_address()
        })
        .await;
        running
    }

    fn find_address(&mut self) -> bool {
        let address = self
            .stdout
            .last_event("listening")
            .and_then(|event| event["address"].as_str().map(str::to_owned));
        self.address = address.unwrap_or_default();
        !self.address.is_empty()
    }

    /// How it ended, if it has; all that it printed is there then.
    fn has_ended(&mut self) -> Option<ExitStatus> {
        let status = self.child.try_wait().expect("the child is ours")?;
        for reader in self.readers.drain(..) {
            reader.join().expect("reading goes well");
        }
        Some(status)
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the child is ours");
    }

    fn report(&self) -> String {
        format!("stdout:\n{}\nstderr:\n{}", self.stdout.lines().join("\n"), self.stderr.lines().join("\n"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself; waiting keeps it from staying behind as a zombie.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            eprintln!("{}", self.report());
        }
    }
}
