//! What attestations and documents say, kept so that it can be asked for. Whether it counts is another question.

use super::Trust;
use super::statement::statement_of;
use crate::projects::Epoch;
use crate::trust::error::TrustError;
use crate::trust::model::{Evidence, EvidenceKind, Reason};
use crate::trust::predicates::{self, Facts};
use crate::trust::store::evidence::Piece;
use crate::trust::store::facts;
use crate::trust::store::verifications::Place;

impl Trust {
    /// Keeps what an attestation or a document says, or that it can't be read. May be done again. `alters` says whose gates
    /// that may alter.
    pub(super) async fn keep_facts(
        &self,
        piece: &Piece,
        evidence: &Evidence,
        alters: Option<Epoch>,
    ) -> Result<(), TrustError> {
        let place = Place { project: piece.project, repository: piece.repository, subject: &piece.subject };
        let evidence = evidence.clone();
        let read = tokio::task::spawn_blocking(move || facts_of(&evidence)).await;
        match read.map_err(|error| TrustError::Failed(error.to_string()))? {
            Ok(Some(said)) => facts::insert(&self.db, piece.id, &place, said, alters).await?,
            Ok(None) => {}
            Err(reason) => facts::insert_unread(&self.db, piece.id, &place, &reason, alters).await?,
        }
        Ok(())
    }
}

/// What evidence says; a signature says nothing beyond itself.
fn facts_of(evidence: &Evidence) -> Result<Option<Facts>, Reason> {
    match (evidence.kind, &evidence.predicate_type) {
        (EvidenceKind::Signature, _) | (EvidenceKind::Document, None) => Ok(None),
        (EvidenceKind::Document, Some(kind)) => predicates::of_document(kind, &evidence.bytes).map(Some),
        (EvidenceKind::Attestation, _) => {
            statement_of(evidence)?.map(|statement| predicates::of_statement(&statement)).transpose()
        }
    }
}
