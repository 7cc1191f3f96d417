//! Who said yes to the promotion. A yes is to what was asked then: another lifecycle or trust policy voids it.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::answer::Answer;
use super::asked::Asked;
use super::separation::{Separation, counts};
use super::span::{check_hours, hours};
use crate::releases::model::ApprovalInput;
use crate::types::{AccountId, Timestamp};

/// Most approvals that can be asked for, and most groups.
const MOST: u32 = 20;
/// Most users of a group, and longest log-in name in bytes.
const USERS: usize = 100;
const LONGEST: usize = 255;

/// Some people of whom some have to say yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// What messages call it.
    pub name: String,
    /// Log-in names.
    pub users: Vec<String>,
    /// How many of them.
    pub required: u32,
}

/// Who has to say yes. One person counts once, and for one group only; one no is the end of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApprovalsRule {
    /// How many approvals, of different people.
    pub required: u32,
    /// Of whom some of them have to be.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Of whom approvers have to be others; of both unless said otherwise.
    #[serde(default = "both")]
    pub separate_from: Vec<Separation>,
    /// Whether only people count, no service accounts.
    #[serde(default)]
    pub human_required: bool,
    /// For how long an approval counts; 168 unless said otherwise.
    #[serde(default = "a_week")]
    pub valid_hours: u32,
}

fn both() -> Vec<Separation> {
    Separation::ALL.to_vec()
}

const fn a_week() -> u32 {
    168
}

impl ApprovalsRule {
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        check_hours("valid_hours", Some(self.valid_hours))?;
        if !(1..=MOST).contains(&self.required) {
            return Err(format!("`required` is 1 to {MOST} approvals"));
        }
        let asked: u64 = self.groups.iter().map(|group| u64::from(group.required)).sum();
        if asked > u64::from(MOST) {
            return Err(format!(
                "its groups ask for {asked} approvals together, at most {MOST} are possible"
            ));
        }
        let mut names = HashSet::new();
        match self.groups.iter().find(|group| !names.insert(&group.name)) {
            Some(twice) => Err(format!("there are two groups {:?}: give each a name of its own", twice.name)),
            None => self.groups.iter().try_for_each(Group::check),
        }
    }

    /// What it says.
    pub fn answer(&self, asked: &Asked<'_>) -> Answer {
        let view = self.view(asked);
        self.of_approvals(asked).having_seen(view)
    }

    fn of_approvals(&self, asked: &Asked<'_>) -> Answer {
        let (request, inputs) = (asked.request, asked.inputs);
        if inputs.approvals.iter().any(|approval| !approval.approves) {
            let message = "somebody who was asked said no";
            return Answer::fail("rejected", message, "see to what they say, and ask for a new promotion");
        }
        let given = inputs.approvals.iter().filter(|approval| counts(self, approval, request, inputs));
        let mut people: BTreeMap<AccountId, (&ApprovalInput, Timestamp)> = BTreeMap::new();
        for approval in given {
            let ends_at = approval.at.after(hours(self.valid_hours));
            let person = people.entry(approval.account).or_insert((approval, ends_at));
            person.1 = person.1.max(ends_at);
        }
        people.retain(|_, (_, ends_at)| asked.now < *ends_at);
        let names: Vec<&str> = people.values().map(|(approval, _)| approval.name.as_str()).collect();
        let lacking = self.lacking(&names);
        let enough = names.len() >= usize::try_from(self.required).unwrap_or(usize::MAX);
        let next_at = people.values().map(|(_, ends_at)| *ends_at).min();
        if enough && lacking.is_empty() {
            let message = format!("{} approvals, {} needed", names.len(), self.required);
            return Answer::pass("approved", message).until(next_at);
        }
        let of_whom = if lacking.is_empty() {
            String::new()
        } else {
            format!(", and more are needed of {}", lacking.join(", "))
        };
        let message = format!("{} of {} approvals{of_whom}", names.len(), self.required);
        Answer::pending("awaiting_approval", message)
            .remedied("ask people who may approve here, and neither asked for it nor made the build")
    }

    /// The groups that people can't fill, each of them standing for one group only.
    fn lacking(&self, people: &[&str]) -> Vec<&str> {
        // Whom each person stands for, as an index into the groups (bipartite matching by augmenting paths).
        let mut stands_for = vec![None; people.len()];
        let mut lacking = Vec::new();
        for (at, group) in self.groups.iter().enumerate() {
            let fill = |_| self.find_one(at, people, &mut stands_for, &mut HashSet::new());
            if !(0..group.required).all(fill) {
                lacking.push(group.name.as_str());
            }
        }
        lacking
    }

    /// Finds one more person for a group; another group may have to find another for theirs.
    fn find_one(
        &self,
        group: usize,
        people: &[&str],
        stands_for: &mut [Option<usize>],
        tried: &mut HashSet<usize>,
    ) -> bool {
        let is_member = |person: usize| self.groups[group].users.iter().any(|user| user == people[person]);
        for person in (0..people.len()).filter(|person| is_member(*person)) {
            if stands_for[person] == Some(group) || !tried.insert(person) {
                continue;
            }
            let is_free = match stands_for[person] {
                Some(other) => self.find_one(other, people, stands_for, tried),
                None => true,
            };
            if is_free {
                stands_for[person] = Some(group);
                return true;
            }
        }
        false
    }

    /// Who said what, by ids and groups: names of people are not among what is hashed.
    fn view(&self, asked: &Asked<'_>) -> Value {
        let groups_of = |name: &String| {
            let of = self.groups.iter().filter(|group| group.users.contains(name));
            of.map(|group| group.name.as_str()).collect::<Vec<_>>()
        };
        let approvals: Vec<_> = asked
            .inputs
            .approvals
            .iter()
            .map(|of| {
                json!({
                    "account": of.account,
                    "person": of.is_person,
                    "approves": of.approves,
                    "at": of.at,
                    "lifecycle_revision": of.lifecycle_revision,
                    "policy": of.policy,
                    "groups": groups_of(&of.name),
                })
            })
            .collect();
        let builders: Vec<_> = asked.request.artifacts.iter().map(|artifact| &artifact.pushed_by).collect();
        json!({
            "approvals": approvals,
            "requested_by": asked.request.requested_by,
            "pushed_by": builders,
            "lifecycle_revision": asked.inputs.lifecycle_revision,
            "policy": asked.inputs.policy,
        })
    }
}

impl Group {
    fn check(&self) -> Result<(), String> {
        let name = &self.name;
        let is_name = |name: &String| !name.is_empty() && name.len() <= LONGEST;
        if !is_name(name) || self.users.len() > USERS || !self.users.iter().all(is_name) {
            return Err(format!("group {name:?}: it has a name and at most {USERS} log-in names"));
        }
        let people: HashSet<_> = self.users.iter().collect();
        if self.required == 0 || people.len() < usize::try_from(self.required).unwrap_or(usize::MAX) {
            let (required, users) = (self.required, people.len());
            return Err(format!(
                "group {name:?}: `required` is {required}, and it has {users} users: ask for 1 to {users}"
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
