//! The bytes of every kind, fixed for good: a change here breaks every proof ever given.

use super::*;
use crate::ledger::{FactSettings, FactVerification};
use uuid::Uuid;

mod releases;

fn id<T: From<Uuid>>(n: u128) -> T {
    Uuid::from_u128(n).into()
}

fn leaf_of(fact: impl Into<Fact>) -> Vec<u8> {
    let caller = Caller::of(id(3), Origin::default());
    let mut event = Event::new(&caller, Timestamp::from_micros(1_700_000_000_000_000), Some(id(2)), fact);
    event.id = id(1);
    event.seal_with([7; 16], [9; 16]).unwrap().leaf
}

fn data_of(fact: impl Into<Fact>) -> String {
    let leaf = String::from_utf8(leaf_of(fact)).unwrap();
    let head =
        r#"{"v":1,"id":"00000000-0000-0000-0000-000000000001","nonce":"07070707070707070707070707070707","#;
    let middle = r#","at_us":1700000000000000,"project":"00000000-0000-0000-0000-000000000002","actor":"00000000-0000-0000-0000-000000000003","subjects":[],"outcome":"#;
    leaf.strip_prefix(head).unwrap().replace(middle, "…").strip_suffix("}}").unwrap().to_owned()
}

#[test]
fn the_whole_leaf_with_subject_and_personal_data() {
    let origin = Origin { address: Some("192.0.2.1".to_owned()), agent: Some("crane".to_owned()) };
    let caller = Caller::anonymous(origin);
    let digest = Digest::of(crate::types::Algorithm::Sha256, b"");
    let mut event = Event::new(&caller, Timestamp::from_micros(5), None, Fact::ManifestDeleted {})
        .about(Subject::new(&"acme/app".parse().unwrap(), &digest));
    event.id = id(1);
    let sealed = event.seal_with([7; 16], [9; 16]).unwrap();
    let personal = sealed.personal.unwrap();
    assert_eq!(personal.content, br#"{"address":"192.0.2.1","agent":"crane"}"#);
    let commitment = Sha256Hex::of(&[&[9; 16], &personal.content]);
    assert_eq!(
        String::from_utf8(sealed.leaf).unwrap(),
        format!(
            r#"{{"v":1,"id":"00000000-0000-0000-0000-000000000001","nonce":"07070707070707070707070707070707","kind":"manifest.deleted","at_us":5,"project":null,"actor":null,"subjects":[{{"repository":"acme/app","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}],"outcome":"success","data":{{"personal":"{}"}}}}"#,
            commitment.as_str()
        )
    );
}

#[test]
fn every_kind() {
    let settings = FactSettings {
        revision: 1,
        visibility: "private".to_owned(),
        tags: "immutable".to_owned(),
        sparse: "deny".to_owned(),
        mutable_patterns: vec!["latest".to_owned()],
        required_patterns: vec![],
    };
    let text = str::to_owned;
    let settings_json = r#"{"mutable_patterns":["latest"],"required_patterns":[],"revision":1,"sparse":"deny","tags":"immutable","visibility":"private"}"#;
    for (fact, golden) in [
        (
            Fact::ProjectCreated { name: text("acme"), settings: settings.clone() },
            format!(
                r#""kind":"project.created"…"success","data":{{"name":"acme","settings":{settings_json}"#
            ),
        ),
        (
            Fact::ProjectUpdated { settings },
            format!(r#""kind":"project.updated"…"success","data":{{"settings":{settings_json}"#),
        ),
        (
            Fact::RepositoryCreated { repository: text("r"), name: text("acme/app") },
            text(r#""kind":"repository.created"…"success","data":{"name":"acme/app","repository":"r""#),
        ),
        (Fact::BlobPushed { size: text("5") }, text(r#""kind":"blob.pushed"…"success","data":{"size":"5""#)),
        (
            Fact::BlobMounted { size: text("5"), from: text("acme/other") },
            text(r#""kind":"blob.mounted"…"success","data":{"from":"acme/other","size":"5""#),
        ),
        (Fact::BlobDeleted {}, text(r#""kind":"blob.deleted"…"success","data":{"#)),
        (
            Fact::ManifestPushed {
                media_type: text("m/t"),
                artifact_type: Some(text("a/t")),
                subject: None,
                size: text("9"),
                sha512: text("sha512:00"),
            },
            text(
                r#""kind":"manifest.pushed"…"success","data":{"artifact_type":"a/t","media_type":"m/t","sha512":"sha512:00","size":"9""#,
            ),
        ),
        (Fact::ManifestDeleted {}, text(r#""kind":"manifest.deleted"…"success","data":{"#)),
        (Fact::TagCreated { tag: text("v1") }, text(r#""kind":"tag.created"…"success","data":{"tag":"v1""#)),
        (
            Fact::TagMoved { tag: text("v1"), from: text("sha256:00") },
            text(r#""kind":"tag.moved"…"success","data":{"from":"sha256:00","tag":"v1""#),
        ),
        (
            Fact::TagDeleted { tag: text("v1"), bound: true },
            text(r#""kind":"tag.deleted"…"success","data":{"bound":true,"tag":"v1""#),
        ),
        (
            Fact::UserCreated { account: text("a") },
            text(r#""kind":"user.created"…"success","data":{"account":"a""#),
        ),
        (
            Fact::UserPasswordChanged { account: text("a") },
            text(r#""kind":"user.password_changed"…"success","data":{"account":"a""#),
        ),
        (
            Fact::UserDisabled { account: text("a") },
            text(r#""kind":"user.disabled"…"success","data":{"account":"a""#),
        ),
        (
            Fact::UserEnabled { account: text("a") },
            text(r#""kind":"user.enabled"…"success","data":{"account":"a""#),
        ),
        (
            Fact::RoleGranted {
                binding: text("b"),
                account: text("a"),
                role: text("reader"),
                scope: text("organisation"),
            },
            text(
                r#""kind":"role.granted"…"success","data":{"account":"a","binding":"b","role":"reader","scope":"organisation""#,
            ),
        ),
        (
            Fact::RoleRevoked {
                binding: text("b"),
                account: text("a"),
                role: text("reader"),
                scope: text("organisation"),
            },
            text(
                r#""kind":"role.revoked"…"success","data":{"account":"a","binding":"b","role":"reader","scope":"organisation""#,
            ),
        ),
        (
            Fact::TokenCreated {
                token: text("t"),
                account: text("a"),
                token_kind: text("refresh"),
                expires_at_us: Some(5),
                prefix: None,
                actions: None,
            },
            text(
                r#""kind":"token.created"…"success","data":{"account":"a","expires_at_us":5,"token":"t","token_kind":"refresh""#,
            ),
        ),
        (
            Fact::TokenCreated {
                token: text("t"),
                account: text("a"),
                token_kind: text("personal"),
                expires_at_us: None,
                prefix: Some(text("acme/app")),
                actions: Some(vec![text("pull"), text("push")]),
            },
            text(
                r#""kind":"token.created"…"success","data":{"account":"a","actions":["pull","push"],"prefix":"acme/app","token":"t","token_kind":"personal""#,
            ),
        ),
        (
            Fact::TokenRevoked { token: text("t"), account: text("a") },
            text(r#""kind":"token.revoked"…"success","data":{"account":"a","token":"t""#),
        ),
        (
            Fact::TokenRotated { token: text("t"), account: text("a"), successor: text("u"), ends_at_us: 5 },
            text(
                r#""kind":"token.rotated"…"success","data":{"account":"a","ends_at_us":5,"successor":"u","token":"t""#,
            ),
        ),
        (
            Fact::RoleGrantedUntil {
                binding: text("b"),
                account: text("a"),
                role: text("reader"),
                scope: text("organisation"),
                expires_at_us: 5,
            },
            text(
                r#""kind":"role.granted_until"…"success","data":{"account":"a","binding":"b","expires_at_us":5,"role":"reader","scope":"organisation""#,
            ),
        ),
        (
            Fact::RoleExpired {
                binding: text("b"),
                account: text("a"),
                role: text("reader"),
                scope: text("organisation"),
                expired_at_us: 5,
            },
            text(
                r#""kind":"role.expired"…"success","data":{"account":"a","binding":"b","expired_at_us":5,"role":"reader","scope":"organisation""#,
            ),
        ),
        (
            Fact::ServiceAccountCreated { account: text("a") },
            text(r#""kind":"service_account.created"…"success","data":{"account":"a""#),
        ),
        (
            Fact::ServiceAccountDisabled { account: text("a") },
            text(r#""kind":"service_account.disabled"…"success","data":{"account":"a""#),
        ),
        (
            Fact::ServiceAccountEnabled { account: text("a") },
            text(r#""kind":"service_account.enabled"…"success","data":{"account":"a""#),
        ),
        (
            Fact::KeyCreated { key: text("k"), purpose: text("token"), public_key: text("00") },
            text(r#""kind":"key.created"…"success","data":{"key":"k","public_key":"00","purpose":"token""#),
        ),
        (
            Fact::KeyRotated {
                key: text("k"),
                purpose: text("token"),
                public_key: text("00"),
                before: text("j"),
            },
            text(
                r#""kind":"key.rotated"…"success","data":{"before":"j","key":"k","public_key":"00","purpose":"token""#,
            ),
        ),
        (
            Fact::FederationRuleCreated {
                rule: text("r"),
                account: text("a"),
                issuer: text("https://i.test"),
                claims: [(text("repository_id"), text("7"))].into(),
                prefix: text("acme"),
                actions: vec![text("pull"), text("push")],
                lifetime_seconds: 3600,
            },
            text(
                r#""kind":"federation.rule_created"…"success","data":{"account":"a","actions":["pull","push"],"claims":{"repository_id":"7"},"issuer":"https://i.test","lifetime_seconds":3600,"prefix":"acme","rule":"r""#,
            ),
        ),
        (
            Fact::FederationRuleRemoved { rule: text("r"), account: text("a") },
            text(r#""kind":"federation.rule_removed"…"success","data":{"account":"a","rule":"r""#),
        ),
        (
            Fact::FederationExchanged { rule: text("r"), token: text("t"), account: text("a") },
            text(r#""kind":"federation.exchanged"…"success","data":{"account":"a","rule":"r","token":"t""#),
        ),
        (
            Fact::AccountLinked { account: text("a"), issuer: text("https://i.test") },
            text(r#""kind":"account.linked"…"success","data":{"account":"a","issuer":"https://i.test""#),
        ),
        (
            Fact::LedgerRead { shape: text("ledger/entries?kind,project") },
            text(r#""kind":"ledger.read"…"success","data":{"shape":"ledger/entries?kind,project""#),
        ),
        (
            Fact::LedgerAlarm { why: text("it is gone"), index: Some(text("7")) },
            text(r#""kind":"ledger.alarm"…"success","data":{"index":"7","why":"it is gone""#),
        ),
        (
            Fact::LoginLimited { account: text("a"), failures: text("10") },
            text(r#""kind":"login.limited"…"denied","data":{"account":"a","failures":"10""#),
        ),
    ] {
        assert_eq!(data_of(fact), golden);
    }
}

#[test]
fn kinds_of_trust() {
    let text = str::to_owned;
    let all = FactVerification {
        verification: text("v"),
        evidence: text("e"),
        carrier: text("sha256:00"),
        position: 2,
        tag: Some(text("sha256-00.sig")),
        evidence_kind: text("attestation"),
        predicate_type: Some(text("https://slsa.dev/provenance/v1")),
        result: text("refused"),
        signer: Some(text("ci")),
        reasons: vec![text("key_revoked"), text("builder_not_allowed")],
        policy: text("sha256:01"),
        trusted_root: Some(text("sha256:02")),
        slsa_level: Some(3),
        signed_at_us: Some(5),
        verifier: text("waybill/0"),
    };
    let all_json = r#"{"carrier":"sha256:00","evidence":"e","evidence_kind":"attestation","policy":"sha256:01","position":2,"predicate_type":"https://slsa.dev/provenance/v1","reasons":["key_revoked","builder_not_allowed"],"result":"refused","signed_at_us":5,"signer":"ci","slsa_level":3,"tag":"sha256-00.sig","trusted_root":"sha256:02","verification":"v","verifier":"waybill/0"}"#;
    let least = FactVerification {
        tag: None,
        predicate_type: None,
        signer: None,
        reasons: vec![],
        trusted_root: None,
        slsa_level: None,
        signed_at_us: None,
        ..all.clone()
    };
    let least_json = r#"{"carrier":"sha256:00","evidence":"e","evidence_kind":"attestation","policy":"sha256:01","position":2,"reasons":[],"result":"refused","verification":"v","verifier":"waybill/0"}"#;
    for (fact, golden) in [
        (
            Fact::TrustPolicySet { revision: 3, digest: text("sha256:00"), size: text("9") },
            text(
                r#""kind":"trust_policy.set"…"success","data":{"digest":"sha256:00","revision":3,"size":"9""#,
            ),
        ),
        (
            Fact::TrustPolicyRemoved { revision: 3 },
            text(r#""kind":"trust_policy.removed"…"success","data":{"revision":3"#),
        ),
        (
            Fact::VerificationRecorded { verification: all.clone() },
            format!(r#""kind":"verification.recorded"…"success","data":{{"verification":{all_json}"#),
        ),
        (
            Fact::VerificationRecorded { verification: least.clone() },
            format!(r#""kind":"verification.recorded"…"success","data":{{"verification":{least_json}"#),
        ),
        (
            Fact::VerificationChanged { verification: all, before: text("verified") },
            format!(
                r#""kind":"verification.changed"…"success","data":{{"before":"verified","verification":{all_json}"#
            ),
        ),
        (
            Fact::VerificationChanged { verification: least, before: text("verified") },
            format!(
                r#""kind":"verification.changed"…"success","data":{{"before":"verified","verification":{least_json}"#
            ),
        ),
    ] {
        assert_eq!(data_of(fact), golden);
    }
}
