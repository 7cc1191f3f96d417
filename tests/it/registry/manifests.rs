//! Pushing and reading manifests.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::kit::{
    IMAGE, INDEX, descriptor, header, image, project, push_blob, push_image, put, put_bytes, refused, sha256,
    sha512, user,
};
use crate::support::{TestServer, wait_until};

#[tokio::test]
async fn manifests_are_kept_byte_exact() {
    let server = TestServer::start().await;
    let client = server.client();
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let list = "application/vnd.docker.distribution.manifest.list.v2+json";
    let mut manifest = image(&client, "acme/app", 1).await;
    manifest["mediaType"] = json!(docker);
    // Odd spacing, an unknown field and no newline at the end: nothing of it may change.
    let odd = format!("{{ \"custom\" :\t1,\n{}", &manifest.to_string()[1..]);
    let digest = sha256(odd.as_bytes());
    let answer = put_bytes(&client, "acme/app", "odd", docker, odd.clone().into_bytes()).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{}", answer.text().await.unwrap());
    let index = json!({ "schemaVersion": 2, "mediaType": list, "manifests": [descriptor(docker, &digest, odd.len())] });
    assert_eq!(put(&client, "acme/app", "list", &index).await.status(), StatusCode::CREATED);
    for (tag, kind, bytes) in [("odd", docker, odd), ("list", list, index.to_string())] {
        for reference in [tag.to_owned(), sha256(bytes.as_bytes()), sha512(bytes.as_bytes())] {
            let answer = client
                .get(&format!("/v2/acme/app/manifests/{reference}"))
                .header("accept", IMAGE)
                .send()
                .await
                .unwrap();
            assert_eq!(header(&answer, "content-type"), kind);
            assert_eq!(answer.text().await.unwrap(), bytes);
        }
    }
}

#[tokio::test]
async fn head_says_what_get_would() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    let head = client.head("/v2/acme/app/manifests/v1?ns=mirror.example").send().await.unwrap();
    let get = client.get("/v2/acme/app/manifests/v1").send().await.unwrap();
    assert_eq!(header(&head, "docker-content-digest"), digest);
    assert_eq!(header(&head, "oci-namespace"), "mirror.example");
    assert_eq!(header(&head, "content-type"), header(&get, "content-type"));
    assert_eq!(header(&head, "content-length"), get.bytes().await.unwrap().len().to_string());
}

#[tokio::test]
async fn many_tags_with_one_put() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    let tags: Vec<String> = (0..20).map(|n| format!("t{n}")).collect();
    let digest = sha512(manifest.to_string().as_bytes());
    let answer = put(&client, "acme/app", &format!("{digest}?tag={}", tags.join("&tag=")), &manifest).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let told: Vec<_> = answer.headers().get_all("oci-tag").iter().map(|tag| tag.to_str().unwrap()).collect();
    assert_eq!(told, tags);
    assert_eq!(header(&answer, "docker-content-digest"), digest);
    let by_tag = client.get("/v2/acme/app/manifests/t7").send().await.unwrap();
    assert_eq!(header(&by_tag, "docker-content-digest"), digest);
}

#[tokio::test]
async fn one_refused_tag_refuses_them_all() {
    let server = TestServer::start().await;
    let client = server.client();
    push_image(&client, "acme/app", "taken", 1).await;
    let manifest = image(&client, "acme/app", 2).await;
    let digest = sha256(manifest.to_string().as_bytes());
    let answer = put(&client, "acme/app", &format!("{digest}?tag=fresh&tag=taken"), &manifest).await;
    refused(answer, 409, "DENIED").await;
    for reference in ["fresh", digest.as_str()] {
        let answer = client.get(&format!("/v2/acme/app/manifests/{reference}")).send().await.unwrap();
        refused(answer, 404, "MANIFEST_UNKNOWN").await;
    }
}

#[tokio::test]
async fn what_a_manifest_names_must_be_there_unless_sparse_is_allowed() {
    let server = TestServer::start().await;
    let client = server.client();
    project(&server, "sparse", json!({ "sparse": "allow" })).await;
    let missing = sha256(b"never pushed");
    let image = json!({
        "schemaVersion": 2, "mediaType": IMAGE, "config": descriptor("c/c", &missing, 12), "layers": [],
    });
    let index =
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, &missing, 12)] });
    for manifest in [image, index] {
        let error =
            refused(put(&client, "acme/app", "v1", &manifest).await, 404, "MANIFEST_BLOB_UNKNOWN").await;
        assert_eq!(error["detail"]["missing"][0], missing.as_str());
        let tag = manifest["mediaType"].as_str().unwrap().rsplit('.').nth(1).unwrap();
        assert_eq!(put(&client, "sparse/app", tag, &manifest).await.status(), StatusCode::CREATED);
    }
}

