//! Roles and what each allows.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::Permission;

/// A set of permissions that can be given to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Reads.
    Reader,
    /// Reads, pushes and deletes.
    Publisher,
    /// Does all that, deletes what is protected too, and rules the project.
    ProjectOwner,
    /// Reads, recorded events too.
    Auditor,
    /// Rules the organisation. Does not read events, so that nobody audits their own doings unasked.
    OrgAdmin,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Reader, Self::Publisher, Self::ProjectOwner, Self::Auditor, Self::OrgAdmin];

    /// As the API, the database and events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Publisher => "publisher",
            Self::ProjectOwner => "project-owner",
            Self::Auditor => "auditor",
            Self::OrgAdmin => "org-admin",
        }
    }

    /// Whether the role allows it, where it is bound.
    pub const fn permits(self, permission: Permission) -> bool {
        use Permission as P;
        match permission {
            P::RepositoryRead | P::ProjectRead | P::EntriesRead => true,
            P::RepositoryPush | P::RepositoryDelete => {
                matches!(self, Self::Publisher | Self::ProjectOwner | Self::OrgAdmin)
            }
            P::RepositoryDeleteProtected | P::ProjectAdminister => {
                matches!(self, Self::ProjectOwner | Self::OrgAdmin)
            }
            P::ProjectCreate | P::OrganisationAdminister => matches!(self, Self::OrgAdmin),
            P::EventsRead => matches!(self, Self::Auditor),
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or_else(|| format!("no role '{text}'"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_and_every_permission() {
        use Permission as P;
        // In the order of Role::ALL.
        let table = [
            (P::RepositoryRead, [true, true, true, true, true]),
            (P::RepositoryPush, [false, true, true, false, true]),
            (P::RepositoryDelete, [false, true, true, false, true]),
            (P::RepositoryDeleteProtected, [false, false, true, false, true]),
            (P::ProjectRead, [true, true, true, true, true]),
            (P::ProjectCreate, [false, false, false, false, true]),
            (P::ProjectAdminister, [false, false, true, false, true]),
            (P::OrganisationAdminister, [false, false, false, false, true]),
            (P::EntriesRead, [true, true, true, true, true]),
            (P::EventsRead, [false, false, false, true, false]),
        ];
        for (permission, row) in table {
            for (role, expected) in Role::ALL.into_iter().zip(row) {
                assert_eq!(role.permits(permission), expected, "{role:?} {permission:?}");
            }
        }
    }

    #[test]
    fn reads_what_it_writes() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert!("owner".parse::<Role>().is_err());
    }
}
