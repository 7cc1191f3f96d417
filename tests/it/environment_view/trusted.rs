//! The trust policy holds in an environment too.

use serde_json::json;

use super::kit::{Admitted, deployer, get, hold, of, status};
use crate::registry::kit::{push_image, refused};
use crate::support::TestServer;
use crate::trust::kit::{Signer, set_policy};

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_vouches_for_is_warned_of_or_refused() {
    let mut server = TestServer::start().await;
    let digest = push_image(&server.client(), "acme/app", "v1", 1).await;
    deployer(&server, "dee", "production").await;
    hold(&mut server, &[Admitted::of("1", &[("acme/app", &digest)])], &[]).await;
    let (admin, dee, signer) = (server.client(), of(&server, "dee"), Signer::new("ci"));
    let policy = |pull: &str| json!({ "pull": pull, "signers": [signer.entry(&json!({}))] });
    set_policy(&admin, "acme", &policy("warn")).await;
    let answer = get(&dee, "acme/app/manifests/current").await;
    assert_eq!(answer.status(), 200);
    assert!(answer.headers()["warning"].to_str().unwrap().contains("no signer of the trust policy signed"));
    set_policy(&admin, "acme", &policy("deny")).await;
    for reference in ["1", "current", &digest] {
        let path = format!("acme/app/manifests/{reference}");
        let error = refused(get(&dee, &path).await, 403, "DENIED").await;
        assert!(
            error["message"].as_str().unwrap().contains("no signer of the trust policy signed"),
            "{error}"
        );
    }
    let signature = signer.sign(&admin, "acme/app", &digest).await;
    for reference in ["1", "current", &digest, &signature] {
        assert_eq!(status(&dee, &format!("acme/app/manifests/{reference}")).await, 200, "{reference}");
    }
}
