//! Lifecycles, their revisions and templates.

use serde_json::json;

use super::kit::{World, approvals, code, told, two_stages};
use crate::support::TestServer;

const LIFECYCLE: &str = "/api/v1/projects/acme/lifecycle";
const TEMPLATE: &str = "/api/v1/lifecycle-templates/standard";

#[tokio::test]
async fn an_edit_names_the_revision_that_holds() {
    let world = World::new(json!([]), json!([])).await;
    let next = two_stages(json!([approvals(1)]), json!([]));
    assert_eq!(code(world.policy_admin.put(LIFECYCLE).json(&next), 428).await, "precondition_required");
    let stale = world.policy_admin.put(LIFECYCLE).header("if-match", "\"7\"").json(&next);
    assert_eq!(code(stale, 412).await, "stale_revision");
    assert_eq!(code(world.promoter.put(LIFECYCLE).json(&next), 403).await, "denied");
    assert_eq!(world.set_lifecycle(&next).await["revision"], 2);
    assert_eq!(world.set_lifecycle(&next).await["revision"], 2, "the same makes no revision");
    let revisions = told(world.admin.get(&format!("{LIFECYCLE}/revisions")), 200).await;
    assert_eq!(revisions["items"].as_array().unwrap().len(), 2);
    for (bad, code_of) in [
        (json!({ "stages": [] }), "bad_lifecycle"),
        (two_stages(json!([{ "id": "x", "type": "magic" }]), json!([])), "bad_lifecycle"),
        (json!({ "stages": [{ "name": "a", "environments": ["moon"] }] }), "unknown_environment"),
    ] {
        let put = world.policy_admin.put(LIFECYCLE).header("if-match", "\"2\"").json(&bad);
        assert_eq!(code(put, 422).await, code_of, "{bad}");
    }
}

#[tokio::test]
async fn a_template_that_is_edited_binds_what_builds_on_it() {
    let world = World::of(TestServer::start().await).await;
    let template = |required: u64| json!({ "lifecycle": two_stages(json!([]), json!([approvals(required)])), "locked": ["/stages/1/entry/0"] });
    told(world.admin.put(TEMPLATE).json(&template(1)), 200).await;
    assert_eq!(code(world.policy_admin.put(TEMPLATE).json(&template(1)), 403).await, "denied");
    let built = json!({ "template": "standard", "changes": {} });
    let kept = told(world.policy_admin.put(LIFECYCLE).json(&built), 200).await;
    assert_eq!(kept["effective"]["stages"][1]["entry"][0]["required"], 1);
    let looser = two_stages(json!([]), json!([]));
    let looser = json!({ "template": "standard", "changes": { "stages": looser["stages"] } });
    let put = world.policy_admin.put(LIFECYCLE).header("if-match", "\"1\"").json(&looser);
    assert_eq!(code(put, 422).await, "bad_lifecycle", "what is locked stays");
    told(world.admin.put(TEMPLATE).header("if-match", "\"1\"").json(&template(2)), 200).await;
    let followed = told(world.admin.get(LIFECYCLE), 200).await;
    assert_eq!(followed["revision"], 2);
    assert_eq!(followed["effective"]["stages"][1]["entry"][0]["required"], 2);
}
