//! Freezes, waivers, quarantines and broken glass.

use serde_json::json;

use super::kit::{World, approvals, code, gate, told};
use crate::support::wait_until;

const FREEZES: &str = "/api/v1/freezes";

#[tokio::test]
async fn a_freeze_between_approval_and_admission_wins() {
    let world = World::new(json!([approvals(2)]), json!([])).await;
    world.release("1.0").await;
    let promotion = world.promote("1.0", "staging").await;
    world.approve(0, &promotion).await;
    let body = json!({ "reason": "sale", "tier": "staging", "allowed_kinds": ["rollback"] });
    let freeze = told(world.admin.post(FREEZES).json(&body), 201).await;
    let held = world.approve(1, &promotion).await;
    assert_eq!(held["state"], "blocked", "{held}");
    assert_eq!(gate(&held, "freeze")["outcome"], "fail");
    // Nobody who only promotes lifts it.
    let id = freeze["id"].as_str().unwrap();
    assert_eq!(code(world.promoter.delete(&format!("{FREEZES}/{id}")), 403).await, "denied");
    let answer = world.admin.delete(&format!("{FREEZES}/{id}")).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    world.until(&promotion, "admitted").await;
    world.assert_sound().await;
}

#[tokio::test]
async fn a_freeze_lifts_itself_and_covers_no_more_than_it_says() {
    let mut world = World::new(json!([]), json!([])).await;
    world.release("1.0").await;
    let ends = crate::tokens::kit::instant(3000);
    let body = json!({ "project": "acme", "environment": "stag*", "reason": "sale", "ends_at": ends });
    told(world.policy_admin.post(FREEZES).json(&body), 201).await;
    let promotion = world.promote("1.0", "staging").await;
    assert_eq!(promotion["state"], "blocked");
    assert_eq!(promotion["next_eligible_at"], ends);
    world.travel(3600).await;
    world.until(&promotion, "admitted").await;
    let left = told(world.admin.get(FREEZES), 200).await;
    assert_eq!(left["items"], json!([]));
    let past = json!({ "reason": "sale", "ends_at": "2020-01-01T00:00:00Z" });
    assert_eq!(code(world.admin.post(FREEZES).json(&past), 400).await, "invalid_request");
}

