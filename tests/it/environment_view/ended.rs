//! What drains is shown, and then no more; what is stopped is not shown at all.

use super::kit::{Admitted, get, hold, push_by_digest, push_index, status};
use crate::registry::kit::{IMAGE, bytes, push_image, refused, sha256};
use crate::support::{Client, TestServer};
use crate::trust::kit::push_referrer;

async fn why(client: &Client, path: &str) -> String {
    let error = refused(get(client, path).await, 403, "DENIED").await;
    error["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_predecessor_is_shown_while_it_drains() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    let one = push_image(&admin, "acme/app", "v1", 1).await;
    let two = push_image(&admin, "acme/app", "v2", 2).await;
    let (before, after) = ([("acme/app", one.as_str())], [("acme/app", two.as_str())]);
    for (drains, expected) in [(3600, 200), (-3600, 403)] {
        let releases = [Admitted::of("1", &before).draining(drains), Admitted::of("2", &after)];
        hold(&mut server, &releases, &[]).await;
        let admin = server.client();
        for reference in ["1", &one] {
            assert_eq!(status(&admin, &format!("acme/app/manifests/{reference}")).await, expected);
        }
        assert_eq!(status(&admin, &format!("acme/app/blobs/{}", sha256(&bytes(1, 1000)))).await, expected);
        let current = get(&admin, "acme/app/manifests/current").await;
        assert_eq!(current.headers()["docker-content-digest"], *two);
    }
    let admin = server.client();
    for reference in ["1", &one] {
        let why = why(&admin, &format!("acme/app/manifests/{reference}")).await;
        assert!(why.contains("web 1 was admitted there and drained until"), "{why}");
    }
    hold(&mut server, &[Admitted::of("1", &before).draining(-3600)], &[]).await;
    let why = why(&server.client(), &format!("acme/app/manifests/{one}")).await;
    assert!(why.contains("web 1 was admitted there and drained until"), "{why}");
}

#[tokio::test]
async fn what_is_quarantined_is_not_shown_and_the_rest_of_its_release_is() {
    let mut server = TestServer::start().await;
    let admin = server.client();
    let (_, one) = push_by_digest(&admin, "acme/app", 1).await;
    let (_, two) = push_by_digest(&admin, "acme/app", 2).await;
    let index = push_index(&admin, "acme/app", "v1", &[(IMAGE, &one), (IMAGE, &two)]).await;
    let chart = push_image(&admin, "acme/chart", "v1", 3).await;
    let bad = push_referrer(&admin, "acme/app", &one, "text/plain", b"hello").await;
    let release = [("acme/app", index.as_str()), ("acme/chart", chart.as_str())];
    // A whole artifact.
    hold(&mut server, &[Admitted::of("1", &release)], &[&index]).await;
    let admin = server.client();
    for reference in ["1", "current", &index] {
        let why = why(&admin, &format!("acme/app/manifests/{reference}")).await;
        assert!(why.contains("it is quarantined: a worm is in it"), "{why}");
    }
    for (below, expected) in [(&one, "it is quarantined"), (&two, "it is quarantined"), (&bad, "no part of")]
    {
        let why = why(&admin, &format!("acme/app/manifests/{below}")).await;
        assert!(why.contains(expected), "{why}");
    }
    let layer = why(&admin, &format!("acme/app/blobs/{}", sha256(&bytes(1, 1000)))).await;
    assert!(layer.contains("it is quarantined"), "{layer}");
    assert_eq!(status(&admin, "acme/chart/manifests/current").await, 200);
    // A part of one.
    hold(&mut server, &[Admitted::of("1", &release)], &[&one]).await;
    let admin = server.client();
    assert_eq!(status(&admin, "acme/app/manifests/current").await, 200);
    for (seed, digest, expected) in [(1, &one, 403), (2, &two, 200)] {
        assert_eq!(status(&admin, &format!("acme/app/manifests/{digest}")).await, expected);
        let layer = sha256(&bytes(seed, 1000));
        assert_eq!(status(&admin, &format!("acme/app/blobs/{layer}")).await, expected);
    }
    let layer = why(&admin, &format!("acme/app/blobs/{}", sha256(&bytes(1, 1000)))).await;
    assert!(layer.contains("what names it is quarantined"), "{layer}");
    // What speaks of one.
    hold(&mut server, &[Admitted::of("1", &release)], &[&bad]).await;
    let admin = server.client();
    assert_eq!(status(&admin, &format!("acme/app/manifests/{one}")).await, 200);
    assert!(why(&admin, &format!("acme/app/manifests/{bad}")).await.contains("it is quarantined"));
}

#[tokio::test]
async fn an_emergency_ends() {
    let mut server = TestServer::start().await;
    let one = push_image(&server.client(), "acme/app", "v1", 1).await;
    let artifacts = [("acme/app", one.as_str())];
    hold(&mut server, &[Admitted::of("1", &artifacts).until(3600)], &[]).await;
    assert_eq!(status(&server.client(), "acme/app/manifests/current").await, 200);
    hold(&mut server, &[Admitted::of("1", &artifacts).until(-3600)], &[]).await;
    let admin = server.client();
    for reference in ["current", "1", &one] {
        let why = why(&admin, &format!("acme/app/manifests/{reference}")).await;
        assert!(why.contains("web 1 was admitted in an emergency, until"), "{why}");
    }
    assert_eq!(status(&admin, &format!("acme/app/blobs/{}", sha256(&bytes(1, 1000)))).await, 403);
}
