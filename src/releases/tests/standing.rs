//! How things stand, asked while releases come and go.

use std::sync::Arc;
use std::time::Duration;

use entity::{admission, environment, promotion, promotion_state, quarantine, release, release_artifact};
use sea_orm::ActiveValue::Set;
use sea_orm::EntityTrait as _;
use tempfile::TempDir;
use uuid::Uuid;

use crate::access::Caller;
use crate::db::{Db, DbError, Topic, Tx};
use crate::projects::tests::{TestClock, database};
use crate::projects::{Projects, Settings};
use crate::registry::{EnvironmentView as _, Protector as _};
use crate::releases::Standings;
use crate::types::{
    Algorithm, Clock as _, Digest, EnvironmentName, ProjectId, Reference, RepoName, Timestamp,
};

const REPOSITORY: Uuid = Uuid::from_u128(7);

fn digest(of: &str) -> Digest {
    Digest::of(Algorithm::Sha256, of.as_bytes())
}

fn app() -> RepoName {
    "acme/app".parse().unwrap()
}

fn production() -> EnvironmentName {
    "production".parse().unwrap()
}

/// A project, and an environment.
struct Place {
    db: Db,
    clock: TestClock,
    standings: Standings,
    project: ProjectId,
    environment: Uuid,
    _folder: TempDir,
}

impl Place {
    async fn new() -> Self {
        let (db, folder) = database().await;
        let clock = TestClock::new();
        let projects = Projects::new(db.clone(), Arc::new(clock.clone()), Settings::default());
        let (caller, acme) = (Caller::system(), "acme".parse().unwrap());
        let project = projects.create(&caller, &acme, Settings::default()).await.unwrap().id;
        let environment = Uuid::now_v7();
        let row = environment::ActiveModel {
            id: Set(Uuid::now_v7()),
            environment_id: Set(environment),
            revision: Set(1),
            name: Set("production".to_owned()),
            tier: Set("production".to_owned()),
            sensitivity: Set("high".to_owned()),
            labels: Set("{}".to_owned()),
            drain_seconds: Set(60),
            valid_from_us: Set(1),
            valid_to_us: Set(None),
            from_event: Set(Uuid::now_v7()),
            to_event: Set(None),
        };
        let place = Self {
            standings: Standings::new(db.clone(), Arc::new(clock.clone()), projects),
            db,
            clock,
            project,
            environment,
            _folder: folder,
        };
        place
            .change(async move |tx| environment::Entity::insert(row.clone()).exec(&**tx).await.map(drop))
            .await;
        place
    }

    /// Changes what the environment holds, and says so.
    async fn change(&self, change: impl AsyncFn(&Tx) -> Result<(), sea_orm::DbErr> + Send + 'static) {
        let project = self.project;
        let write = async move |tx: &Tx| {
            change(tx).await?;
            tx.changes(Topic::Gates(project)).await?;
            Ok::<_, DbError>(())
        };
        self.db.write(write).await.unwrap();
    }

    /// Admits a release of one artifact, whose predecessor drains without an end.
    async fn admit(&self, version: &str) {
        let (release, promotion, now) = (Uuid::now_v7(), Uuid::now_v7(), self.clock.now().micros());
        let (project, environment, version) = (self.project.uuid(), self.environment, version.to_owned());
        let (line, event) = ("web".to_owned(), Uuid::now_v7());
        self.change(async move |tx| {
            let row = release::ActiveModel {
                id: Set(release),
                project_id: Set(project),
                name: Set(line.clone()),
                version: Set(version.clone()),
                content: Set(digest("content").to_string()),
                labels: Set("{}".to_owned()),
                created_by: Set(None),
                created_at_us: Set(now),
                from_event: Set(event),
            };
            release::Entity::insert(row).exec(&**tx).await?;
            let row = release_artifact::ActiveModel {
                release_id: Set(release),
                position: Set(0),
                project_id: Set(project),
                repository_id: Set(REPOSITORY),
                repository: Set(app().to_string()),
                digest: Set(digest(&version).to_string()),
                role: Set("image".to_owned()),
                kind: Set("image".to_owned()),
                pushed_by: Set(None),
            };
            release_artifact::Entity::insert(row).exec_without_returning(&**tx).await?;
            let row = promotion::ActiveModel {
                id: Set(promotion),
                project_id: Set(project),
                environment_id: Set(environment),
                release_id: Set(release),
                line: Set(line.clone()),
                kind: Set("forward".to_owned()),
                ticket: Set(None),
                justification: Set(None),
                requested_by: Set(None),
                requested_at_us: Set(now),
                start_at_us: Set(None),
                expires_at_us: Set(now + 1),
                glass_until_us: Set(None),
                from_event: Set(event),
            };
            promotion::Entity::insert(row).exec(&**tx).await?;
            let row = promotion_state::ActiveModel {
                id: Set(Uuid::now_v7()),
                promotion_id: Set(promotion),
                project_id: Set(project),
                environment_id: Set(environment),
                line: Set(line.clone()),
                state: Set("deploying".to_owned()),
                why: Set("admitted".to_owned()),
                lifecycle_revision: Set(1),
                policy: Set("none".to_owned()),
                valid_from_us: Set(now),
                valid_to_us: Set(None),
                from_event: Set(event),
                to_event: Set(None),
            };
            promotion_state::Entity::insert(row).exec(&**tx).await?;
            let rows = admission::Entity::find().all(&**tx).await?;
            for row in rows.into_iter().filter(|row| row.valid_to_us.is_none()) {
                let closed = admission::ActiveModel { valid_to_us: Set(Some(now)), ..row.into() };
                admission::Entity::update(closed).exec(&**tx).await?;
            }
            let row = admission::ActiveModel {
                id: Set(Uuid::now_v7()),
                project_id: Set(project),
                environment_id: Set(environment),
                line: Set(line.clone()),
                release_id: Set(release),
                promotion_id: Set(promotion),
                drains_until_us: Set(None),
                valid_from_us: Set(now),
                valid_to_us: Set(None),
                from_event: Set(event),
                to_event: Set(None),
            };
            admission::Entity::insert(row).exec(&**tx).await.map(drop)
        })
        .await;
        self.clock.forward(Duration::from_secs(1));
    }

