//! Every kind of scope against every kind of place.

use proptest::prelude::*;
use uuid::Uuid;

use super::*;

const OWN: u128 = 1;
const OTHER: u128 = 2;

const PERMISSIONS: [Permission; 17] = [
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
    Permission::ReleaseCreate,
    Permission::EnvironmentRead,
    Permission::PromotionRequest,
    Permission::PromotionApprove,
    Permission::BreakGlass,
    Permission::DeploymentReport,
    Permission::PolicyAdminister,
];

fn id(n: u128) -> ProjectId {
    Uuid::from_u128(n).into()
}

fn repo(name: &str) -> RepoName {
    name.parse().unwrap()
}

fn environment(name: &str) -> EnvironmentName {
    name.parse().unwrap()
}

fn bases() -> [BaseScope; 3] {
    [BaseScope::Organisation, BaseScope::Project(id(OWN)), BaseScope::Prefix(id(OWN), repo("acme/team"))]
}

fn scope(base: BaseScope, selector: Option<&str>) -> BindingScope {
    BindingScope { base, environment: selector.map(|text| text.parse().unwrap()) }
}

fn all_rights() -> impl Iterator<Item = (Role, Permission)> {
    Role::ALL.into_iter().flat_map(|role| PERMISSIONS.map(|permission| (role, permission)))
}

