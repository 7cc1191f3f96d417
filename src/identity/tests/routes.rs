//! The routes of both rooms, with the real extractors: status, code, entity tags, and what is not shown.

use actix_web::http::StatusCode;
use actix_web::http::header::ETAG;
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::{App, web};
use serde_json::{Value, json};
use utoipa_actix_web::AppExt;

use super::*;

/// Asks as a user, or as nobody when the name is empty. Gives the status, the entity tag and the body.
async fn ask(world: &World, name: &str, request: TestRequest) -> (StatusCode, String, Value) {
    use base64::Engine as _;
    let authority: Arc<dyn Authority> = Arc::new(world.identity.clone());
    let rooms = utoipa_actix_web::scope("/api/v1").configure(crate::projects::configure).configure(configure);
    let (app, description) = App::new()
        .into_utoipa_app()
        .app_data(web::Data::from(authority))
        .app_data(web::Data::new(world.identity.clone()))
        .app_data(web::Data::new(world.projects.clone()))
        .service(rooms)
        .split_for_parts();
    assert_eq!(description.paths.paths.len(), 13);
    let password = if name == "admin" { ADMIN } else { PASSWORD };
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
    let request = match name {
        "" => request,
        _ => request.insert_header(("Authorization", format!("Basic {basic}"))),
    };
    let response = call_service(&init_service(app).await, request.to_request()).await;
    let etag = response.headers().get(ETAG).map(|etag| etag.to_str().unwrap().to_owned()).unwrap_or_default();
    let status = response.status();
    let body = read_body(response).await;
    assert!(!String::from_utf8_lossy(&body).contains("argon2"));
    (status, etag, serde_json::from_slice(&body).unwrap_or_default())
}

fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(&format!("/api/v1{path}"))
}

fn post(path: &str, body: Value) -> TestRequest {
    TestRequest::post().uri(&format!("/api/v1{path}")).set_json(body)
}

fn patch(path: &str, body: Value) -> TestRequest {
    TestRequest::patch().uri(&format!("/api/v1{path}")).set_json(body)
}

#[actix_web::test]
async fn a_project_is_edited_by_its_revision() {
    let world = World::new().await;
    let (status, etag, body) =
        ask(&world, "admin", post("/projects", json!({"name": "acme", "mutable_patterns": ["latest"]})))
            .await;
    assert_eq!((status, etag.as_str()), (StatusCode::CREATED, "\"1\""));
    assert_eq!((&body["visibility"], &body["mutable_patterns"]), (&json!("private"), &json!(["latest"])));
    let edit = || patch("/projects/acme", json!({"visibility": "public"}));
    for (request, status, code) in [
        (edit(), StatusCode::PRECONDITION_REQUIRED, "precondition_required"),
        (edit().insert_header(("If-Match", "\"7\"")), StatusCode::PRECONDITION_FAILED, "stale_revision"),
        (edit().insert_header(("If-Match", "*")), StatusCode::PRECONDITION_FAILED, "stale_revision"),
        (post("/projects", json!({"name": "acme"})), StatusCode::CONFLICT, "project_exists"),
        (get("/projects/ghost"), StatusCode::NOT_FOUND, "not_found"),
        (get("/projects/A"), StatusCode::BAD_REQUEST, "invalid_name"),
        (
            post("/projects", json!({"name": "b", "mutable_patterns": vec!["a"; 21]})),
            StatusCode::BAD_REQUEST,
            "invalid_request",
        ),
    ] {
        let (got, _, body) = ask(&world, "admin", request).await;
        assert_eq!((got, body["code"].as_str()), (status, Some(code)));
    }
    assert_eq!(ask(&world, "", get("/projects/acme")).await.0, StatusCode::UNAUTHORIZED);
    let (status, etag, _) = ask(&world, "admin", edit().insert_header(("If-Match", "\"1\""))).await;
    assert_eq!((status, etag.as_str()), (StatusCode::OK, "\"2\""));
    let (status, etag, body) = ask(&world, "", get("/projects/acme")).await;
    assert_eq!((status, etag.as_str()), (StatusCode::OK, "\"2\""));
    assert_eq!((&body["revision"], &body["mutable_patterns"]), (&json!(2), &json!(["latest"])));
    assert_eq!(ask(&world, "", get("/projects")).await.2["items"][0]["name"], "acme");
}

