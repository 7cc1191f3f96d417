//! Finds promotions that were reopened, the states that one was in, and what an environment holds or held of a project; and lets
//! a no follow somebody's yes.

use sea_orm_migration::prelude::*;

use crate::steps::{index, step};

step!(|manager| {
    let mut reopened = index("promotion_state", "promotion_state_reopened", &["promotion_id"]);
    reopened.and_where(Expr::cust("valid_to_us IS NULL")).and_where(Expr::cust("why = 'reopened'"));
    manager.create_index(reopened).await?;
    let states = index("promotion_state", "promotion_state_history", &["promotion_id", "valid_from_us"]);
    manager.create_index(states).await?;
    let places = index("admission", "admission_place", &["environment_id", "project_id", "valid_to_us"]);
    manager.create_index(places).await?;
    manager.drop_index(Index::drop().name("approval_once").table("approval").to_owned()).await?;
    let said = ["promotion_id", "account_id", "lifecycle_revision", "policy", "verdict"];
    manager.create_index(index("approval", "approval_once", &said).unique().to_owned()).await
});
