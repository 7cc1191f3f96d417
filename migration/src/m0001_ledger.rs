//! Events, and the erasable personal data that they commit to.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{index, step};

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("event")
                // Never a used value again, even after the newest row is gone: ledger order hangs on it.
                .col(big_integer("seq").auto_increment().primary_key())
                .col(uuid_uniq("id"))
                .col(string("kind"))
                .col(big_integer("at_us"))
                .col(uuid_null("project_id"))
                .col(uuid_null("actor_id"))
                .col(blob("leaf"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("event", "event_project", &["project_id", "seq"])).await?;
    manager.create_index(index("event", "event_actor", &["actor_id", "seq"])).await?;
    manager.create_index(index("event", "event_kind", &["kind", "seq"])).await?;
    manager
        .create_table(
            Table::create()
                .table("personal_data")
                .col(uuid("event_id").primary_key())
                .col(blob("salt"))
                .col(blob("content"))
                .to_owned(),
        )
        .await
});
