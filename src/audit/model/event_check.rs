//! What is beside an event's leaf: columns to find it by, and the personal data that the leaf commits to.

use serde::Deserialize;

use super::{EventRow, Finding, Problem};
use crate::ledger::RecordedEvent;
use crate::types::Sha256Hex;

#[derive(Deserialize)]
struct Leaf {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    /// SHA-256(salt ‖ content), in hex.
    personal: Option<String>,
}

impl EventRow {
    /// What of the row is not as the leaf says, whose event is given.
    pub(super) fn check(&self, event: &RecordedEvent) -> Vec<Finding> {
        let show = |value: Option<String>| value.unwrap_or_else(|| "none".to_owned());
        let columns = [
            ("id", self.id.to_string(), event.id.to_string()),
            ("kind", self.kind.clone(), event.kind.clone()),
            ("instant", self.at.to_rfc3339(), event.at.to_rfc3339()),
            (
                "project",
                show(self.project.map(|id| id.to_string())),
                show(event.project.map(|id| id.to_string())),
            ),
            ("actor", show(self.actor.map(|id| id.to_string())), show(event.actor.map(|id| id.to_string()))),
        ];
        let differ = columns.into_iter().filter(|(_, row, leaf)| row != leaf);
        let mut wrong: Vec<String> = differ
            .map(|(column, row, leaf)| format!("its row has the {column} {row}, its leaf {leaf}"))
            .collect();
        if !self.personal_data_fits() {
            wrong.push("its personal data is not what its leaf commits to".to_owned());
        }
        let finding = |why| {
            let problem = Problem::Event { seq: self.seq, why };
            Finding { what: format!("event {}", self.seq), problem }
        };
        wrong.into_iter().map(finding).collect()
    }

    /// Personal data may be erased, never replaced.
    fn personal_data_fits(&self) -> bool {
        let Some((salt, content)) = &self.personal else { return true };
        let leaf: Option<Leaf> = serde_json::from_slice(&self.leaf).ok();
        let committed = leaf.and_then(|leaf| leaf.data.personal);
        committed.as_deref() == Some(Sha256Hex::of(&[salt, content]).as_str())
    }
}
