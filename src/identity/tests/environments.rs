//! Rights in environments, by role bindings and by access tokens, as the environment view demands them.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, HttpResponse, web};
use secrecy::ExposeSecret;
use serde_json::Value;

use super::*;
use crate::access::{Allowed, EnvironmentRepository, Permission, Scope, demands};

fn shown(environment: &str, name: &str) -> Scope {
    Scope::Environment(environment.parse().unwrap(), repo(name))
}

async fn token(world: &World, caller: &Caller, scope: &str) -> String {
    let asked = crate::types::parse_scopes(std::iter::once(scope)).unwrap();
    let issued = world.identity.issue_access_token(caller, &asked).await.unwrap();
    issued.token.expose_secret().to_owned()
}

/// A GET of the environment view, of which only the head is there, with a Bearer token unless that is empty.
async fn get(world: &World, token: &str, path: &str) -> ServiceResponse {
    let authority: Arc<dyn Authority> = Arc::new(world.identity.clone());
    let handler = async |allowed: Allowed<demands::PullFromEnvironment, EnvironmentRepository>| {
        HttpResponse::Ok().body(allowed.scope.environment.view_of(&allowed.scope.repository))
    };
    let route = web::get().to(handler);
    let app = App::new()
        .app_data(web::Data::from(authority))
        .route("/v2/env/{environment}/{name:.+}/tags/list", route);
    let request = TestRequest::get().uri(path);
    let request = match token {
        "" => request,
        token => request.insert_header((AUTHORIZATION, format!("Bearer {token}"))),
    };
    call_service(&init_service(app).await, request.to_request()).await
}

#[tokio::test]
async fn a_deployer_reads_its_environments_and_nothing_beside_them() {
    let world = World::new().await;
    world.add_project("acme").await;
    let ann = world.add_user("ann").await;
    let binding = world.give("ann", Role::Deployer, "acme@prod-*").await.binding.id;
    let may = async |permission, scope: &Scope| world.identity.may(&ann, permission, scope).await.unwrap();
    for permission in [Permission::EnvironmentRead, Permission::DeploymentReport] {
        assert!(may(permission, &shown("prod-eu", "acme/app")).await, "{permission:?}");
        for (environment, name) in [("staging", "acme/app"), ("prod-eu", "other/app")] {
            assert!(!may(permission, &shown(environment, name)).await, "{permission:?} {environment} {name}");
        }
    }
    assert!(may(Permission::ProjectRead, &Scope::Project(project("acme"))).await);
    for scope in [Scope::Repository(repo("acme/app")), Scope::Project(project("acme"))] {
        assert!(!may(Permission::RepositoryRead, &scope).await, "{scope:?}");
    }
    assert!(!may(Permission::PromotionRequest, &shown("prod-eu", "acme/app")).await);
    world.identity.revoke(&world.admin().await, binding).await.unwrap();
    assert!(!may(Permission::EnvironmentRead, &shown("prod-eu", "acme/app")).await);
}

#[tokio::test]
async fn a_narrowed_token_reads_environments_below_its_prefix() {
    let world = World::new().await;
    world.add_project("acme").await;
    let ann = world.add_user("ann").await;
    world.give("ann", Role::Deployer, "acme@production").await;
    let prefix = Some(repo("acme/team"));
    let narrowing = crate::access::Narrowing { prefix, actions: vec![crate::types::Action::Pull] };
    let ann = Caller { ceiling: crate::access::Ceiling::Narrowed(narrowing), ..ann };
    let scopes = ["production/acme/team/app", "production/acme/app", "staging/acme/team/app"];
    let asked = scopes.map(|name| format!("repository:env/{name}:pull")).join(" ");
    let asked = crate::types::parse_scopes(std::iter::once(asked.as_str())).unwrap();
    let issued = world.identity.issue_access_token(&ann, &asked).await.unwrap();
    let granted = ("production".parse().unwrap(), repo("acme/team/app"));
    assert_eq!((issued.scopes.environments, issued.scopes.repositories), (vec![granted], vec![]));
}

#[tokio::test]
async fn the_environment_view_says_what_it_takes() {
    let world = World::new().await;
    world.add_project("acme").await;
    let ann = world.add_user("ann").await;
    world.give("ann", Role::Deployer, "acme@production").await;
    let path = "/v2/env/production/acme/app/tags/list";
    let needed = "scope=\"repository:env/production/acme/app:pull\"";
    let right = token(&world, &ann, "repository:env/production/acme/app:pull").await;
    assert_eq!(get(&world, &right, path).await.status(), 200);
    // Without a token, and with one for something else: where to get the right one.
    let other = token(&world, &ann, "repository:env/staging/acme/app:pull repository:acme/app:pull").await;
    for (token, code) in [("", None), (other.as_str(), Some("insufficient_scope"))] {
        let answer = get(&world, token, path).await;
        assert_eq!(answer.status(), 401);
        let challenge = answer.headers().get(WWW_AUTHENTICATE).unwrap().to_str().unwrap().to_owned();
        assert!(challenge.starts_with("Bearer ") && challenge.contains(needed), "{challenge}");
        assert!(code.is_none_or(|code| challenge.ends_with(&format!("error=\"{code}\""))), "{challenge}");
        let body: Value = read_body_json(answer).await;
        assert_eq!(body["errors"][0]["code"], "UNAUTHORIZED");
    }
    // Where no token would help.
    for path in ["/v2/env/staging/acme/app/tags/list", "/v2/env/production/other/app/tags/list"] {
        let answer = get(&world, &right, path).await;
        assert_eq!(answer.status(), 403, "{path}");
        let body: Value = read_body_json(answer).await;
        assert_eq!(body["errors"][0]["code"], "DENIED");
    }
    for path in ["/v2/env/Production/acme/app/tags/list", "/v2/env/production/A/tags/list"] {
        let answer = get(&world, &right, path).await;
        assert_eq!(answer.status(), 400, "{path}");
        let body: Value = read_body_json(answer).await;
        assert_eq!(body["errors"][0]["code"], "NAME_INVALID");
    }
}
