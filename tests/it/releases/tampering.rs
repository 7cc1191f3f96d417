//! Rows of releases that somebody changes behind the server's back: the ledger tells on each of them.

use serde_json::json;

use super::kit::{PROJECT, World, approvals, told};
use crate::audit::Stopped;

#[tokio::test]
async fn no_row_is_changed_unseen() {
    let sbom = json!({ "id": "sbom", "type": "attestation", "predicate_type": "cyclonedx", "mode": "warn" });
    let world = World::new(json!([]), json!([approvals(1), sbom])).await;
    let digest = world.release("1.0").await;
    world.through_staging("1.0").await;
    let promotion = world.promote("1.0", "production").await;
    world.approve(0, &promotion).await;
    // About no project.
    told(world.admin.post("/api/v1/freezes").json(&json!({ "reason": "sale" })), 201).await;
    let template = json!({ "lifecycle": { "stages": [{ "name": "a", "environments": ["staging"] }] } });
    told(world.admin.put("/api/v1/lifecycle-templates/standard").json(&template), 200).await;
    let ends_at = crate::tokens::kit::instant(3000);
    let waiver = json!({ "gate": "sbom", "reason": "late", "ends_at": ends_at });
    told(world.promoter.post(&format!("/api/v1/projects/{PROJECT}/waivers")).json(&waiver), 201).await;
    let quarantine = json!({ "digest": digest, "reason": "malware" });
    let path = format!("/api/v1/projects/{PROJECT}/quarantines");
    told(world.policy_admin.post(&path).json(&quarantine), 201).await;
    let stopped = Stopped::of(world.server).await;
    let mut known = 0;
    for statement in [
        "UPDATE release SET version = '9.9'",
        "UPDATE release_artifact SET role = 'another'",
        "UPDATE environment SET tier = 'testing' WHERE name = 'production'",
        "UPDATE active_lifecycle SET revision = 7 WHERE scope_key LIKE 'template:%'",
        "UPDATE lifecycle SET effective = '{\"stages\":[]}' WHERE scope_key LIKE 'template:%'",
        "UPDATE lifecycle SET effective = '{\"stages\":[]}' WHERE project_id IS NOT NULL",
        "UPDATE promotion SET ticket = 'CHG-1' WHERE id IN (SELECT promotion_id FROM approval)",
        "UPDATE promotion_state SET state = 'deployed' WHERE state = 'admitted' AND valid_to_us IS NULL",
        "UPDATE approval SET verdict = 'reject'",
        "UPDATE admission SET line = 'other' WHERE promotion_id IN (SELECT promotion_id FROM approval)",
        "UPDATE waiver SET approved_by = asked_by, approved_at_us = valid_from_us",
        "UPDATE quarantine SET reason = 'none'",
        "DELETE FROM \"freeze\"",
    ] {
        let found = stopped.tamper(statement).await;
        assert!(found.len() > known, "{statement}: {found:#?}");
        known = found.len();
    }
}
