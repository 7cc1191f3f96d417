//! Giving and taking roles.

use super::*;
use crate::projects::tests::{kinds, page};

fn is_denied<T>(outcome: &Result<T, IdentityError>) -> bool {
    matches!(outcome, Err(IdentityError::Access(AccessError::Denied)))
}

#[tokio::test]
async fn the_same_again_changes_nothing() {
    let world = World::new().await;
    world.add_project("acme").await;
    world.add_user("ann").await;
    let admin = world.admin().await;
    let before = kinds(&world.db).await.len();
    let scopes = ["", "acme", "acme/team", "@prod-*", "acme@production", "acme@prod-*", "acme/team@prod-*"];
    for at in scopes {
        let first = world.give("ann", Role::Deployer, at).await;
        let (again, is_new) =
            world.identity.grant(&admin, &user("ann"), Role::Deployer, scope(at), None).await.unwrap();
        assert_eq!((again, is_new), (first, false));
    }
    assert_eq!(kinds(&world.db).await[before..], ["role.granted"; 7]);
    let (_, bindings) = world.identity.me(&world.caller("ann").await).await.unwrap();
    let named = bindings.items.iter().map(|named| {
        let BindingScope { base, environment } = &named.binding.scope;
        let name = named.project.as_ref().map(ToString::to_string).unwrap_or_default();
        let at = base.prefix().map_or(name, ToString::to_string);
        environment.as_ref().map_or(at.clone(), |selector| format!("{at}@{selector}"))
    });
    assert_eq!(named.collect::<Vec<_>>(), scopes);
}

#[tokio::test]
async fn a_role_can_be_given_again_after_it_was_taken() {
    let world = World::new().await;
    world.add_user("ann").await;
    let admin = world.admin().await;
    let first = world.give("ann", Role::Reader, "").await.binding.id;
    world.identity.revoke(&admin, first).await.unwrap();
    assert!(matches!(world.identity.revoke(&admin, first).await, Err(IdentityError::NoSuchBinding)));
    assert_ne!(world.give("ann", Role::Reader, "").await.binding.id, first);
    assert_eq!(kinds(&world.db).await[5..], ["role.granted", "role.revoked", "role.granted"]);
}

#[tokio::test]
async fn of_many_grants_at_once_one_is_new() {
    let world = World::new().await;
    world.add_user("ann").await;
    let (admin, ann) = (world.admin().await, user("ann"));
    let grants = (0..8).map(|_| world.identity.grant(&admin, &ann, Role::Reader, scope(""), None));
    let outcomes = futures_util::future::join_all(grants).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.as_ref().unwrap().1).count(), 1);
}

#[tokio::test]
async fn an_owner_gives_roles_in_the_own_project_only() {
    let world = World::new().await;
    world.add_project("acme").await;
    world.add_project("other").await;
    let ann = world.add_user("ann").await;
    world.add_user("bob").await;
    world.give("ann", Role::ProjectOwner, "acme").await;
    let give = async |role, at: &str| world.identity.grant(&ann, &user("bob"), role, scope(at), None).await;
    for role in [Role::Reader, Role::Publisher, Role::ProjectOwner, Role::Promoter, Role::Deployer] {
        for at in ["acme", "acme/team"] {
            let (given, _) = give(role, at).await.unwrap();
            world.identity.revoke(&ann, given.binding.id).await.unwrap();
        }
        for at in ["", "other", "other/team", "ghost", "ghost/team"] {
            assert!(is_denied(&give(role, at).await), "{role:?} {at}");
        }
    }
    for role in [Role::Auditor, Role::Approver, Role::PolicyAdmin, Role::BreakGlass] {
        for at in ["", "acme", "acme/team"] {
            assert!(is_denied(&give(role, at).await), "{role:?} {at}");
        }
    }
    for role in [Role::Promoter, Role::Deployer] {
        give(role, "acme@prod-*").await.unwrap();
        for at in ["@prod-*", "other@prod-*"] {
            assert!(is_denied(&give(role, at).await), "{role:?} {at}");
        }
    }
    assert!(is_denied(&give(Role::Approver, "acme@prod-*").await));
    let everywhere = give(Role::Publisher, "acme@prod-*").await;
    assert!(matches!(everywhere, Err(IdentityError::Scope(ScopeError::NotInEnvironments))));
    assert!(is_denied(&give(Role::OrgAdmin, "").await));
    assert!(matches!(give(Role::OrgAdmin, "acme").await, Err(IdentityError::Scope(_))));
    // An owner of a prefix rules nothing.
    world.give("bob", Role::ProjectOwner, "acme/team").await;
    let bob = world.caller("bob").await;
    let outcome = world.identity.grant(&bob, &user("ann"), Role::Reader, scope("acme/team"), None).await;
    assert!(is_denied(&outcome));
}

