//! Who may do what.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::kit::{header, image, project, push_blob, push_image, put, refused, start, user};
use crate::support::TestServer;

#[tokio::test]
async fn the_base_path_challenges_everybody_who_is_nobody() {
    let server = TestServer::start().await;
    let answer = server.anonymous().get("/v2/").send().await.unwrap();
    let challenge = format!("Bearer realm=\"{}/token\",service=\"waybill\"", server.base());
    assert_eq!(header(&answer, "www-authenticate"), challenge);
    refused(answer, 401, "UNAUTHORIZED").await;
    refused(server.client_of("admin", "wrong").get("/v2/").send().await.unwrap(), 401, "UNAUTHORIZED").await;
    let answer = server.client().get("/v2/").send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(&answer, "docker-distribution-api-version"), "registry/2.0");
}

#[tokio::test]
async fn every_path_tells_how_to_log_in() {
    let server = TestServer::start().await;
    let digest = push_image(&server.client(), "acme/app", "v1", 1).await;
    let session = start(&server.client(), "acme/app").await;
    let paths = [
        "manifests/v1".to_owned(),
        format!("manifests/{digest}"),
        format!("blobs/{digest}"),
        "tags/list".to_owned(),
        format!("referrers/{digest}"),
    ];
    let reads = ["acme/app", "acme/none", "none/app"].iter().flat_map(|repo| {
        paths.iter().flat_map(move |path| {
            [Method::GET, Method::HEAD].map(|method| (method, format!("/v2/{repo}/{path}")))
        })
    });
    let writes = [
        (Method::POST, "/v2/acme/app/blobs/uploads/".to_owned()),
        (Method::POST, "/v2/none/app/blobs/uploads/".to_owned()),
        (Method::POST, format!("/v2/acme/app/blobs/uploads/?mount={digest}&from=acme/app")),
        (Method::GET, session.clone()),
        (Method::PATCH, session.clone()),
        (Method::PUT, format!("{session}?digest={digest}")),
        (Method::DELETE, session),
        (Method::PUT, "/v2/acme/app/manifests/v2".to_owned()),
        (Method::DELETE, "/v2/acme/app/manifests/v1".to_owned()),
        (Method::DELETE, format!("/v2/acme/app/blobs/{digest}")),
    ];
    // HEAD is no method of lists, which is said without asking who asks.
    let lists = |method: &Method, path: &str| {
        *method == Method::HEAD && (path.contains("/tags/") || path.contains("/referrers/"))
    };
    for (method, path) in reads.chain(writes).filter(|(method, path)| !lists(method, path)) {
        for client in [server.anonymous(), server.client_of("admin", "wrong")] {
            let answer = client.request(method.clone(), &path).send().await.unwrap();
            if answer.status() == StatusCode::TOO_MANY_REQUESTS {
                continue;
            }
            assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{method} {path}");
            let challenge = answer.headers().get("www-authenticate");
            let challenge = challenge.and_then(|it| it.to_str().ok()).unwrap_or_default();
            let scope = format!(
                ",scope=\"repository:{}:",
                path[4..].split('/').take(2).collect::<Vec<_>>().join("/")
            );
            assert!(
                challenge.starts_with("Bearer ") && challenge.contains(&scope),
                "{method} {path}: {challenge}"
            );
            if method != Method::HEAD {
                refused(answer, 401, "UNAUTHORIZED").await;
            }
        }
    }
}

