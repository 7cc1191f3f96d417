//! An entry, and who sees it.

use serde::Deserialize;
use serde_json::value::RawValue;
use tlog_tiles::Hash;

use crate::access::{Caller, Ceiling, ReadableEntries, ReadableProjects};
use crate::types::{AccountId, Digest, ProjectId, RepoName, Timestamp};

/// An event, and its place in the log once it has one.
#[derive(Debug)]
pub struct Entry {
    /// Its place in the database's own order.
    pub seq: i64,
    /// Its place in the log, and the hash under which it stands there; none while the sequencer has not come to it.
    pub place: Option<(u64, Hash)>,
    /// What kind of event it is.
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// The project that it is about.
    pub project: Option<ProjectId>,
    /// The account that did it.
    pub actor: Option<AccountId>,
    /// The leaf's bytes, which are JSON.
    pub leaf: Box<RawValue>,
}

/// What narrows a list of entries; every field that is set does.
#[derive(Debug, Clone, Default)]
pub struct EntryQuery {
    /// One kind only.
    pub kind: Option<String>,
    /// One project only.
    pub project: Option<ProjectId>,
    /// One actor only.
    pub actor: Option<AccountId>,
    /// About this content only.
    pub subject: Option<Digest>,
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
}

impl EntryQuery {
    /// Whether an entry is meant, its subject aside.
    pub fn matches(&self, entry: &Entry) -> bool {
        self.kind.as_ref().is_none_or(|kind| *kind == entry.kind)
            && self.project.is_none_or(|project| Some(project) == entry.project)
            && self.actor.is_none_or(|actor| Some(actor) == entry.actor)
            && self.from.is_none_or(|from| entry.at >= from)
            && self.to.is_none_or(|to| entry.at < to)
    }
}

/// A part of the log that an index of the database leads through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strand {
    /// What its entries are about.
    pub about: About,
    /// Who did what they tell of.
    pub actor: Option<AccountId>,
}

/// What the entries of a strand are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Anything.
    Anything,
    /// Some project.
    Projects,
    /// This project.
    Project(ProjectId),
}

/// What a caller sees of the log.
#[derive(Debug, Clone)]
pub struct LedgerSight {
    caller: Caller,
    readable: ReadableEntries,
}

impl LedgerSight {
    /// Of a caller, and what they may read besides their own.
    pub const fn new(caller: Caller, readable: ReadableEntries) -> Self {
        Self { caller, readable }
    }

    /// Who.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// Whether they see all that is about a project.
    pub fn covers(&self, project: ProjectId) -> bool {
        match &self.readable {
            ReadableEntries::All | ReadableEntries::Of(ReadableProjects::All) => true,
            ReadableEntries::Of(ReadableProjects::Only(projects)) => projects.contains(&project),
        }
    }

    /// Whether they see everything.
    pub fn is_whole(&self) -> bool {
        self.readable == ReadableEntries::All
    }

    /// Whether they see an entry: as auditors, by a role in its project, or because they did it.
    pub fn sees(&self, entry: &Entry) -> bool {
        self.is_whole() || entry.project.is_some_and(|project| self.covers(project)) || self.is_own(entry)
    }

    /// Whether they did it, and their credentials reach as far as that.
    fn is_own(&self, entry: &Entry) -> bool {
        if self.caller.is_anonymous() || entry.actor != self.caller.account {
            return false;
        }
        match &self.caller.ceiling {
            Ceiling::Rights => true,
            Ceiling::Narrowed(narrowing) => match &narrowing.prefix {
                None => entry.project.is_some(),
                Some(prefix) => is_about(&entry.leaf, prefix),
            },
            Ceiling::Scopes(_) => false,
        }
    }

    /// The strands that together hold all that they see of what is asked for. An entry may lie in two of them.
    pub fn strands(&self, query: &EntryQuery) -> Vec<Strand> {
        let wanted = |about| Strand { about, actor: query.actor };
        // Narrowed credentials see only some of what their account did, and no strand leads to that alone.
        let me = self.caller.account.filter(|_| self.caller.ceiling.is_rights());
        let me = me.filter(|me| query.actor.is_none_or(|actor| actor == *me));
        if let Some(project) = query.project {
            let about = About::Project(project);
            let own = || me.map(|me| Strand { about, actor: Some(me) });
            return if self.covers(project) { vec![wanted(about)] } else { own().into_iter().collect() };
        }
        let own = me.map(|me| Strand { about: About::Anything, actor: Some(me) });
        match &self.readable {
            ReadableEntries::All => vec![wanted(About::Anything)],
            // All that they did themselves is seen.
            ReadableEntries::Of(_) if query.actor.is_some() && me.is_some() => own.into_iter().collect(),
            ReadableEntries::Of(ReadableProjects::All) => {
                own.into_iter().chain([wanted(About::Projects)]).collect()
            }
            ReadableEntries::Of(ReadableProjects::Only(projects)) => {
                let projects = projects.iter().map(|project| wanted(About::Project(*project)));
                own.into_iter().chain(projects).collect()
            }
        }
    }
}

/// Whether an event names contents, and all of them lie at or below a prefix.
fn is_about(leaf: &RawValue, prefix: &RepoName) -> bool {
    #[derive(Deserialize)]
    struct Leaf {
        subjects: Vec<Subject>,
    }
    #[derive(Deserialize)]
    struct Subject {
        repository: String,
    }
    let within = |subject: &Subject| {
        subject.repository.parse::<RepoName>().is_ok_and(|repository| repository.is_within(prefix))
    };
    serde_json::from_str::<Leaf>(leaf.get())
        .is_ok_and(|leaf| !leaf.subjects.is_empty() && leaf.subjects.iter().all(within))
}

#[cfg(test)]
mod tests;
