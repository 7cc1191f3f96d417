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
    /// Rules the organisation. Does not read events, so that nobody audits their own doings unasked; nor approves or breaks
    /// glass, so that nobody lets their own doings pass.
    OrgAdmin,
    /// Reads, and asks for releases to be admitted into environments.
    Promoter,
    /// Reads, and says yes or no to promotions.
    Approver,
    /// Reads through environments only what they show, and reports what became of it there.
    Deployer,
    /// Reads, and sets what decides over promotions.
    PolicyAdmin,
    /// Reads, and admits releases in an emergency.
    BreakGlass,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Reader,
        Self::Publisher,
        Self::ProjectOwner,
        Self::Auditor,
        Self::OrgAdmin,
        Self::Promoter,
        Self::Approver,
        Self::Deployer,
        Self::PolicyAdmin,
        Self::BreakGlass,
    ];

    /// As the API, the database and events write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Publisher => "publisher",
            Self::ProjectOwner => "project-owner",
            Self::Auditor => "auditor",
            Self::OrgAdmin => "org-admin",
            Self::Promoter => "promoter",
            Self::Approver => "approver",
            Self::Deployer => "deployer",
            Self::PolicyAdmin => "policy-admin",
            Self::BreakGlass => "break-glass",
        }
    }

    /// Whether it can be bound in some environments only: what it allows besides reading is asked for in one.
    pub const fn is_of_environments(self) -> bool {
        matches!(self, Self::Promoter | Self::Approver | Self::Deployer | Self::BreakGlass)
    }

    /// Whether the role allows it, where it is bound.
    pub const fn permits(self, permission: Permission) -> bool {
        use Permission as P;
        match permission {
            P::ProjectRead | P::EnvironmentRead => true,
            // A deployer takes only what an environment shows.
            P::RepositoryRead | P::EntriesRead => !matches!(self, Self::Deployer),
            P::RepositoryPush | P::RepositoryDelete => {
                matches!(self, Self::Publisher | Self::ProjectOwner | Self::OrgAdmin)
            }
            P::RepositoryDeleteProtected | P::ProjectAdminister => {
                matches!(self, Self::ProjectOwner | Self::OrgAdmin)
            }
            P::ProjectCreate | P::OrganisationAdminister => matches!(self, Self::OrgAdmin),
            P::EventsRead => matches!(self, Self::Auditor),
            P::ReleaseCreate => {
                matches!(self, Self::Publisher | Self::ProjectOwner | Self::Promoter | Self::OrgAdmin)
            }
            P::PromotionRequest => matches!(self, Self::ProjectOwner | Self::Promoter | Self::OrgAdmin),
            P::PromotionApprove => matches!(self, Self::Approver),
            P::BreakGlass => matches!(self, Self::BreakGlass),
            P::DeploymentReport => matches!(self, Self::Deployer),
            P::PolicyAdminister => matches!(self, Self::PolicyAdmin | Self::OrgAdmin),
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
            (P::RepositoryRead, "1111111011"),
            (P::RepositoryPush, "0110100000"),
            (P::RepositoryDelete, "0110100000"),
            (P::RepositoryDeleteProtected, "0010100000"),
            (P::ProjectRead, "1111111111"),
            (P::ProjectCreate, "0000100000"),
            (P::ProjectAdminister, "0010100000"),
            (P::OrganisationAdminister, "0000100000"),
            (P::EntriesRead, "1111111011"),
            (P::EventsRead, "0001000000"),
            (P::ReleaseCreate, "0110110000"),
            (P::EnvironmentRead, "1111111111"),
            (P::PromotionRequest, "0010110000"),
            (P::PromotionApprove, "0000001000"),
            (P::BreakGlass, "0000000001"),
            (P::DeploymentReport, "0000000100"),
            (P::PolicyAdminister, "0000100010"),
        ];
        for (permission, row) in table {
            let permits = |role: Role| if role.permits(permission) { '1' } else { '0' };
            assert_eq!(Role::ALL.map(permits).iter().collect::<String>(), row, "{permission:?}");
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
