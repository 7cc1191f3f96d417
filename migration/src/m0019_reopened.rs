//! Finds promotions that were reopened, and lets a no follow somebody's yes.

use sea_orm_migration::prelude::*;

use crate::steps::{index, step};

step!(|manager| {
    let mut reopened = index("promotion_state", "promotion_state_reopened", &["promotion_id"]);
    reopened.and_where(Expr::cust("valid_to_us IS NULL")).and_where(Expr::cust("why = 'reopened'"));
    manager.create_index(reopened).await?;
    manager.drop_index(Index::drop().name("approval_once").table("approval").to_owned()).await?;
    let said = ["promotion_id", "account_id", "lifecycle_revision", "policy", "verdict"];
    manager.create_index(index("approval", "approval_once", &said).unique().to_owned()).await
});
