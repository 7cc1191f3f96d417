//! What gates are told of an artifact.

use entity::attestation;
use sea_orm::{ActiveValue::Set, EntityTrait as _};
use serde_json::{Value, json};

use super::kit::{Signer, World, app};
use crate::db::{DbError, Tx};
use crate::trust::store::verifications::Place;
use crate::trust::store::{carriers, evidence, facts};
use crate::trust::{KnownAttestation, Says, Severity, TrustError, VexStatus};
use crate::trust::{predicates, signing};
use crate::types::{Algorithm, Digest, EvidenceId};

const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
const VULNS: &str = "https://in-toto.io/attestation/vulns/v0.2";
const OPENVEX: &str = "https://openvex.dev/ns";
const TESTS: &str = "https://in-toto.io/attestation/test-result/v0.1";
const CYCLONEDX: &str = "https://cyclonedx.org/bom";
const OTHER: &str = "https://example.test/other/v1";
const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn sign_only() -> Value {
    json!({})
}

fn all_that(builder: &str) -> Value {
    json!({ "predicate_types": ["https://*"], "builders": [{ "id": builder, "slsa_level": 3 }] })
}

fn vulns(ids: &[&str]) -> Value {
    let found: Vec<_> =
        ids.iter().map(|id| json!({ "id": id, "severity": [{ "method": "nvd", "score": "9.8" }] })).collect();
    json!({
        "scanner": { "uri": "pkg:github/x/scanner@1", "db": { "lastUpdate": "2026-01-01T00:00:00Z" }, "result": found },
        "metadata": { "scanFinishedOn": "2026-01-02T00:00:00Z" },
    })
}

#[tokio::test]
async fn it_names_the_signers_as_soon_as_their_signatures_are_verified() {
    let world = World::new().await;
    let (ci, other) = (Signer::new("ci"), Signer::new("other"));
    let bytes = world.image(1).await;
    let image = world.push(bytes.clone(), signing::MANIFEST, &[]).await;
    let known = world.known(&image).await;
    assert_eq!(
        (known.policy, known.is_pending),
        (None, false),
        "nobody set a policy, and nothing speaks of it"
    );
    world.set_policy(&[ci.entry(&sign_only())]).await;
    world.sign(&ci, &image).await;
    world.sign(&other, &image).await;
    let known = world.known(&image).await;
    assert!(known.is_pending && known.policy.is_some(), "no job ran: {known:?}");
    assert_eq!(known.signers, Vec::<String>::new());
    world.verify(&image).await;
    let known = world.known(&image).await;
    assert_eq!((known.signers.clone(), known.is_pending), (vec!["ci".to_owned()], false));
    assert!(known.attestations.is_empty(), "a signature is none: {known:?}");
    assert_eq!(world.known(&Digest::of(Algorithm::Sha512, &bytes)).await, known, "by its other name");
    // Under another policy nothing counts until it was verified again.
    world.set_policy(&[other.entry(&sign_only()), ci.entry(&sign_only())]).await;
    let known = world.known(&image).await;
    assert_eq!((known.signers, known.is_pending), (Vec::new(), true));
    world.verify(&image).await;
    let known = world.known(&image).await;
    assert_eq!((known.signers, known.is_pending), (vec!["ci".to_owned(), "other".to_owned()], false));
}

#[tokio::test]
async fn who_signed_an_index_signed_what_it_lists() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    world.set_policy(&[ci.entry(&all_that("x"))]).await;
    let (image, beside) = (world.push_image(1).await, world.push_image(2).await);
    let index = world.push_index(&image).await;
    world.sign(&ci, &index).await;
    world.attest(&ci, &index, OTHER, &json!({})).await;
    assert!(world.known(&image).await.is_pending, "a signature of the index waits");
    world.verify(&index).await;
    let known = world.known(&image).await;
    assert_eq!((known.signers, known.is_pending), (vec!["ci".to_owned()], false));
    assert!(known.attestations.is_empty(), "what is said of the index is said of nothing else");
    assert_eq!(world.known(&index).await.attestations.len(), 1);
    assert!(world.known(&beside).await.signers.is_empty());
    world.set_policy(&[ci.entry(&sign_only())]).await;
    assert!(
        world.known(&image).await.is_pending,
        "the signature of the index was verified under another policy"
    );
}

