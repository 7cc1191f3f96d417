//! Rows of tags: each a span in which a tag pointed at one manifest.

use entity::{manifest, tag};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, Order, Query, UnionType};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
};

use super::digest;
use crate::db::DbError;
use crate::registry::model::{CurrentTag, TagHolder};
use crate::types::{Digest, EventId, ManifestId, RepositoryId, Tag, TagId, Timestamp};

/// What no tag contains.
const SEPARATOR: &str = "/";

fn current(repository: RepositoryId) -> Condition {
    Condition::all()
        .add(tag::Column::RepositoryId.eq(repository.uuid()))
        .add(tag::Column::ValidToUs.is_null())
}

/// What a tag points at.
pub async fn find(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    name: &Tag,
) -> Result<Option<CurrentTag>, DbError> {
    let row = tag::Entity::find()
        .filter(current(repository))
        .filter(tag::Column::Name.eq(name.as_str()))
        .one(db)
        .await?;
    row.map(current_tag).transpose()
}

/// What the manifest that a span pointed at is called, whether or not the repository still holds it.
pub async fn holder(db: &impl ConnectionTrait, tag: &CurrentTag) -> Result<TagHolder, DbError> {
    let sha256: Option<String> = manifest::Entity::find_by_id(tag.manifest.uuid())
        .select_only()
        .column(manifest::Column::Sha256)
        .into_tuple()
        .one(db)
        .await?;
    let sha256 = sha256.ok_or_else(|| DbError::corrupt("tag.manifest_id", tag.manifest))?;
    Ok(TagHolder { digest: tag.digest.clone(), sha256: digest(&sha256, "manifest.sha256")? })
}

/// What a tag points at, and its last span among those that were ended by deleting it while it was immutable.
pub async fn find_with_bound(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    name: &Tag,
) -> Result<(Option<CurrentTag>, Option<CurrentTag>), DbError> {
    let named = || {
        tag::Entity::find()
            .filter(tag::Column::RepositoryId.eq(repository.uuid()))
            .filter(tag::Column::Name.eq(name.as_str()))
    };
    // As the index says it: a parameter would not lead there.
    let bound = named().filter(tag::Column::Bound.into_expr().eq(Expr::Constant(true.into())));
    let mut spans = named().filter(tag::Column::ValidToUs.is_null());
    QuerySelect::query(&mut spans).union(UnionType::All, bound.into_query());
    let spans = spans.all(db).await?;
    let (current, bound): (Vec<_>, Vec<_>) = spans.into_iter().partition(|span| span.valid_to_us.is_none());
    let last = bound.into_iter().max_by_key(|span| span.valid_from_us);
    Ok((current.into_iter().next().map(current_tag).transpose()?, last.map(current_tag).transpose()?))
}

/// Points a tag at a manifest from now on. The unique key over current tags decides who wins a race.
pub async fn insert(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    name: &Tag,
    manifest: ManifestId,
    digest: &Digest,
    now: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    let row = tag::ActiveModel {
        id: Set(TagId::new().uuid()),
        repository_id: Set(repository.uuid()),
        name: Set(name.to_string()),
        manifest_id: Set(manifest.uuid()),
        digest: Set(digest.to_string()),
        bound: Set(false),
        inspected: Set(false),
        valid_from_us: Set(now.micros()),
        valid_to_us: Set(None),
        from_event: Set(event.uuid()),
        to_event: Set(None),
    };
    tag::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Ends a span; `bound` keeps the name for its digest.
pub async fn close(
    db: &impl ConnectionTrait,
    id: TagId,
    bound: bool,
    now: Timestamp,
    event: EventId,
) -> Result<(), DbError> {
    tag::Entity::update_many()
        .col_expr(tag::Column::ValidToUs, Expr::value(now.micros()))
        .col_expr(tag::Column::ToEvent, Expr::value(event.uuid()))
        .col_expr(tag::Column::Bound, Expr::value(bound))
        .filter(tag::Column::Id.eq(id.uuid()))
        .filter(tag::Column::ValidToUs.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// All tags that point at a manifest.
pub async fn of_manifest(
    db: &impl ConnectionTrait,
    manifest: ManifestId,
) -> Result<Vec<CurrentTag>, DbError> {
    let rows = tag::Entity::find()
        .filter(tag::Column::ManifestId.eq(manifest.uuid()))
        .filter(tag::Column::ValidToUs.is_null())
        .order_by_asc(tag::Column::Name)
        .all(db)
        .await?;
    rows.into_iter().map(current_tag).collect()
}

/// Tags by name, behind `after`.
pub async fn list(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<CurrentTag>, DbError> {
    let mut query =
        tag::Entity::find().filter(current(repository)).order_by_asc(tag::Column::Name).limit(limit);
    if let Some(after) = after {
        query = query.filter(tag::Column::Name.gt(after));
    }
    query.all(db).await?.into_iter().map(current_tag).collect()
}

/// Names of tags, behind `after`. The database hands them over as one text: a row for each would take ten times as long.
pub async fn names(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<String>, DbError> {
    let mut page = Query::select();
    page.column(tag::Column::Name)
        .from(tag::Entity)
        .cond_where(current(repository))
        .order_by(tag::Column::Name, Order::Asc)
        .limit(limit);
    if let Some(after) = after {
        page.and_where(tag::Column::Name.gt(after));
    }
    let joined = match db.get_database_backend() {
        DbBackend::Postgres => Func::cust("string_agg"),
        _ => Func::cust("group_concat"),
    };
    let mut text = Query::select();
    text.expr_as(joined.arg(Expr::col("name")).arg(SEPARATOR), "names").from_subquery(page, "page");
    let row = db.query_one(&text).await?;
    let names: Option<String> = row.map(|row| row.try_get("", "names")).transpose()?.flatten();
    let mut names: Vec<String> =
        names.iter().flat_map(|names| names.split(SEPARATOR)).map(str::to_owned).collect();
    // The order within the text is nobody's promise.
    names.sort_unstable();
    Ok(names)
}

fn current_tag(row: tag::Model) -> Result<CurrentTag, DbError> {
    Ok(CurrentTag {
        id: row.id.into(),
        name: row.name.parse().map_err(|_| DbError::corrupt("tag.name", &row.name))?,
        manifest: row.manifest_id.into(),
        digest: digest(&row.digest, "tag.digest")?,
        since: Timestamp::from_micros(row.valid_from_us),
    })
}
