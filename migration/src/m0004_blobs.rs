//! Stored objects, the digests that name them, and upload sessions.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{index, refers_to, step};

step!(|manager| {
    // The row of an object exists before its first byte, so sweeping follows rows (design, rule 2).
    manager
        .create_table(
            Table::create()
                .table("object")
                .col(pk_uuid("id"))
                .col(string("state"))
                .col(big_integer("created_at_us"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("object", "object_state", &["state", "created_at_us"])).await?;
    manager
        .create_table(
            Table::create()
                .table("blob")
                .col(big_integer("seq").auto_increment().primary_key())
                .col(string_uniq("digest"))
                .col(uuid("object_id"))
                .col(big_integer("size"))
                .col(big_integer("created_at_us"))
                .col(boolean("inventoried"))
                .foreign_key(&mut refers_to("blob", "object_id", "object"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(
            index("blob", "blob_not_inventoried", &["seq"])
                .and_where(Expr::col("inventoried").eq(false))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("upload")
                .col(pk_uuid("id"))
                .col(uuid("repository_id"))
                .col(uuid("account_id"))
                .col(uuid("object_id"))
                .col(big_integer("received"))
                .col(blob("sha256_state"))
                .col(blob_null("sha512_state"))
                .col(big_integer("expires_at_us"))
                .foreign_key(&mut refers_to("upload", "object_id", "object"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("upload", "upload_expiry", &["expires_at_us"])).await
});
