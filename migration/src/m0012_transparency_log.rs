//! The transparency log: which event is which leaf, the tiles of the right edge, and the head.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{index, step};

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("ledger_entry")
                .col(big_integer("leaf_index").primary_key())
                .col(big_integer_uniq("seq"))
                .col(blob("leaf_hash"))
                .col(big_integer("at_us"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("ledger_entry", "ledger_entry_at", &["at_us", "leaf_index"])).await?;
    manager
        .create_table(
            Table::create()
                .table("ledger_subject")
                .col(string("digest"))
                .col(big_integer("leaf_index"))
                .primary_key(Index::create().col("digest").col("leaf_index"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("ledger_tile")
                .col(small_integer("level"))
                .col(big_integer("tile_index"))
                // 32 bytes each, from 1 to 256 of them; full ones only until the storage holds them.
                .col(blob("hashes"))
                .primary_key(Index::create().col("level").col("tile_index"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("ledger_head")
                // Always 1: there is one log.
                .col(small_integer("id").primary_key())
                .col(string("origin"))
                .col(big_integer("size"))
                .col(blob("root"))
                .col(big_integer("last_seq"))
                .col(text("checkpoint"))
                .col(big_integer("published_size"))
                .col(big_integer("published_seq"))
                .col(text("published_checkpoint"))
                .col(big_integer("published_at_us"))
                .col(uuid_null("lease"))
                .col(big_integer("leased_until_us"))
                .to_owned(),
        )
        .await
});
