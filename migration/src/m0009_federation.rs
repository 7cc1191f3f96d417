//! Trust in issuers: rules, the tokens that came of them, who is who, and log-ins under way.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::*;

use crate::steps::{index, refers_to, step, versioned};

step!(|manager| {
    manager
        .create_table(
            versioned(
                Table::create()
                    .table("federation_rule")
                    .col(pk_uuid("id"))
                    .col(uuid("project_id"))
                    // Its identifier, not its name in the settings, which may come to mean another one.
                    .col(text("issuer"))
                    // `name=value` of one claim that is an id, by which rules are found.
                    .col(text("key"))
                    // All claims, a JSON object.
                    .col(text("claims"))
                    .col(uuid("account_id"))
                    .col(string("prefix"))
                    .col(string("actions"))
                    .col(big_integer("lifetime_s"))
                    .foreign_key(&mut refers_to("federation_rule", "project_id", "project"))
                    .foreign_key(&mut refers_to("federation_rule", "account_id", "account")),
            )
            .to_owned(),
        )
        .await?;
    manager.create_index(index("federation_rule", "federation_rule_key", &["issuer", "key"])).await?;
    manager.create_index(index("federation_rule", "federation_rule_project", &["project_id", "id"])).await?;
    manager
        .create_table(
            Table::create()
                .table("federated_token")
                // A digest of what makes an id token the one that it is: it is exchanged once.
                .col(string("used").primary_key())
                .col(uuid("rule_id"))
                .col(uuid("token_id"))
                .col(big_integer("expires_at_us"))
                .foreign_key(&mut refers_to("federated_token", "rule_id", "federation_rule"))
                .to_owned(),
        )
        .await?;
    manager
        .create_index(index("federated_token", "federated_token_rule", &["rule_id", "expires_at_us"]))
        .await?;
    manager.create_index(index("federated_token", "federated_token_expiry", &["expires_at_us"])).await?;
    manager
        .create_table(
            Table::create()
                .table("account_link")
                // A digest of issuer and subject: who they are elsewhere is not written here.
                .col(string("subject").primary_key())
                .col(uuid("account_id"))
                .col(big_integer("created_at_us"))
                .col(uuid("from_event"))
                .foreign_key(&mut refers_to("account_link", "account_id", "account"))
                .to_owned(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("log_in")
                // A digest of the secret in the browser's cookie.
                .col(string("secret").primary_key())
                .col(text("issuer"))
                .col(big_integer("expires_at_us"))
                .to_owned(),
        )
        .await?;
    manager.create_index(index("log_in", "log_in_expiry", &["expires_at_us"])).await
});
