//! Who was last told to have read recorded events, and when: one event per hour is enough.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{index, step};

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("audit_read")
                .col(uuid("account_id"))
                .col(string("shape"))
                // All zeros when the read was narrowed to no project: a part of a key is never null.
                .col(uuid("project_id"))
                // Hours since 1970-01-01 UTC.
                .col(big_integer("hour"))
                .primary_key(Index::create().col("account_id").col("shape").col("project_id"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("audit_read", "audit_read_hour", &["hour"])).await
});
