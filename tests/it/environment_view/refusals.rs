//! What is not admitted is refused, with the reason; and nothing is written.

use reqwest::{Method, StatusCode};

use super::kit::{Admitted, get, hold, status};
use crate::registry::kit::{bytes, header, push_blob, push_image, refused, sha256};
use crate::support::TestServer;

#[tokio::test]
async fn what_was_not_promoted_is_refused_with_the_reason() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    let one = push_image(&admin, "acme/app", "v1", 1).await;
    let two = push_image(&admin, "acme/app", "v2", 2).await;
    let other = push_image(&admin, "acme/other", "v1", 3).await;
    push_image(&admin, "beta/app", "v1", 4).await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &one)])], &[]).await;
    let admin = server.client();
    let none = format!("sha256:{}", "0".repeat(64));
    let layer = |seed| sha256(&bytes(seed, 1000));
    for (path, why) in [
        (format!("acme/app/manifests/{two}"), "no part of what production shows"),
        (format!("acme/app/manifests/{none}"), "no part of what production shows"),
        ("acme/app/manifests/v1".to_owned(), "goes by the tag v1"),
        ("acme/app/manifests/2".to_owned(), "goes by the tag 2"),
        (format!("acme/app/blobs/{}", layer(2)), "no part of what production shows"),
        (format!("acme/app/blobs/{}", layer(3)), "no part of what production shows"),
        (format!("acme/app/blobs/{none}"), "no part of what production shows"),
        (format!("acme/app/referrers/{two}"), "no part of what production shows"),
        (format!("acme/app/referrers/{none}"), "no part of what production shows"),
        (format!("acme/other/manifests/{other}"), "shows nothing of acme/other"),
        (format!("acme/other/blobs/{}", layer(3)), "shows nothing of acme/other"),
        ("acme/other/tags/list".to_owned(), "shows nothing of acme/other"),
        ("acme/none/manifests/current".to_owned(), "shows nothing of acme/none"),
        ("beta/app/manifests/current".to_owned(), "shows nothing of beta/app"),
        ("nobody/app/manifests/current".to_owned(), "shows nothing of nobody/app"),
    ] {
        let error = refused(get(&admin, &path).await, 403, "DENIED").await;
        assert!(error["message"].as_str().unwrap().contains(why), "{path}: {error}");
    }
    let unknown = admin.get("/v2/env/staging/acme/app/manifests/current").send().await.unwrap();
    let error = refused(unknown, 403, "DENIED").await;
    assert!(error["message"].as_str().unwrap().contains("no environment staging"), "{error}");
    // Others do not learn even that.
    let nobody = server.anonymous().get("/v2/env/staging/acme/app/manifests/current").send().await.unwrap();
    refused(nobody, 401, "UNAUTHORIZED").await;
    for (path, code) in [
        ("acme/app/manifests/sha256:0", "DIGEST_INVALID"),
        ("acme/app/blobs/sha256:0", "DIGEST_INVALID"),
        ("acme/app/manifests/-", "TAG_INVALID"),
        ("Acme/app/manifests/1", "NAME_INVALID"),
    ] {
        refused(get(&admin, path).await, 400, code).await;
    }
}

#[tokio::test]
async fn several_artifacts_have_no_name_in_common() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    let one = push_image(&admin, "acme/app", "v1", 1).await;
    let two = push_image(&admin, "acme/app", "v2", 2).await;
    let releases =
        [Admitted::of("1", &[("acme/app", &one)]), Admitted::of("2", &[("acme/app", &two)]).line("worker")];
    hold(&mut server, &releases, &[]).await;
    let admin = server.client();
    let error = refused(get(&admin, "acme/app/manifests/current").await, 403, "DENIED").await;
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(&one) && message.contains(&two), "{message}");
    for path in ["1", "2", &one, &two] {
        assert_eq!(status(&admin, &format!("acme/app/manifests/{path}")).await, 200, "{path}");
    }
    let tags: serde_json::Value = get(&admin, "acme/app/tags/list").await.json().await.unwrap();
    assert_eq!(tags["tags"], serde_json::json!(["1", "2"]));
}

#[tokio::test]
async fn nothing_is_written_into_an_environment() {
    let mut server = TestServer::start().await;
    let one = push_image(&server.client(), "acme/app", "v1", 1).await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &one)])], &[]).await;
    let admin = server.client();
    let layer = sha256(&bytes(1, 1000));
    let session = "0192f0c1-2d3e-7a4b-8c5d-6e7f8091a2b3";
    for (method, path) in [
        (Method::PUT, "manifests/2".to_owned()),
        (Method::PUT, format!("manifests/{one}")),
        (Method::POST, "manifests/1".to_owned()),
        (Method::PATCH, "manifests/1".to_owned()),
        (Method::DELETE, format!("manifests/{one}")),
        (Method::DELETE, "manifests/1".to_owned()),
        (Method::DELETE, format!("blobs/{layer}")),
        (Method::PUT, format!("blobs/{layer}")),
        (Method::POST, "blobs/uploads/".to_owned()),
        (Method::POST, "blobs/uploads".to_owned()),
        (Method::POST, format!("blobs/uploads/?mount={layer}&from=acme/app")),
        (Method::PATCH, format!("blobs/uploads/{session}")),
        (Method::PUT, format!("blobs/uploads/{session}?digest={layer}")),
        (Method::DELETE, format!("blobs/uploads/{session}")),
    ] {
        let path = format!("/v2/env/production/acme/app/{path}");
        let answer = admin.request(method.clone(), &path).body("{}").send().await.unwrap();
        assert_eq!(header(&answer, "allow"), "GET, HEAD", "{method} {path}");
        refused(answer, 405, "UNSUPPORTED").await;
    }
    for path in ["tags/list", &format!("referrers/{one}")] {
        let answer = admin.delete(&format!("/v2/env/production/acme/app/{path}")).send().await.unwrap();
        refused(answer, 405, "UNSUPPORTED").await;
    }
    assert_eq!(status(&admin, "acme/app/manifests/current").await, 200);
}

#[tokio::test]
async fn a_blob_is_not_mounted_from_an_environment() {
    let mut server = TestServer::start().await;
    let one = push_image(&server.client(), "acme/app", "v1", 1).await;
    push_blob(&server.client(), "acme/other", b"something else").await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &one)])], &[]).await;
    let admin = server.client();
    let layer = sha256(&bytes(1, 1000));
    for from in ["env/production/acme/app", "env%2Fproduction%2Facme%2Fapp"] {
        let path = format!("/v2/acme/other/blobs/uploads/?mount={layer}&from={from}");
        assert_eq!(admin.post(&path).send().await.unwrap().status(), StatusCode::ACCEPTED);
    }
    let direct = format!("/v2/acme/other/blobs/uploads/?mount={layer}&from=acme/app");
    assert_eq!(admin.post(&direct).send().await.unwrap().status(), StatusCode::CREATED);
}
