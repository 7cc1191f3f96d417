//! `/api/v1/ledger/entries` and `/api/v1/ledger/events/{id}`: entries and their receipts, for who may see them.

use actix_web::http::header::{CONTENT_DISPOSITION, ContentType, RETRY_AFTER};
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::{RETRY, kind_of};
use crate::access::{AccessError, Authority, Reader};
use crate::http::{PREFERENCE_APPLIED, Page, PageQuery, Problem, ProblemBody, preferred_wait};
use crate::ledger::{AuditReads, Entry, EntryQuery, Ledger, LedgerSight, ReadShape, Receipt};
use crate::types::{Digest, EventId, ProjectName, Timestamp};

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig<'_>) {
    config.service(list_entries).service(get_receipt).service(get_entry).service(get_event);
}

impl From<Reader> for LedgerSight {
    fn from(reader: Reader) -> Self {
        Self::new(reader.caller, reader.readable)
    }
}

/// An entry of a list.
#[derive(Serialize, ToSchema)]
pub struct EntryView {
    /// Its place in the ledger, from 0.
    index: String,
    /// The recorded bytes: `{v, id, nonce, kind, at_us, project, actor, subjects, outcome, data}`.
    #[schema(value_type = Object)]
    event: Box<RawValue>,
}

/// An entry with its proof.
#[derive(Serialize, ToSchema)]
pub struct ProvenEntryView {
    /// Its place in the ledger, from 0.
    index: String,
    /// The hash under which it stands there (RFC 6962), in Base64. That of the event's bytes is the same.
    leaf_hash: String,
    /// The recorded bytes, exactly as they are hashed.
    #[schema(value_type = Object)]
    event: Box<RawValue>,
    /// That it stands there under a signed checkpoint: a C2SP `.tlog-proof`.
    receipt: String,
}

/// A recorded event that is no published entry yet.
#[derive(Serialize, ToSchema)]
pub struct UnpublishedView {
    /// The event.
    id: Uuid,
    /// False.
    published: bool,
}

/// What narrows the list.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EntryFilter {
    /// One kind, for example `manifest.pushed`.
    kind: Option<String>,
    /// One project's name.
    project: Option<String>,
    /// One account's id.
    actor: Option<Uuid>,
    /// The digest of a content.
    subject: Option<String>,
    /// Not before this instant, RFC 3339.
    from: Option<String>,
    /// Before this instant, RFC 3339.
    to: Option<String>,
}

impl EntryFilter {
    fn shape(&self) -> ReadShape {
        ReadShape::of("ledger/entries")
            .filter("kind", self.kind.is_some())
            .filter("project", self.project.is_some())
            .filter("actor", self.actor.is_some())
            .filter("subject", self.subject.is_some())
            .filter("from", self.from.is_some())
            .filter("to", self.to.is_some())
    }

    /// All but the project, and the project's name.
    fn parse(self) -> Result<(EntryQuery, Option<ProjectName>), Problem> {
        let instant = |text: Option<String>, name| {
            let parsed = text.map(|text| text.parse::<Timestamp>()).transpose();
            parsed.map_err(|error| Problem::invalid(format_args!("{name}: {error}")))
        };
        let (from, to) = (instant(self.from, "from")?, instant(self.to, "to")?);
        let subject =
            self.subject.map(|text| text.parse::<Digest>()).transpose().map_err(Problem::invalid)?;
        let project = self.project.map(|name| name.parse()).transpose().map_err(AccessError::from)?;
        let (kind, actor) = (kind_of(self.kind)?, self.actor.map(Into::into));
        Ok((EntryQuery { kind, project: None, actor, subject, from, to }, project))
    }
}

/// Lists the published entries of the ledger, in its order. Organisation-wide auditors see all of them; others those of the
/// projects in which they have a role, and those that tell of what they did themselves.
#[utoipa::path(tag = "ledger", params(EntryFilter, PageQuery), responses(
    (status = 200, description = "A page of entries", body = Page<EntryView>),
    (status = 400, description = "A bad filter or cursor", body = ProblemBody),
    (status = 403, description = "The token is narrowed to less than that", body = ProblemBody),
    (status = 404, description = "No such project", body = ProblemBody),
))]
#[get("/ledger/entries")]
async fn list_entries(
    reader: Reader,
    authority: web::Data<dyn Authority>,
    ledger: web::Data<Ledger>,
    reads: web::Data<AuditReads>,
    filter: web::Query<EntryFilter>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<EntryView>>, Problem> {
    if !reader.caller.ceiling.is_rights() {
        return Err(AccessError::TooNarrow.into());
    }
    let page = page.parse()?;
    if page.after.as_ref().is_some_and(|after| after.parse::<u64>().is_err()) {
        return Err(Problem::invalid("cursor must be the 'next' of an earlier page, unchanged"));
    }
    let (shape, sight) = (filter.shape(), LedgerSight::from(reader));
    let (mut query, project) = filter.into_inner().parse()?;
    if let Some(name) = project {
        query.project = authority.project_id(&name).await?;
        if query.project.is_none() && sight.is_whole() {
            return Err(Problem::not_found("no project has this name"));
        }
        // To who does not see everything, a project that is not there looks like one that they see nothing of.
        if query.project.is_none() {
            reads.record(sight.caller(), shape, None).await?;
            return Ok(web::Json(Page::with_next(Vec::new(), None)));
        }
    }
    reads.record(sight.caller(), shape, query.project.filter(|project| sight.covers(*project))).await?;
    let found = ledger.list(&sight, &query, &page).await?;
    Ok(web::Json(found.map(|entry| EntryView { index: index_of(&entry), event: entry.leaf })))
}

/// Shows one entry with its receipt.
#[utoipa::path(tag = "ledger", params(("index" = u64, Path, description = "Its place, from 0")), responses(
    (status = 200, description = "The entry", body = ProvenEntryView),
    (status = 404, description = "No such entry is published, or it is not for you", body = ProblemBody),
))]
#[get("/ledger/entries/{index}")]
async fn get_entry(
    reader: Reader,
    ledger: web::Data<Ledger>,
    reads: web::Data<AuditReads>,
    index: web::Path<u64>,
) -> Result<web::Json<ProvenEntryView>, Problem> {
    let (entry, receipt) = proven(&ledger, &reads, &reader.into(), *index, "ledger/entries/{index}").await?;
    Ok(web::Json(view(entry, &receipt)))
}

