//! What a release consists of can't be deleted.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{Admitted, hold, push_by_digest, push_index, status};
use crate::registry::kit::{IMAGE, project, push_image, refused};
use crate::support::TestServer;
use crate::trust::kit::push_referrer;

#[tokio::test]
async fn a_part_of_a_release_stays_and_its_tag_may_go() {
    let mut server = TestServer::start().await;
    project(&server, "acme", json!({ "tags": "mutable" })).await;
    let admin = server.client();
    let (_, child) = push_by_digest(&admin, "acme/app", 1).await;
    let index = push_index(&admin, "acme/app", "v1", &[(IMAGE, &child)]).await;
    let old = push_image(&admin, "acme/app", "v0", 2).await;
    let free = push_image(&admin, "acme/app", "free", 3).await;
    let said = push_referrer(&admin, "acme/app", &index, "text/plain", b"hello").await;
    let releases = [
        Admitted::of("0.9", &[("acme/app", &old)]).draining(-3600),
        Admitted::of("1.4.2", &[("acme/app", &index)]),
    ];
    hold(&mut server, &releases, &[]).await;
    let admin = server.client();
    for (digest, named) in [
        (&index, "it belongs to the release web 1.4.2 (admitted in production)"),
        (&old, "the release web 0.9"),
        (&said, "it speaks of a part of the release web 1.4.2 (admitted in production)"),
    ] {
        let path = format!("/v2/acme/app/manifests/{digest}");
        let error = refused(admin.delete(&path).send().await.unwrap(), 409, "DENIED").await;
        assert!(error["message"].as_str().unwrap().contains(named), "{error}");
        let path = format!("/api/v1/projects/acme/artifacts/{digest}?repository=acme/app");
        let answer = admin.delete(&path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::CONFLICT);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], "protected_by_release");
        assert!(problem["detail"].as_str().unwrap().contains(named), "{problem}");
    }
    let path = format!("/v2/acme/app/manifests/{child}");
    refused(admin.delete(&path).send().await.unwrap(), 405, "UNSUPPORTED").await;
    for path in ["v1", "free", &free] {
        let answer = admin.delete(&format!("/v2/acme/app/manifests/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{path}");
    }
    assert_eq!(status(&admin, "acme/app/manifests/current").await, 200);
    assert_eq!(status(&admin, &format!("acme/app/manifests/{child}")).await, 200);
}