#[tokio::test]
async fn a_freeze_lets_run_what_runs_and_begins_nothing() {
    let world = World::new(json!([]), json!([])).await;
    let digest = world.release("1.0").await;
    let promotion = world.promote("1.0", "staging").await;
    let [soon, late] = [3000, 6000].map(crate::tokens::kit::instant);
    for ends in [&late, &soon] {
        let body = json!({ "project": "acme", "reason": "sale", "ends_at": ends });
        told(world.policy_admin.post(FREEZES).json(&body), 201).await;
    }
    let assert_frozen = async |action: &str| {
        let decision = world.may(action, &digest, "staging").await;
        assert_eq!(decision["reasons"][0]["code"], "frozen", "{action} {decision}");
        assert_eq!(decision["next_eligible_at"], late, "the last of them holds it back");
    };
    assert_frozen("deploy").await;
    world.report(&promotion, "deploying").await;
    assert_frozen("resume_step").await;
    for action in ["deploy", "pull"] {
        assert_eq!(
            world.may(action, &digest, "staging").await["allow"],
            true,
            "{action} of what is rolled out"
        );
    }
    for status in ["deployed", "verified"] {
        world.report(&promotion, status).await;
    }
    assert_eq!(world.may("deploy", &digest, "staging").await["allow"], true, "a pod that is restarted");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_waiver_holds_once_somebody_else_approves_it_until_it_ends() {
    let sbom = json!({ "id": "sbom", "type": "attestation", "predicate_type": "cyclonedx" });
    let mut world = World::new(json!([sbom]), json!([])).await;
    world.release("1.0").await;
    let promotion = world.promote("1.0", "staging").await;
    assert_eq!(promotion["state"], "blocked");
    let ends = crate::tokens::kit::instant(3000);
    let body = json!({ "gate": "sbom", "environment": "staging", "reason": "late", "ends_at": ends });
    let waiver = told(world.promoter.post("/api/v1/projects/acme/waivers").json(&body), 201).await;
    let path = format!("/api/v1/waivers/{}/approval", waiver["id"].as_str().unwrap());
    assert_eq!(code(world.promoter.post(&path), 403).await, "denied");
    assert_eq!(world.promotion(&promotion).await["state"], "blocked", "nobody approved it");
    told(world.policy_admin.post(&path), 200).await;
    let admitted = world.until(&promotion, "admitted").await;
    assert_eq!(gate(&admitted, "sbom")["outcome"], "waived");
    world.release("1.1").await;
    world.travel(3600).await;
    assert_eq!(world.promote("1.1", "staging").await["state"], "blocked", "it has ended");
}

#[tokio::test]
async fn who_asks_for_a_waiver_does_not_approve_it() {
    let sbom = json!({ "id": "sbom", "type": "attestation", "predicate_type": "cyclonedx" });
    let world = World::new(json!([sbom]), json!([])).await;
    let ends = crate::tokens::kit::instant(3000);
    let body = json!({ "gate": "sbom", "reason": "late", "ends_at": ends });
    let waiver = told(world.admin.post("/api/v1/projects/acme/waivers").json(&body), 201).await;
    let path = format!("/api/v1/waivers/{}", waiver["id"].as_str().unwrap());
    assert_eq!(code(world.admin.post(&format!("{path}/approval")), 403).await, "separation_of_duties");
    assert_eq!(world.admin.delete(&path).send().await.unwrap().status(), 204);
    assert_eq!(code(world.policy_admin.post(&format!("{path}/approval")), 404).await, "not_found");
}

#[tokio::test]
async fn a_waiver_that_would_do_nothing_is_refused() {
    let sbom = json!({ "id": "sbom", "type": "attestation", "predicate_type": "cyclonedx" });
    let world = World::new(json!([sbom, approvals(1)]), json!([])).await;
    let ends = crate::tokens::kit::instant(3000);
    for (gate, vulnerabilities, why) in [
        ("bom", json!([]), "no gate 'bom'"),
        ("freeze", json!([]), "no gate 'freeze'"),
        ("people", json!([]), "can't be waived"),
        ("sbom", json!(["CVE-2026-1"]), "about no vulnerabilities"),
    ] {
        let body =
            json!({ "gate": gate, "vulnerabilities": vulnerabilities, "reason": "late", "ends_at": ends });
        let told = told(world.promoter.post("/api/v1/projects/acme/waivers").json(&body), 400).await;
        assert!(told["detail"].as_str().unwrap().contains(why), "{told}");
    }
}

#[tokio::test]
async fn quarantine_ends_what_is_shown_at_once_and_no_glass_breaks_it() {
    let world = World::new(json!([]), json!([])).await;
    let digest = world.release("1.0").await;
    world.through_staging("1.0").await;
    let path = "/api/v1/projects/acme/quarantines";
    let body = json!({ "digest": digest, "reason": "malware" });
    assert_eq!(code(world.promoter.post(path).json(&body), 403).await, "denied");
    let held = told(world.policy_admin.post(path).json(&body), 201).await;
    assert_eq!(world.shown("staging", "current").await, Err(403));
    assert_eq!(world.may("deploy", &digest, "staging").await["reasons"][0]["code"], "quarantined");
    let stopped = world.promote("1.0", "production").await;
    assert_eq!(stopped["state"], "blocked");
    let urgent = json!({ "break_glass_hours": 1, "justification": "all is down" });
    let glass = told(super::kit::ask_as(&world.glass, "1.0", "production", &urgent), 201).await;
    assert_eq!(glass["state"], "blocked", "{glass}");
    let lift = format!("/api/v1/quarantines/{}", held["id"].as_str().unwrap());
    assert_eq!(world.policy_admin.delete(&lift).send().await.unwrap().status(), 204);
    assert_eq!(world.shown("staging", "current").await, Ok(digest));
    world.until(&glass, "admitted").await;
    world.assert_sound().await;
}

#[tokio::test]
async fn broken_glass_owes_a_review_and_ends() {
    let mut world = World::new(json!([]), json!([approvals(3)])).await;
    let digest = world.release("1.0").await;
    let urgent = json!({ "break_glass_hours": 2, "justification": "all is down" });
    assert_eq!(code(world.ask("1.0", "production", &urgent), 403).await, "denied");
    let unsaid = json!({ "break_glass_hours": 2 });
    let unsaid = super::kit::ask_as(&world.glass, "1.0", "production", &unsaid);
    assert_eq!(code(unsaid, 400).await, "justification_missing");
    let mut later = urgent.clone();
    later["start_at"] = json!(crate::tokens::kit::instant(3600));
    assert_eq!(
        code(super::kit::ask_as(&world.glass, "1.0", "production", &later), 400).await,
        "invalid_request"
    );
    let first = told(super::kit::ask_as(&world.glass, "1.0", "production", &urgent), 201).await;
    assert_eq!((&first["state"], &first["why"]), (&json!("admitted"), &json!("break_glass")));
    assert_eq!(world.shown("production", "current").await, Ok(digest.clone()));
    let owed = told(world.admin.get("/api/v1/projects/acme/reviews?owed=true"), 200).await;
    assert_eq!(owed["items"][0]["promotion"], first["id"]);
    // After its hours it is shown no more.
    world.travel(3 * 3600).await;
    assert_eq!(world.shown("production", "current").await, Err(403));
    assert_eq!(world.may("deploy", &digest, "production").await["reasons"][0]["code"], "break_glass_ended");
    // And the next waits for the review, once it is late.
    world.release("1.1").await;
    world.travel(30 * 24 * 3600).await;
    let next = || super::kit::ask_as(&world.glass, "1.1", "production", &urgent);
    assert_eq!(code(next(), 409).await, "review_overdue");
    let by_self = world.say(&world.glass, &first, "review", json!({ "justified": true }));
    assert_eq!(code(by_self, 403).await, "denied");
    let review =
        world.say(&world.approvers[0], &first, "review", json!({ "justified": true, "comment": "it was" }));
    assert_eq!(told(review, 200).await["verdict"], "justified");
    let otherwise = world.say(&world.approvers[1], &first, "review", json!({ "justified": false }));
    assert_eq!(code(otherwise, 409).await, "already_reviewed");
    assert_eq!(told(next(), 201).await["state"], "admitted");
    wait_until("nothing is owed but the new one", async || {
        let owed = told(world.admin.get("/api/v1/projects/acme/reviews?owed=true"), 200).await;
        owed["items"].as_array().unwrap().len() == 1
    })
    .await;
    world.assert_sound().await;
}

#[tokio::test]
async fn a_ticket_is_answered_from_outside() {
    let ticket =
        json!({ "id": "change", "type": "ticket", "pattern": "CHG-[0-9]+", "answer_required": true });
    let world = World::new(json!([ticket]), json!([])).await;
    world.release("1.0").await;
    let without = world.promote("1.0", "staging").await;
    assert_eq!(without["state"], "blocked", "{without}");
    let promotion = told(world.ask("1.0", "staging", &json!({ "ticket": "CHG-17" })), 201).await;
    assert_eq!(promotion["state"], "waiting", "{promotion}");
    assert_eq!(world.promotion(&without).await["state"], "superseded");
    let answer = json!({ "approved": true, "reference": "https://tickets.example/CHG-17" });
    assert_eq!(
        code(world.say(&world.promoter, &promotion, "ticket-answers", answer.clone()), 403).await,
        "denied"
    );
    let answered = told(world.say(&world.approvers[0], &promotion, "ticket-answers", answer), 200).await;
    assert_eq!(answered["state"], "admitted");
}
