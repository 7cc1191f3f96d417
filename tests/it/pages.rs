//! The API description, its page, and the answers to what is not served.

use std::path::Path;

use serde_json::Value;

use crate::support::{TestServer, run, waybill};

#[test]
fn the_description_is_up_to_date() {
    let described = run(waybill(Path::new(".")).arg("openapi"));
    assert_eq!(described.code, Some(0), "{described:?}");
    let file = include_str!("../../openapi/openapi.json");
    assert!(
        described.stdout == file,
        "openapi/openapi.json is out of date; run: cargo run -- openapi > openapi/openapi.json"
    );
}

#[tokio::test]
async fn serves_the_description() {
    let server = TestServer::start().await;
    let answer = server.anonymous().get("/api/openapi.json").send().await.unwrap();
    assert_eq!(answer.headers()["content-type"], "application/json");
    let served: Value = answer.json().await.unwrap();
    let file: Value = serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    assert_eq!(served, file);
    assert_eq!(file["info"]["license"]["identifier"], "Apache-2.0");
    assert_eq!(file["components"]["securitySchemes"]["basic"]["scheme"], "basic");
}

#[tokio::test]
async fn the_page_loads_from_this_server_alone() {
    let server = TestServer::start().await;
    let anyone = server.anonymous();
    let top = anyone.get("/").send().await.unwrap();
    assert_eq!((top.status().as_u16(), &top.headers()["location"]), (302, &"/api/docs/".parse().unwrap()));
    let moved = anyone.get("/api/docs").send().await.unwrap();
    assert_eq!(
        (moved.status().as_u16(), &moved.headers()["location"]),
        (308, &"/api/docs/".parse().unwrap())
    );
    let page = anyone.get("/api/docs/").send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
    let page = page.text().await.unwrap();
    let files: Vec<&str> =
        page.split(['"']).filter(|part| part.starts_with("./") || *part == "index.css").collect();
    assert!(files.len() >= 5, "{page}");
    let mut texts = vec![page.clone()];
    for file in files {
        let answer =
            anyone.get(&format!("/api/docs/{}", file.trim_start_matches("./"))).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{file}");
        // The bundles hold addresses of specifications, which the policy keeps the page from loading.
        if file.ends_with(".css") || file.ends_with("initializer.js") {
            texts.push(answer.text().await.unwrap());
        }
    }
    for text in texts {
        let text = text.replace("http://www.w3.org/", "");
        assert!(!text.contains("//cdn") && !text.contains("http://") && !text.contains("https://"), "{text}");
    }
}

#[tokio::test]
async fn answers_in_the_form_of_the_surface() {
    let server = TestServer::start().await;
    let anyone = server.anonymous();
    let api = anyone.get("/api/v1/nothing").send().await.unwrap();
    assert_eq!(api.status(), 404);
    assert_eq!(api.headers()["content-type"], "application/problem+json");
    assert_eq!(api.json::<Value>().await.unwrap()["code"], "not_found");
    let protocol = anyone.get("/v2/a/b/nothing").send().await.unwrap();
    assert_eq!(protocol.status(), 404);
    assert!(protocol.json::<Value>().await.unwrap()["errors"][0]["code"].is_string());
}
