//! What is admitted can be pulled like anything else.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{Admitted, deployer, get, hold, of, push_by_digest, push_index, status};
use crate::registry::kit::{IMAGE, INDEX, bytes, header, image, project, push_image, put, sha256, sha512};
use crate::support::TestServer;

#[tokio::test]
async fn a_release_is_pulled_by_its_version_by_current_and_by_its_digests() {
    let mut server = TestServer::start().await;
    let manifest = image(&server.client(), "acme/app", 1).await;
    put(&server.client(), "acme/app", "build-7", &manifest).await;
    let whole = manifest.to_string().into_bytes();
    let (digest, sha512) = (sha256(&whole), sha512(&whole));
    deployer(&server, "dee", "production").await;
    hold(&mut server, &[Admitted::of("1.4.2", &[("acme/app", &digest)])], &[]).await;
    let dee = of(&server, "dee");
    for reference in ["1.4.2", "current", &digest, &sha512] {
        let path = format!("acme/app/manifests/{reference}");
        let answer = get(&dee, &path).await;
        assert_eq!(answer.status(), StatusCode::OK, "{reference}");
        assert_eq!(header(&answer, "content-type"), IMAGE);
        let named = if reference == sha512 { &sha512 } else { &digest };
        assert_eq!(header(&answer, "docker-content-digest"), named);
        let tag = header(&answer, "etag").to_owned();
        assert_eq!(answer.bytes().await.unwrap(), whole);
        let path = format!("/v2/env/production/{path}");
        let head = dee.head(&path).send().await.unwrap();
        assert_eq!(
            (head.status(), header(&head, "content-length")),
            (StatusCode::OK, &*whole.len().to_string())
        );
        let same = dee.get(&path).header("if-none-match", tag).send().await.unwrap();
        assert_eq!(same.status(), StatusCode::NOT_MODIFIED);
    }
    // The tag of the repository is none of the environment's.
    assert_eq!(status(&dee, "acme/app/manifests/build-7").await, 403);
}

#[tokio::test]
async fn the_blobs_of_a_release_are_pulled_whole_or_in_part() {
    let mut server = TestServer::start().await;
    let digest = push_image(&server.client(), "acme/app", "v1", 1).await;
    deployer(&server, "dee", "production").await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &digest)])], &[]).await;
    let (dee, layer) = (of(&server, "dee"), bytes(1, 1000));
    let path = format!("acme/app/blobs/{}", sha256(&layer));
    let whole = get(&dee, &path).await;
    assert_eq!(header(&whole, "content-length"), "1000");
    assert_eq!(whole.bytes().await.unwrap(), layer);
    assert_eq!(status(&dee, &path).await, 200);
    let path = format!("/v2/env/production/{path}");
    let part = dee.get(&path).header("range", "bytes=10-19").send().await.unwrap();
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(header(&part, "content-range"), "bytes 10-19/1000");
    assert_eq!(part.bytes().await.unwrap(), &layer[10..20]);
    let beyond = dee.get(&path).header("range", "bytes=1000-").send().await.unwrap();
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(status(&dee, &format!("acme/app/blobs/{}", sha256(b"{\"seed\":1}"))).await, 200);
}

#[tokio::test]
async fn all_that_is_below_an_index_is_shown_with_it() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    let (_, one) = push_by_digest(&admin, "acme/app", 1).await;
    let (manifest, two) = push_by_digest(&admin, "acme/app", 2).await;
    let two_by_sha512 = sha512(manifest.to_string().as_bytes());
    let (_, other) = push_by_digest(&admin, "acme/app", 3).await;
    let inner = push_index(&admin, "acme/app", "inner", &[(IMAGE, &two_by_sha512)]).await;
    let outer = push_index(&admin, "acme/app", "outer", &[(IMAGE, &one), (INDEX, &inner)]).await;
    // An index that lists a part of a release is none itself.
    let above = push_index(&admin, "acme/app", "above", &[(IMAGE, &one), (IMAGE, &other)]).await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &outer)])], &[]).await;
    let admin = server.client();
    for shown in [&outer, &inner, &one, &two, &two_by_sha512] {
        assert_eq!(status(&admin, &format!("acme/app/manifests/{shown}")).await, 200, "{shown}");
    }
    for not in [&above, &other] {
        assert_eq!(status(&admin, &format!("acme/app/manifests/{not}")).await, 403, "{not}");
    }
    for (seed, expected) in [(1, 200), (2, 200), (3, 403)] {
        let layer = sha256(&bytes(seed, 1000));
        assert_eq!(status(&admin, &format!("acme/app/blobs/{layer}")).await, expected, "{seed}");
    }
}

#[tokio::test]
async fn what_an_index_lists_may_come_later() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    project(&server, "acme", json!({ "sparse": "allow" })).await;
    let (_, one) = push_by_digest(&admin, "acme/app", 1).await;
    let late = image(&admin, "acme/other", 2).await;
    let digest = sha256(late.to_string().as_bytes());
    let index = push_index(&admin, "acme/app", "v1", &[(IMAGE, &one), (IMAGE, &digest)]).await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &index)])], &[]).await;
    let admin = server.client();
    assert_eq!(status(&admin, &format!("acme/app/manifests/{one}")).await, 200);
    assert_eq!(status(&admin, &format!("acme/app/manifests/{digest}")).await, 403);
    let late = image(&admin, "acme/app", 2).await;
    assert_eq!(put(&admin, "acme/app", &digest, &late).await.status(), StatusCode::CREATED);
    assert_eq!(status(&admin, &format!("acme/app/manifests/{digest}")).await, 200);
    assert_eq!(status(&admin, &format!("acme/app/blobs/{}", sha256(&bytes(2, 1000)))).await, 200);
}

#[tokio::test]
async fn tags_are_the_versions_and_current() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    let mut digests = Vec::new();
    for seed in 1..=3 {
        digests.push(push_image(&admin, "acme/app", &format!("build-{seed}"), seed).await);
    }
    let [one, two, three] = &digests[..] else { panic!("three were pushed") };
    hold(
        &mut server,
        &[
            Admitted::of("1.0.0", &[("acme/app", one)]).draining(3600),
            Admitted::of("1.1.0", &[("acme/app", two)]),
            Admitted::of("0.1.0", &[("acme/app", three)]).draining(-3600),
        ],
        &[],
    )
    .await;
    let admin = server.client();
    let list = async |query: &str| {
        let answer = get(&admin, &format!("acme/app/tags/list{query}")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let body: Value = answer.json().await.unwrap();
        assert_eq!(body["name"], "env/production/acme/app");
        (body["tags"].clone(), link)
    };
    assert_eq!(list("").await, (json!(["1.0.0", "1.1.0", "current"]), None));
    let next = "</v2/env/production/acme/app/tags/list?n=1&last=1.0.0>; rel=\"next\"".to_owned();
    assert_eq!(list("?n=1").await, (json!(["1.0.0"]), Some(next)));
    assert_eq!(list("?n=5&last=1.0.0").await, (json!(["1.1.0", "current"]), None));
    assert_eq!(list("?n=0").await, (json!([]), None));
}
