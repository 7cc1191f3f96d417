//! What an environment shows of a repository, and why it does not show the rest.

use std::collections::BTreeSet;
use std::sync::Arc;

use thiserror::Error;

use crate::types::{Digest, EnvironmentName, RepoName, Tag};

/// The tag by which the environment view calls what is admitted.
const CURRENT: &str = "current";

/// What an environment shows of a repository: at one moment.
#[derive(Debug, Clone, Default)]
pub struct Shown {
    /// Whether there is such an environment.
    pub is_known: bool,
    /// Artifacts of the repository in releases that are admitted or drain there.
    pub roots: Vec<ShownRoot>,
    /// Manifests of the project that are shown nowhere.
    pub stopped: Arc<[Stopped]>,
}

/// An artifact of a release, with all that is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownRoot {
    /// The manifest, by SHA-256.
    pub digest: Digest,
    /// The release's version, which is its tag.
    pub version: String,
    /// Whether the release is admitted; else it drains.
    pub is_current: bool,
    /// Why it is not shown, although it is admitted or drains.
    pub withheld: Option<String>,
}

/// A manifest that must not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// By SHA-256.
    pub digest: Digest,
    /// Why: a sentence.
    pub why: String,
}

/// Why something is not shown. The texts go to clients.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NotShown {
    /// No such environment.
    #[error("there is no environment {0}: pull from env/<environment>/<repository> of one that there is")]
    UnknownEnvironment(EnvironmentName),
    /// No release with anything of the repository is there.
    #[error("{environment} shows nothing of {repository}: promote a release that contains some of it first")]
    NothingAdmitted {
        /// Which environment.
        environment: EnvironmentName,
        /// Which repository.
        repository: RepoName,
    },
    /// Releases are there, but none by this name.
    #[error(
        "nothing that {environment} shows of {repository} goes by the tag {tag}: its tags/list names what does"
    )]
    NoVersion {
        /// Which environment.
        environment: EnvironmentName,
        /// Which repository.
        repository: RepoName,
        /// As it was asked for.
        tag: Tag,
    },
    /// Several artifacts go by one name.
    #[error("in {environment} the tag {tag} stands for several artifacts of {repository}: pull one of {list} by its digest", list = names(.digests))]
    Ambiguous {
        /// Which environment.
        environment: EnvironmentName,
        /// Which repository.
        repository: RepoName,
        /// As it was asked for.
        tag: Tag,
        /// What it stands for.
        digests: Vec<Digest>,
    },
    /// Nothing that is admitted or drains contains it.
    #[error(
        "{digest} is in {repository} no part of what {environment} shows: promote a release that contains it first"
    )]
    NoPart {
        /// Which environment.
        environment: EnvironmentName,
        /// Which repository.
        repository: RepoName,
        /// As it was asked for.
        digest: Digest,
    },
    /// It refers to what is shown, but is no mere word about it.
    #[error(
        "{0} refers to what is shown, but could run itself: only releases are run, so promote one that contains it"
    )]
    MayRun(Digest),
    /// It would be shown, were it not for that.
    #[error("{what} is not shown in {environment}: {why}")]
    Withheld {
        /// Which environment.
        environment: EnvironmentName,
        /// As it was asked for.
        what: String,
        /// Why: a sentence.
        why: String,
    },
}

