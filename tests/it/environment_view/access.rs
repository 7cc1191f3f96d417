//! Who may read through an environment.

use serde_json::json;

use super::kit::{Admitted, deployer, hold, of, status};
use crate::registry::kit::{project, push_image, refused, user};
use crate::support::TestServer;
use crate::tokens::kit::{access_token, challenge, get_by, status_by};

const SHOWN: &str = "/v2/env/production/acme/app/manifests/current";

#[tokio::test]
async fn a_deployer_reads_through_their_environment_only() {
    let mut server = TestServer::start().await;
    let one = push_image(&server.client(), "acme/app", "v1", 1).await;
    deployer(&server, "dee", "production").await;
    deployer(&server, "sue", "staging").await;
    user(&server, "reader", "reader", json!({ "project": "acme" })).await;
    project(&server, "beta", json!({})).await;
    user(&server, "stranger", "publisher", json!({ "project": "beta" })).await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &one)])], &[]).await;
    for (name, expected) in [("dee", 200), ("reader", 200), ("sue", 403), ("stranger", 403)] {
        assert_eq!(status(&of(&server, name), "acme/app/manifests/current").await, expected, "{name}");
    }
    let dee = of(&server, "dee");
    for path in [format!("/v2/acme/app/manifests/{one}"), "/v2/acme/app/tags/list".to_owned()] {
        refused(dee.get(&path).send().await.unwrap(), 403, "DENIED").await;
    }
    // Who may not read there does not learn what there is.
    let sue = of(&server, "sue");
    for path in ["production/acme/app/manifests/current", "production/acme/none/manifests/current"] {
        let error = refused(sue.get(&format!("/v2/env/{path}")).send().await.unwrap(), 403, "DENIED").await;
        assert!(error["message"].as_str().unwrap().starts_with("you may not do that here"), "{error}");
    }
}

#[tokio::test]
async fn a_challenge_names_the_scope_that_a_token_needs() {
    let mut server = TestServer::start().await;
    let one = push_image(&server.client(), "acme/app", "v1", 1).await;
    deployer(&server, "dee", "production").await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &one)])], &[]).await;
    let scope = "repository:env/production/acme/app:pull";
    let answer = server.anonymous().get(SHOWN).send().await.unwrap();
    assert_eq!(answer.status(), 401);
    let expected = format!("Bearer realm=\"{}/token\",service=\"waybill\",scope=\"{scope}\"", server.base());
    assert_eq!(challenge(&answer), expected);
    let token = access_token(&of(&server, "dee"), &[scope]).await;
    assert_eq!(status_by(&server, &token, SHOWN).await, 200);
    for path in ["/v2/acme/app/manifests/v1", "/v2/env/production/acme/other/manifests/current"] {
        assert_ne!(status_by(&server, &token, path).await, 200, "{path}");
    }
    // A token for the repository is none for the environment.
    let token = access_token(&server.client(), &["repository:acme/app:pull"]).await;
    let answer = get_by(&server, &token, SHOWN).await;
    assert_eq!(answer.status(), 401);
    assert!(challenge(&answer).contains(scope), "{}", challenge(&answer));
}
