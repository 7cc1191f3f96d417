//! What speaks of a release is shown with it, unless it could run.

use reqwest::StatusCode;
use serde_json::{Value, json};
use waybill::trust::signing::EMPTY;

use super::kit::{Admitted, deployer, get, hold, of, push_by_digest, push_index, status};
use crate::registry::kit::{IMAGE, bytes, descriptor, image, push_image, put, refused, sha256};
use crate::support::{Client, TestServer};
use crate::trust::kit::push_referrer;

const SBOM: &str = "application/spdx+json";

async fn listed(client: &Client, digest: &str) -> Vec<Value> {
    let answer = get(client, &format!("acme/app/referrers/{digest}")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let index: Value = answer.json().await.unwrap();
    index["manifests"].as_array().unwrap().iter().map(|one| one["digest"].clone()).collect()
}

#[tokio::test]
async fn what_refers_to_a_part_of_a_release_is_shown_in_any_depth() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    let (_, one) = push_by_digest(&admin, "acme/app", 1).await;
    let index = push_index(&admin, "acme/app", "v1", &[(IMAGE, &one)]).await;
    let other = push_image(&admin, "acme/app", "v2", 2).await;
    let attested = push_referrer(&admin, "acme/app", &index, SBOM, b"{\"of\":\"index\"}").await;
    let of_child = push_referrer(&admin, "acme/app", &one, SBOM, b"{\"of\":\"child\"}").await;
    let signed = push_referrer(&admin, "acme/app", &attested, SBOM, b"{\"of\":\"sbom\"}").await;
    let of_other = push_referrer(&admin, "acme/app", &other, SBOM, b"{\"of\":\"other\"}").await;
    deployer(&server, "dee", "production").await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &index)])], &[]).await;
    let dee = of(&server, "dee");
    assert_eq!(listed(&dee, &index).await, [attested.as_str()]);
    assert_eq!(listed(&dee, &one).await, [of_child.as_str()]);
    assert_eq!(listed(&dee, &attested).await, [signed.as_str()]);
    let path = format!("acme/app/referrers/{index}?artifactType=text/plain");
    let answer = get(&dee, &path).await;
    assert_eq!(answer.headers()["oci-filters-applied"], "artifactType");
    assert_eq!(answer.json::<Value>().await.unwrap()["manifests"], json!([]));
    for (manifest, blob) in
        [(&attested, "{\"of\":\"index\"}"), (&of_child, "{\"of\":\"child\"}"), (&signed, "{\"of\":\"sbom\"}")]
    {
        assert_eq!(status(&dee, &format!("acme/app/manifests/{manifest}")).await, 200, "{blob}");
        assert_eq!(status(&dee, &format!("acme/app/blobs/{}", sha256(blob.as_bytes()))).await, 200, "{blob}");
    }
    assert_eq!(status(&dee, &format!("acme/app/blobs/{}", sha256(EMPTY))).await, 200, "their config");
    refused(get(&dee, &format!("acme/app/manifests/{of_other}")).await, 403, "DENIED").await;
    let blob = sha256(b"{\"of\":\"other\"}");
    refused(get(&dee, &format!("acme/app/blobs/{blob}")).await, 403, "DENIED").await;
    refused(get(&dee, &format!("acme/app/referrers/{other}")).await, 403, "DENIED").await;
}

/// Who may push could have anything run otherwise, by letting it refer to what was promoted.
#[tokio::test]
async fn what_refers_to_a_release_and_could_run_is_refused() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    let one = push_image(&admin, "acme/app", "v1", 1).await;
    let mut evil = image(&admin, "acme/app", 2).await;
    evil["subject"] = descriptor(IMAGE, &one, 1);
    let evil_digest = sha256(evil.to_string().as_bytes());
    assert_eq!(put(&admin, "acme/app", &evil_digest, &evil).await.status(), StatusCode::CREATED);
    // Nor does it help to have an index refer there that lists it.
    let (_, listed) = push_by_digest(&admin, "acme/app", 3).await;
    let mut index = json!({
        "schemaVersion": 2,
        "mediaType": crate::registry::kit::INDEX,
        "manifests": [descriptor(IMAGE, &listed, 1)],
    });
    index["subject"] = descriptor(IMAGE, &one, 1);
    let index_digest = sha256(index.to_string().as_bytes());
    assert_eq!(put(&admin, "acme/app", &index_digest, &index).await.status(), StatusCode::CREATED);
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &one)])], &[]).await;
    let admin = server.client();
    for digest in [&evil_digest, &listed] {
        let error = refused(get(&admin, &format!("acme/app/manifests/{digest}")).await, 403, "DENIED").await;
        assert!(error["message"].as_str().unwrap().contains("could run itself"), "{error}");
    }
    for seed in [2, 3] {
        let layer = sha256(&bytes(seed, 1000));
        assert_eq!(status(&admin, &format!("acme/app/blobs/{layer}")).await, 403, "{seed}");
    }
    // The index alone says nothing but what it lists.
    assert_eq!(status(&admin, &format!("acme/app/manifests/{index_digest}")).await, 200);
}
