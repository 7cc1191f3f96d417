//! What a restore does again, and what it refuses; who changes a policy; what gates are told; what Waybill itself says.

mod epochs;
mod kit;
mod known;
mod summary;

use bytes::Bytes;
use entity::{trust_policy, verification};
use sea_orm::{EntityTrait as _, QueryOrder as _};
use serde_json::{Value, json};

use super::model::Revocation;
use super::{PolicyOwner, TrustError, replay};
use crate::access::{AccessError, Caller};
use crate::db::{Db, Tx};
use crate::http::Origin;
use crate::ledger::{Fact, FactSettings, FactVerification, RecordedEvent, ReplayError};
use crate::projects::replay as projects;
use crate::projects::tests::{database, kinds};
use crate::registry::replay as registry;
use crate::types::{Algorithm, Digest, EventId, EvidenceId, ProjectId, RepositoryId, VerificationId};

use kit::World;

/// Events of the past.
struct Past {
    db: Db,
    project: ProjectId,
    seq: i64,
}

impl Past {
    fn event(&mut self, fact: &Fact, project: Option<ProjectId>) -> RecordedEvent {
        self.seq += 1;
        let told: Value = serde_json::to_value(fact).unwrap();
        let subject = Digest::of(Algorithm::Sha256, b"artifact");
        let leaf = json!({
            "v": 1, "id": EventId::new(), "nonce": "00", "kind": told["kind"], "at_us": self.seq, "project": project,
            "actor": null, "subjects": [{ "repository": "acme/app", "digest": subject }], "outcome": "success",
            "data": told["data"],
        });
        RecordedEvent::parse(self.seq, leaf.to_string().into_bytes()).unwrap()
    }

    /// Does an event again; `bytes` is what the storage keeps of it.
    async fn again(&mut self, fact: Fact, of_project: bool, bytes: &[u8]) -> Result<(), String> {
        let project = of_project.then_some(self.project);
        let (past, bytes) = (self.event(&fact, project), Bytes::copy_from_slice(bytes));
        let outcome = self
            .db
            .write(async move |tx: &Tx| match &fact {
                Fact::ProjectCreated { name, settings } => projects::created(tx, &past, name, settings).await,
                Fact::RepositoryCreated { repository, name } => {
                    registry::repository_created(tx, &past, repository, name).await
                }
                Fact::TrustPolicySet { revision, digest, size: _ } => {
                    replay::policy_set(tx, &past, *revision, digest, &bytes).await
                }
                Fact::TrustPolicyRemoved { revision } => replay::policy_removed(tx, &past, *revision).await,
                Fact::VerificationRecorded { verification } => {
                    replay::verification_recorded(tx, &past, verification).await
                }
                Fact::VerificationChanged { verification, before: _ } => {
                    replay::verification_changed(tx, &past, verification).await
                }
                other => panic!("{other:?}"),
            })
            .await;
        outcome.map_err(|error: ReplayError| error.to_string())
    }

    async fn set(
        &mut self,
        of_project: bool,
        revision: i64,
        document: &str,
        kept: &str,
    ) -> Result<(), String> {
        let digest = Digest::of(Algorithm::Sha256, document.as_bytes()).to_string();
        let fact = Fact::TrustPolicySet { revision, digest, size: document.len().to_string() };
        self.again(fact, of_project, kept.as_bytes()).await
    }

    async fn remove(&mut self, of_project: bool, revision: i64) -> Result<(), String> {
        self.again(Fact::TrustPolicyRemoved { revision }, of_project, b"").await
    }
}

async fn past() -> (Past, tempfile::TempDir) {
    let (db, folder) = database().await;
    let mut past = Past { db, project: ProjectId::new(), seq: 0 };
    let settings = FactSettings {
        revision: 1,
        visibility: "private".to_owned(),
        tags: "mutable".to_owned(),
        sparse: "deny".to_owned(),
        mutable_patterns: vec![],
        required_patterns: vec![],
    };
    past.again(Fact::ProjectCreated { name: "acme".to_owned(), settings }, true, b"").await.unwrap();
    (past, folder)
}

fn verification(evidence: EvidenceId, result: &str) -> FactVerification {
    FactVerification {
        verification: VerificationId::new().to_string(),
        evidence: evidence.to_string(),
        carrier: Digest::of(Algorithm::Sha256, b"carrier").to_string(),
        position: 1,
        tag: None,
        evidence_kind: "attestation".to_owned(),
        predicate_type: Some("https://slsa.dev/provenance/v1".to_owned()),
        result: result.to_owned(),
        signer: Some("ci".to_owned()),
        reasons: vec!["key_revoked".to_owned()],
        policy: Digest::of(Algorithm::Sha256, b"{}").to_string(),
        trusted_root: None,
        slsa_level: Some(3),
        signed_at_us: Some(5),
        verifier: "waybill".to_owned(),
    }
}

