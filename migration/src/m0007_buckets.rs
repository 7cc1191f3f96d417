//! What an upload into a bucket needs beside its row: who writes it, the parts that are there, and the bytes that are too
//! few for a part. On a local disk none of it is used.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{refers_to, step};

step!(|manager| {
    // SQLite takes one column at a time.
    for (table, column) in [
        // The multipart upload that an object's bytes come by, until it is complete.
        ("object", text_null("multipart")),
        // The row of doomed bytes stays until then: some may still be on their way.
        ("object", big_integer_null("keep_until_us")),
        // Whose turn it is, and until when without a sign of life.
        ("upload", uuid_null("writer")),
        ("upload", big_integer_null("writer_until_us")),
        // Whether bytes that no row tells of may have been sent to its object.
        ("upload", boolean("contested").default(false).take()),
        // Whether its parts are being put together: nothing can be added any more.
        ("upload", boolean("sealed").default(false).take()),
    ] {
        manager.alter_table(Table::alter().table(table).add_column(column).to_owned()).await?;
    }
    manager
        .create_table(
            Table::create()
                .table("upload_part")
                .col(uuid("upload_id"))
                // From 0 on, without a gap.
                .col(integer("number"))
                // What the bucket calls it.
                .col(text("tag"))
                .col(big_integer("size"))
                .primary_key(Index::create().col("upload_id").col("number"))
                .foreign_key(&mut ends_with_upload("upload_part"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("upload_tail")
                .col(pk_uuid("upload_id"))
                // Behind the last part, less than a part may have.
                .col(blob("bytes"))
                .foreign_key(&mut ends_with_upload("upload_tail"))
                .to_owned(),
        )
        .await
});

/// The row goes with its session.
fn ends_with_upload(table: &'static str) -> ForeignKeyCreateStatement {
    refers_to(table, "upload_id", "upload").on_delete(ForeignKeyAction::Cascade).to_owned()
}
