//! Reading what came of verifications.

use std::collections::HashMap;

use entity::{event, evidence, ledger_entry, repository, verification};
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationDef, Select, SelectTwo,
};

use super::digest;
use super::evidence::present;
use crate::db::{DbError, chunks};
use crate::trust::model::{EvidenceKind, Verdict};
use crate::types::{
    Digest, EventId, EvidenceId, ProjectId, RepoName, RepositoryId, Timestamp, VerificationId,
};

/// What came of verifying a piece of evidence, as it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Opaque id.
    pub id: VerificationId,
    /// What was verified.
    pub evidence: EvidenceId,
    /// Whether it counts.
    pub verdict: Verdict,
    /// Which signer of the policy made it.
    pub signer: Option<String>,
    /// Codes of why it was refused.
    pub reasons: Vec<String>,
    /// What they mean here.
    pub details: Vec<String>,
    /// The digest of the trust policy.
    pub policy: String,
    /// The digest of the trusted root or trust store that was needed.
    pub trusted_root: Option<String>,
    /// The highest SLSA level that its builder is good for.
    pub slsa_level: Option<i32>,
    /// When it was signed, where that can be told.
    pub signed_at: Option<Timestamp>,
    /// What verified it.
    pub verifier: String,
    /// When.
    pub at: Timestamp,
    /// The event that told of it.
    pub event: EventId,
}

/// What holds of these pieces of evidence.
pub async fn current(
    db: &impl ConnectionTrait,
    evidence: &[EvidenceId],
) -> Result<HashMap<EvidenceId, Kept>, DbError> {
    let mut found = HashMap::new();
    for some in chunks(evidence) {
        let rows = verification::Entity::find()
            .filter(verification::Column::EvidenceId.is_in(some.iter().map(|id| id.uuid())))
            .filter(verification::Column::ValidToUs.is_null())
            .all(db)
            .await?;
        for row in rows {
            found.insert(row.evidence_id.into(), kept(row)?);
        }
    }
    Ok(found)
}

/// Which of these events are entries of the ledger already, and by which index.
pub async fn ledger_indexes(
    db: &impl ConnectionTrait,
    events: &[EventId],
) -> Result<HashMap<EventId, i64>, DbError> {
    let entries: RelationDef = event::Entity::belongs_to(ledger_entry::Entity)
        .from(event::Column::Seq)
        .to(ledger_entry::Column::Seq)
        .into();
    let mut indexes = HashMap::new();
    for some in chunks(events) {
        let rows: Vec<(uuid::Uuid, i64)> = event::Entity::find()
            .join(JoinType::InnerJoin, entries.clone())
            .select_only()
            .column(event::Column::Id)
            .column(ledger_entry::Column::LeafIndex)
            .filter(event::Column::Id.is_in(some.iter().map(|id| id.uuid())))
            .into_tuple()
            .all(db)
            .await?;
        indexes.extend(rows.into_iter().map(|(id, index)| (EventId::from(id), index)));
    }
    Ok(indexes)
}

/// Whether a signature of the artifact counts under this policy.
pub async fn is_signed(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    names: &[Digest],
    policy: &Digest,
) -> Result<bool, DbError> {
    let signatures = counting(repository, names, policy)
        .filter(verification::Column::Kind.eq(EvidenceKind::Signature.as_str()));
    Ok(signatures.limit(1).one(db).await?.is_some())
}

fn of_evidence() -> RelationDef {
    verification::Entity::belongs_to(evidence::Entity)
        .from(verification::Column::EvidenceId)
        .to(evidence::Column::Id)
        .into()
}

/// What is good, under whichever policy it was verified, of evidence that is still there.
pub(super) fn good(repository: RepositoryId) -> Select<verification::Entity> {
    verification::Entity::find()
        .join(JoinType::InnerJoin, of_evidence())
        .filter(verification::Column::RepositoryId.eq(repository.uuid()))
        .filter(verification::Column::ValidToUs.is_null())
        .filter(verification::Column::Result.eq(Verdict::Verified.as_str()))
        .filter(present())
}

/// What counts: good under this policy.
fn counting(repository: RepositoryId, names: &[Digest], policy: &Digest) -> Select<verification::Entity> {
    good(repository)
        .filter(verification::Column::Subject.is_in(names.iter().map(Digest::as_str)))
        .filter(verification::Column::Policy.eq(policy.as_str()))
}

/// An artifact that a signer ever vouched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reliant {
    /// In which repository.
    pub repository: RepositoryId,
    /// What that is called.
    pub name: RepoName,
    /// The artifact, as the evidence names it.
    pub subject: Digest,
}