#[test]
fn every_scope_and_every_place() {
    let (inside, beside, foreign) = (repo("acme/team/app"), repo("acme/teams"), repo("other/team/app"));
    let (whole, production) = (repo("acme"), environment("production"));
    let scopes = bases().map(|base| scope(base, None));
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
        (Place::Environment(id(OWN), &inside, &production), [true, true, true]),
        (Place::Environment(id(OWN), &beside, &production), [true, true, false]),
        (Place::Environment(id(OWN), &whole, &production), [true, true, false]),
        (Place::Environment(id(OTHER), &foreign, &production), [true, false, false]),
    ];
    for (place, row) in table {
        for (scope, reached) in scopes.iter().zip(row) {
            for (role, permission) in all_rights() {
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
fn a_selector_leaves_only_the_environments_that_it_selects() {
    let (inside, beside, foreign) = (repo("acme/team/app"), repo("acme/teams"), repo("other/team/app"));
    let (eu, staging) = (environment("prod-eu"), environment("staging"));
    let scopes = bases().map(|base| scope(base, Some("prod-*")));
    let table = [
        (Place::Organisation, [false, false, false]),
        (Place::Nowhere, [false, false, false]),
        (Place::Project(id(OWN)), [false, false, false]),
        (Place::Project(id(OTHER)), [false, false, false]),
        (Place::Repository(id(OWN), &inside), [false, false, false]),
        (Place::Environment(id(OWN), &inside, &eu), [true, true, true]),
        (Place::Environment(id(OWN), &beside, &eu), [true, true, false]),
        (Place::Environment(id(OTHER), &foreign, &eu), [true, false, false]),
        (Place::Environment(id(OTHER), &inside, &eu), [true, false, false]),
        (Place::Environment(id(OWN), &inside, &staging), [false, false, false]),
        (Place::Environment(id(OTHER), &foreign, &staging), [false, false, false]),
    ];
    for (place, row) in table {
        for (scope, reached) in scopes.iter().zip(row) {
            let is_seen =
                place.project().is_some_and(|at| scope.base == BaseScope::Organisation || at == id(OWN));
            for (role, permission) in all_rights() {
                let sees_project = permission == Permission::ProjectRead && is_seen;
                let expected = role.permits(permission) && (reached || sees_project);
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
            let answer = allows(role, &BindingScope::ORGANISATION, permission, Place::Nowhere);
            assert_eq!(answer, role == Role::OrgAdmin && role.permits(permission));
            assert!(!allows(role, &scope(BaseScope::Project(id(OWN)), None), permission, Place::Nowhere));
        }
    }
}

#[test]
fn a_public_project_is_open_to_reading_only() {
    for permission in PERMISSIONS {
        let reading = matches!(
            permission,
            Permission::RepositoryRead | Permission::ProjectRead | Permission::EnvironmentRead
        );
        assert_eq!(open_to_all(Visibility::Public, permission), reading);
        assert!(!open_to_all(Visibility::Private, permission));
    }
}

#[test]
fn owners_bind_who_works_and_not_who_judges_it() {
    let acme: ProjectName = "acme".parse().unwrap();
    let working = [Role::Reader, Role::Publisher, Role::ProjectOwner, Role::Promoter, Role::Deployer];
    for role in Role::ALL {
        let (permission, scope) = needed_to_bind(role, Some(acme.clone()));
        if working.contains(&role) {
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
    assert_eq!(NamedScope::of(None, None, None).unwrap().base, NamedBase::Organisation);
    let narrowed = NamedScope::of(Some(acme.clone()), Some(repo("acme/team")), None).unwrap();
    assert_eq!(NamedScope::of(None, Some(repo("acme/team")), None), Ok(narrowed.clone()));
    assert_eq!(narrowed.project(), Some(acme.clone()));
    assert_eq!(NamedScope::of(Some(acme), Some(repo("other/team")), None), Err(ScopeError::OtherProject));
}

#[test]
fn what_is_about_more_than_environments_is_bound_in_all_of_them() {
    let acme: ProjectName = "acme".parse().unwrap();
    for role in Role::ALL {
        let of_environments =
            [Role::Promoter, Role::Approver, Role::Deployer, Role::BreakGlass].contains(&role);
        for project in [None, Some(acme.clone())] {
            let everywhere = NamedScope::of(project.clone(), None, None).unwrap();
            let fits = everywhere.fits(role);
            assert_eq!(fits.is_ok(), role != Role::OrgAdmin || project.is_none(), "{role:?}");
            let selected = NamedScope { environment: Some("prod-*".parse().unwrap()), ..everywhere };
            assert_eq!(selected.fits(role).is_ok(), of_environments, "{role:?}");
        }
    }
}

proptest! {
    /// Whatever the names: a prefix reaches no repository outside itself, and never more than its role.
    #[test]
    fn a_prefix_never_reaches_outside(prefix in "[ab]{1,2}(/[ab]{1,2}){0,2}", name in "[ab]{1,2}(/[ab]{1,2}){0,3}") {
        let (prefix, name) = (repo(&prefix), repo(&name));
        let below = name == prefix || name.as_str().starts_with(&format!("{prefix}/"));
        let scope = scope(BaseScope::Prefix(id(OWN), prefix), None);
        for role in Role::ALL {
            let place = Place::Repository(id(OWN), &name);
            let pushes = allows(role, &scope, Permission::RepositoryPush, place);
            prop_assert_eq!(pushes, below && role.permits(Permission::RepositoryPush));
        }
    }

    /// Whatever the selector: it selects within the base, and never gives what the role would not give without it.
    #[test]
    fn a_selector_only_narrows(
        selector in "[ab*]{1,3}",
        at in "[ab]{1,3}",
        name in "acme(/team)?(/app)?",
        base in prop::sample::select(bases().to_vec()),
        project in prop::sample::select(vec![id(OWN), id(OTHER)]),
    ) {
        let (at, name) = (environment(&at), repo(&name));
        let (narrow, wide) = (scope(base.clone(), Some(&selector)), scope(base, None));
        let selects = narrow.environment.as_ref().unwrap().selects(&at);
        for (role, permission) in all_rights() {
            let place = Place::Environment(project, &name, &at);
            let without = allows(role, &wide, permission, place);
            let sees = permission == Permission::ProjectRead;
            prop_assert_eq!(allows(role, &narrow, permission, place), without && (selects || sees));
            for place in [Place::Organisation, Place::Project(project), Place::Repository(project, &name)] {
                let without = allows(role, &wide, permission, place);
                prop_assert_eq!(allows(role, &narrow, permission, place), without && sees && place.project().is_some());
            }
        }
    }

    /// What is unique by its key is unique.
    #[test]
    fn a_key_reads_as_the_scope_that_it_is_of(
        selector in prop::option::of("[a-z0-9._*-]{1,6}"),
        base in prop::sample::select(bases().to_vec()),
    ) {
        let scope = scope(base, selector.as_deref());
        prop_assert_eq!(scope.key().parse(), Ok(scope));
    }
}

#[test]
fn keys_are_as_events_have_them() {
    let [organisation, project, prefix] = bases();
    let uuid = "00000000-0000-0000-0000-000000000001";
    for (scope, key) in [
        (scope(organisation.clone(), None), "organisation".to_owned()),
        (scope(organisation, Some("prod-*")), "organisation@prod-*".to_owned()),
        (scope(project.clone(), None), uuid.to_owned()),
        (scope(project, Some("production")), format!("{uuid}@production")),
        (scope(prefix.clone(), None), format!("{uuid}:acme/team")),
        (scope(prefix, Some("*")), format!("{uuid}:acme/team@*")),
    ] {
        assert_eq!(scope.key(), key);
    }
    for key in ["", "@a", "organisation@", "organisation@A", "organisation:a", "acme", &format!("{uuid}:A")] {
        assert!(key.parse::<BindingScope>().is_err(), "{key}");
    }
}
