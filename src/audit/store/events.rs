//! Rows of events, with what they commit to.

use entity::event::{Column, Entity, Model};
use entity::personal_data;
use sea_orm::{ColumnTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect, RelationDef};

use crate::audit::model::EventRow;
use crate::db::{DbError, Snapshot};
use crate::types::Timestamp;

/// Events behind `after`, in order, at most `limit`.
pub async fn page(snapshot: &Snapshot, after: i64, limit: u64) -> Result<Vec<EventRow>, DbError> {
    let its_own: RelationDef =
        Entity::belongs_to(personal_data::Entity).from(Column::Id).to(personal_data::Column::EventId).into();
    let rows = Entity::find()
        .join(JoinType::LeftJoin, its_own)
        .select_also(personal_data::Entity)
        .filter(Column::Seq.gt(after))
        .order_by_asc(Column::Seq)
        .limit(limit)
        .all(&**snapshot);
    Ok(rows.await?.into_iter().map(of_row).collect())
}

fn of_row((row, personal): (Model, Option<personal_data::Model>)) -> EventRow {
    let Model { seq, id, kind, at_us, project_id, actor_id, leaf } = row;
    EventRow {
        seq,
        id: id.into(),
        kind,
        at: Timestamp::from_micros(at_us),
        project: project_id.map(Into::into),
        actor: actor_id.map(Into::into),
        leaf,
        personal: personal.map(|row| (row.salt, row.content)),
    }
}
