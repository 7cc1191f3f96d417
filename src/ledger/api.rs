//! `GET /api/v1/events`; the log's own routes stand in files of their own.

mod changes;
mod entries;
mod keys;
mod log;
mod proofs;

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, get, web};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{
    AuditReads, EventQuery, Events, LedgerError, ReadNotRecorded, ReadShape, StoredEvent, TreeError,
};
use crate::access::{AccessError, Allowed, Authority, Scope, ScopeInPath, demands};
use crate::db::DbError;
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::types::{EventId, NameError, ProjectName};

pub use changes::tell_events;
pub use log::configure as configure_log;

/// When to ask again, for what could not be recorded or is not published yet.
const RETRY: Duration = Duration::from_secs(1);

/// Adds this room's routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_events).service(get_event);
    config.configure(keys::configure).configure(proofs::configure).configure(entries::configure);
}

/// An event, in ledger order.
#[derive(Serialize, ToSchema)]
pub struct EventView {
    /// Its place in the order.
    seq: i64,
    /// The recorded bytes: `{v, id, nonce, kind, at_us, project, actor, subjects, outcome, data}`.
    #[schema(value_type = Object)]
    event: Box<RawValue>,
}

impl From<StoredEvent> for EventView {
    fn from(stored: StoredEvent) -> Self {
        Self { seq: stored.seq, event: stored.leaf }
    }
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EventFilter {
    /// One kind, for example `manifest.pushed`.
    kind: Option<String>,
    /// One account's id.
    actor: Option<Uuid>,
}

/// Narrows the list to a project. Read by [`Audited`]; the handler names it for the description only.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProjectQuery {
    /// One project's name; the role auditor in that project is enough then.
    project: Option<String>,
}

/// Whose events are asked for: one project's, or all.
struct Audited(Option<ProjectName>);

impl ScopeInPath for Audited {
    fn from_path(request: &HttpRequest) -> Result<Self, AccessError> {
        let query = web::Query::<ProjectQuery>::from_query(request.query_string());
        let name = query.map_err(|_| NameError::Malformed)?.into_inner().project;
        Ok(Self(name.map(|name| name.parse()).transpose()?))
    }

    fn scope(&self) -> Scope {
        self.0.clone().map_or(Scope::Organisation, Scope::Project)
    }
}

/// Lists recorded events, oldest first: all of them, or those of one project.
#[utoipa::path(tag = "events", params(ProjectQuery, EventFilter, PageQuery), responses(
    (status = 200, description = "A page of events", body = Page<EventView>),
    (status = 400, description = "A bad name or cursor", body = ProblemBody),
    (status = 403, description = "Needs the role auditor, in the project that is named or else in the organisation",
        body = ProblemBody),
))]
#[get("/events")]
async fn list_events(
    allowed: Allowed<demands::ReadEvents, Audited>,
    authority: web::Data<dyn Authority>,
    reads: web::Data<AuditReads>,
    events: web::Data<Events>,
    filter: web::Query<EventFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<EventView>>, Problem> {
    let page = page.parse()?;
    if page.after.as_ref().is_some_and(|after| after.parse::<i64>().is_err()) {
        return Err(Problem::invalid("cursor must be the 'next' of an earlier page, unchanged"));
    }
    let project = match &allowed.scope.0 {
        Some(name) => {
            let found = authority.project_id(name).await?;
            Some(found.ok_or_else(|| Problem::not_found("no project has this name"))?)
        }
        None => None,
    };
    let filter = filter.into_inner();
    let kind = kind_of(filter.kind)?;
    let shape = ReadShape::of("events")
        .filter("kind", kind.is_some())
        .filter("project", project.is_some())
        .filter("actor", filter.actor.is_some());
    reads.record(&allowed.caller, shape, project).await?;
    let query = EventQuery { kind, project, actor: filter.actor.map(Into::into) };
    Ok(web::Json(events.list(query, &page).await?.map(EventView::from)))
}

/// Shows one recorded event.
#[utoipa::path(tag = "events", params(("id" = Uuid, Path, description = "The event's id")), responses(
    (status = 200, description = "The event", body = EventView),
    (status = 403, description = "Needs the role auditor in the organisation", body = ProblemBody),
    (status = 404, description = "No such event", body = ProblemBody),
))]
#[get("/events/{id}")]
async fn get_event(
    allowed: Allowed<demands::ReadEvents>,
    reads: web::Data<AuditReads>,
    events: web::Data<Events>,
    id: web::Path<Uuid>,
) -> Result<web::Json<EventView>, Problem> {
    let found = events.find(EventId::from(id.into_inner())).await?;
    let event = found.ok_or_else(|| Problem::not_found("no event has this id"))?;
    reads.record(&allowed.caller, ReadShape::of("events/{id}"), None).await?;
    Ok(web::Json(event.into()))
}

/// A kind to look for. No kind holds anything else, and PostgreSQL takes no NUL in a text.
fn kind_of(text: Option<String>) -> Result<Option<String>, Problem> {
    let is_fit = |c: char| c.is_ascii_lowercase() || c == '.' || c == '_';
    match text {
        Some(text) if !text.chars().all(is_fit) => {
            Err(Problem::invalid("kind must be one such as manifest.pushed"))
        }
        text => Ok(text),
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        if error.is_busy() {
            tracing::warn!(%error, "request turned away");
            return Self::busy();
        }
        if error.is_frozen() {
            return Self::read_only();
        }
        Self::internal(&error)
    }
}

impl From<ReadNotRecorded> for Problem {
    fn from(error: ReadNotRecorded) -> Self {
        if error.0.is_busy() || error.0.is_frozen() {
            return error.0.into();
        }
        tracing::error!(%error, "request turned away");
        let text = "reads of the ledger are recorded, and this one can't be right now: try again";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", text).retry_after(RETRY)
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Db(error) => error.into(),
            LedgerError::Tree(TreeError::Impossible(why)) => Self::invalid(why),
            LedgerError::Unnamed => Self::not_found("the ledger holds nothing yet"),
            error @ LedgerError::TooManyKeys(_) => {
                Self::new(StatusCode::CONFLICT, "too_many_keys", error.to_string())
            }
            LedgerError::Superseded => Self::busy(),
            error => Self::internal(&error),
        }
    }
}
