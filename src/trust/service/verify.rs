//! Holding evidence against the trust policy that holds.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use fail::fail_point;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::contents::Content;
use super::{HeldPolicy, Trust};
use crate::db::DbError;
use crate::projects::Project;
use crate::trust::error::TrustError;
use crate::trust::formats::{self, About, SignedContent};
use crate::trust::model::{Layer, MAX_CONTENT, Outcome, Reason, layers};
use crate::trust::store::carriers::{self, Subject};
use crate::trust::store::evidence::Piece;
use crate::types::{Digest, RepoName, RepositoryId};

/// Pieces that are fetched at once; how many are computed with is another matter.
const AT_ONCE: usize = 4;
/// Most pieces whose outcomes are kept in one transaction.
pub(super) const BATCH: usize = 64;

/// In which line evidence waits for its turn: whoever may push can fill the common one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// What counted until the policy was edited: many may wait for it, and it was not dear.
    Proven,
    /// All else.
    Common,
}

impl Trust {
    /// Verifies pieces of evidence under the policy that holds in their project, and keeps what came of it. Without a policy
    /// nothing is verified, and what was verified under an earlier one counts no more.
    ///
    /// # Errors
    /// When database or storage do not answer, or the policy can't be used.
    pub(super) async fn verify_pieces(
        &self,
        project: &Project,
        pieces: &[Piece],
        lane: Lane,
    ) -> Result<(), TrustError> {
        let policy = self.policy_that_holds(project).await?;
        for some in pieces.chunks(BATCH) {
            let outcomes = match &policy {
                Some(policy) => self.outcomes(policy, some, lane).await?,
                None => some
                    .iter()
                    .map(|piece| (piece.clone(), Outcome::refused(Reason::PolicyMissing)))
                    .collect(),
            };
            self.record(policy.as_deref(), outcomes).await?;
        }
        Ok(())
    }

    /// What comes of each piece.
    async fn outcomes(
        &self,
        policy: &Arc<HeldPolicy>,
        pieces: &[Piece],
        lane: Lane,
    ) -> Result<Vec<(Piece, Outcome)>, TrustError> {
        let mut places = HashMap::new();
        let mut tasks = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let name = match places.get(&piece.repository) {
                Some(name) => RepoName::clone(name),
                None => {
                    let name = self.name_of(piece.repository).await?;
                    places.insert(piece.repository, name.clone());
                    name
                }
            };
            tasks.push(self.outcome(policy.clone(), name, piece, lane));
        }
        stream::iter(tasks).buffered(AT_ONCE).try_collect().await
    }

    async fn name_of(&self, repository: RepositoryId) -> Result<RepoName, TrustError> {
        let name = carriers::name_of(self.db.read(), repository).await?;
        Ok(name.ok_or_else(|| DbError::corrupt("evidence.repository_id", repository))?)
    }

    /// What comes of one piece: read, told by its content, and verified on a thread that may block.
    async fn outcome(
        &self,
        policy: Arc<HeldPolicy>,
        name: RepoName,
        piece: &Piece,
        lane: Lane,
    ) -> Result<(Piece, Outcome), TrustError> {
        let subject = carriers::subject(self.db.read(), piece.repository, &piece.subject).await?;
        let held = Piece { subject_held: subject.is_some(), ..piece.clone() };
        let (layer, bytes) = match self.fetch(piece).await? {
            Ok(fetched) => fetched,
            Err(reason) => return Ok((held, Outcome::refused(reason))),
        };
        let content = match &subject {
            Some(subject) => Some(self.signed_content(piece.repository, subject).await?),
            None => None,
        };
        let names = names(piece, subject.as_ref());
        let seen_at = piece.seen_at;
        let slots = match lane {
            Lane::Proven => &self.proven_slot,
            Lane::Common => &self.slots,
        };
        let _slot = slots.acquire().await;
        let verified = tokio::task::spawn_blocking(move || {
            let names: Vec<&Digest> = names.iter().collect();
            let content = content.as_ref().map(|content: &Content| content as &dyn SignedContent);
            let about = About { repository: &name, names: &names, seen_at, content };
            fail_point!("evidence-judged");
            match formats::recognise(&layer.media_type, &layer.annotations, &bytes) {
                Some(evidence) => policy.verifier.verify(&evidence, &about),
                None => {
                    let why = format!("it is no {} that can be read", layer.media_type);
                    Outcome::refused(Reason::Malformed(why))
                }
            }
        });
        let outcome = verified.await.map_err(|error| TrustError::Failed(error.to_string()))?;
        metrics::counter!("waybill_trust_verifications_total", "result" => outcome.verdict.as_str())
            .increment(1);
        Ok((held, outcome))
    }

    /// The layer that a piece is, and its bytes.
    async fn fetch(&self, piece: &Piece) -> Result<Result<(Layer, Bytes), Reason>, TrustError> {
        if piece.size > MAX_CONTENT {
            return Ok(Err(Reason::TooLarge { size: piece.size, limit: MAX_CONTENT }));
        }
        let missing = || Reason::ContentMissing(piece.content.to_string());
        let Some(carrier) = carriers::bytes(self.db.read(), piece.manifest).await? else {
            return Ok(Err(missing()));
        };
        let position = usize::try_from(piece.position).unwrap_or(usize::MAX);
        let Some(layer) = layers(&carrier).into_iter().nth(position) else { return Ok(Err(missing())) };
        let Some(info) = self.held_blob(piece.repository, &layer.digest).await? else {
            return Ok(Err(missing()));
        };
        let bytes = self.read_whole(info).await?;
        Ok(Ok((layer, bytes)))
    }
}

/// All that the artifact is called: both of its names where the repository holds it.
fn names(piece: &Piece, subject: Option<&Subject>) -> Vec<Digest> {
    subject.map_or_else(|| vec![piece.subject.clone()], |subject| subject.names.to_vec())
}
