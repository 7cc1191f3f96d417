//! TLS: by both versions of HTTP, and with a certificate that is replaced while it is served.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use reqwest::tls::{TlsInfo, Version as TlsVersion};
use reqwest::{Certificate, ClientBuilder, Version};
use tempfile::tempdir;

use crate::registry::kit::{image, put, sha256};
use crate::support::{ADMIN_PASSWORD, Client, TestServer, run, wait_until, waybill};

/// The authority that a test's clients trust in.
struct Ca(CertifiedIssuer<'static, KeyPair>);

impl Ca {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Another certificate and key for this machine, in PEM.
    fn issue(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        (params.signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    fn client(&self, server: &TestServer, options: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        let root = Certificate::from_pem(self.0.pem().as_bytes()).unwrap();
        let http = options(reqwest::Client::builder().tls_certs_only([root]).tls_info(true)).build().unwrap();
        Client::over(http, format!("https://{}", server.address()), Some(("admin", ADMIN_PASSWORD)))
    }
}

fn write(folder: &Path, (certificate, key): &(String, String)) {
    fs::write(folder.join("tls.crt"), certificate).unwrap();
    fs::write(folder.join("tls.key"), key).unwrap();
}

async fn start(folder: &Path) -> TestServer {
    TestServer::builder()
        .env("WAYBILL_TLS__CERTIFICATE_FILE", folder.join("tls.crt").to_str().unwrap())
        .env("WAYBILL_TLS__KEY_FILE", folder.join("tls.key").to_str().unwrap())
        .start()
        .await
}

/// What a new connection is shown.
async fn shown(ca: &Ca, server: &TestServer) -> Vec<u8> {
    let answer = ca.client(server, |options| options).get("/healthz").send().await.unwrap();
    answer.extensions().get::<TlsInfo>().unwrap().peer_certificate().unwrap().to_vec()
}

fn der(pair: &(String, String)) -> Vec<u8> {
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};
    CertificateDer::from_pem_slice(pair.0.as_bytes()).unwrap().to_vec()
}

#[tokio::test]
async fn pushes_and_pulls_by_every_version() {
    let (ca, folder) = (Ca::new(), tempdir().unwrap());
    write(folder.path(), &ca.issue());
    let server = start(folder.path()).await;
    let h1 = ca.client(&server, |options| options.http1_only());
    let h2 = ca.client(&server, |options| options);
    let old = ca.client(&server, |options| options.max_tls_version(TlsVersion::TLS_1_2));
    let clients = [(h1, Version::HTTP_11), (h2, Version::HTTP_2), (old, Version::HTTP_2)];
    for (seed, (client, version)) in clients.iter().enumerate() {
        let repo = format!("acme/app{seed}");
        let manifest = image(client, &repo, seed as u64).await;
        assert_eq!(put(client, &repo, "v1", &manifest).await.status(), 201);
        let digest = sha256(manifest.to_string().as_bytes());
        let pulled = client.get(&format!("/v2/{repo}/manifests/v1")).send().await.unwrap();
        assert_eq!((pulled.version(), pulled.status().as_u16()), (*version, 200));
        assert_eq!(sha256(&pulled.bytes().await.unwrap()), digest);
        let layer = manifest["layers"][0]["digest"].as_str().unwrap();
        let pulled = client.get(&format!("/v2/{repo}/blobs/{layer}")).send().await.unwrap();
        assert_eq!(pulled.version(), *version);
        assert_eq!(sha256(&pulled.bytes().await.unwrap()), layer);
        // Many at once, on the one connection that HTTP/2 has.
        let many = (0..50).map(|_| client.get(&format!("/v2/{repo}/blobs/{layer}")).send());
        for answer in futures_util::future::join_all(many).await {
            assert_eq!(sha256(&answer.unwrap().bytes().await.unwrap()), layer);
        }
    }
    let healthy = run(waybill(folder.path())
        .args(["healthcheck", "--listen", server.address()])
        .env("WAYBILL_TLS__CERTIFICATE_FILE", folder.path().join("tls.crt"))
        .env("WAYBILL_TLS__KEY_FILE", folder.path().join("tls.key")));
    assert_eq!(healthy.code, Some(0), "{healthy:?}");
    // Nobody who does not speak TLS is let in, and the log stays small.
    let mut plain = TcpStream::connect(server.address()).unwrap();
    plain.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert!(
        server.log().events().iter().all(|event| event["level"] != "ERROR"),
        "{:?}",
        server.log().lines()
    );
}

#[tokio::test]
async fn a_certificate_is_replaced_without_a_dropped_request() {
    let (ca, folder) = (Ca::new(), tempdir().unwrap());
    let (first, second) = (ca.issue(), ca.issue());
    write(folder.path(), &first);
    let server = start(folder.path()).await;
    assert_eq!(shown(&ca, &server).await, der(&first));
    let steady = ca.client(&server, |options| options);
    let steady_goes_on = async || {
        let answer = steady.get("/v2/").send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.extensions().get::<TlsInfo>().unwrap().peer_certificate().unwrap().to_vec()
    };
    assert_eq!(steady_goes_on().await, der(&first));
    // A certificate without its key is refused, and told once.
    fs::write(folder.path().join("tls.crt"), &second.0).unwrap();
    let metric = async |text: &str| {
        let metrics = steady.get("/metrics").send().await.unwrap().text().await.unwrap();
        metrics.contains(text)
    };
    let refused = r#"waybill_tls_certificate_changes_total{outcome="refused"} 1"#;
    wait_until("the broken pair is refused", async || {
        steady_goes_on().await;
        metric(refused).await
    })
    .await;
    assert_eq!(shown(&ca, &server).await, der(&first));
    let told = server.log().events().into_iter().find(|event| event["level"] == "ERROR").unwrap();
    assert!(told["error"].as_str().unwrap().contains("does not belong to"), "{told}");
    fs::write(folder.path().join("tls.key"), &second.1).unwrap();
    wait_until("the new certificate is shown", async || {
        steady_goes_on().await;
        shown(&ca, &server).await == der(&second)
    })
    .await;
    assert_eq!(steady_goes_on().await, der(&first), "the old connection was dropped");
    // The file is gone for a while.
    fs::remove_file(folder.path().join("tls.crt")).unwrap();
    wait_until("the missing file is told", async || metric(&refused.replace('1', "2")).await).await;
    assert_eq!(shown(&ca, &server).await, der(&second));
    assert!(metric("waybill_tls_certificate_expires_seconds").await);
    write(folder.path(), &first);
    wait_until("the first is shown again", async || shown(&ca, &server).await == der(&first)).await;
}

#[test]
fn a_start_without_a_certificate_says_what_is_wrong() {
    let folder = tempdir().unwrap();
    let (pair, other) = (Ca::new().issue(), Ca::new().issue());
    let start = |certificate: &str, key: &str| {
        write(folder.path(), &(certificate.to_owned(), key.to_owned()));
        let ended = run(waybill(folder.path())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("WAYBILL_TLS__CERTIFICATE_FILE", "tls.crt")
            .env("WAYBILL_TLS__KEY_FILE", "tls.key"));
        assert_eq!(ended.code, Some(1), "{ended:?}");
        ended.stderr
    };
    for (certificate, key, expected) in [
        (pair.0.as_str(), other.1.as_str(), "the key in tls.key does not belong to the first certificate"),
        ("nothing", &pair.1, "tls.crt holds no certificate"),
        (&pair.1, &pair.1, "tls.crt holds no certificate"),
        (&pair.0, &pair.0, "tls.key holds no private key"),
    ] {
        let said = start(certificate, key);
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("PRIVATE KEY"), "{said}");
    }
    let serve = |variables: &[(&str, &str)]| {
        run(waybill(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]).envs(variables.to_vec()))
    };
    let missing =
        serve(&[("WAYBILL_TLS__CERTIFICATE_FILE", "nowhere.crt"), ("WAYBILL_TLS__KEY_FILE", "tls.key")]);
    assert!(missing.stderr.contains("can't read nowhere.crt"), "{missing:?}");
    let half = serve(&[("WAYBILL_TLS__KEY_FILE", "tls.key")]);
    assert_eq!(half.code, Some(2));
    assert!(half.stderr.contains("tls has key_file and no certificate_file: set both"), "{half:?}");
    let path = serve(&[("WAYBILL_EXTERNAL_URL", "https://registry.example.org/sub")]);
    assert_eq!(path.code, Some(2));
    assert!(path.stderr.contains("external_url must be http:// or https://"), "{path:?}");
    assert_eq!(half.stderr.lines().count(), 1, "{half:?}");
}