#[tokio::test]
async fn a_public_project_is_read_by_all_and_pushed_to_by_few() {
    let server = TestServer::start().await;
    project(&server, "open", json!({ "visibility": "public" })).await;
    let digest = push_image(&server.client(), "open/app", "v1", 1).await;
    let anyone = server.anonymous();
    for path in [
        "manifests/v1".to_owned(),
        format!("manifests/{digest}"),
        "tags/list".to_owned(),
        format!("referrers/{digest}"),
    ] {
        let answer = anyone.get(&format!("/v2/open/app/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
    }
    let answer = anyone.post("/v2/open/app/blobs/uploads/").send().await.unwrap();
    refused(answer, 401, "UNAUTHORIZED").await;
    let stranger = user(&server, "stranger", "reader", json!({ "project": "open" })).await;
    refused(stranger.post("/v2/open/app/blobs/uploads/").send().await.unwrap(), 403, "DENIED").await;
}

#[tokio::test]
async fn a_private_project_looks_the_same_as_none() {
    let server = TestServer::start().await;
    push_image(&server.client(), "secret/app", "v1", 1).await;
    push_image(&server.client(), "other/app", "v1", 1).await;
    let outsider = user(&server, "out", "reader", json!({ "project": "other" })).await;
    let ask = async |path: &str| {
        let answer = outsider.get(path).send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    assert_eq!(ask("/v2/secret/app/manifests/v1").await, ask("/v2/nothing/app/manifests/v1").await);
    assert_eq!(ask("/v2/secret/app/manifests/v1").await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask("/api/v1/projects/secret").await, ask("/api/v1/projects/nothing").await);
    let catalog: Value = outsider.get("/v2/_catalog").send().await.unwrap().json().await.unwrap();
    assert_eq!(catalog["repositories"], json!(["other/app"]));
    let projects: Value = outsider.get("/api/v1/projects").send().await.unwrap().json().await.unwrap();
    assert_eq!(projects["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_prefix_role_covers_its_repositories_only() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/web/app", "v1", 1).await;
    push_image(&server.client(), "acme/webshop", "v1", 1).await;
    let scope = json!({ "project": "acme", "prefix": "acme/web" });
    let publisher = user(&server, "web", "publisher", scope).await;
    push_image(&publisher, "acme/web/app", "v2", 2).await;
    push_image(&publisher, "acme/web/new", "v1", 3).await;
    for path in ["/v2/acme/webshop/manifests/v1", "/v2/acme/other/tags/list"] {
        refused(publisher.get(path).send().await.unwrap(), 403, "DENIED").await;
    }
    refused(publisher.post("/v2/acme/webshop/blobs/uploads/").send().await.unwrap(), 403, "DENIED").await;
}

#[tokio::test]
async fn a_list_shows_nothing_of_what_can_not_be_read() {
    let server = TestServer::start().await;
    for repo in ["acme/alpha", "acme/secret", "acme/web/one", "acme/web/two", "hidden/app"] {
        push_blob(&server.client(), repo, b"x").await;
    }
    let web = user(&server, "web", "reader", json!({ "project": "acme", "prefix": "acme/web" })).await;
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/api/v1/projects/acme/repositories?limit=1{cursor}");
        let page: Value = web.get(&path).send().await.unwrap().json().await.unwrap();
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "a page is full, or the last");
        seen.push(page["items"][0]["name"].clone());
        let Some(next) = page["next"].as_str() else { break };
        let key = String::from_utf8(URL_SAFE_NO_PAD.decode(next).unwrap()).unwrap();
        assert!(key.starts_with("acme/web"), "the cursor names {key}");
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["acme/web/one", "acme/web/two"]);
    let catalog = web.get("/v2/_catalog?n=1").send().await.unwrap();
    assert!(header(&catalog, "link").contains("last=acme/web/one"));
    let rest: Value =
        web.get("/v2/_catalog?n=1&last=acme/web/one").send().await.unwrap().json().await.unwrap();
    assert_eq!(rest["repositories"], json!(["acme/web/two"]));
}

#[tokio::test]
async fn a_reader_changes_nothing_and_a_right_taken_away_is_gone() {
    let server = TestServer::start().await;
    let digest = push_image(&server.client(), "acme/app", "v1", 1).await;
    let reader = user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    assert_eq!(reader.get("/v2/acme/app/manifests/v1").send().await.unwrap().status(), StatusCode::OK);
    for path in ["manifests/v1".to_owned(), format!("manifests/{digest}"), format!("blobs/{digest}")] {
        let answer = reader.delete(&format!("/v2/acme/app/{path}")).send().await.unwrap();
        refused(answer, 403, "DENIED").await;
    }
    refused(put(&reader, "acme/app", "v2", &json!({})).await, 403, "DENIED").await;
    let admin = server.client();
    let bindings: Value =
        admin.get("/api/v1/role-bindings?user=reader").send().await.unwrap().json().await.unwrap();
    let id = bindings["items"][0]["id"].as_str().unwrap();
    let answer = admin.delete(&format!("/api/v1/role-bindings/{id}")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    refused(reader.get("/v2/acme/app/manifests/v1").send().await.unwrap(), 403, "DENIED").await;
}

#[tokio::test]
async fn only_an_admin_creates_a_project_by_pushing() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let owner = user(&server, "owner", "project-owner", json!({ "project": "acme" })).await;
    refused(owner.post("/v2/fresh/app/blobs/uploads/").send().await.unwrap(), 403, "DENIED").await;
    push_blob(&server.client(), "fresh/app", b"x").await;
}

#[tokio::test]
async fn a_session_belongs_to_who_began_it() {
    let server = TestServer::start().await;
    let session = start(&server.client(), "acme/app").await;
    let other = user(&server, "other", "publisher", json!({ "project": "acme" })).await;
    for answer in [other.get(&session).send().await, other.patch(&session).body("x").send().await] {
        refused(answer.unwrap(), 404, "BLOB_UPLOAD_UNKNOWN").await;
    }
    push_blob(&server.client(), "acme/two", b"x").await;
    let elsewhere = session.replace("acme/app", "acme/two");
    let answer = server.client().get(&elsewhere).send().await.unwrap();
    refused(answer, 404, "BLOB_UPLOAD_UNKNOWN").await;
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let server = TestServer::start().await;
    user(&server, "victim", "reader", json!({})).await;
    let mut limited = None;
    for _ in 0..30 {
        let answer = server.client_of("victim", "guess-guess-guess").get("/v2/").send().await.unwrap();
        if answer.status() == StatusCode::TOO_MANY_REQUESTS {
            limited = Some(answer);
            break;
        }
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    }
    let limited = limited.expect("never limited");
    assert!(header(&limited, "retry-after").parse::<u64>().unwrap() > 0);
    refused(limited, 429, "TOOMANYREQUESTS").await;
    assert_eq!(server.client().get("/v2/").send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn artifacts_through_the_api() {
    let server = TestServer::start().await;
    let client = server.client();
    let digest = push_image(&client, "acme/app", "v1", 1).await;
    let get = async |path: &str| -> Value {
        let answer = client.get(&format!("/api/v1/projects/acme/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    };
    assert_eq!(get("repositories").await["items"][0]["name"], "acme/app");
    assert_eq!(get("tags?repository=acme/app").await["items"][0]["digest"], digest.as_str());
    assert_eq!(get("artifacts?repository=acme/app").await["items"][0]["tags"], json!(["v1"]));
    let artifact = get(&format!("artifacts/{digest}?repository=acme/app")).await;
    assert_eq!(artifact["digest"], digest.as_str());
    let by_sha512 =
        get(&format!("artifacts/{}?repository=acme/app", artifact["sha512"].as_str().unwrap())).await;
    assert_eq!(by_sha512, artifact);
    assert_eq!(get(&format!("artifacts/{digest}/referrers?repository=acme/app")).await["items"], json!([]));
    let foreign = client.get("/api/v1/projects/acme/tags?repository=other/app").send().await.unwrap();
    assert_eq!(foreign.status(), StatusCode::BAD_REQUEST);
    image(&client, "acme/app", 2).await;
    let path = "/api/v1/projects/acme/tags/v1?repository=acme/app";
    assert_eq!(client.delete(path).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    let path = format!("/api/v1/projects/acme/artifacts/{digest}?repository=acme/app");
    assert_eq!(client.delete(&path).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(client.get(&path).send().await.unwrap().status(), StatusCode::NOT_FOUND);
}
