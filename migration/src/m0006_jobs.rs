//! The job queue.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{index, step};

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("job")
                .col(pk_uuid("id"))
                .col(string("kind"))
                // A job that may stand beside others of its kind has its own id here.
                .col(string("key"))
                .col(text("payload"))
                .col(string("state"))
                .col(integer("attempts"))
                .col(big_integer("run_at_us"))
                .col(big_integer("leased_until_us"))
                .col(uuid_null("lease"))
                .col(text_null("last_error"))
                .to_owned(),
        )
        .await?;
    // One per key waits. One that runs or is dead keeps no other out: what asks for it may have come too late.
    let mut waiting = index("job", "job_waiting", &["key"]);
    waiting.unique().and_where(Expr::col("state").eq("waiting"));
    manager.create_index(waiting).await?;
    manager.create_index(index("job", "job_due", &["state", "run_at_us"])).await
});