/// What a tag stands for.
#[derive(Debug, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// One artifact, which is shown.
    One(&'a Digest),
    /// One artifact, which is not shown for this reason.
    Withheld(&'a str),
    /// Several artifacts: any choice would be a guess.
    Several(Vec<Digest>),
    /// Nothing.
    Nothing,
}

impl Shown {
    /// The artifacts that are shown.
    pub fn live(&self) -> impl Iterator<Item = &ShownRoot> {
        self.roots.iter().filter(|root| root.withheld.is_none())
    }

    /// Whether a manifest must not be read, and why.
    pub fn stop(&self, sha256: &Digest) -> Option<&str> {
        self.stopped.iter().find(|stopped| stopped.digest == *sha256).map(|stopped| stopped.why.as_str())
    }

    /// What a tag stands for. What is withheld counts as well: another artifact must not take its place unasked.
    pub fn resolve(&self, tag: &str) -> Resolved<'_> {
        let named: Vec<&ShownRoot> = self.roots.iter().filter(|root| root.goes_by(tag)).collect();
        let digests: BTreeSet<&Digest> = named.iter().map(|root| &root.digest).collect();
        if digests.len() > 1 {
            return Resolved::Several(digests.into_iter().cloned().collect());
        }
        // Several releases may hold the same: it is enough that one of them shows it.
        let live = named.iter().find(|root| root.withheld.is_none());
        match (live, named.iter().find_map(|root| root.withheld.as_deref())) {
            (Some(root), _) => Resolved::One(&root.digest),
            (None, Some(why)) => Resolved::Withheld(why),
            (None, None) => Resolved::Nothing,
        }
    }

    /// The tags that stand for one artifact that is shown.
    pub fn tags(&self) -> BTreeSet<&str> {
        let versions = self.live().map(|root| root.version.as_str());
        let tags = versions.chain([CURRENT]).filter(|tag| tag.parse::<Tag>().is_ok());
        tags.filter(|tag| matches!(self.resolve(tag), Resolved::One(_))).collect()
    }
}

impl ShownRoot {
    fn goes_by(&self, tag: &str) -> bool {
        if tag == CURRENT { self.is_current } else { self.version == tag }
    }
}

fn names(digests: &[Digest]) -> String {
    digests.iter().map(Digest::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(of: char) -> Digest {
        format!("sha256:{}", of.to_string().repeat(64)).parse().unwrap()
    }

    fn root(of: char, version: &str, is_current: bool) -> ShownRoot {
        ShownRoot { digest: digest(of), version: version.to_owned(), is_current, withheld: None }
    }

    fn shown(roots: &[ShownRoot]) -> Shown {
        Shown { is_known: true, roots: roots.to_vec(), stopped: Arc::default() }
    }

    #[test]
    fn a_version_and_current_stand_for_an_artifact() {
        let shown = shown(&[root('a', "1.1", true), root('b', "1.0", false)]);
        assert_eq!(shown.resolve("current"), Resolved::One(&digest('a')));
        assert_eq!(shown.resolve("1.1"), Resolved::One(&digest('a')));
        assert_eq!(shown.resolve("1.0"), Resolved::One(&digest('b')));
        assert_eq!(shown.resolve("latest"), Resolved::Nothing);
        assert_eq!(shown.tags().into_iter().collect::<Vec<_>>(), ["1.0", "1.1", "current"]);
    }

    #[test]
    fn what_several_artifacts_go_by_stands_for_none_of_them() {
        let mut two = shown(&[root('a', "1", true), root('b', "1", true), root('b', "2", false)]);
        assert_eq!(two.resolve("current"), Resolved::Several(vec![digest('a'), digest('b')]));
        assert_eq!(two.resolve("1"), Resolved::Several(vec![digest('a'), digest('b')]));
        assert_eq!(two.tags().into_iter().collect::<Vec<_>>(), ["2"]);
        // Nor when one of them is stopped: who pulled that must not get the other instead.
        two.roots[0].withheld = Some("stopped".to_owned());
        assert_eq!(two.resolve("current"), Resolved::Several(vec![digest('a'), digest('b')]));
        // The same artifact in two releases is one.
        let same = shown(&[root('a', "1", true), root('a', "1", false)]);
        assert_eq!(same.resolve("1"), Resolved::One(&digest('a')));
    }

    #[test]
    fn what_is_withheld_says_why() {
        let mut ended = shown(&[root('a', "1", true), root('b', "2+build", false)]);
        ended.roots[0].withheld = Some("it ended".to_owned());
        assert_eq!(ended.resolve("current"), Resolved::Withheld("it ended"));
        assert_eq!(ended.resolve("1"), Resolved::Withheld("it ended"));
        assert!(ended.tags().is_empty(), "2+build is no tag");
        // Another release that holds the same may still show it.
        ended.roots.push(root('a', "1", false));
        assert_eq!(ended.resolve("1"), Resolved::One(&digest('a')));
    }
}
