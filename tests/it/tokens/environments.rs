//! Roles that hold in some environments, and tokens for what those show.

use serde_json::{Value, json as value};

use super::kit::{access_token, json, status_by};
use crate::registry::kit::{project, push_image, user};
use crate::support::{Client, TestServer};

/// The scopes that are granted of these.
async fn granted(client: &Client, scopes: &str) -> String {
    let answer = json(client.get(&format!("/token?service=waybill&scope={scopes}")), 200).await;
    answer["scope"].as_str().unwrap().to_owned()
}

async fn bindings(client: &Client, query: &str) -> Vec<Value> {
    let page = json(client.get(&format!("/api/v1/role-bindings?{query}")), 200).await;
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_deployer_gets_tokens_for_its_environment_only() {
    let server = TestServer::start().await;
    push_image(&server.client(), "acme/app", "v1", 1).await;
    let bound = value!({ "project": "acme", "environment": "production" });
    let deployer = user(&server, "deployer", "deployer", bound).await;
    let own = "repository:env/production/acme/app:pull";
    assert_eq!(granted(&deployer, own).await, own);
    assert_eq!(granted(&deployer, "repository:env/production/acme/app:pull,push").await, own);
    for other in [
        "repository:env/production/acme/app:push",
        "repository:env/staging/acme/app:pull",
        "repository:env/production/other/app:pull",
        "repository:acme/app:pull",
    ] {
        assert_eq!(granted(&deployer, other).await, "", "{other}");
        assert_eq!(granted(&deployer, &format!("{other}%20{own}")).await, own, "{other}");
    }
    let answer = deployer.get("/token?scope=repository:env/Production/acme/app:pull").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    // What is not shown by an environment stays closed, by the token and by the password.
    let token = access_token(&deployer, &[own, "registry:catalog:*"]).await;
    let listed = server.anonymous().get("/v2/_catalog").bearer_auth(&token);
    assert_eq!(json(listed, 200).await["repositories"], value!([]));
    for path in ["/v2/acme/app/manifests/v1", "/v2/acme/app/tags/list", "/v2/acme/app/referrers/x"] {
        assert_eq!(status_by(&server, &token, path).await, 403, "{path}");
        assert_eq!(deployer.get(path).send().await.unwrap().status(), 403, "{path}");
    }
    let repositories = json(deployer.get("/api/v1/projects/acme/repositories"), 200).await;
    assert_eq!(repositories["items"], value!([]));
    // Who reads the repository reads what any environment shows of it.
    let reader = user(&server, "reader", "reader", value!({ "prefix": "acme/app" })).await;
    assert_eq!(granted(&reader, own).await, own);
    // Who deploys everywhere and reads a part is shown that part.
    push_image(&server.client(), "acme/other", "v1", 2).await;
    let both = user(&server, "both", "deployer", value!({})).await;
    let reads = value!({ "user": "both", "role": "reader", "prefix": "acme/app" });
    json(server.client().post("/api/v1/role-bindings").json(&reads), 201).await;
    assert_eq!(json(both.get("/v2/_catalog"), 200).await["repositories"], value!(["acme/app"]));
}

#[tokio::test]
async fn an_owner_says_who_promotes_and_deploys_and_not_who_approves() {
    let server = TestServer::start().await;
    project(&server, "acme", value!({})).await;
    project(&server, "other", value!({})).await;
    let owner = user(&server, "owner", "project-owner", value!({ "project": "acme" })).await;
    user(&server, "ann", "reader", value!({ "project": "acme" })).await;
    let give = async |by: &Client, role: &str, at: Value, status: u16| {
        let mut body = at;
        body["user"] = value!("ann");
        body["role"] = value!(role);
        json(by.post("/api/v1/role-bindings").json(&body), status).await
    };
    let production = || value!({ "project": "acme", "environment": "production" });
    for role in ["promoter", "deployer"] {
        let given = give(&owner, role, production(), 201).await;
        assert_eq!(
            (&given["role"], &given["project"], &given["environment"]),
            (&value!(role), &value!("acme"), &value!("production"))
        );
        give(&owner, role, production(), 200).await;
        give(&owner, role, value!({ "project": "acme", "environment": "prod-*" }), 201).await;
        give(&owner, role, value!({ "environment": "production" }), 403).await;
        give(&owner, role, value!({ "project": "other", "environment": "production" }), 403).await;
    }
    let admin = server.client();
    for role in ["approver", "break-glass"] {
        give(&owner, role, production(), 403).await;
        give(&admin, role, production(), 201).await;
    }
    give(&owner, "policy-admin", value!({ "project": "acme" }), 403).await;
    give(&admin, "policy-admin", value!({ "project": "acme" }), 201).await;
    for role in ["reader", "publisher", "policy-admin"] {
        assert_eq!(give(&admin, role, production(), 400).await["code"], "invalid_scope", "{role}");
    }
    give(&admin, "deployer", value!({ "project": "acme", "environment": "Prod" }), 400).await;
    let of_project = bindings(&owner, "project=acme&user=ann").await;
    let selectors = of_project.iter().filter_map(|binding| binding["environment"].as_str());
    let expected = ["production", "prod-*", "production", "prod-*", "production", "production"];
    assert_eq!(selectors.collect::<Vec<_>>(), expected);
    assert_eq!(of_project.len(), 8, "the reader and the policy-admin are so everywhere");
    assert!(bindings(&admin, "project=other&user=ann").await.is_empty());
    let id = of_project.iter().find(|binding| binding["role"] == "approver").unwrap()["id"].clone();
    let path = format!("/api/v1/role-bindings/{}", id.as_str().unwrap());
    json(owner.delete(&path), 403).await;
    json(admin.delete(&path), 204).await;
}
