//! Pushing a manifest: read, checked against what the repository holds, kept, linked and tagged in one transaction. Its
//! row holds its bytes; the ledger's sequencer has them written into the storage too, before it publishes the event.

use bytes::Bytes;

use super::Registry;
use super::manifest_checks::{check_content, decide_tag};
use super::protection::keeps_evidence;
use crate::access::{Caller, Permission};
use crate::db::{DbError, Topic, Tx};
use crate::jobs;
use crate::ledger::{Event, Fact, Record as _, Subject};
use crate::projects::{Epoch, Project, Sparse};
use crate::registry::error::RegistryError;
use crate::registry::model::{
    INSPECT, Inspect, ManifestError, ManifestKind, ManifestNames, ParsedManifest, Repository, TagChange,
};
use crate::registry::store::{self, manifests::NewManifest};
use crate::types::{Algorithm, Digest, ManifestId, MediaType, RepoName, Tag};

/// A manifest on its way in.
#[derive(Debug, Clone)]
pub struct PushManifest {
    /// Its bytes.
    pub bytes: Bytes,
    /// What it was sent as.
    pub content_type: Option<MediaType>,
    /// The digest that it was pushed by, if by one.
    pub digest: Option<Digest>,
    /// The tags to point at it, if any.
    pub tags: Vec<Tag>,
}

/// A manifest that the repository holds now.
#[derive(Debug, Clone)]
pub struct PushedManifest {
    /// The digest to name it by.
    pub digest: Digest,
    /// What it refers to.
    pub subject: Option<Digest>,
}

/// All that the transaction needs, computed before it.
struct Push {
    caller: Caller,
    name: RepoName,
    names: ManifestNames,
    parsed: ParsedManifest,
    bytes: Bytes,
    tags: Vec<Tag>,
    /// Whether the caller may let go of what an immutable tag protects.
    owner: bool,
}

impl Registry {
    /// Takes a manifest.
    ///
    /// # Errors
    /// `Manifest`, `MissingContent`, `ManifestDigest`, `ImmutableTag`, `TagShape`, `DropsEvidence`; nothing is kept then.
    pub async fn push_manifest(
        &self,
        caller: &Caller,
        name: &RepoName,
        push: PushManifest,
    ) -> Result<PushedManifest, RegistryError> {
        self.still_may(caller, Permission::RepositoryPush, name).await?;
        let owner = push.tags.iter().any(|tag| tag.legacy_subject().is_some())
            && self.may_beyond_what_was_asked(caller, Permission::RepositoryDeleteProtected, name).await?;
        self.take_manifest(caller, name, push, owner).await
    }

    /// Takes a manifest of somebody who may push; `owner` says whether they may let go of what an immutable tag protects.
    pub(super) async fn take_manifest(
        &self,
        caller: &Caller,
        name: &RepoName,
        push: PushManifest,
        owner: bool,
    ) -> Result<PushedManifest, RegistryError> {
        let PushManifest { bytes, content_type, digest, tags } = push;
        let parsed = ParsedManifest::parse(&bytes, content_type.as_ref())?;
        let names = ManifestNames::of(&bytes, digest.as_ref().map_or(Algorithm::Sha256, Digest::algorithm));
        if let Some(expected) = digest.filter(|expected| *expected != names.named) {
            return Err(RegistryError::ManifestDigest { expected, actual: names.named });
        }
        let pushed = PushedManifest { digest: names.named.clone(), subject: parsed.subject.clone() };
        let push = Push { caller: caller.clone(), name: name.clone(), names, parsed, bytes, tags, owner };
        self.blobs.demand_space(push.bytes.len() as u64)?;
        let registry = self.clone();
        self.db.write(async move |tx: &Tx| registry.insert_manifest(tx, &push).await).await?;
        Ok(pushed)
    }

