//! Why a lifecycle can't be used. The messages go to whoever sets it, and say what to do.

use thiserror::Error;

use crate::trust::JsonError;

/// Why a lifecycle, or a template of one, can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LifecycleError {
    /// Longer than events can tell.
    #[error("a lifecycle has at most {most} bytes, this one has {count}: leave out what is no longer needed")]
    TooLong {
        /// How many there may be.
        most: usize,
        /// How many there are.
        count: usize,
    },
    /// Not JSON of the form of a lifecycle.
    #[error("the lifecycle can't be read: {0}; compare it with the description of the API")]
    Json(#[from] JsonError),
    /// Too many of something, or none.
    #[error("a lifecycle has 1 to {most} {what}, this one has {count}")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
        /// How many there are.
        count: usize,
    },
    /// A name that is none.
    #[error("the name {name:?} of a {what} must have 1 to 64 lower-case letters, digits or '-'")]
    Name {
        /// Of what.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A name that results are told by.
    #[error("no gate can be called {0:?}, since a gate of that name is always asked: choose another id")]
    Reserved(String),
    /// The same name twice.
    #[error("there are two {what}s named {name:?}: give each a name of its own")]
    Twice {
        /// Of what.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An environment in two places.
    #[error("environment {0} stands in two places: leave it in one stage")]
    EnvironmentTwice(String),
    /// A stage that can't work.
    #[error("stage {stage:?}: {why}")]
    Stage {
        /// Which.
        stage: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// A gate that can't work.
    #[error("gate {gate:?}: {why}")]
    Gate {
        /// Which.
        gate: String,
        /// What is wrong and what to do.
        why: String,
    },
    /// A pointer of a template to nothing.
    #[error("the template locks {0:?}, where it has nothing: give a JSON pointer such as /stages/0/entry/0")]
    Pointer(String),
    /// A change of what a template holds fast.
    #[error("the template locks {0}: leave it as it is, or add gates by add_entry and add_exit")]
    Locked(String),
    /// Gates for a stage that there is not.
    #[error("{key} names stage {stage:?}, which the lifecycle does not have: it has {stages}")]
    UnknownStage {
        /// `add_entry` or `add_exit`.
        key: &'static str,
        /// The stage.
        stage: String,
        /// Those that there are.
        stages: String,
    },
}
