//! A history with an event of every kind, and the rows that the room of releases keeps of it.

use sea_orm::{EntityName as _, EntityTrait, IdenStatic as _, Iterable as _, ModelTrait, Value as Content};
use uuid::Uuid;

use super::super::*;
use super::exceptions::exceptions;
use super::promotions::promotions;
use crate::audit::model::tests::{History, digest};
use crate::ledger::{
    FactActiveLifecycle, FactArtifact, FactEnvironment, FactLifecycle, FactRelease, ReleaseFact,
};
use crate::types::{AccountId, Algorithm, Digest};
use ReleaseFact as F;

/// Instant and id of an event.
pub type At = (i64, Uuid);

/// What was told, the rows of it, and each row once more for each of its columns that an event tells of, with another
/// content there.
pub struct Story {
    pub history: History,
    pub changed: Vec<(usize, String, Row)>,
    pub project: Uuid,
    pub environment: Uuid,
    pub release: Uuid,
    pub promotion: Uuid,
    /// Who asked for the promotion: somebody else says things about it.
    pub requester: Option<AccountId>,
}

impl Story {
    pub fn tell(&mut self, fact: ReleaseFact) -> At {
        let (event, at) = self.history.record(&fact.into(), None);
        (at.micros(), event.uuid())
    }

    pub fn keep<M>(&mut self, model: &M, row: fn(M) -> Row, untold: &[&str])
    where
        M: ModelTrait,
        M::Entity: EntityTrait<Model = M>,
    {
        for column in <M::Entity as EntityTrait>::Column::iter() {
            if !untold.contains(&column.as_str()) {
                let mut other = model.clone();
                other.set(column, another(model.get(column)));
                let name = format!("{}.{}", M::Entity::default().table_name(), column.as_str());
                self.changed.push((self.history.rows.len(), name, row(other)));
            }
        }
        self.history.rows.push(row(model.clone()));
    }
}

fn another(content: Content) -> Content {
    match content {
        Content::String(text) => Content::String(Some(text.unwrap_or_default() + "0")),
        Content::BigInt(number) => Content::BigInt(Some(number.unwrap_or_default() + 1)),
        Content::Int(number) => Content::Int(Some(number.unwrap_or_default() + 100)),
        Content::Uuid(_) => Content::Uuid(Some(Uuid::now_v7())),
        other => panic!("{other:?}"),
    }
}

pub fn text(text: &str) -> String {
    text.to_owned()
}

/// An event of every kind, and all rows.
pub fn story() -> Story {
    let [environment, release, promotion] = std::array::from_fn(|_| Uuid::now_v7());
    let mut history = History::new();
    let requester = Some(AccountId::new());
    history.actor = requester;
    let (project, changed) = (history.project.uuid(), Vec::new());
    let mut story = Story { history, changed, project, environment, release, promotion, requester };
    environments(&mut story);
    lifecycles(&mut story);
    releases(&mut story);
    promotions(&mut story);
    exceptions(&mut story);
    story
}