#[tokio::test]
async fn a_child_may_be_a_blob_as_in_build_caches() {
    let server = TestServer::start().await;
    let client = server.client();
    let layer = push_blob(&client, "acme/cache", b"cached layer").await;
    let index = json!({
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer, 12)],
    });
    assert_eq!(put(&client, "acme/cache", "cache", &index).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn a_deleted_manifest_is_gone_with_its_tags_and_can_come_back() {
    let server = TestServer::start().await;
    let client = server.client();
    let manifest = image(&client, "acme/app", 1).await;
    put(&client, "acme/app", "v1", &manifest).await;
    let digest = sha256(manifest.to_string().as_bytes());
    let path = format!("/v2/acme/app/manifests/{digest}");
    assert_eq!(client.delete(&path).send().await.unwrap().status(), StatusCode::ACCEPTED);
    for path in [path.as_str(), "/v2/acme/app/manifests/v1"] {
        refused(client.get(path).send().await.unwrap(), 404, "MANIFEST_UNKNOWN").await;
    }
    assert_eq!(put(&client, "acme/app", "v1", &manifest).await.status(), StatusCode::CREATED);
    assert_eq!(client.get(&path).send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn a_manifest_becomes_an_object_too_and_a_refused_one_does_not() {
    let server = TestServer::start().await;
    let client = server.client();
    let refused_image = image(&client, "acme/app", 2).await;
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    refused(put(&client, "acme/app", "v1", &refused_image).await, 409, "DENIED").await;
    let folder = server.storage().join("manifests");
    let file = |digest: &str| folder.join(digest.replace(':', "/"));
    wait_until("the manifest is an object", async || file(&digest).exists()).await;
    assert_eq!(sha256(&std::fs::read(file(&digest)).unwrap()), digest);
    assert!(!file(&sha256(refused_image.to_string().as_bytes())).exists());
}

#[tokio::test]
async fn the_same_bytes_are_not_two_kinds_of_manifest() {
    let server = TestServer::start().await;
    let client = server.client();
    let mut manifest = image(&client, "acme/app", 1).await;
    manifest.as_object_mut().unwrap().remove("mediaType");
    let bytes = || manifest.to_string().into_bytes();
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    assert_eq!(put_bytes(&client, "acme/app", "v1", docker, bytes()).await.status(), StatusCode::CREATED);
    refused(put_bytes(&client, "acme/app", "v2", IMAGE, bytes()).await, 400, "MANIFEST_INVALID").await;
    assert_eq!(put_bytes(&client, "acme/app", "v2", docker, bytes()).await.status(), StatusCode::CREATED);
}

#[tokio::test]
async fn what_an_index_lists_stays() {
    let server = TestServer::start().await;
    let client = server.client();
    let child = push_image(&client, "acme/app", "child", 1).await;
    let index =
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, &child, 9)] });
    put(&client, "acme/app", "multi", &index).await;
    let index = sha256(index.to_string().as_bytes());
    let delete =
        async |digest: &str| client.delete(&format!("/v2/acme/app/manifests/{digest}")).send().await.unwrap();
    refused(delete(&child).await, 405, "UNSUPPORTED").await;
    assert_eq!(delete(&index).await.status(), StatusCode::ACCEPTED);
    assert_eq!(delete(&child).await.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn signatures_of_what_an_immutable_tag_stands_for_are_protected() {
    let server = TestServer::start().await;
    let client = server.client();
    let child = push_image(&client, "acme/app", &sha256(b"child").replace(':', "-"), 1).await;
    let mut signature = image(&client, "acme/app", 2).await;
    signature["subject"] = descriptor(IMAGE, &child, 9);
    let signature_digest = sha256(signature.to_string().as_bytes());
    put(&client, "acme/app", &signature_digest, &signature).await;
    let publisher = user(&server, "pub", "publisher", json!({ "project": "acme" })).await;
    let index =
        json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(IMAGE, &child, 9)] });
    put(&client, "acme/app", "v1", &index).await;
    let path = format!("/v2/acme/app/manifests/{signature_digest}");
    refused(publisher.delete(&path).send().await.unwrap(), 403, "DENIED").await;
    assert_eq!(client.delete(&path).send().await.unwrap().status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn a_right_that_goes_while_a_body_comes_is_gone() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let publisher = user(&server, "pub", "publisher", json!({ "project": "acme" })).await;
    let manifest = image(&publisher, "acme/app", 2).await.to_string();
    let (first, rest) = manifest.split_at(10);
    let (sender, body) = tokio::sync::mpsc::channel::<Result<String, std::io::Error>>(1);
    let body = reqwest::Body::wrap_stream(futures_util::stream::unfold(body, |mut body| async move {
        body.recv().await.map(|piece| (piece, body))
    }));
    let path = "/v2/acme/app/manifests/late";
    let put = tokio::spawn(publisher.put(path).header("content-type", IMAGE).body(body).send());
    sender.send(Ok(first.to_owned())).await.unwrap();
    let admin = server.client();
    // The channel holds one piece: when it takes another, the first is on its way to the server.
    sender.send(Ok(rest[..10].to_owned())).await.unwrap();
    let bindings: Value =
        admin.get("/api/v1/role-bindings?user=pub").send().await.unwrap().json().await.unwrap();
    let id = bindings["items"][0]["id"].as_str().unwrap();
    admin.delete(&format!("/api/v1/role-bindings/{id}")).send().await.unwrap();
    sender.send(Ok(rest[10..].to_owned())).await.unwrap();
    drop(sender);
    refused(put.await.unwrap().unwrap(), 403, "DENIED").await;
    refused(admin.get(path).send().await.unwrap(), 404, "MANIFEST_UNKNOWN").await;
}
