//! Every kind of scope against every kind of place.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const OWN: u128 = 1;
const OTHER: u128 = 2;

const PERMISSIONS: [Permission; 10] = [
    Permission::RepositoryRead,
    Permission::RepositoryPush,
    Permission::RepositoryDelete,
    Permission::RepositoryDeleteProtected,
    Permission::ProjectRead,
    Permission::ProjectCreate,
    Permission::ProjectAdminister,
    Permission::OrganisationAdminister,
    Permission::EntriesRead,
    Permission::EventsRead,
];

fn id(n: u128) -> ProjectId {
    Uuid::from_u128(n).into()
}

fn repo(name: &str) -> RepoName {
    name.parse().unwrap()
}

#[test]
fn every_scope_and_every_place() {
    let (inside, beside, foreign) = (repo("acme/team/app"), repo("acme/teams"), repo("other/team/app"));
    let scopes = [
        BindingScope::Organisation,
        BindingScope::Project(id(OWN)),
        BindingScope::Prefix(id(OWN), repo("acme/team")),
    ];
    // Per place: does the organisation's, the project's, the prefix's binding reach it?
    let table = [
        (Place::Organisation, [true, false, false]),
        (Place::Project(id(OWN)), [true, true, false]),
        (Place::Project(id(OTHER)), [true, false, false]),
        (Place::Repository(id(OWN), &inside), [true, true, true]),
        (Place::Repository(id(OWN), &beside), [true, true, false]),
        (Place::Repository(id(OTHER), &foreign), [true, false, false]),
        // The same name under another id is another project.
        (Place::Repository(id(OTHER), &inside), [true, false, false]),
    ];
    for (place, row) in table {
        for (scope, reached) in scopes.iter().zip(row) {
            for (role, permission) in
                Role::ALL.into_iter().flat_map(|role| PERMISSIONS.map(|permission| (role, permission)))
            {
                let sees_own_project =
                    permission == Permission::ProjectRead && place.project() == Some(id(OWN));
                let expected = role.permits(permission) && (reached || sees_own_project);
                let answer = allows(role, scope, permission, place);
                assert_eq!(answer, expected, "{role:?} at {scope:?}: {permission:?} at {place:?}");
            }
        }
    }
}

#[test]
fn only_the_organisations_admin_sees_that_nothing_is_there() {
    for role in Role::ALL {
        for permission in PERMISSIONS {
            let answer = allows(role, &BindingScope::Organisation, permission, Place::Nowhere);
            assert_eq!(answer, role == Role::OrgAdmin && role.permits(permission));
            assert!(!allows(role, &BindingScope::Project(id(OWN)), permission, Place::Nowhere));
        }
    }
}

#[test]
fn a_public_project_is_open_to_reading_only() {
    for permission in PERMISSIONS {
        let reading = matches!(permission, Permission::RepositoryRead | Permission::ProjectRead);
        assert_eq!(open_to_all(Visibility::Public, permission), reading);
        assert!(!open_to_all(Visibility::Private, permission));
    }
}

#[test]
fn owners_bind_what_they_have_themselves() {
    let acme: ProjectName = "acme".parse().unwrap();
    for role in Role::ALL {
        let (permission, scope) = needed_to_bind(role, Some(acme.clone()));
        if matches!(role, Role::Reader | Role::Publisher | Role::ProjectOwner) {
            assert_eq!((permission, scope), (Permission::ProjectAdminister, Scope::Project(acme.clone())));
        } else {
            assert_eq!((permission, scope), (Permission::OrganisationAdminister, Scope::Organisation));
        }
        assert_eq!(needed_to_bind(role, None).0, Permission::OrganisationAdminister);
    }
}

#[test]
fn a_prefix_names_its_project() {
    let acme: ProjectName = "acme".parse().unwrap();
    assert_eq!(NamedScope::of(None, None), Ok(NamedScope::Organisation));
    let narrowed = NamedScope::of(Some(acme.clone()), Some(repo("acme/team"))).unwrap();
    assert_eq!(NamedScope::of(None, Some(repo("acme/team"))), Ok(narrowed.clone()));
    assert_eq!(narrowed.project(), Some(acme.clone()));
    assert_eq!(NamedScope::of(Some(acme), Some(repo("other/team"))), Err(ScopeError::OtherProject));
}

proptest! {
    /// Whatever the names: a prefix reaches no repository outside itself, and never more than its role.
    #[test]
    fn a_prefix_never_reaches_outside(prefix in "[ab]{1,2}(/[ab]{1,2}){0,2}", name in "[ab]{1,2}(/[ab]{1,2}){0,3}") {
        let (prefix, name) = (repo(&prefix), repo(&name));
        let below = name == prefix || name.as_str().starts_with(&format!("{prefix}/"));
        let scope = BindingScope::Prefix(id(OWN), prefix);
        for role in Role::ALL {
            let place = Place::Repository(id(OWN), &name);
            let pushes = allows(role, &scope, Permission::RepositoryPush, place);
            prop_assert_eq!(pushes, below && role.permits(Permission::RepositoryPush));
        }
    }
}
