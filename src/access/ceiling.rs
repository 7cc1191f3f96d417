//! How far a caller's credentials reach at most. Rights are looked up besides: what holds is what both allow.

use super::{Permission, Scope};
use crate::types::{Action, EnvironmentName, RepoName};

/// How far credentials reach at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Ceiling {
    /// As far as the account's rights.
    #[default]
    Rights,
    /// A token that its owner narrowed.
    Narrowed(Narrowing),
    /// The scopes of an access token of the registry.
    Scopes(AccessScopes),
}

/// What a token is narrowed to: reading, pushing and deleting, never ruling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowing {
    /// The repositories that are this or lie below it; none for all.
    pub prefix: Option<RepoName>,
    /// What may be done there.
    pub actions: Vec<Action>,
}

/// What an access token was granted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccessScopes {
    /// Actions by repository.
    pub repositories: Vec<(RepoName, Vec<Action>)>,
    /// Repositories that may be read as an environment shows them.
    pub environments: Vec<(EnvironmentName, RepoName)>,
    /// Whether it lists repositories.
    pub catalog: bool,
    /// What its lists are narrowed to: the prefix of the token that it was got with.
    pub prefix: Option<RepoName>,
    /// Whether it was got with credentials that reach as far as rights: it grants less only because less was asked.
    pub whole: bool,
}

impl Ceiling {
    /// Whether something stays below it.
    pub fn covers(&self, permission: Permission, scope: &Scope) -> bool {
        match self {
            Self::Rights => true,
            Self::Narrowed(narrowing) => narrowing.covers(permission, scope),
            Self::Scopes(scopes) => match scope {
                Scope::Repository(name) => scopes
                    .repositories
                    .iter()
                    .any(|(granted, actions)| granted == name && any_allows(actions, permission)),
                Scope::Environment(environment, name) => {
                    permission == Permission::EnvironmentRead
                        && scopes
                            .environments
                            .iter()
                            .any(|(shows, shown)| shows == environment && shown == name)
                }
                Scope::Organisation | Scope::Project(_) => false,
            },
        }
    }

    /// Whether it leaves an account's rights whole.
    pub const fn is_rights(&self) -> bool {
        matches!(self, Self::Rights)
    }

    /// Whether it is that of an access token, which is good for the registry only.
    pub const fn is_of_access_token(&self) -> bool {
        matches!(self, Self::Scopes(_))
    }

    /// How far it reaches when a source is sought for a blob that `target` lacks. Clients that ask for a token for the
    /// target alone expect mounts all the same, so the rights of the account decide within the target's project,
    /// unless the token comes from credentials that were narrowed on purpose.
    #[must_use]
    pub fn for_mounts_into(&self, target: &RepoName) -> Self {
        match self {
            Self::Scopes(scopes) if scopes.whole => Self::Narrowed(Narrowing {
                prefix: Some(target.project().into()),
                actions: vec![Action::Pull],
            }),
            other => other.clone(),
        }
    }

    /// How far the account's credentials reach when nobody asks for less: an access token grants what a client thought to ask
    /// for, and who pulls asks for no more than that.
    #[must_use]
    pub fn beyond_what_was_asked(&self) -> Self {
        match self {
            Self::Scopes(scopes) if scopes.whole => Self::Rights,
            other => other.clone(),
        }
    }

    /// Whether a push may make the project that it goes to: only where nothing was narrowed on purpose.
    pub const fn covers_new_projects(&self) -> bool {
        match self {
            Self::Rights => true,
            Self::Narrowed(_) => false,
            Self::Scopes(scopes) => scopes.whole,
        }
    }

    /// How far a list of repositories reaches. A grant of the catalogue is one of its names, so no scope narrows it, but
    /// what the token was narrowed to by which it was got does.
    #[must_use]
    pub fn for_catalog(self) -> Self {
        match self {
            Self::Scopes(AccessScopes { prefix: Some(prefix), .. }) => {
                Self::Narrowed(Narrowing { prefix: Some(prefix), actions: vec![Action::Pull] })
            }
            Self::Scopes(_) => Self::Rights,
            other => other,
        }
    }

    /// Whether repositories may be listed.
    pub fn covers_catalog(&self) -> bool {
        match self {
            Self::Rights => true,
            Self::Narrowed(narrowing) => narrowing.actions.contains(&Action::Pull),
            Self::Scopes(scopes) => scopes.catalog,
        }
    }
}

impl Narrowing {
    fn covers(&self, permission: Permission, scope: &Scope) -> bool {
        let within = match (&self.prefix, scope) {
            (None, _) => true,
            (Some(prefix), Scope::Repository(name) | Scope::Environment(_, name)) => name.is_within(prefix),
            // The project may be seen that the prefix lies in, and all of it that the prefix is.
            (Some(prefix), Scope::Project(project)) => {
                prefix.project() == *project
                    && (permission == Permission::ProjectRead || prefix.as_str() == project.as_str())
            }
            (Some(_), Scope::Organisation) => false,
        };
        within && any_allows(&self.actions, permission)
    }
}

fn any_allows(actions: &[Action], permission: Permission) -> bool {
    actions.iter().any(|action| allows(*action, permission))
}