#[tokio::test]
async fn policies_come_back_revision_by_revision() {
    let (mut past, _folder) = past().await;
    past.set(true, 1, "{}", "{}").await.unwrap();
    past.set(true, 2, "{} ", "{} ").await.unwrap();
    past.set(false, 1, "{}", "{}").await.unwrap();
    past.remove(true, 2).await.unwrap();
    past.set(true, 3, "{}", "{}").await.unwrap();
    let damaged = past.set(true, 4, "{}", "{} ").await.unwrap_err();
    assert!(damaged.contains("the bytes of the trust policy in the storage are damaged"), "{damaged}");
    let gap = past.set(true, 5, "{}", "{}").await.unwrap_err();
    assert!(gap.contains("the revision before it is not there"), "{gap}");
    let gone = past.remove(true, 2).await.unwrap_err();
    assert!(gone.contains("the revision does not hold"), "{gone}");
    let rows = trust_policy::Entity::find()
        .order_by_asc(trust_policy::Column::ValidFromUs)
        .all(past.db.read())
        .await
        .unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.project_id.is_some(),
                row.revision,
                row.document.as_str(),
                row.valid_from_us,
                row.valid_to_us,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (true, 1, "{}", 2, Some(3)),
            (true, 2, "{} ", 3, Some(5)),
            (false, 1, "{}", 4, None),
            (true, 3, "{}", 6, None),
        ]
    );
}

#[tokio::test]
async fn verifications_come_back_with_their_codes() {
    let (mut past, _folder) = past().await;
    let (one, other) = (EvidenceId::new(), EvidenceId::new());
    let recorded = |evidence| Fact::VerificationRecorded { verification: verification(evidence, "verified") };
    let changed = |evidence| Fact::VerificationChanged {
        verification: verification(evidence, "refused"),
        before: "verified".to_owned(),
    };
    let nowhere = past.again(recorded(one), true, b"").await.unwrap_err();
    assert!(nowhere.contains("there is no such repository"), "{nowhere}");
    let repository = RepositoryId::new();
    let created = Fact::RepositoryCreated { repository: repository.to_string(), name: "acme/app".to_owned() };
    past.again(created, true, b"").await.unwrap();
    past.again(recorded(one), true, b"").await.unwrap();
    past.again(recorded(one), true, b"").await.unwrap();
    past.again(changed(one), true, b"").await.unwrap();
    let never = past.again(changed(other), true, b"").await.unwrap_err();
    assert!(never.contains("it was never verified before"), "{never}");
    let rows = verification::Entity::find()
        .order_by_asc(verification::Column::ValidFromUs)
        .all(past.db.read())
        .await
        .unwrap();
    let spans: Vec<_> =
        rows.iter().map(|row| (row.result.as_str(), row.valid_from_us, row.valid_to_us)).collect();
    assert_eq!(spans, [("verified", 4, Some(5)), ("verified", 5, Some(6)), ("refused", 6, None)]);
    let last = rows.last().unwrap();
    assert_eq!((last.repository_id, last.evidence_id), (repository.uuid(), one.uuid()));
    assert_eq!(last.subject, Digest::of(Algorithm::Sha256, b"artifact").as_str());
    assert_eq!((last.reasons.as_str(), last.details.as_str()), (r#"["key_revoked"]"#, "[]"));
    assert_eq!((last.position, last.slsa_level, last.tag.as_str()), (1, Some(3), ""));
}

/// Whoever lets a request in may have remembered a right that is gone.
#[tokio::test]
async fn a_change_asks_for_the_right_itself() {
    let World { db, trust, admin, .. } = &World::new().await;
    let name = "acme".parse().unwrap();
    let nobody = Caller::anonymous(Origin::default());
    let revocation = Revocation { at: "2026-11-01T00:00:00Z".to_owned(), reason: String::new() };
    for owner in [PolicyOwner::Organisation, PolicyOwner::Project(name)] {
        let signer = r#"{"signers":[{"name":"a","by":{"minisign":{"key":"RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"}}}]}"#;
        trust.set_policy(admin, &owner, None, signer.into()).await.unwrap();
        let before = kinds(db).await;
        let refused = [
            trust.set_policy(&nobody, &owner, Some(1), "{}".into()).await.map(drop),
            trust.remove_policy(&nobody, &owner, 1).await,
            trust.revoke_signer(&nobody, &owner, "a", &revocation).await.map(drop),
        ];
        for refused in refused {
            let error = refused.unwrap_err();
            assert!(matches!(error, TrustError::Access(AccessError::Unauthenticated)), "{error}");
        }
        assert_eq!(trust.policy(&owner).await.unwrap().document, signer);
        assert_eq!(kinds(db).await, before);
    }
}