fn environments(story: &mut Story) {
    let environment_id = story.environment;
    let told = FactEnvironment {
        environment: environment_id.to_string(),
        revision: 1,
        name: text("staging"),
        tier: text("staging"),
        sensitivity: text("low"),
        labels: [(text("team"), text("b"))].into(),
        drain_seconds: 600,
    };
    let (from_us, from) = story.tell(F::EnvironmentCreated(told.clone()));
    let (to_us, to) = story.tell(F::EnvironmentUpdated(FactEnvironment { revision: 2, ..told }));
    let first = environment::Model {
        id: Uuid::now_v7(),
        environment_id,
        revision: 1,
        name: text("staging"),
        tier: text("staging"),
        sensitivity: text("low"),
        labels: text(r#"{"team":"b"}"#),
        drain_seconds: 600,
        valid_from_us: from_us,
        valid_to_us: Some(to_us),
        from_event: from,
        to_event: Some(to),
    };
    let (revision, valid_to_us, to_event) = (2, None, None);
    let second = environment::Model {
        revision,
        valid_from_us: to_us,
        from_event: to,
        valid_to_us,
        to_event,
        ..first.clone()
    };
    story.keep(&first, of_environment, &["id"]);
    story.keep(&second, of_environment, &["id"]);
}

fn lifecycles(story: &mut Story) {
    let (project_id, scope_key) = (Some(story.project), story.project.to_string());
    let (document, effective) = (r#"{ "template": "std" }"#, r#"{"stages":[1.50]}"#);
    let digest =
        Digest::of(Algorithm::Sha256, br#"{"document":{ "template": "std" },"effective":{"stages":[1.50]}}"#)
            .to_string();
    let mut held: Option<active_lifecycle::Model> = None;
    for revision in 1..=2 {
        let (scope, size) = (scope_key.clone(), text("63"));
        let (set_at_us, from_event) =
            story.tell(F::LifecycleSet(FactLifecycle { scope, revision, digest: digest.clone(), size }));
        let kept = lifecycle::Model {
            id: Uuid::now_v7(),
            project_id,
            scope_key: scope_key.clone(),
            revision,
            digest: digest.clone(),
            document: text(document),
            effective: text(effective),
            set_at_us,
            from_event,
        };
        story.keep(&kept, of_lifecycle, &["id"]);
        let scope = scope_key.clone();
        let (at, event) = story.tell(F::LifecycleActivated(FactActiveLifecycle { scope, revision }));
        if let Some(mut before) = held.take() {
            (before.valid_to_us, before.to_event) = (Some(at), Some(event));
            story.keep(&before, of_active_lifecycle, &["id"]);
        }
        held = Some(active_lifecycle::Model {
            id: Uuid::now_v7(),
            project_id,
            scope_key: scope_key.clone(),
            revision,
            valid_from_us: at,
            valid_to_us: None,
            from_event: event,
            to_event: None,
        });
    }
    story.keep(&held.unwrap(), of_active_lifecycle, &["id"]);
}

fn releases(story: &mut Story) {
    let (project_id, repository_id) = (story.project, story.history.repository.uuid());
    let maker = story.history.actor.map(AccountId::uuid);
    let pushed_by = [None, maker];
    let artifact = |position: usize| FactArtifact {
        repository: text("acme/app"),
        digest: digest(position as u8).to_string(),
        role: text("main"),
        kind: text("image"),
        pushed_by: pushed_by[position].map(|id| id.to_string()),
    };
    let told = FactRelease {
        release: story.release.to_string(),
        name: text("shop"),
        version: text("1.4.2"),
        content: text("sha256:01"),
        artifacts: vec![artifact(0), artifact(1)],
        labels: [].into(),
    };
    let (created_at_us, from_event) = story.tell(F::ReleaseCreated(told.clone()));
    let of_story = release::Model {
        id: story.release,
        project_id,
        name: text("shop"),
        version: text("1.4.2"),
        content: text("sha256:01"),
        labels: text("{}"),
        created_by: maker,
        created_at_us,
        from_event,
    };
    story.keep(&of_story, of_release, &[]);
    for position in 0..=1 {
        let FactArtifact { repository, digest, role, kind, pushed_by: _ } = artifact(position);
        let (release_id, pushed_by) = (story.release, pushed_by[position]);
        let position = position as i32;
        let kept = release_artifact::Model {
            release_id,
            position,
            project_id,
            repository_id,
            repository,
            digest,
            role,
            kind,
            pushed_by,
        };
        story.keep(&kept, of_artifact, &[]);
    }
    let line = release_line::Model { repository_id, project_id, name: text("shop"), from_event };
    story.keep(&line, of_line, &[]);
    // Another version, of what is in the line already.
    let (id, version) = (Uuid::now_v7(), text("1.4.3"));
    let told = FactRelease { release: id.to_string(), version: version.clone(), artifacts: vec![], ..told };
    let (created_at_us, from_event) = story.tell(F::ReleaseCreated(told));
    let next = release::Model { id, version, created_at_us, from_event, ..of_story };
    story.keep(&next, of_release, &[]);
}