#[tokio::test]
async fn a_legacy_tag_speaks_too() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    world.set_policy(&[ci.entry(&all_that("x"))]).await;
    let image = world.push_image(1).await;
    let index = world.push_index(&image).await;
    let (_, layer) = world.attestation(&ci, &index, signing::COSIGN_SIGN, &json!({})).await;
    let empty = signing::Descriptor::of("application/vnd.oci.empty.v1+json", signing::EMPTY);
    let of = |it: &signing::Descriptor| json!({ "mediaType": it.media_type, "digest": it.digest, "size": it.size });
    let carrier = json!({
        "schemaVersion": 2, "mediaType": signing::MANIFEST, "config": of(&empty), "layers": [of(&layer)],
    });
    world.push(carrier.to_string(), signing::MANIFEST, &[&format!("sha256-{}.sig", index.hex())]).await;
    assert!(world.known(&image).await.is_pending && world.known(&index).await.is_pending);
    world.verify(&index).await;
    for digest in [&image, &index] {
        let known = world.known(digest).await;
        assert_eq!((known.signers, known.is_pending), (vec!["ci".to_owned()], false), "{digest}");
    }
}

async fn attested(world: &World, image: &Digest) -> Vec<KnownAttestation> {
    world.verify(image).await;
    let known = world.known(image).await;
    assert!(!known.is_pending && !known.is_truncated, "{known:?}");
    known.attestations
}

fn of<'a>(all: &'a [KnownAttestation], kind: &str) -> Vec<&'a KnownAttestation> {
    all.iter().filter(|it| it.predicate_type.as_deref() == Some(kind)).collect()
}

#[tokio::test]
async fn attestations_come_with_what_they_say_and_are_worth() {
    let world = World::new().await;
    let (ci, stranger) = (Signer::new("ci"), Signer::new("stranger"));
    world.set_policy(&[ci.entry(&all_that("https://ci.example/builder"))]).await;
    let image = world.push_image(1).await;
    let provenance = json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": { "workflow": { "ref": "refs/heads/main", "repository": "https://github.com/acme/app" } },
            "resolvedDependencies": [
                { "uri": "git+https://github.com/acme/app@refs/heads/main", "digest": { "gitCommit": COMMIT } },
            ],
        },
        "runDetails": { "builder": { "id": "https://ci.example/builder" } },
    });
    let carrier = world.attest(&ci, &image, PROVENANCE, &provenance).await;
    world.attest(&stranger, &image, VULNS, &vulns(&["CVE-2026-1"])).await;
    let vex = json!({
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://acme.test/vex/1", "author": "acme",
        "timestamp": "2026-01-03T00:00:00Z", "version": 1,
        "statements": [{
            "vulnerability": { "name": "CVE-2026-1", "aliases": ["GHSA-fxph-q3j8-mv87"] },
            "products": [{ "@id": "pkg:oci/app" }],
            "status": "not_affected", "justification": "component_not_present",
        }],
    });
    world.attest(&ci, &image, OPENVEX, &vex).await;
    world.attest(&ci, &image, TESTS, &json!({ "result": "FAILED", "failedTests": ["a", "b"] })).await;
    world.attest(&ci, &image, OTHER, &json!({})).await;
    world.attest(&ci, &image, PROVENANCE, &json!({ "odd": true })).await;
    let sbom = json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "components": [{ "type": "library", "name": "log4j", "purl": "pkg:maven/a/log4j@2" }],
        "vulnerabilities": [{ "id": "CVE-2026-2", "ratings": [{ "severity": "low" }] }],
    });
    world.attest(&ci, &image, CYCLONEDX, &sbom).await;
    let all = attested(&world, &image).await;
    assert_eq!(all.len(), 8, "{all:?}");
    assert!(!all.last().unwrap().is_verified, "what counts comes first: {all:?}");
    let built = of(&all, PROVENANCE).into_iter().find(|it| it.carrier == carrier).unwrap();
    assert_eq!((built.is_verified, built.signer.as_deref(), built.slsa_level), (true, Some("ci"), Some(3)));
    let Says::Provenance(told) = &built.says else { panic!("{built:?}") };
    assert_eq!((told.builder.as_str(), told.commit.as_deref()), ("https://ci.example/builder", Some(COMMIT)));
    assert_eq!(told.source.as_deref(), Some("https://github.com/acme/app"));
    let odd = of(&all, PROVENANCE).into_iter().find(|it| it.carrier != carrier).unwrap();
    assert!(matches!(&odd.says, Says::Unread(why) if why.len() > 10), "{odd:?}");
    let scan = of(&all, VULNS)[0];
    assert_eq!((scan.is_verified, &scan.signer, scan.slsa_level), (false, &None, None));
    let Says::Vulnerabilities(report) = &scan.says else { panic!("{scan:?}") };
    assert_eq!(report.database_updated_at.unwrap().to_rfc3339(), "2026-01-01T00:00:00Z");
    assert_eq!(report.findings.len(), 1);
    assert_eq!((report.findings[0].severity, report.findings[0].status), (Severity::Critical, None));
    let Says::Vulnerabilities(vex) = &of(&all, OPENVEX)[0].says else { panic!("{all:?}") };
    assert_eq!(vex.findings.len(), 1, "an alias is no further finding: {vex:?}");
    assert_eq!(vex.findings[0].aliases, ["GHSA-fxph-q3j8-mv87"]);
    assert_eq!(
        (vex.findings[0].vulnerability.as_str(), vex.findings[0].status),
        ("CVE-2026-1", Some(VexStatus::NotAffected))
    );
    assert_eq!(of(&all, TESTS)[0].says, Says::Tests { result: "failed".to_owned(), failed: 2 });
    assert_eq!(of(&all, OTHER)[0].says, Says::Other);
    let [bom, found] = of(&all, CYCLONEDX)[..] else { panic!("{all:?}") };
    assert_eq!((&bom.says, bom.evidence), (&Says::Sbom, found.evidence));
    let Says::Vulnerabilities(report) = &found.says else { panic!("{found:?}") };
    assert_eq!(
        (report.findings[0].vulnerability.as_str(), report.findings[0].severity),
        ("CVE-2026-2", Severity::Low)
    );
}

