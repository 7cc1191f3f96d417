//! Counters by which replicas learn that what they remember may no longer hold.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::step;

/// As many as `db::Freshness` has shards.
const SHARDS: i16 = 256;

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("freshness")
                .col(small_integer("shard").primary_key())
                .col(big_integer("version"))
                .to_owned(),
        )
        .await?;
    let mut rows = Query::insert();
    rows.into_table("freshness").columns(["shard", "version"]);
    for shard in 0..SHARDS {
        rows.values_panic([shard.into(), 0_i64.into()]);
    }
    manager.execute(rows).await
});