    /// Lets all that drain without an end drain until then.
    async fn drain_until(&self, until: Timestamp) {
        self.change(async move |tx| {
            let rows = admission::Entity::find().all(&**tx).await?;
            for row in rows.into_iter().filter(|row| row.valid_to_us.is_some()) {
                let ended =
                    admission::ActiveModel { drains_until_us: Set(Some(until.micros())), ..row.into() };
                admission::Entity::update(ended).exec(&**tx).await?;
            }
            Ok(())
        })
        .await;
    }

    async fn quarantine(&self, of: &str) {
        let row = quarantine::ActiveModel {
            id: Set(Uuid::now_v7()),
            project_id: Set(self.project.uuid()),
            digest: Set(digest(of).to_string()),
            reason: Set("a worm".to_owned()),
            set_by: Set(None),
            valid_from_us: Set(1),
            valid_to_us: Set(None),
            from_event: Set(Uuid::now_v7()),
            to_event: Set(None),
        };
        self.change(async move |tx| quarantine::Entity::insert(row.clone()).exec(&**tx).await.map(drop))
            .await;
    }

    /// The versions that are shown.
    async fn shows(&self) -> Vec<String> {
        let shown = self.standings.shown(&production(), &app()).await.unwrap();
        shown.live().map(|root| root.version.clone()).collect()
    }

    async fn relies(&self, sha256: &Digest, repository: Uuid) -> Option<String> {
        self.relies_on_either(sha256, &[], repository).await
    }

    async fn relies_on_either(&self, sha256: &Digest, of: &[Digest], repository: Uuid) -> Option<String> {
        let (standings, project) = (self.standings.clone(), self.project);
        let (sha256, of) = (sha256.clone(), of.to_vec());
        let ask =
            async move |tx: &Tx| standings.protector(tx, project, repository.into(), &sha256, &of).await;
        self.db.write(ask).await.unwrap()
    }
}

#[tokio::test]
async fn what_is_admitted_and_what_drains_is_shown_at_once_and_no_longer() {
    let place = Place::new().await;
    assert!(!place.standings.shown(&"staging".parse().unwrap(), &app()).await.unwrap().is_known);
    assert!(place.standings.shown(&production(), &app()).await.unwrap().is_known);
    assert!(place.shows().await.is_empty());
    place.admit("1").await;
    assert_eq!(place.shows().await, ["1"]);
    place.admit("2").await;
    assert_eq!(place.shows().await, ["1", "2"]);
    let ended =
        async |reference: Reference| place.standings.ended(&production(), &app(), &reference).await.unwrap();
    place.drain_until(place.clock.now().after(Duration::from_secs(60))).await;
    assert_eq!(place.shows().await, ["1", "2"]);
    // Time alone ends it: nothing has changed.
    place.clock.forward(Duration::from_secs(60));
    assert_eq!(place.shows().await, ["2"]);
    for reference in [Reference::Digest(digest("1")), Reference::Tag("1".parse().unwrap())] {
        let why = ended(reference).await.unwrap();
        assert!(why.starts_with("web 1 was admitted there and drained until 2023-"), "{why}");
    }
    assert_eq!(ended(Reference::Digest(digest("3"))).await, None);
    let unknown = place.standings.shown(&production(), &"nobody/app".parse().unwrap()).await.unwrap();
    assert!(unknown.is_known && unknown.roots.is_empty());
}

#[tokio::test]
async fn a_quarantine_ends_the_showing_at_once() {
    let place = Place::new().await;
    place.admit("1").await;
    place.admit("2").await;
    assert_eq!(place.shows().await, ["1", "2"]);
    place.quarantine("1").await;
    assert_eq!(place.shows().await, ["2"]);
    place.quarantine("2").await;
    assert!(place.shows().await.is_empty());
    let standing = place.standings.of(&production(), &"acme".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(standing.quarantine_of(&digest("1")), Some("a worm"));
    assert_eq!(standing.held.len(), 2);
    assert_eq!(standing.held[1].artifacts[0].repository, app());
}

#[tokio::test]
async fn what_releases_consist_of_stays() {
    let place = Place::new().await;
    for version in ["1", "2"] {
        place.admit(version).await;
    }
    let belongs = |release: &str| Some(format!("it belongs to the release {release}"));
    assert_eq!(place.relies(&digest("2"), REPOSITORY).await, belongs("web 2 (admitted in production)"));
    assert_eq!(place.relies(&digest("1"), REPOSITORY).await, belongs("web 1 (draining in production)"));
    place.drain_until(place.clock.now()).await;
    assert_eq!(place.relies(&digest("1"), REPOSITORY).await, belongs("web 1"));
    assert_eq!(place.relies(&digest("3"), REPOSITORY).await, None);
    // Another repository may hold the same, and let go of it.
    assert_eq!(place.relies(&digest("1"), Uuid::from_u128(8)).await, None);
    // What vouches for it stays while it is anywhere.
    let vouches = async |of: &str| place.relies_on_either(&digest("4"), &[digest(of)], REPOSITORY).await;
    let speaks = "it speaks of a part of the release web 2 (admitted in production)";
    assert_eq!(vouches("2").await.as_deref(), Some(speaks));
    assert_eq!((vouches("1").await, vouches("3").await), (None, None));
}
