//! Projects and the revisions of their settings.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{by_bytes, refers_to, step, unique_while_valid, versioned};

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("project")
                .col(pk_uuid("id"))
                .col(by_bytes(manager, string_uniq("name")))
                .col(big_integer("created_at_us"))
                .col(uuid("from_event"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("project_settings")
                    .col(pk_uuid("id"))
                    .col(uuid("project_id"))
                    .col(big_integer("revision"))
                    .col(string("visibility"))
                    .col(string("tags"))
                    .col(string("sparse"))
                    .col(text("mutable_patterns"))
                    .col(text("required_patterns"))
                    .foreign_key(&mut refers_to("project_settings", "project_id", "project")),
            )
            .to_owned(),
        )
        .await?;
    let current = unique_while_valid("project_settings", "project_settings_current", &["project_id"]);
    manager.create_index(current).await
});
