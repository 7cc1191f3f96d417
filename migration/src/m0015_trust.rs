//! Trust policies, what was found in manifests that may vouch for others, and what came of verifying it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{by_bytes, index, refers_to, step, unique_while_valid, versioned};

step!(|manager| {
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("trust_policy")
                    .col(pk_uuid("id"))
                    // Null for the organisation's.
                    .col(uuid_null("project_id"))
                    // The same as a text that is never null, for the unique indexes.
                    .col(string("scope_key"))
                    .col(big_integer("revision"))
                    .col(string("digest"))
                    .col(text("document"))
                    .foreign_key(&mut refers_to("trust_policy", "project_id", "project")),
            )
            .to_owned(),
        )
        .await?;
    manager.create_index(unique_while_valid("trust_policy", "trust_policy_current", &["scope_key"])).await?;
    let mut revisions = index("trust_policy", "trust_policy_revision", &["scope_key", "revision"]);
    manager.create_index(revisions.unique().to_owned()).await?;
    manager
        .create_table(
            Table::create()
                .table("evidence")
                .col(pk_uuid("id"))
                .col(uuid("project_id"))
                .col(uuid("repository_id"))
                .col(uuid("manifest_id"))
                .col(string("carrier"))
                .col(integer("position"))
                // The legacy tag through which it speaks of its subject; empty for a referrer.
                .col(string("tag"))
                .col(string("subject"))
                // Whether the repository held the subject when it was last looked at.
                .col(boolean("subject_held"))
                .col(string("kind"))
                .col(string("format"))
                .col(text_null("predicate_type"))
                .col(string("content"))
                .col(big_integer("size"))
                .col(big_integer("seen_at_us"))
                .foreign_key(&mut refers_to("evidence", "repository_id", "repository"))
                .foreign_key(&mut refers_to("evidence", "manifest_id", "manifest"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("evidence", "evidence_subject", &["repository_id", "subject", "id"])).await?;
    manager.create_index(index("evidence", "evidence_manifest", &["manifest_id"])).await?;
    manager.create_index(index("evidence", "evidence_project", &["project_id", "id"])).await?;
    let mut waiting = index("evidence", "evidence_waiting", &["id"]);
    manager
        .create_index(
            waiting.and_where(Expr::col("subject_held").eq(Expr::Constant(false.into()))).to_owned(),
        )
        .await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("verification")
                    .col(pk_uuid("id"))
                    .col(uuid("evidence_id"))
                    .col(uuid("project_id"))
                    .col(uuid("repository_id"))
                    .col(string("carrier"))
                    .col(integer("position"))
                    .col(string("tag"))
                    .col(string("subject"))
                    .col(string("kind"))
                    .col(text_null("predicate_type"))
                    .col(string("result"))
                    .col(by_bytes(manager, string_null("signer")))
                    // JSON list of codes; `details`, of what they mean here.
                    .col(text("reasons"))
                    .col(text("details"))
                    .col(string("policy"))
                    .col(string_null("trusted_root"))
                    .col(integer_null("slsa_level"))
                    .col(big_integer_null("signed_at_us"))
                    .col(string("verifier"))
                    .foreign_key(&mut refers_to("verification", "repository_id", "repository")),
            )
            .to_owned(),
        )
        .await?;
    manager
        .create_index(unique_while_valid("verification", "verification_current", &["evidence_id"]))
        .await?;
    manager
        .create_index(index("verification", "verification_subject", &["repository_id", "subject"]))
        .await?;
    manager
        .create_index(index("verification", "verification_signer", &["project_id", "signer", "id"]))
        .await?;
    for table in ["manifest", "tag"] {
        let mut inspected = boolean("inspected");
        let table = Table::alter().table(table).add_column(inspected.not_null().default(false)).to_owned();
        manager.alter_table(table).await?;
    }
    // What has not been looked at yet; nothing else is in these indexes, so they stay small.
    let mut referrers = index("manifest", "manifest_not_inspected", &["repository_id", "subject"]);
    let not_inspected = || Expr::col("inspected").eq(Expr::Constant(false.into()));
    referrers
        .and_where(not_inspected())
        .and_where(Expr::col("subject").is_not_null())
        .and_where(Expr::col("valid_to_us").is_null());
    manager.create_index(referrers).await?;
    let mut legacy = index("tag", "tag_not_inspected", &["repository_id", "name"]);
    legacy
        .and_where(not_inspected())
        .and_where(Expr::cust("substr(name, 1, 7) = 'sha256-'"))
        .and_where(Expr::col("valid_to_us").is_null());
    manager.create_index(legacy).await
});
