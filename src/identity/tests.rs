//! The verbs of identity, and the routes of both rooms, against a real database.

mod bindings;
mod environments;
mod expiry;
mod login;
mod rights;
mod routes;
mod users;

use std::sync::Arc;

use secrecy::SecretString;
use tempfile::TempDir;

use super::*;
use crate::access::{AccessError, Authority, Caller, Credentials};
use crate::db::Db;
use crate::http::Origin;
use crate::keys::{Keys, MasterKey};
use crate::projects::tests::{TestClock, database};
use crate::projects::{Projects, Settings};
use crate::types::{ProjectName, RepoName};

/// Of the user `admin` that every world starts with.
const ADMIN: &str = "correct horse battery";
/// Of everybody else.
const PASSWORD: &str = "staple staple staple";

/// A fresh installation after its first start.
pub(super) struct World {
    pub(super) identity: Identity,
    projects: Projects,
    db: Db,
    pub(super) clock: TestClock,
    _folder: TempDir,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::with_limits(LoginLimits::default()).await
    }

    async fn with_limits(limits: LoginLimits) -> Self {
        let (db, folder) = database().await;
        let clock = TestClock::new();
        let projects = Projects::new(db.clone(), Arc::new(clock.clone()), Settings::default());
        let keys = Keys::new(db.clone(), MasterKey::generate());
        let service = "waybill".to_owned();
        let identity =
            Identity::new(db.clone(), Arc::new(clock.clone()), projects.clone(), keys, limits, service);
        identity.ensure_token_key().await.unwrap();
        assert!(identity.bootstrap_admin(&secret(ADMIN)).await.unwrap());
        Self { identity, projects, db, clock, _folder: folder }
    }

    async fn log_in(&self, name: &str, password: &str, address: &str) -> Result<Caller, AccessError> {
        let credentials = Credentials::Basic { name: name.to_owned(), password: secret(password) };
        let origin = Origin { address: Some(address.to_owned()), agent: None };
        self.identity.authenticate(credentials, origin).await
    }

    /// Somebody, as they come back from a log-in, without the work.
    async fn caller(&self, name: &str) -> Caller {
        let account = self.identity.find_user(&user(name)).await.unwrap().unwrap();
        Caller::of(account.id, Origin::default())
    }

    pub(super) async fn admin(&self) -> Caller {
        self.caller("admin").await
    }

    pub(super) async fn add_user(&self, name: &str) -> Caller {
        let password = NewPassword::try_from(secret(PASSWORD)).unwrap();
        self.identity.create_user(&self.admin().await, &user(name), &password).await.unwrap();
        self.caller(name).await
    }

    pub(super) async fn add_project(&self, name: &str) {
        self.projects.create(&Caller::system(), &project(name), Settings::default()).await.unwrap();
    }

    /// Gives a role as the admin does; the scope is empty, a project's name, or a prefix, and maybe `@` and a selector.
    pub(super) async fn give(&self, name: &str, role: Role, at: &str) -> NamedBinding {
        let granted = self.identity.grant(&self.admin().await, &user(name), role, scope(at), None).await;
        granted.unwrap().0
    }
}

fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

fn user(name: &str) -> UserName {
    name.parse().unwrap()
}

fn project(name: &str) -> ProjectName {
    name.parse().unwrap()
}

fn repo(name: &str) -> RepoName {
    name.parse().unwrap()
}

fn scope(at: &str) -> NamedScope {
    let (at, selector) = at.split_once('@').map_or((at, None), |(at, selector)| (at, Some(selector)));
    let base = match at {
        "" => NamedBase::Organisation,
        at if at.contains('/') => NamedBase::Prefix(repo(at)),
        at => NamedBase::Project(project(at)),
    };
    NamedScope { base, environment: selector.map(|text| text.parse().unwrap()) }
}