/// Artifacts of a project that a signer ever vouched for, in the order of repositories and digests, behind `after`.
pub async fn reliant_on(
    db: &impl ConnectionTrait,
    project: ProjectId,
    signer: &str,
    after: Option<(&str, &str)>,
    limit: u64,
) -> Result<Vec<Reliant>, DbError> {
    let places: RelationDef = verification::Entity::belongs_to(repository::Entity)
        .from(verification::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    let mut query = verification::Entity::find()
        .join(JoinType::InnerJoin, places)
        .select_only()
        .distinct()
        .column(verification::Column::RepositoryId)
        .column(repository::Column::Name)
        .column(verification::Column::Subject)
        .filter(verification::Column::ProjectId.eq(project.uuid()))
        .filter(verification::Column::Signer.eq(signer))
        .filter(verification::Column::Result.eq(Verdict::Verified.as_str()))
        .order_by_asc(repository::Column::Name)
        .order_by_asc(verification::Column::Subject)
        .limit(limit);
    if let Some((name, subject)) = after {
        let behind_in_it = Condition::all()
            .add(repository::Column::Name.eq(name))
            .add(verification::Column::Subject.gt(subject));
        query = query.filter(Condition::any().add(repository::Column::Name.gt(name)).add(behind_in_it));
    }
    let rows: Vec<(uuid::Uuid, String, String)> = query.into_tuple().all(db).await?;
    rows.into_iter()
        .map(|(repository, name, subject)| {
            Ok(Reliant {
                repository: repository.into(),
                name: name.parse().map_err(|_| DbError::corrupt("repository.name", &name))?,
                subject: digest(&subject, "verification.subject")?,
            })
        })
        .collect()
}

/// Whether anybody vouches for an artifact, in whatever way, under this policy.
pub async fn is_vouched_for(
    db: &impl ConnectionTrait,
    repository: RepositoryId,
    subject: &Digest,
    policy: &Digest,
) -> Result<bool, DbError> {
    Ok(counting(repository, std::slice::from_ref(subject), policy).limit(1).one(db).await?.is_some())
}

/// What narrows a list of verifications.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of one signer.
    pub signer: Option<String>,
    /// Of one result.
    pub verdict: Option<Verdict>,
}

/// What holds of the evidence in a project that is still there, by id behind `after`, with the repository and whom each speaks of.
pub async fn list(
    db: &impl ConnectionTrait,
    project: ProjectId,
    filter: &Filter,
    after: Option<VerificationId>,
    limit: u64,
) -> Result<Vec<(Kept, RepoName, Digest)>, DbError> {
    let mut query = with_repository()
        .join(JoinType::InnerJoin, of_evidence())
        .filter(present())
        .filter(verification::Column::ProjectId.eq(project.uuid()))
        .filter(verification::Column::ValidToUs.is_null())
        .order_by_asc(verification::Column::Id)
        .limit(limit);
    if let Some(signer) = &filter.signer {
        query = query.filter(verification::Column::Signer.eq(signer.as_str()));
    }
    if let Some(verdict) = filter.verdict {
        query = query.filter(verification::Column::Result.eq(verdict.as_str()));
    }
    if let Some(after) = after {
        query = query.filter(Expr::col((verification::Entity, verification::Column::Id)).gt(after.uuid()));
    }
    let rows = query.all(db).await?;
    rows.into_iter()
        .map(|(row, place)| {
            let place =
                place.ok_or_else(|| DbError::corrupt("verification.repository_id", row.repository_id))?;
            let name = place.name.parse().map_err(|_| DbError::corrupt("repository.name", &place.name))?;
            let subject = digest(&row.subject, "verification.subject")?;
            Ok((kept(row)?, name, subject))
        })
        .collect()
}

fn with_repository() -> SelectTwo<verification::Entity, repository::Entity> {
    let places: RelationDef = verification::Entity::belongs_to(repository::Entity)
        .from(verification::Column::RepositoryId)
        .to(repository::Column::Id)
        .into();
    verification::Entity::find().join(JoinType::InnerJoin, places).select_also(repository::Entity)
}

fn kept(row: verification::Model) -> Result<Kept, DbError> {
    let verdict = [Verdict::Verified, Verdict::Refused].into_iter().find(|it| it.as_str() == row.result);
    let list = |json: &str, what| {
        serde_json::from_str::<Vec<String>>(json).map_err(|error| DbError::corrupt(what, error))
    };
    Ok(Kept {
        id: row.id.into(),
        evidence: row.evidence_id.into(),
        verdict: verdict.ok_or_else(|| DbError::corrupt("verification.result", &row.result))?,
        signer: row.signer,
        reasons: list(&row.reasons, "verification.reasons")?,
        details: list(&row.details, "verification.details")?,
        policy: row.policy,
        trusted_root: row.trusted_root,
        slsa_level: row.slsa_level,
        signed_at: row.signed_at_us.map(Timestamp::from_micros),
        verifier: row.verifier,
        at: Timestamp::from_micros(row.valid_from_us),
        event: row.from_event.into(),
    })
}
