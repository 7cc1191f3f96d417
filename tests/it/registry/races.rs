//! Races: the database decides, and one wins.

use futures_util::future::join_all;
use reqwest::StatusCode;

use super::kit::{bytes, events, header, image, mutable_server, push_blob, put, sha256, start};
use crate::audit::assert_sound;
use crate::backup::base::Base;
use crate::support::TestServer;

#[tokio::test]
async fn a_hundred_manifests_race_for_one_immutable_tag() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifests = join_all((0..100).map(|seed| image(&client, "acme/app", seed))).await;
    let answers = join_all(manifests.iter().map(|manifest| put(&client, "acme/app", "v1", manifest))).await;
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status().as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 99);
    let winner = manifests.iter().zip(&statuses).find(|(_, status)| **status == 201).unwrap().0;
    let held = client.get("/v2/acme/app/manifests/v1").send().await.unwrap();
    assert_eq!(header(&held, "docker-content-digest"), sha256(winner.to_string().as_bytes()));
    let pushed = events(&client).await.into_iter().filter(|event| event["kind"] == "manifest.pushed").count();
    assert_eq!(pushed, 1);
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn a_moving_tag_is_never_missing_and_its_events_tell_its_way() {
    let server = mutable_server().await;
    let client = server.client();
    let manifests = join_all((0..20).map(|seed| image(&client, "acme/app", seed))).await;
    assert_eq!(put(&client, "acme/app", "v1", &manifests[0]).await.status(), StatusCode::CREATED);
    let moves = join_all(manifests.iter().map(|manifest| put(&client, "acme/app", "v1", manifest)));
    let reads = join_all((0..100).map(|_| client.get("/v2/acme/app/manifests/v1").send()));
    let (moves, reads) = futures_util::join!(moves, reads);
    assert!(moves.iter().all(|answer| answer.status() == StatusCode::CREATED));
    assert!(reads.iter().all(|answer| answer.as_ref().unwrap().status() == StatusCode::OK));
    let mut at = sha256(manifests[0].to_string().as_bytes());
    for event in events(&client).await.into_iter().filter(|event| event["kind"] == "tag.moved") {
        assert_eq!(event["data"]["from"], at.as_str());
        at = event["subjects"][0]["digest"].as_str().unwrap().to_owned();
    }
    let held = client.get("/v2/acme/app/manifests/v1").send().await.unwrap();
    assert_eq!(header(&held, "docker-content-digest"), at);
    assert_sound(&Base::of(&server)).await;
}

#[tokio::test]
async fn the_same_blob_pushed_fifty_times_at_once() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(1, 200_000);
    let digests = join_all((0..50).map(|n| {
        let (client, content, repo) = (client.clone(), content.clone(), format!("acme/app{}", n % 5));
        async move { push_blob(&client, &repo, &content).await }
    }))
    .await;
    for repo in 0..5 {
        let answer = client.get(&format!("/v2/acme/app{repo}/blobs/{}", digests[0])).send().await.unwrap();
        assert!(answer.bytes().await.unwrap() == content);
    }
}

#[tokio::test]
async fn two_requests_to_one_session_do_not_mix() {
    let server = TestServer::start().await;
    let client = server.client();
    let content = bytes(3, 2_000_000);
    let location = start(&client, "acme/app").await;
    let range = format!("0-{}", content.len() - 1);
    let patch = || client.patch(&location).header("content-range", &range).body(content.clone()).send();
    let (one, two) = futures_util::join!(patch(), patch());
    let mut statuses = [one.unwrap().status().as_u16(), two.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 202, "{statuses:?}");
    assert!(matches!(statuses[1], 409 | 416), "{statuses:?}");
    let answer = client.put(&format!("{location}?digest={}", sha256(&content))).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn what_a_digest_names_has_that_digest_whoever_writes_beside() {
    let server = TestServer::start().await;
    let client = server.client();
    for round in 0..20 {
        let (good, evil) = (bytes(round, 3000), bytes(round + 1_000_000, 3000));
        let digest = sha256(&good);
        let session = start(&client, "evil/app").await;
        // The honest end of a session, somewhere among writes of other bytes to the same place.
        let attack = join_all((0..13).map(|n| {
            let request = if n == round % 13 {
                client.put(&format!("{session}?digest={digest}")).body(good.clone())
            } else {
                client.patch(&session).body(evil.clone())
            };
            request.send()
        }));
        // Others keep the database's writer busy, so that changes wait for it.
        let others = join_all((0..20).map(|n| {
            let (client, content) = (client.clone(), bytes(2_000_000 + round * 100 + n, 500));
            async move { push_blob(&client, "acme/busy", &content).await }
        }));
        let (attack, _) = futures_util::join!(attack, others);
        let finished = attack.iter().any(|answer| answer.as_ref().unwrap().status() == StatusCode::CREATED);
        // Whoever pushes the same content later is given the bytes that are there.
        push_blob(&client, "acme/app", &good).await;
        for repo in ["evil/app", "acme/app"] {
            let answer = client.get(&format!("/v2/{repo}/blobs/{digest}")).send().await.unwrap();
            let there = answer.status() == StatusCode::OK;
            assert_eq!(there, finished || repo == "acme/app", "round {round}: {repo}");
            if there {
                assert!(answer.bytes().await.unwrap() == good, "round {round}: {repo} serves other bytes");
            }
        }
    }
}