#[tokio::test]
async fn what_is_being_read_is_waited_for() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    world.set_policy(&[ci.entry(&all_that("x"))]).await;
    let image = world.push_image(1).await;
    world.attest(&ci, &image, VULNS, &vulns(&["CVE-2026-1"])).await;
    let id = attested(&world, &image).await[0].evidence;
    let half = async move |tx: &Tx| {
        let row = attestation::ActiveModel {
            evidence_id: Set(id.uuid()),
            whole: Set(false),
            ..attestation::ActiveModel::default()
        };
        attestation::Entity::update(row).exec(&**tx).await?;
        Ok::<_, DbError>(())
    };
    world.db.keep_books(half).await.unwrap();
    let known = world.known(&image).await;
    assert!(known.is_pending);
    assert_eq!(known.attestations[0].says, Says::Other, "half of a report is none");
}

#[tokio::test]
async fn of_too_much_the_rest_is_told_of() {
    let world = World::new().await;
    let ci = Signer::new("ci");
    world.set_policy(&[ci.entry(&all_that("x"))]).await;
    let image = world.push_image(1).await;
    world.attest(&ci, &image, VULNS, &vulns(&["CVE-2026-1"])).await;
    let first = attested(&world, &image).await.remove(0);
    let (repository, project) = carriers::repository(world.db.read(), &app()).await.unwrap().unwrap();
    let piece = evidence::by_ids(world.db.read(), &[first.evidence]).await.unwrap().remove(0);
    // Newer ones, which nobody verified.
    let more: Vec<_> = (1..=500)
        .map(|n| evidence::Piece {
            id: EvidenceId::new(),
            position: n,
            seen_at: piece.seen_at.after(std::time::Duration::from_secs(n.into())),
            ..piece.clone()
        })
        .collect();
    let report = more.last().unwrap().id;
    let add = async move |tx: &Tx| evidence::insert(&**tx, &more).await;
    world.db.keep_books(add).await.unwrap();
    let known = world.known(&image).await;
    assert!(known.is_truncated && known.is_pending);
    assert_eq!((known.attestations.len(), &known.attestations[0]), (500, &first), "what counts comes first");
    assert_eq!(known.attestations[1].evidence, report, "then the newest");
    // With the one finding of the first there would be 20,001.
    let ids: Vec<String> = (0..20_000).map(|n| format!("CVE-2026-{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let said = predicates::of_document(VULNS, vulns(&ids).to_string().as_bytes()).unwrap();
    let place = Place { project, repository, subject: &image };
    facts::insert(&world.db, report, &place, said, None).await.unwrap();
    let known = world.known(&image).await;
    let [counting, newest, ..] = &known.attestations[..] else { panic!("{}", known.attestations.len()) };
    assert_eq!(counting, &first);
    let Says::Vulnerabilities(left_out) = &newest.says else { panic!("{newest:?}") };
    assert!(newest.is_truncated && left_out.findings.is_empty());
}

#[tokio::test]
async fn nothing_is_known_of_what_is_not_there() {
    let world = World::new().await;
    let image = world.push_image(1).await;
    let gone = world.push_image(2).await;
    world.registry.delete_manifest(&world.admin, &app(), &gone).await.unwrap();
    let elsewhere = "acme/other".parse().unwrap();
    for (name, digest) in [(&app(), &gone), (&elsewhere, &image)] {
        let error = world.trust.known_evidence(name, digest).await.unwrap_err();
        assert!(matches!(&error, TrustError::NoSuchArtifact(it) if it == digest), "{error}");
    }
}
