//! Whose word counts among those who said yes: never that of who asked for the promotion or made the build.

use super::approvals::ApprovalsRule;
use crate::releases::model::words::words;
use crate::releases::model::{ApprovalInput, Inputs, Request};
use crate::types::AccountId;

words! {
    /// Of whom an approver has to be another.
    Separation {
        /// Who asked for the promotion.
        Requester = "requester",
        /// Who pushed one of the artifacts, or a part of one.
        Build = "build",
    }
}

impl Separation {
    /// Whether an account is the one that approvers have to be another of.
    fn excludes(self, account: AccountId, request: &Request) -> bool {
        match self {
            Self::Requester => request.requested_by == Some(account),
            Self::Build => request.is_built_by(account),
        }
    }
}

/// Whether a yes was given to what is asked now, by somebody whose word counts.
pub fn counts(rule: &ApprovalsRule, approval: &ApprovalInput, request: &Request, inputs: &Inputs) -> bool {
    let is_of_now =
        approval.lifecycle_revision == inputs.lifecycle_revision && approval.policy == inputs.policy;
    let is_excluded = rule.separate_from.iter().any(|from| from.excludes(approval.account, request));
    approval.approves && is_of_now && !is_excluded && (approval.is_person || !rule.human_required)
}