#[tokio::test]
async fn an_owner_takes_roles_in_the_own_project_only() {
    let world = World::new().await;
    world.add_project("acme").await;
    world.add_project("other").await;
    let ann = world.add_user("ann").await;
    world.add_user("bob").await;
    world.give("ann", Role::ProjectOwner, "acme").await;
    for (role, at, may) in [
        (Role::Publisher, "acme/team", true),
        (Role::ProjectOwner, "acme", true),
        (Role::Deployer, "acme@production", true),
        (Role::Auditor, "acme", false),
        (Role::Approver, "acme@production", false),
        (Role::Reader, "other", false),
        (Role::Reader, "", false),
    ] {
        let binding = world.give("bob", role, at).await.binding.id;
        let outcome = world.identity.revoke(&ann, binding).await;
        assert_eq!(outcome.is_ok(), may, "{role:?} {at}");
        assert_eq!(is_denied(&outcome), !may, "{role:?} {at}");
    }
    // A binding that is not there looks like one that may not be touched.
    assert!(is_denied(&world.identity.revoke(&ann, crate::types::BindingId::new()).await));
}

#[tokio::test]
async fn who_and_where_must_exist() {
    let world = World::new().await;
    let admin = world.admin().await;
    let missing = world.identity.grant(&admin, &user("nobody"), Role::Reader, scope(""), None).await;
    assert!(matches!(missing, Err(IdentityError::NoSuchUser)));
    let missing = world.identity.grant(&admin, &user("admin"), Role::Reader, scope("ghost/team"), None).await;
    assert!(matches!(missing, Err(IdentityError::NoSuchProject(_))));
}

#[tokio::test]
async fn a_list_shows_no_more_than_may_be_seen() {
    let world = World::new().await;
    world.add_project("acme").await;
    let ann = world.add_user("ann").await;
    let bob = world.add_user("bob").await;
    world.give("ann", Role::ProjectOwner, "acme").await;
    world.give("bob", Role::Reader, "acme/team").await;
    let list = async |caller: &Caller, in_project: &str, of: &str| {
        let filter = BindingFilter {
            project: (!in_project.is_empty()).then(|| project(in_project)),
            user: (!of.is_empty()).then(|| user(of)),
        };
        let listed = world.identity.list_bindings(caller, &filter, &page(100, None)).await;
        listed.map(|page| page.items.len())
    };
    let admin = world.admin().await;
    assert_eq!(list(&admin, "", "").await.unwrap(), 4);
    assert_eq!(list(&admin, "acme", "bob").await.unwrap(), 1);
    assert_eq!(list(&ann, "acme", "").await.unwrap(), 2);
    assert_eq!(list(&bob, "", "bob").await.unwrap(), 1);
    for (caller, in_project, of) in
        [(&ann, "", ""), (&ann, "", "bob"), (&bob, "acme", ""), (&bob, "", "ann"), (&bob, "", "nobody")]
    {
        assert!(is_denied(&list(caller, in_project, of).await));
    }
    let first =
        world.identity.list_bindings(&admin, &BindingFilter::default(), &page(3, None)).await.unwrap();
    let last = first.items.last().unwrap().binding.id.to_string();
    let rest =
        world.identity.list_bindings(&admin, &BindingFilter::default(), &page(3, Some(&last))).await.unwrap();
    assert_eq!((first.next.is_some(), rest.items.len(), rest.next), (true, 1, None));
}

#[tokio::test]
async fn an_account_holds_at_most_two_hundred_roles_in_a_project_and_for_the_organisation() {
    let world = World::new().await;
    world.add_user("ann").await;
    world.add_project("acme").await;
    world.add_project("other").await;
    for n in 0..200 {
        world.give("ann", Role::Reader, &format!("acme/team-{n}")).await;
    }
    let admin = world.admin().await;
    let more = world.identity.grant(&admin, &user("ann"), Role::Reader, scope("acme"), None).await;
    assert!(matches!(more, Err(IdentityError::TooManyBindings { most: 200 })));
    world.give("ann", Role::Reader, "other").await;
    world.add_user("bob").await;
    for n in 0..200 {
        world.give("bob", Role::Deployer, &format!("@env-{n}")).await;
    }
    let more = world.identity.grant(&admin, &user("bob"), Role::Reader, scope(""), None).await;
    assert!(matches!(more, Err(IdentityError::TooManyBindings { most: 200 })));
    let (_, shown) = world.identity.me(&world.caller("ann").await).await.unwrap();
    assert!(shown.items.len() == 200 && shown.next.is_some());
}
