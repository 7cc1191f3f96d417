//! Who can't log in after a restore.

use entity::{account, account_link};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::db::DbError;

/// The names of users with neither a password nor an issuer that they log in through, by name.
pub async fn users(db: &impl ConnectionTrait) -> Result<Vec<String>, DbError> {
    let mut linked = Query::select();
    linked.column(account_link::Column::AccountId).from(account_link::Entity);
    Ok(account::Entity::find()
        .select_only()
        .column(account::Column::Name)
        .filter(account::Column::PasswordHash.eq(""))
        .filter(account::Column::Kind.eq("user"))
        .filter(account::Column::Id.not_in_subquery(linked))
        .order_by_asc(account::Column::Name)
        .into_tuple()
        .all(db)
        .await?)
}