    async fn insert_manifest(&self, tx: &Tx, push: &Push) -> Result<(), RegistryError> {
        let Push { caller, name, names, parsed, bytes, tags, .. } = push;
        let now = self.clock.now();
        let (mut events, mut alters_gates) = (Vec::new(), false);
        let repository = self.ensure_repository(tx, caller, name, &mut events).await?;
        let project = self.projects.ensure_in(tx, caller, &name.project(), &mut events).await?;
        let subject = Subject::new(name, &names.sha256);
        let held = store::manifests::find(&**tx, repository.id, &names.sha256).await?;
        let id = if let Some(held) = held {
            // The same bytes as another kind of manifest would be two things by one name.
            if held.media_type != parsed.media_type {
                let (header, body) = (parsed.media_type.to_string(), held.media_type.to_string());
                return Err(ManifestError::MediaTypeMismatch { header, body }.into());
            }
            held.id
        } else {
            let depth = check_content(tx, repository.id, &project.settings, parsed).await?;
            let id = ManifestId::new();
            let event = Event::new(caller, now, Some(project.id), pushed_fact(push)).about(subject);
            let (repository, pushed_by) = (repository.id, caller.account);
            let new = NewManifest { id, repository, names, parsed, depth, bytes, pushed_by };
            store::manifests::insert(&**tx, new, now, event.id()).await?;
            events.push(event);
            alters_gates = may_complete(parsed, &project)
                && store::links::is_spoken_of(&**tx, repository, names).await?;
            if parsed.subject.is_some() {
                self.leave_to_inspect(tx, Inspect { manifest: id, tag: None }).await?;
            }
            id
        };
        let target = TagTarget { repository: &repository, project: &project, manifest: id };
        for tag in tags {
            let Some(pointed) = self.point_tag(tx, push, tag, &target).await? else { continue };
            // What spoke through the tag does so no more. What speaks through it now is told of when it was looked at.
            alters_gates |= pointed.moved && tag.legacy_subject().is_some();
            events.push(pointed.event);
        }
        if alters_gates {
            Epoch::Project(project.id).pass(tx).await?;
        }
        Ok(tx.record(&events).await?)
    }

    /// Points a tag at a manifest, if the project's rules allow it; returns what came of it when something changed.
    async fn point_tag(
        &self,
        tx: &Tx,
        push: &Push,
        tag: &Tag,
        target: &TagTarget<'_>,
    ) -> Result<Option<Pointed>, RegistryError> {
        let (Push { caller, names, .. }, TagTarget { repository, project, manifest }) = (push, target);
        let (current, change) = decide_tag(tx, repository.id, &project.settings, tag, names).await?;
        let name = tag.to_string();
        let fact = match change {
            TagChange::Keep => return Ok(None),
            TagChange::Create => Fact::TagCreated { tag: name },
            TagChange::Move { from } => Fact::TagMoved { tag: name, from: from.to_string() },
        };
        let now = self.clock.now();
        let event = Event::new(caller, now, Some(project.id), fact)
            .about(Subject::new(&repository.name, &names.sha256));
        let moved = current.is_some();
        if let Some(current) = current {
            let settings = &project.settings;
            if !push.owner && !keeps_evidence(tx, repository.id, settings, &current, &push.bytes).await? {
                return Err(RegistryError::DropsEvidence(tag.clone()));
            }
            store::tags::close(&**tx, current.id, false, now, event.id()).await?;
            tx.changes(Topic::Tags(&repository.name)).await?;
            if tag.legacy_subject().is_some() {
                let silenced = Inspect { manifest: current.manifest, tag: Some(tag.clone()) };
                self.leave_to_inspect(tx, silenced).await?;
            }
        }
        store::tags::insert(&**tx, repository.id, tag, *manifest, &names.named, now, event.id()).await?;
        if tag.legacy_subject().is_some() {
            // What an artifact is vouched for by, is remembered as content.
            tx.changes(Topic::Content(&repository.name)).await?;
            self.leave_to_inspect(tx, Inspect { manifest: *manifest, tag: Some(tag.clone()) }).await?;
        }
        Ok(Some(Pointed { event, moved }))
    }

    /// Leaves a manifest that may vouch for another, or does so no more, to the room that looks at it.
    pub(super) async fn leave_to_inspect(&self, tx: &Tx, inspect: Inspect) -> Result<(), DbError> {
        let payload =
            serde_json::to_string(&inspect).map_err(|error| DbError::corrupt("job.payload", error))?;
        jobs::enqueue(tx, INSPECT, Some(&inspect.key()), &payload, self.clock.now()).await
    }
}

/// A tag that points at something else now.
struct Pointed {
    event: Event,
    /// Whether it pointed at something before.
    moved: bool,
}

/// Whether a manifest, by being there, may let what was signed before cover what is below it: an index, or any other where
/// what is listed may come after what lists it. A plain image, of which all pushes are full, is asked nothing more: if
/// something speaks of it already, whoever looks at that finds it, and tells.
fn may_complete(parsed: &ParsedManifest, project: &Project) -> bool {
    parsed.kind == ManifestKind::Index || project.settings.sparse == Sparse::Allow
}

/// What a tag is to point at.
struct TagTarget<'a> {
    repository: &'a Repository,
    project: &'a Project,
    manifest: ManifestId,
}

fn pushed_fact(push: &Push) -> Fact {
    Fact::ManifestPushed {
        media_type: push.parsed.media_type.to_string(),
        artifact_type: push.parsed.artifact_type.as_ref().map(ToString::to_string),
        subject: push.parsed.subject.as_ref().map(Digest::to_string),
        size: push.bytes.len().to_string(),
        sha512: push.names.sha512.to_string(),
    }
}
