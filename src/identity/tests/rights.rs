//! The answers to `access`.

use super::*;
use crate::access::{Ceiling, Narrowing, Permission, ReadableEntries, ReadableProjects, Scope};
use crate::projects::{SettingsChange, Visibility};

#[tokio::test]
async fn anonymous_callers_read_what_is_public() {
    let world = World::new().await;
    world.add_project("acme").await;
    let nobody = Caller::anonymous(Origin::default());
    let scope = Scope::Repository(repo("acme/app"));
    let check = async |permission| world.identity.check(&nobody, permission, &scope).await;
    assert!(matches!(check(Permission::RepositoryRead).await, Err(AccessError::Unauthenticated)));
    let change = SettingsChange { visibility: Some(Visibility::Public), ..SettingsChange::default() };
    world.projects.update(&Caller::system(), &project("acme"), 1, change).await.unwrap();
    check(Permission::RepositoryRead).await.unwrap();
    assert!(matches!(check(Permission::RepositoryPush).await, Err(AccessError::Unauthenticated)));
    let ann = world.add_user("ann").await;
    world.identity.check(&ann, Permission::RepositoryRead, &scope).await.unwrap();
    let push = world.identity.check(&ann, Permission::RepositoryPush, &scope).await;
    assert!(matches!(push, Err(AccessError::Denied)));
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_allowed_look_alike() {
    let world = World::new().await;
    world.add_project("acme").await;
    let ann = world.add_user("ann").await;
    let nobody = Caller::anonymous(Origin::default());
    for name in ["acme/app", "ghost/app"] {
        let scope = Scope::Repository(repo(name));
        let denied = world.identity.check(&ann, Permission::RepositoryRead, &scope).await;
        assert!(matches!(denied, Err(AccessError::Denied)), "{name}");
        let denied = world.identity.check(&nobody, Permission::RepositoryRead, &scope).await;
        assert!(matches!(denied, Err(AccessError::Unauthenticated)), "{name}");
    }
    // The organisation's publisher does not create projects by pushing; its admin does.
    world.give("ann", Role::Publisher, "").await;
    let ghost = Scope::Repository(repo("ghost/app"));
    let denied = world.identity.check(&ann, Permission::RepositoryPush, &ghost).await;
    assert!(matches!(denied, Err(AccessError::Denied)));
    world.identity.check(&world.admin().await, Permission::RepositoryPush, &ghost).await.unwrap();
}

#[tokio::test]
async fn a_role_holds_where_it_is_bound_until_it_is_taken() {
    let world = World::new().await;
    world.add_project("acme").await;
    world.add_project("other").await;
    let ann = world.add_user("ann").await;
    let pushes = async |name: &str| {
        let scope = Scope::Repository(repo(name));
        world.identity.check(&ann, Permission::RepositoryPush, &scope).await.is_ok()
    };
    let binding = world.give("ann", Role::Publisher, "acme/team").await;
    assert!(pushes("acme/team/app").await && pushes("acme/team").await);
    assert!(!pushes("acme/app").await && !pushes("acme/teams").await && !pushes("other/team").await);
    let sees = Scope::Project(project("acme"));
    world.identity.check(&ann, Permission::ProjectRead, &sees).await.unwrap();
    let binding = binding.binding.id;
    world.identity.revoke(&world.admin().await, binding).await.unwrap();
    assert!(!pushes("acme/team/app").await);
}

#[tokio::test]
async fn lists_are_narrowed_to_what_may_be_seen() {
    let world = World::new().await;
    world.add_project("acme").await;
    world.add_project("other").await;
    let readable = async |caller: &Caller| world.identity.readable_projects(caller).await.unwrap();
    assert_eq!(readable(&Caller::system()).await, ReadableProjects::Only(vec![]));
    assert_eq!(readable(&world.admin().await).await, ReadableProjects::All);
    let ann = world.add_user("ann").await;
    assert_eq!(readable(&ann).await, ReadableProjects::Only(vec![]));
    world.give("ann", Role::Reader, "acme/team").await;
    let acme = world.projects.find(&project("acme")).await.unwrap().unwrap().id;
    assert_eq!(readable(&ann).await, ReadableProjects::Only(vec![acme]));
    world.give("ann", Role::Reader, "").await;
    assert_eq!(readable(&ann).await, ReadableProjects::All);
}

#[tokio::test]
async fn the_ledger_is_narrowed_to_whole_projects_in_which_somebody_has_a_role() {
    let world = World::new().await;
    for name in ["acme", "other", "open"] {
        world.add_project(name).await;
    }
    let change = SettingsChange { visibility: Some(Visibility::Public), ..SettingsChange::default() };
    world.projects.update(&Caller::system(), &project("open"), 1, change).await.unwrap();
    let readable = async |caller: &Caller| world.identity.readable_entries(caller).await.unwrap();
    let only = |projects| ReadableEntries::Of(ReadableProjects::Only(projects));
    // The first user is an auditor too.
    assert_eq!(readable(&world.admin().await).await, ReadableEntries::All);
    assert_eq!(readable(&Caller::anonymous(Origin::default())).await, only(vec![]));
    let ann = world.add_user("ann").await;
    assert_eq!(readable(&ann).await, only(vec![]), "what is public is not meant");
    world.give("ann", Role::Publisher, "other/team").await;
    assert_eq!(readable(&ann).await, only(vec![]), "a part is not the whole");
    world.give("ann", Role::Reader, "acme").await;
    let acme = world.projects.find(&project("acme")).await.unwrap().unwrap().id;
    assert_eq!(readable(&ann).await, only(vec![acme]));
    let actions = vec![crate::types::Action::Pull];
    for prefix in [None, Some(repo("acme"))] {
        let ceiling = Ceiling::Narrowed(Narrowing { prefix, actions: actions.clone() });
        assert_eq!(readable(&Caller { ceiling, ..ann.clone() }).await, only(vec![]));
    }
    world.give("ann", Role::OrgAdmin, "").await;
    assert_eq!(readable(&ann).await, ReadableEntries::Of(ReadableProjects::All));
    world.give("ann", Role::Auditor, "").await;
    assert_eq!(readable(&ann).await, ReadableEntries::All);
}
