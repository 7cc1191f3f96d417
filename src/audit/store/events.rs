//! Rows of events.

use entity::event::{Column, Entity, Model};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::audit::model::EventRow;
use crate::db::{DbError, Snapshot};
use crate::types::Timestamp;

/// Events behind `after`, in order, at most `limit`.
pub async fn page(snapshot: &Snapshot, after: i64, limit: u64) -> Result<Vec<EventRow>, DbError> {
    let rows =
        Entity::find().filter(Column::Seq.gt(after)).order_by_asc(Column::Seq).limit(limit).all(&**snapshot);
    Ok(rows.await?.into_iter().map(of_row).collect())
}

fn of_row(row: Model) -> EventRow {
    let Model { seq, id, kind, at_us, project_id, actor_id, leaf } = row;
    EventRow {
        seq,
        id: id.into(),
        kind,
        at: Timestamp::from_micros(at_us),
        project: project_id.map(Into::into),
        actor: actor_id.map(Into::into),
        leaf,
    }
}
