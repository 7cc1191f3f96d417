//! The newest checkpoint that witnesses have cosigned, and how far checkpoints were copied to a second place.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::step;

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("ledger_cosigned")
                // Always 1: there is one newest.
                .col(small_integer("id").primary_key())
                .col(big_integer("size"))
                .col(text("checkpoint"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("ledger_copied")
                // Always 1.
                .col(small_integer("id").primary_key())
                .col(text("place"))
                .col(big_integer("size"))
                .to_owned(),
        )
        .await
});
