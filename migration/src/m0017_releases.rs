//! Releases, environments and lifecycles; promotions with their approvals, and what an environment points at.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{by_bytes, index, refers_to, step, unique_while_valid, versioned};

step!(|manager| {
    // Which environments a role holds in, where not in all.
    let selector = Table::alter().table("role_binding").add_column(string_null("environment")).to_owned();
    manager.alter_table(selector).await?;
    // Counters of what may alter a gate: working rows.
    manager
        .create_table(
            Table::create()
                .table("gate_epoch")
                .col(string("key").primary_key())
                .col(big_integer("value"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("environment")
                    .col(pk_uuid("id"))
                    .col(uuid("environment_id"))
                    .col(big_integer("revision"))
                    .col(by_bytes(manager, string("name")))
                    .col(string("tier"))
                    .col(string("sensitivity"))
                    .col(text("labels"))
                    .col(big_integer("drain_seconds")),
            )
            .to_owned(),
        )
        .await?;
    manager.create_index(unique_while_valid("environment", "environment_name", &["name"])).await?;
    manager
        .create_index(unique_while_valid("environment", "environment_current", &["environment_id"]))
        .await?;
    manager
        .create_table(
            Table::create()
                .table("lifecycle")
                .col(pk_uuid("id"))
                // A project's, or a template: then its name stands in the scope.
                .col(uuid_null("project_id"))
                .col(by_bytes(manager, string("scope_key")))
                .col(big_integer("revision"))
                .col(string("digest"))
                // As it was set, and with what its template gives.
                .col(text("document"))
                .col(text("effective"))
                .col(big_integer("set_at_us"))
                .col(uuid("from_event"))
                .foreign_key(&mut refers_to("lifecycle", "project_id", "project"))
                .to_owned(),
        )
        .await?;
    let mut revisions = index("lifecycle", "lifecycle_revision", &["scope_key", "revision"]);
    manager.create_index(revisions.unique().to_owned()).await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("active_lifecycle")
                    .col(pk_uuid("id"))
                    .col(uuid_null("project_id"))
                    .col(by_bytes(manager, string("scope_key")))
                    .col(big_integer("revision")),
            )
            .to_owned(),
        )
        .await?;
    manager
        .create_index(unique_while_valid("active_lifecycle", "active_lifecycle_current", &["scope_key"]))
        .await?;
    manager
        .create_table(
            Table::create()
                .table("release")
                .col(pk_uuid("id"))
                .col(uuid("project_id"))
                .col(by_bytes(manager, string("name")))
                .col(by_bytes(manager, string("version")))
                .col(string("content"))
                .col(text("labels"))
                .col(uuid_null("created_by"))
                .col(big_integer("created_at_us"))
                .col(uuid("from_event"))
                .foreign_key(&mut refers_to("release", "project_id", "project"))
                .to_owned(),
        )
        .await?;
    let mut names = index("release", "release_version", &["project_id", "name", "version"]);
    manager.create_index(names.unique().to_owned()).await?;
    manager.create_index(index("release", "release_list", &["project_id", "id"])).await?;
    manager
        .create_table(
            Table::create()
                .table("release_artifact")
                .col(uuid("release_id"))
                .col(integer("position"))
                .col(uuid("project_id"))
                .col(uuid("repository_id"))
                .col(string("repository"))
                .col(string("digest"))
                .col(string("role"))
                .col(string("kind"))
                .col(uuid_null("pushed_by"))
                .primary_key(Index::create().col("release_id").col("position"))
                .foreign_key(&mut refers_to("release_artifact", "release_id", "release"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(index("release_artifact", "release_artifact_digest", &["project_id", "digest"]))
        .await?;
    manager
        .create_table(
            Table::create()
                .table("release_line")
                .col(uuid("repository_id").primary_key())
                .col(uuid("project_id"))
                .col(string("name"))
                .col(uuid("from_event"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("promotion")
                .col(pk_uuid("id"))
                .col(uuid("project_id"))
                .col(uuid("environment_id"))
                .col(uuid("release_id"))
                .col(string("line"))
                .col(string("kind"))
                .col(string_null("ticket"))
                .col(text_null("justification"))
                .col(uuid_null("requested_by"))
                .col(big_integer("requested_at_us"))
                .col(big_integer_null("start_at_us"))
                .col(big_integer("expires_at_us"))
                // What a break-glass admission ends at.
                .col(big_integer_null("glass_until_us"))
                .col(uuid("from_event"))
                .foreign_key(&mut refers_to("promotion", "release_id", "release"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("promotion", "promotion_list", &["project_id", "id"])).await?;
    manager.create_index(index("promotion", "promotion_release", &["release_id", "environment_id"])).await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("promotion_state")
                    .col(pk_uuid("id"))
                    .col(uuid("promotion_id"))
                    .col(uuid("project_id"))
                    .col(uuid("environment_id"))
                    .col(string("line"))
                    .col(string("state"))
                    .col(string("why"))
                    .col(big_integer("lifecycle_revision"))
                    .col(string("policy"))
                    .foreign_key(&mut refers_to("promotion_state", "promotion_id", "promotion")),
            )
            .to_owned(),
        )
        .await?;
    manager
        .create_index(unique_while_valid("promotion_state", "promotion_state_current", &["promotion_id"]))
        .await?;
    // One promotion of a line is on its way into an environment at a time; nothing else is in this index.
    let mut pending =
        index("promotion_state", "promotion_pending", &["environment_id", "project_id", "line"]);
    pending
        .unique()
        .and_where(Expr::col("valid_to_us").is_null())
        .and_where(Expr::cust("state IN ('evaluating', 'blocked', 'awaiting_approval', 'waiting')"));
    manager.create_index(pending).await?;
    // What came of asking the gates last: a working row.
    manager
        .create_table(
            Table::create()
                .table("promotion_check")
                .col(uuid("promotion_id").primary_key())
                .col(text("gates"))
                .col(big_integer("epochs"))
                .col(big_integer("checked_at_us"))
                .col(big_integer_null("recheck_at_us"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("approval")
                .col(pk_uuid("id"))
                .col(uuid("promotion_id"))
                .col(uuid("account_id"))
                .col(string("verdict"))
                .col(big_integer("lifecycle_revision"))
                .col(string("policy"))
                .col(big_integer("at_us"))
                .col(uuid("from_event"))
                .foreign_key(&mut refers_to("approval", "promotion_id", "promotion"))
                .to_owned(),
        )
        .await?;
    let mut once =
        index("approval", "approval_once", &["promotion_id", "account_id", "lifecycle_revision", "policy"]);
    manager.create_index(once.unique().to_owned()).await?;
    manager
        .create_table(
            Table::create()
                .table("ticket_answer")
                .col(pk_uuid("id"))
                .col(uuid("promotion_id"))
                .col(uuid_null("account_id"))
                .col(string("verdict"))
                .col(text_null("reference"))
                .col(big_integer("at_us"))
                .col(uuid("from_event"))
                .foreign_key(&mut refers_to("ticket_answer", "promotion_id", "promotion"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("ticket_answer", "ticket_answer_promotion", &["promotion_id"])).await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("admission")
                    .col(pk_uuid("id"))
                    .col(uuid("project_id"))
                    .col(uuid("environment_id"))
                    .col(string("line"))
                    .col(uuid("release_id"))
                    .col(uuid("promotion_id"))
                    // Until when its release drains, once its successor was verified.
                    .col(big_integer_null("drains_until_us"))
                    .foreign_key(&mut refers_to("admission", "promotion_id", "promotion")),
            )
            .to_owned(),
        )
        .await?;
    manager
        .create_index(unique_while_valid(
            "admission",
            "admission_current",
            &["environment_id", "project_id", "line"],
        ))
        .await?;
    manager.create_index(index("admission", "admission_promotion", &["promotion_id"])).await?;
    manager.create_index(index("admission", "admission_release", &["release_id"])).await?;
    let mut draining =
        index("admission", "admission_draining", &["project_id", "environment_id", "drains_until_us"]);
    manager.create_index(draining.and_where(Expr::col("valid_to_us").is_not_null()).to_owned()).await
});
