//! Repositories, what is in them, and tags.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{by_bytes, index, refers_to, step, unique_while_valid, versioned};

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("repository")
                .col(pk_uuid("id"))
                .col(uuid("project_id"))
                .col(by_bytes(manager, string_uniq("name")))
                .col(big_integer("created_at_us"))
                .col(uuid("from_event"))
                .foreign_key(&mut refers_to("repository", "project_id", "project"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("repository", "repository_project", &["project_id", "name"])).await?;
    manager
        .create_table(
            Table::create()
                .table("repository_blob")
                .col(uuid("repository_id"))
                .col(string("digest"))
                .col(big_integer("linked_at_us"))
                .col(uuid("from_event"))
                .primary_key(Index::create().col("repository_id").col("digest"))
                .foreign_key(&mut refers_to("repository_blob", "repository_id", "repository"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("repository_blob", "repository_blob_digest", &["digest"])).await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("manifest")
                    .col(pk_uuid("id"))
                    .col(uuid("repository_id"))
                    .col(by_bytes(manager, string("sha256")))
                    .col(string("sha512"))
                    .col(string("media_type"))
                    .col(string_null("artifact_type"))
                    .col(string_null("subject"))
                    .col(text("annotations"))
                    .col(big_integer("size"))
                    // Levels of indexes below it; 0 for an image.
                    .col(integer("depth"))
                    // Whether its bytes are in the storage too.
                    .col(boolean("stored"))
                    .col(uuid_null("pushed_by"))
                    .col(blob("bytes"))
                    .foreign_key(&mut refers_to("manifest", "repository_id", "repository")),
            )
            .to_owned(),
        )
        .await?;
    for (name, column) in [("manifest_sha256", "sha256"), ("manifest_sha512", "sha512")] {
        manager.create_index(unique_while_valid("manifest", name, &["repository_id", column])).await?;
    }
    manager
        .create_index(
            index("manifest", "manifest_not_stored", &["valid_from_us"])
                .and_where(Expr::col("stored").eq(false))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(index("manifest", "manifest_subject", &["repository_id", "subject", "sha256"]))
        .await?;
    manager
        .create_table(
            Table::create()
                .table("manifest_link")
                .col(uuid("manifest_id"))
                .col(integer("position"))
                .col(string("kind"))
                .col(string("digest"))
                .primary_key(Index::create().col("manifest_id").col("position"))
                .foreign_key(&mut refers_to("manifest_link", "manifest_id", "manifest"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("manifest_link", "manifest_link_digest", &["digest"])).await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("tag")
                    .col(pk_uuid("id"))
                    .col(uuid("repository_id"))
                    .col(by_bytes(manager, string("name")))
                    .col(uuid("manifest_id"))
                    .col(string("digest"))
                    // Set when an immutable tag is deleted: its name stays bound to its digest.
                    .col(boolean("bound"))
                    .foreign_key(&mut refers_to("tag", "repository_id", "repository"))
                    .foreign_key(&mut refers_to("tag", "manifest_id", "manifest")),
            )
            .to_owned(),
        )
        .await?;
    manager.create_index(unique_while_valid("tag", "tag_current", &["repository_id", "name"])).await?;
    manager
        .create_index(
            index("tag", "tag_bound", &["repository_id", "name", "valid_from_us"])
                .and_where(Expr::col("bound").eq(true))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("tag", "tag_history", &["repository_id", "name", "valid_from_us"])).await?;
    manager.create_index(index("tag", "tag_manifest", &["manifest_id"])).await
});
