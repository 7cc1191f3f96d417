//! Small objects by their names: the same of a bucket, here an S3 in process, and of a disk.

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use object_store::aws::AmazonS3Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::*;
use crate::blobs::storage::{Provider, Storage, StorageUrl};

async fn bucket(prefix: Option<&str>) -> (Storage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("bucket")).unwrap();
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
    service.set_auth(SimpleAuth::from_single("id", "secret"));
    let service = service.build();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let server = Builder::new(TokioExecutor::new());
            let connection = server.serve_connection(TokioIo::new(socket), service.clone()).into_owned();
            tokio::spawn(async move {
                // A client that goes away is its own business.
                let _ = connection.await;
            });
        }
    });
    let client = AmazonS3Builder::new()
        .with_bucket_name("bucket")
        .with_access_key_id("id")
        .with_secret_access_key("secret")
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .build()
        .unwrap();
    let url = BucketUrl {
        provider: Provider::S3,
        bucket: "bucket".to_owned(),
        prefix: prefix.map(str::to_owned),
        endpoint: None,
        region: None,
        account: None,
    };
    let bucket = Bucket { client: Arc::new(client), url: Arc::new(url), runtime: Handle::current() };
    (Storage::Bucket(bucket), folder)
}

async fn disk() -> (Storage, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::open(&StorageUrl::Disk(folder.path().to_owned()), 0).await.unwrap();
    (storage, folder)
}

#[tokio::test]
async fn small_objects_are_listed_in_pages_and_read() {
    for (storage, _folder) in [disk().await, bucket(None).await, bucket(Some("some/prefix")).await] {
        assert_eq!(storage.get("events/0").await.unwrap(), None);
        let keys: Vec<String> = (0..1003).map(|number| format!("events/{number:04}")).collect();
        for key in keys.iter().rev() {
            storage.put(key, Bytes::from(key.clone())).await.unwrap();
        }
        storage.put("eventsbeside", Bytes::from_static(b"not below")).await.unwrap();
        storage.put("inventory/0", Bytes::from_static(b"elsewhere")).await.unwrap();
        let first = storage.list("events", None).await.unwrap();
        assert_eq!(first.objects.len(), 1000);
        let second = storage.list("events", first.next.as_deref()).await.unwrap();
        assert_eq!(second.next, None);
        let listed = [first.objects, second.objects].concat();
        assert_eq!(listed.iter().map(|object| object.key.clone()).collect::<Vec<_>>(), keys);
        assert!(listed.iter().all(|object| object.size == "events/0000".len() as u64));
        assert_eq!(storage.get("events/0007").await.unwrap().unwrap(), "events/0007");
        assert_eq!(storage.list("manifests", None).await.unwrap().objects, []);
    }
}

#[tokio::test]
async fn an_object_that_is_missing_or_too_short_is_an_error_before_the_answer() {
    for (storage, folder) in [disk().await, bucket(None).await] {
        let key = ObjectKey::new();
        let range = |start, end| ResolvedRange { start, end };
        assert!(storage.read(key, range(0, 3)).await.is_err());
        let Storage::Bucket(bucket) = &storage else { continue };
        assert!(storage.read(key, range(0, 0)).await.is_err());
        bucket.put_object(key, vec![Bytes::from_static(b"abc")]).await.unwrap();
        assert!(storage.read(key, range(0, 4)).await.is_err());
        let pieces: Vec<_> = storage.read(key, range(1, 3)).await.unwrap().collect().await;
        assert_eq!(pieces.into_iter().map(Result::unwrap).collect::<Vec<_>>().concat(), b"bc");
        storage.remove(key, None).await.unwrap();
        storage.remove(key, None).await.unwrap();
        drop(folder);
    }
}
