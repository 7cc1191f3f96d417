//! Signing keys, tokens, accounts that are no people, and roles that end.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{index, refers_to, step, unique_while_valid, versioned};

step!(|manager| {
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("signing_key")
                    .col(pk_uuid("id"))
                    .col(string("purpose"))
                    .col(blob("public_key"))
                    // The private key under the master key: nonce, then AES-256-GCM.
                    .col(blob("wrapped_key")),
            )
            .to_owned(),
        )
        .await?;
    manager.create_index(unique_while_valid("signing_key", "signing_key_current", &["purpose"])).await?;
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("token")
                    .col(pk_uuid("id"))
                    .col(string("kind"))
                    .col(uuid("account_id"))
                    .col(string("name"))
                    .col(string_uniq("sha256"))
                    // What narrows it: a repository prefix, and actions parted by commas.
                    .col(string_null("prefix"))
                    .col(string_null("actions"))
                    // The service that a refresh token is for.
                    .col(string_null("service"))
                    .col(big_integer_null("expires_at_us"))
                    .col(big_integer_null("last_used_at_us"))
                    .col(uuid_null("created_by"))
                    .foreign_key(&mut refers_to("token", "account_id", "account")),
            )
            .to_owned(),
        )
        .await?;
    manager.create_index(index("token", "token_account", &["account_id", "id"])).await?;
    let mut kind = string("kind");
    kind.default("user");
    manager.alter_table(Table::alter().table("account").add_column(&mut kind).to_owned()).await?;
    let mut owner = uuid_null("project_id");
    manager.alter_table(Table::alter().table("account").add_column(&mut owner).to_owned()).await?;
    manager.create_index(index("account", "account_kind", &["kind", "name"])).await?;
    let mut expiry = big_integer_null("expires_at_us");
    manager.alter_table(Table::alter().table("role_binding").add_column(&mut expiry).to_owned()).await?;
    manager
        .create_index(
            index("role_binding", "role_binding_expiry", &["expires_at_us"])
                .and_where(Expr::col("valid_to_us").is_null())
                .to_owned(),
        )
        .await
});