/// The receipt of an entry as a file.
#[utoipa::path(tag = "ledger", params(("index" = u64, Path, description = "Its place, from 0")), responses(
    (status = 200, description = "A C2SP `.tlog-proof`", body = String, content_type = "text/plain"),
    (status = 404, description = "No such entry is published, or it is not for you", body = ProblemBody),
))]
#[get("/ledger/entries/{index}.tlog-proof")]
async fn get_receipt(
    reader: Reader,
    ledger: web::Data<Ledger>,
    reads: web::Data<AuditReads>,
    index: web::Path<u64>,
) -> Result<HttpResponse, Problem> {
    let endpoint = "ledger/entries/{index}.tlog-proof";
    let (_, receipt) = proven(&ledger, &reads, &reader.into(), *index, endpoint).await?;
    let name = format!("attachment; filename=\"entry-{index}.tlog-proof\"");
    Ok(HttpResponse::Ok()
        .content_type(ContentType::plaintext())
        .insert_header((CONTENT_DISPOSITION, name))
        .body(receipt.to_string()))
}

/// Shows the entry that an event has become, by the event's id, as `Waybill-Event` told it. With `Prefer: wait=<seconds>`
/// it waits until the event is published, for 25 seconds at most.
#[utoipa::path(tag = "ledger", params(("id" = Uuid, Path, description = "The event's id")), responses(
    (status = 200, description = "The entry", body = ProvenEntryView),
    (status = 202, description = "It is recorded and not published yet: ask again", body = UnpublishedView),
    (status = 404, description = "No such event, or it is not for you", body = ProblemBody),
))]
#[get("/ledger/events/{id}")]
async fn get_event(
    request: HttpRequest,
    reader: Reader,
    ledger: web::Data<Ledger>,
    reads: web::Data<AuditReads>,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let (id, sight) = (EventId::from(*id), LedgerSight::from(reader));
    let unknown = || Problem::not_found("no event has this id");
    let found = ledger.event(&sight, id).await?.ok_or_else(unknown)?;
    reads.record(sight.caller(), ReadShape::of("ledger/events/{id}"), found.project).await?;
    let patience = preferred_wait(request.headers());
    let Some(receipt) = ledger.receipt_of(id, patience.unwrap_or_default()).await? else {
        return Ok(HttpResponse::Accepted()
            .insert_header((RETRY_AFTER, RETRY.as_secs()))
            .json(UnpublishedView { id: id.uuid(), published: false }));
    };
    let entry = ledger.entry(&sight, receipt.index).await?.ok_or_else(unknown)?;
    let mut answer = HttpResponse::Ok();
    if patience.is_some() {
        answer.insert_header((PREFERENCE_APPLIED, "wait"));
    }
    Ok(answer.json(view(entry, &receipt)))
}

/// An entry with its receipt, after the read was recorded.
async fn proven(
    ledger: &Ledger,
    reads: &AuditReads,
    sight: &LedgerSight,
    index: u64,
    endpoint: &'static str,
) -> Result<(Entry, Receipt), Problem> {
    let unknown = || Problem::not_found("no entry is published at this index");
    let entry = ledger.entry(sight, index).await?.ok_or_else(unknown)?;
    reads.record(sight.caller(), ReadShape::of(endpoint), entry.project).await?;
    let receipt = ledger.receipt(index).await?.ok_or_else(unknown)?;
    Ok((entry, receipt))
}

fn view(entry: Entry, receipt: &Receipt) -> ProvenEntryView {
    ProvenEntryView {
        index: index_of(&entry),
        leaf_hash: entry.place.map(|(_, hash)| hash.to_string()).unwrap_or_default(),
        event: entry.leaf,
        receipt: receipt.to_string(),
    }
}

fn index_of(entry: &Entry) -> String {
    entry.place.map(|(index, _)| index.to_string()).unwrap_or_default()
}
