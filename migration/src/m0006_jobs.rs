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
                // One waiting job per key; a job that may stand beside others of its kind has its own id here.
                .col(string_uniq("key"))
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
    manager.create_index(index("job", "job_due", &["state", "run_at_us"])).await
});
