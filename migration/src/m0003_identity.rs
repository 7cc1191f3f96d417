//! Users, role bindings, and the counters that slow down guessing.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{by_bytes, index, refers_to, step, unique_while_valid, versioned};

step!(|manager| {
    manager
        .create_table(
            Table::create()
                .table("account")
                .col(pk_uuid("id"))
                .col(by_bytes(manager, string_uniq("name")))
                .col(text("password_hash"))
                .col(big_integer("created_at_us"))
                .col(big_integer_null("disabled_at_us"))
                .col(uuid("from_event"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("role_binding")
                    .col(pk_uuid("id"))
                    .col(uuid("account_id"))
                    .col(string("role"))
                    .col(uuid_null("project_id"))
                    // The repository prefix that the binding is narrowed to; empty for none, so that it
                    // can be part of a unique key.
                    .col(string("prefix"))
                    // `organisation`, the project's id, or that, `:` and the prefix: one text to be unique by.
                    .col(string("scope_key"))
                    .foreign_key(&mut refers_to("role_binding", "account_id", "account"))
                    .foreign_key(&mut refers_to("role_binding", "project_id", "project")),
            )
            .to_owned(),
        )
        .await?;
    manager
        .create_index(unique_while_valid(
            "role_binding",
            "role_binding_current",
            &["account_id", "role", "scope_key"],
        ))
        .await?;
    manager.create_index(index("role_binding", "role_binding_project", &["project_id"])).await?;
    manager
        .create_table(
            Table::create()
                .table("login_failure")
                .col(string("key").primary_key())
                .col(big_integer("failures"))
                .col(big_integer("window_ends_us"))
                .to_owned(),
        )
        .await
});
