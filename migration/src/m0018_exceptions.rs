//! What stands beside the gates: freezes, waivers, quarantines, holds of auto-promotion, reviews that are owed; and the keys by
//! which a request is made once.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{index, refers_to, step, unique_while_valid, versioned};

step!(|manager| {
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("freeze")
                    .col(pk_uuid("id"))
                    // Null for all projects.
                    .col(uuid_null("project_id"))
                    // Which environments: a selector, or a tier; null for all.
                    .col(string_null("environment"))
                    .col(string_null("tier"))
                    .col(text("reason"))
                    .col(text_null("incident"))
                    // JSON list of the kinds of promotions that it lets pass.
                    .col(text("allowed_kinds"))
                    .col(big_integer("starts_at_us"))
                    .col(big_integer_null("ends_at_us"))
                    .col(uuid_null("set_by"))
                    .foreign_key(&mut refers_to("freeze", "project_id", "project")),
            )
            .to_owned(),
        )
        .await?;
    let mut frozen = index("freeze", "freeze_current", &["project_id", "id"]);
    manager.create_index(frozen.and_where(Expr::col("valid_to_us").is_null()).to_owned()).await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("waiver")
                    .col(pk_uuid("id"))
                    .col(uuid("project_id"))
                    .col(string("gate"))
                    .col(string_null("environment"))
                    .col(uuid_null("release_id"))
                    // JSON list of the vulnerabilities that it is about; empty for the whole gate.
                    .col(text("vulnerabilities"))
                    .col(text("reason"))
                    .col(big_integer("ends_at_us"))
                    .col(uuid_null("asked_by"))
                    .col(uuid_null("approved_by"))
                    .col(big_integer_null("approved_at_us"))
                    .foreign_key(&mut refers_to("waiver", "project_id", "project")),
            )
            .to_owned(),
        )
        .await?;
    let mut waived = index("waiver", "waiver_current", &["project_id", "id"]);
    manager.create_index(waived.and_where(Expr::col("valid_to_us").is_null()).to_owned()).await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("quarantine")
                    .col(pk_uuid("id"))
                    .col(uuid("project_id"))
                    .col(string("digest"))
                    .col(text("reason"))
                    .col(uuid_null("set_by"))
                    .foreign_key(&mut refers_to("quarantine", "project_id", "project")),
            )
            .to_owned(),
        )
        .await?;
    manager
        .create_index(unique_while_valid("quarantine", "quarantine_current", &["project_id", "digest"]))
        .await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("auto_promotion_hold")
                    .col(pk_uuid("id"))
                    .col(uuid("project_id"))
                    .col(uuid("environment_id"))
                    .col(string("line"))
                    .col(uuid("promotion_id")),
            )
            .to_owned(),
        )
        .await?;
    manager
        .create_index(unique_while_valid(
            "auto_promotion_hold",
            "auto_promotion_hold_current",
            &["environment_id", "project_id", "line"],
        ))
        .await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("review")
                    .col(pk_uuid("id"))
                    .col(uuid("project_id"))
                    .col(uuid("promotion_id"))
                    .col(uuid_null("used_by"))
                    .col(big_integer("due_at_us"))
                    .col(uuid_null("reviewed_by"))
                    .col(string_null("verdict"))
                    .foreign_key(&mut refers_to("review", "promotion_id", "promotion")),
            )
            .to_owned(),
        )
        .await?;
    manager.create_index(unique_while_valid("review", "review_current", &["promotion_id"])).await?;
    manager.create_index(index("review", "review_project", &["project_id", "due_at_us"])).await?;
    manager
        .create_table(
            Table::create()
                .table("idempotency_key")
                .col(uuid("account_id"))
                .col(string("key"))
                .col(string("request"))
                .col(uuid("made"))
                .col(big_integer("at_us"))
                .primary_key(Index::create().col("account_id").col("key"))
                .to_owned(),
        )
        .await
});
