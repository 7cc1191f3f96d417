//! A project, its settings, and what an edit makes of them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use utoipa::ToSchema;

use crate::ledger::FactSettings;
use crate::types::{ProjectId, ProjectName, TagPattern, Timestamp};

/// Patterns in one list. Each tag that is set is matched against all of them, and all stand in one event.
const MAX_PATTERNS: usize = 20;

/// A text that is none of a setting's choices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no such choice")]
pub struct UnknownChoice;

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$value_doc:meta])* $value:ident = $text:literal,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "lowercase")]
        pub enum $name {
            $($(#[$value_doc])* $value,)+
        }

        impl $name {
            /// As the API, the database and events write it.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$value => $text,)+
                }
            }
        }

        impl FromStr for $name {
            type Err = UnknownChoice;

            fn from_str(text: &str) -> Result<Self, UnknownChoice> {
                match text {
                    $($text => Ok(Self::$value),)+
                    _ => Err(UnknownChoice),
                }
            }
        }
    )+};
}

choices! {
    /// Who may read a project.
    Visibility {
        /// Those with a role in it.
        Private = "private",
        /// Everybody, without logging in too.
        Public = "public",
    }
    /// Whether a tag may move to another digest.
    TagMode {
        /// It stays where it was set first, unless a pattern makes it mutable.
        Immutable = "immutable",
        /// It may move.
        Mutable = "mutable",
    }
    /// Whether a manifest may be pushed before all that it names.
    Sparse {
        /// Everything that it names must be there.
        Deny = "deny",
        /// Some of it may be missing.
        Allow = "allow",
    }
}

/// Why settings can't be accepted. The messages go to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum SettingsError {
    /// A list of patterns is too long.
    #[error("{list} holds more than {MAX_PATTERNS} patterns: join some of them with '|'")]
    TooManyPatterns {
        /// Which list.
        list: &'static str,
    },
}

/// A project's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Who may read.
    pub visibility: Visibility,
    /// Whether tags may move.
    pub tags: TagMode,
    /// Whether a manifest may come before what it names.
    pub sparse: Sparse,
    /// Tags that may move although tags are immutable.
    pub mutable_patterns: Vec<TagPattern>,
    /// Shapes one of which every tag must have; none means any.
    pub required_patterns: Vec<TagPattern>,
}

/// The cautious choices.
impl Default for Settings {
    fn default() -> Self {
        Self {
            visibility: Visibility::Private,
            tags: TagMode::Immutable,
            sparse: Sparse::Deny,
            mutable_patterns: Vec::new(),
            required_patterns: Vec::new(),
        }
    }
}

impl Settings {
    /// Checks the bounds that no single value shows.
    ///
    /// # Errors
    /// Says which bound is passed.
    pub const fn check(&self) -> Result<(), SettingsError> {
        if self.mutable_patterns.len() > MAX_PATTERNS {
            return Err(SettingsError::TooManyPatterns { list: "mutable_patterns" });
        }
        if self.required_patterns.len() > MAX_PATTERNS {
            return Err(SettingsError::TooManyPatterns { list: "required_patterns" });
        }
        Ok(())
    }

    /// As an event tells them.
    pub(super) fn fact(&self, revision: i64) -> FactSettings {
        let texts = |patterns: &[TagPattern]| patterns.iter().map(|p| p.as_str().to_owned()).collect();
        FactSettings {
            revision,
            visibility: self.visibility.as_str().to_owned(),
            tags: self.tags.as_str().to_owned(),
            sparse: self.sparse.as_str().to_owned(),
            mutable_patterns: texts(&self.mutable_patterns),
            required_patterns: texts(&self.required_patterns),
        }
    }
}

/// An edit: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettingsChange {
    /// Another visibility.
    pub visibility: Option<Visibility>,
    /// Another rule for moving tags.
    pub tags: Option<TagMode>,
    /// Another rule for indexes.
    pub sparse: Option<Sparse>,
    /// Another whole list.
    pub mutable_patterns: Option<Vec<TagPattern>>,
    /// Another whole list.
    pub required_patterns: Option<Vec<TagPattern>>,
}

impl SettingsChange {
    /// What the edit makes of `current`.
    pub fn apply(&self, current: &Settings) -> Settings {
        let list = |new: &Option<Vec<TagPattern>>, old: &Vec<TagPattern>| new.as_ref().unwrap_or(old).clone();
        Settings {
            visibility: self.visibility.unwrap_or(current.visibility),
            tags: self.tags.unwrap_or(current.tags),
            sparse: self.sparse.unwrap_or(current.sparse),
            mutable_patterns: list(&self.mutable_patterns, &current.mutable_patterns),
            required_patterns: list(&self.required_patterns, &current.required_patterns),
        }
    }
}

/// A project with the settings that hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Opaque id.
    pub id: ProjectId,
    /// First segment of its repositories.
    pub name: ProjectName,
    /// Revision of the settings; counts from 1.
    pub revision: i64,
    /// When it came to be.
    pub created_at: Timestamp,
    /// The settings.
    pub settings: Settings,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_read_what_they_write() {
        for choice in [Visibility::Private, Visibility::Public] {
            assert_eq!(choice.as_str().parse(), Ok(choice));
            assert_eq!(serde_json::to_value(choice).unwrap(), choice.as_str());
        }
        assert_eq!("Public".parse::<Visibility>(), Err(UnknownChoice));
    }

    #[test]
    fn an_edit_leaves_what_it_does_not_name() {
        let current = Settings { mutable_patterns: vec!["latest".parse().unwrap()], ..Settings::default() };
        assert_eq!(SettingsChange::default().apply(&current), current);
        let change = SettingsChange {
            tags: Some(TagMode::Mutable),
            mutable_patterns: Some(vec![]),
            ..SettingsChange::default()
        };
        assert_eq!(change.apply(&current), Settings { tags: TagMode::Mutable, ..Settings::default() });
    }

    #[test]
    fn lists_of_patterns_are_short() {
        let patterns = |n| vec!["pr-.*".parse().unwrap(); n];
        let settings = |n| Settings { required_patterns: patterns(n), ..Settings::default() };
        assert_eq!(settings(20).check(), Ok(()));
        assert!(settings(21).check().is_err());
    }
}
