//! What backup and restore remember: how far the storage tells of this database, and a restore that has not ended.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::step;

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("store_position")
                .col(string("name").primary_key())
                .col(big_integer("seq"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("restore_run")
                .col(pk_uuid("id"))
                // The digest of the backup, or `storage`.
                .col(string("source"))
                .col(big_integer("begun_at_us"))
                .to_owned(),
        )
        .await
});
