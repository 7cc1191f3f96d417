//! What a fact of releases is about.

use super::fact_key::Names;

/// Whose lifecycle it is, where it is no project's.
const TEMPLATE: &str = "template:";

/// What a fact of releases is about. Those that one event opens stand in the order in which it tells of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeptKind {
    /// An environment; a revision is a span of it.
    Environment,
    /// A revision of a lifecycle or template.
    Lifecycle(i64),
    /// Which revision holds.
    ActiveLifecycle,
    /// A release.
    Release,
    /// What a release has at a place.
    Artifact(i32),
    /// The line that a repository belongs to.
    Line,
    /// A promotion.
    Promotion,
    /// The states of a promotion.
    PromotionState,
    /// An approval.
    Approval,
    /// An answer about a ticket.
    TicketAnswer,
    /// What an environment points at.
    Admission,
    /// A freeze.
    Freeze,
    /// A waiver.
    Waiver,
    /// A quarantine.
    Quarantine,
    /// A hold of auto-promotion.
    Hold,
    /// A review.
    Review,
}

impl KeptKind {
    /// In people's words: `environment staging`.
    pub(super) fn describe(self, id: &str, names: &Names) -> String {
        match self {
            Self::Environment => format!("environment {}", names.kept(self, id)),
            Self::Lifecycle(revision) => format!("revision {revision} of the {}", lifecycle(id, names)),
            Self::ActiveLifecycle => format!("active revision of the {}", lifecycle(id, names)),
            Self::Release => format!("release {}", names.kept(self, id)),
            Self::Artifact(position) => {
                format!("artifact {position} of the release {}", names.kept(Self::Release, id))
            }
            Self::Line => {
                let repository = id.parse().map_or_else(|_| id.to_owned(), |id| names.repository(id));
                format!("line of the repository {repository}")
            }
            Self::Promotion => format!("promotion {id}"),
            Self::PromotionState => format!("state of the promotion {id}"),
            Self::Approval => format!("approval {id}"),
            Self::TicketAnswer => format!("answer {id} about a ticket"),
            Self::Admission => format!("admission {id}"),
            Self::Freeze => format!("freeze {id}"),
            Self::Waiver => format!("waiver {id}"),
            Self::Quarantine => format!("quarantine {id}"),
            Self::Hold => format!("hold of auto-promotion by the promotion {id}"),
            Self::Review => format!("review of the promotion {id}"),
        }
    }
}

fn lifecycle(scope: &str, names: &Names) -> String {
    match (scope.strip_prefix(TEMPLATE), scope.parse()) {
        (Some(name), _) => format!("lifecycle template {name}"),
        (None, Ok(project)) => format!("lifecycle of the project {}", names.project(project)),
        (None, Err(_)) => format!("lifecycle of {scope}"),
    }
}
