//! What attestations and documents say. Rows are made of their bytes and can be made of them again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{by_bytes, index, step};

/// A table of what attestations say once each. No reference leads to the evidence: what it says is written down before it.
fn one_each(name: &'static str) -> TableCreateStatement {
    Table::create().table(name).col(pk_uuid("evidence_id")).col(uuid("project_id")).to_owned()
}

/// A table of what attestations say many of.
fn many_each(name: &'static str) -> TableCreateStatement {
    let mut key = Index::create();
    Table::create()
        .table(name)
        .col(uuid("evidence_id"))
        .col(integer("position"))
        .col(uuid("project_id"))
        .primary_key(key.col("evidence_id").col("position"))
        .to_owned()
}

step!(|manager| {
    manager
        .create_table(
            one_each("attestation")
                .col(uuid("repository_id"))
                .col(string("subject"))
                .col(string("family"))
                .col(boolean("whole"))
                .col(boolean("truncated"))
                .col(text_null("problem"))
                .col(text("summary"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            one_each("provenance")
                .col(string_len("builder", 512))
                .col(string_len("build_type", 512))
                .col(string_len_null("source", 512))
                .col(string_len_null("source_ref", 512))
                .col(string_null("source_commit"))
                .col(string_len_null("invocation", 512))
                .col(big_integer_null("started_at_us"))
                .col(big_integer_null("finished_at_us"))
                .to_owned(),
        )
        .await?;
    for (name, column) in [
        ("provenance_commit", "source_commit"),
        ("provenance_source", "source"),
        ("provenance_builder", "builder"),
    ] {
        manager.create_index(index("provenance", name, &["project_id", column, "evidence_id"])).await?;
    }
    manager
        .create_table(
            many_each("material").col(text_null("uri")).col(string_len_null("digest", 512)).to_owned(),
        )
        .await?;
    let columns = ["project_id", "digest", "evidence_id", "position"];
    manager.create_index(index("material", "material_digest", &columns)).await?;
    manager
        .create_table(
            many_each("component")
                .col(string_len_null("package", 512))
                .col(by_bytes(manager, text("version")))
                .col(text("name"))
                .col(text_null("purl"))
                .to_owned(),
        )
        .await?;
    let columns = ["project_id", "package", "version", "evidence_id", "position"];
    manager.create_index(index("component", "component_package", &columns)).await?;
    manager
        .create_table(
            one_each("vulnerability_report")
                .col(string("format"))
                .col(text_null("scanner"))
                .col(text_null("scanner_version"))
                .col(big_integer_null("database_updated_at_us"))
                .col(big_integer_null("scanned_at_us"))
                .col(integer("critical"))
                .col(integer("high"))
                .col(integer("medium"))
                .col(integer("low"))
                .col(integer("negligible"))
                .col(integer("unknown"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            many_each("finding")
                .col(string_len("vulnerability", 512))
                .col(string_len_null("alias_of", 512))
                .col(string_len_null("package", 512))
                .col(text("version"))
                .col(text_null("component"))
                .col(string("severity"))
                .col(string_null("status"))
                .col(text_null("justification"))
                .col(text_null("fixed_in"))
                .to_owned(),
        )
        .await?;
    let columns = ["project_id", "vulnerability", "evidence_id", "position"];
    manager.create_index(index("finding", "finding_vulnerability", &columns)).await?;
    manager
        .create_table(
            one_each("test_result")
                .col(string("result"))
                .col(text_null("url"))
                .col(text("configuration"))
                .col(big_integer("passed"))
                .col(big_integer("warned"))
                .col(big_integer("failed"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            one_each("verification_summary")
                .col(string_len("verifier", 512))
                .col(text_null("resource"))
                .col(text_null("policy"))
                .col(string_len_null("policy_digest", 512))
                .col(boolean("passed"))
                .col(text("levels"))
                .col(big_integer_null("verified_at_us"))
                .to_owned(),
        )
        .await
});