#[actix_web::test]
async fn bodies_with_unknown_fields_are_refused() {
    let world = World::new().await;
    for request in [
        post("/projects", json!({"name": "acme", "color": "red"})),
        post("/users", json!({"name": "ann", "password": PASSWORD, "admin": true})),
        patch("/users/admin", json!({"enabled": false})),
        post("/role-bindings", json!({"user": "admin", "role": "reader", "repository": "acme/app"})),
    ] {
        assert_eq!(ask(&world, "admin", request).await.0, StatusCode::BAD_REQUEST);
    }
}

#[actix_web::test]
async fn users_and_their_roles() {
    let world = World::new().await;
    world.add_project("acme").await;
    let create = || post("/users", json!({"name": "ann", "password": PASSWORD}));
    let (status, _, ann) = ask(&world, "admin", create()).await;
    assert_eq!((status, &ann["disabled"]), (StatusCode::CREATED, &json!(false)));
    let grant = || post("/role-bindings", json!({"user": "ann", "role": "publisher", "prefix": "acme/team"}));
    let (status, _, binding) = ask(&world, "admin", grant()).await;
    assert_eq!((status, &binding["project"]), (StatusCode::CREATED, &json!("acme")));
    assert_eq!(ask(&world, "admin", grant()).await.0, StatusCode::OK);
    let (_, _, me) = ask(&world, "ann", get("/me")).await;
    assert_eq!((&me["account"], &me["bindings"]), (&ann["id"], &json!([binding])));
    for (name, request, status, code) in [
        ("", get("/me"), StatusCode::UNAUTHORIZED, "unauthenticated"),
        ("", get("/users"), StatusCode::UNAUTHORIZED, "unauthenticated"),
        ("ann", get("/users"), StatusCode::FORBIDDEN, "denied"),
        ("ann", create(), StatusCode::FORBIDDEN, "denied"),
        ("ann", get("/role-bindings"), StatusCode::FORBIDDEN, "denied"),
        ("ann", get("/projects/ghost"), StatusCode::FORBIDDEN, "denied"),
        ("admin", create(), StatusCode::CONFLICT, "user_exists"),
        ("admin", get("/users/nobody"), StatusCode::NOT_FOUND, "not_found"),
        ("admin", get("/role-bindings?cursor=x"), StatusCode::BAD_REQUEST, "invalid_request"),
        (
            "admin",
            post("/users", json!({"name": "bob", "password": "short"})),
            StatusCode::BAD_REQUEST,
            "invalid_password",
        ),
        ("admin", patch("/users/admin", json!({"disabled": true})), StatusCode::CONFLICT, "last_admin"),
        (
            "ann",
            patch("/users/ann", json!({"password": ADMIN})),
            StatusCode::BAD_REQUEST,
            "current_password_missing",
        ),
        (
            "ann",
            patch("/users/ann", json!({"password": ADMIN, "current_password": "x"})),
            StatusCode::FORBIDDEN,
            "current_password_wrong",
        ),
        (
            "admin",
            post("/role-bindings", json!({"user": "ann", "role": "org-admin", "project": "acme"})),
            StatusCode::BAD_REQUEST,
            "invalid_scope",
        ),
    ] {
        let (got, _, body) = ask(&world, name, request).await;
        assert_eq!((got, body["code"].as_str()), (status, Some(code)), "{name} {code}");
    }
    let path = format!("/api/v1/role-bindings/{}", binding["id"].as_str().unwrap());
    let delete = || TestRequest::delete().uri(&path);
    assert_eq!(ask(&world, "ann", delete()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(ask(&world, "admin", delete()).await.0, StatusCode::NO_CONTENT);
    assert_eq!(ask(&world, "admin", delete()).await.0, StatusCode::NOT_FOUND);
}