/// What an action allows. Which deletions need more than the right to delete is for rights to say.
const fn allows(action: Action, permission: Permission) -> bool {
    use Permission as P;
    match action {
        Action::Pull => matches!(permission, P::RepositoryRead | P::ProjectRead | P::EnvironmentRead),
        Action::Push => matches!(permission, P::RepositoryPush),
        Action::Delete => matches!(permission, P::RepositoryDelete | P::RepositoryDeleteProtected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Permission as P;

    fn repository(name: &str) -> Scope {
        Scope::Repository(name.parse().unwrap())
    }

    fn project(name: &str) -> Scope {
        Scope::Project(name.parse().unwrap())
    }

    #[test]
    fn an_access_token_reaches_its_repositories_only() {
        let repositories = vec![("acme/app".parse().unwrap(), vec![Action::Pull, Action::Push])];
        let ceiling = Ceiling::Scopes(AccessScopes { repositories, ..AccessScopes::default() });
        assert!(ceiling.covers(P::RepositoryRead, &repository("acme/app")));
        assert!(ceiling.covers(P::RepositoryPush, &repository("acme/app")));
        assert!(!ceiling.covers(P::RepositoryDelete, &repository("acme/app")));
        assert!(!ceiling.covers(P::RepositoryRead, &repository("acme/app/sub")));
        assert!(!ceiling.covers(P::RepositoryRead, &repository("acme")));
        assert!(!ceiling.covers(P::ProjectRead, &project("acme")));
        assert!(!ceiling.covers(P::OrganisationAdminister, &Scope::Organisation));
        assert!(!ceiling.covers_catalog());
    }

    #[test]
    fn an_access_token_shows_the_environments_that_it_names_only() {
        let shown = |environment: &str, name: &str| {
            Scope::Environment(environment.parse().unwrap(), name.parse().unwrap())
        };
        let environments = vec![("production".parse().unwrap(), "acme/app".parse().unwrap())];
        let ceiling = Ceiling::Scopes(AccessScopes { environments, ..AccessScopes::default() });
        assert!(ceiling.covers(P::EnvironmentRead, &shown("production", "acme/app")));
        for (environment, name) in
            [("staging", "acme/app"), ("production", "acme/app/sub"), ("production", "acme")]
        {
            assert!(!ceiling.covers(P::EnvironmentRead, &shown(environment, name)), "{environment} {name}");
        }
        for permission in [P::RepositoryRead, P::ProjectRead, P::DeploymentReport, P::BreakGlass] {
            assert!(!ceiling.covers(permission, &shown("production", "acme/app")), "{permission:?}");
        }
        assert!(!ceiling.covers(P::RepositoryRead, &repository("acme/app")));
        // Nor does the right to the repository itself stand for what an environment shows of it.
        let repositories = vec![("acme/app".parse().unwrap(), Action::ALL.to_vec())];
        let ceiling = Ceiling::Scopes(AccessScopes { repositories, ..AccessScopes::default() });
        assert!(!ceiling.covers(P::EnvironmentRead, &shown("production", "acme/app")));
    }

    #[test]
    fn mounts_come_from_the_same_project_if_nothing_was_narrowed_on_purpose() {
        let target = "acme/app".parse().unwrap();
        let mounts = |whole, name| {
            let ceiling = Ceiling::Scopes(AccessScopes { whole, ..AccessScopes::default() });
            ceiling.for_mounts_into(&target).covers(P::RepositoryRead, &repository(name))
        };
        assert!(mounts(true, "acme/base") && !mounts(true, "other/base") && !mounts(false, "acme/base"));
        let ceiling = Ceiling::Scopes(AccessScopes { whole: true, ..AccessScopes::default() });
        assert!(!ceiling.for_mounts_into(&target).covers(P::RepositoryPush, &repository("acme/base")));
        assert!(!ceiling.covers(P::RepositoryRead, &repository("acme/base")));
    }

    #[test]
    fn a_narrowed_token_reaches_below_its_prefix() {
        let narrowing = |prefix: Option<&str>| Narrowing {
            prefix: prefix.map(|p| p.parse().unwrap()),
            actions: vec![Action::Pull],
        };
        let ceiling = Ceiling::Narrowed(narrowing(Some("acme/team")));
        assert!(ceiling.covers(P::RepositoryRead, &repository("acme/team/app")));
        assert!(ceiling.covers(P::ProjectRead, &project("acme")));
        assert!(!ceiling.covers(P::RepositoryRead, &project("acme")));
        assert!(!ceiling.covers(P::RepositoryRead, &repository("acme/teams")));
        assert!(!ceiling.covers(P::RepositoryPush, &repository("acme/team/app")));
        let whole = Ceiling::Narrowed(narrowing(Some("acme")));
        assert!(whole.covers(P::RepositoryRead, &project("acme")));
        assert!(!whole.covers(P::RepositoryRead, &project("other")));
        let shown = |name: &str| Scope::Environment("production".parse().unwrap(), name.parse().unwrap());
        assert!(ceiling.covers(P::EnvironmentRead, &shown("acme/team/app")));
        assert!(!ceiling.covers(P::EnvironmentRead, &shown("acme/app")));
        assert!(!ceiling.covers(P::DeploymentReport, &shown("acme/team/app")));
        let pushing = Narrowing { prefix: None, actions: vec![Action::Push, Action::Delete] };
        assert!(!Ceiling::Narrowed(pushing).covers(P::EnvironmentRead, &shown("acme/team/app")));
        let anywhere = Ceiling::Narrowed(narrowing(None));
        assert!(anywhere.covers(P::RepositoryRead, &repository("other/app")));
        for permission in
            [P::ProjectAdminister, P::ProjectCreate, P::OrganisationAdminister, P::EntriesRead, P::EventsRead]
        {
            for ceiling in [&ceiling, &whole, &anywhere] {
                assert!(!ceiling.covers(permission, &Scope::Organisation));
                assert!(!ceiling.covers(permission, &project("acme")));
            }
        }
    }
}
