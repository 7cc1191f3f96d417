//! Making, listing and removing rules.

use std::collections::BTreeMap;

use super::{Federation, FederationError};
use crate::access::{Authority as _, Caller, Permission, Scope};
use crate::db::Tx;
use crate::federation::model::{Claims, Lifetime, Reach, Rule, RuleError};
use crate::federation::store::{exchanges, rules};
use crate::http::{Page, PageRequest};
use crate::identity::{Account, AccountKind, Identity, UserName};
use crate::ledger::{Event, Fact, Record};
use crate::projects::Project;
use crate::types::{Action, ProjectName, RepoName, RuleId};

/// Most rules of a project, so that those of one leave room for the others' among the ones looked at.
const MAX_RULES: u64 = 100;

/// A rule to make.
#[derive(Debug, Clone)]
pub struct NewRule {
    /// The project whose owners rule it, and that its tokens never leave.
    pub project: ProjectName,
    /// Name of the issuer in the settings.
    pub issuer: String,
    /// What the id token must say.
    pub claims: BTreeMap<String, String>,
    /// The service account that it becomes.
    pub service_account: UserName,
    /// Narrows it to repositories of the project.
    pub prefix: Option<RepoName>,
    /// What may be done.
    pub actions: Vec<Action>,
    /// How long a token lives, in seconds; an hour unless named.
    pub lifetime_seconds: Option<u64>,
}

/// A rule with the names that people know its parts by.
#[derive(Debug, Clone)]
pub struct NamedRule {
    /// The rule.
    pub rule: Rule,
    /// Its project's name.
    pub project: Option<ProjectName>,
    /// The issuer's name in the settings, if they still name it.
    pub issuer: Option<String>,
    /// The service account's name.
    pub service_account: Option<UserName>,
}

impl Federation {
    /// Makes a rule.
    ///
    /// # Errors
    /// `Access` for who does not own the project, `NoSuchIssuer`, `NoSuchProject`, `NoSuchAccount`, `Rule`, or `Db`.
    pub async fn create_rule(&self, caller: &Caller, new: NewRule) -> Result<NamedRule, FederationError> {
        let scope = Scope::Project(new.project.clone());
        self.identity.check(caller, Permission::ProjectAdminister, &scope).await?;
        let project = self.project(&new.project).await?;
        let issuer = &self.issuer(&new.issuer)?.issuer;
        let claims = Claims::parse(new.claims, &issuer.id_claims)?;
        let lifetime = new.lifetime_seconds.map(Lifetime::try_from).transpose()?.unwrap_or_default();
        let prefix = match new.prefix {
            Some(prefix) if prefix.project() != new.project => return Err(RuleError::OtherProject.into()),
            Some(prefix) => prefix,
            None => RepoName::from(new.project),
        };
        let reach = Reach::new(prefix, new.actions)?;
        let account = self.account_for(caller, &project, &new.service_account).await?;
        let now = self.clock.now();
        let rule = Rule {
            id: RuleId::new(),
            project: project.id,
            issuer: issuer.url.to_string(),
            claims,
            account: account.id,
            reach,
            lifetime,
            since: now,
        };
        let (identity, caller, opened) = (self.identity.clone(), caller.clone(), rule.clone());
        self.db
            .write(async move |tx: &Tx| {
                identity.check_in(tx, &caller, Permission::ProjectAdminister, &scope).await??;
                if account.project.is_none() {
                    let (permission, scope) = (Permission::OrganisationAdminister, Scope::Organisation);
                    identity.check_in(tx, &caller, permission, &scope).await??;
                }
                if rules::count(&**tx, opened.project).await? >= MAX_RULES {
                    return Err(FederationError::from(RuleError::TooMany { most: MAX_RULES }));
                }
                let event = Event::new(&caller, now, Some(opened.project), fact(&opened));
                rules::open(&**tx, &opened, event.id()).await?;
                Ok(tx.record(&[event]).await?)
            })
            .await?;
        self.named(rule).await
    }

    /// A rule, for owners of its project.
    ///
    /// # Errors
    /// `Access`, `NoSuchRule`, or `Db`.
    pub async fn rule(&self, caller: &Caller, id: RuleId) -> Result<NamedRule, FederationError> {
        let Some(rule) = rules::find(self.db.read(), id).await? else {
            // Only who may see all rules is told that there is none.
            self.identity.check(caller, Permission::OrganisationAdminister, &Scope::Organisation).await?;
            return Err(FederationError::NoSuchRule);
        };
        let named = self.named(rule).await?;
        let project = named.project.clone().ok_or(FederationError::NoSuchRule)?;
        self.identity.check(caller, Permission::ProjectAdminister, &Scope::Project(project)).await?;
        Ok(named)
    }

    /// Removes a rule, and revokes the tokens that came of it.
    ///
    /// # Errors
    /// `Access`, `NoSuchRule`, or `Db`.
    pub async fn remove_rule(&self, caller: &Caller, id: RuleId) -> Result<(), FederationError> {
        let NamedRule { rule, project, .. } = self.rule(caller, id).await?;
        let scope = Scope::Project(project.ok_or(FederationError::NoSuchRule)?);
        let (identity, caller, now) = (self.identity.clone(), caller.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                identity.check_in(tx, &caller, Permission::ProjectAdminister, &scope).await??;
                let fact = Fact::FederationRuleRemoved {
                    rule: rule.id.to_string(),
                    account: rule.account.to_string(),
                };
                let removed = Event::new(&caller, now, Some(rule.project), fact);
                if !rules::close(&**tx, rule.id, now, removed.id()).await? {
                    return Err(FederationError::NoSuchRule);
                }
                let mut events = vec![removed];
                for token in exchanges::of_rule(&**tx, rule.id, now).await? {
                    events.extend(
                        Identity::revoke_token_in(tx, &caller, token, Some(rule.project), now).await?,
                    );
                }
                tx.record(&events).await?;
                Ok(())
            })
            .await
    }

    /// A page of rules, oldest first: of a project for its owners, all for org-admins.
    ///
    /// # Errors
    /// `Access`, `NoSuchProject`, or `Db`.
    pub async fn list_rules(
        &self,
        caller: &Caller,
        project: Option<&ProjectName>,
        page: &PageRequest,
    ) -> Result<Page<NamedRule>, FederationError> {
        let (permission, scope) = match project {
            Some(project) => (Permission::ProjectAdminister, Scope::Project(project.clone())),
            None => (Permission::OrganisationAdminister, Scope::Organisation),
        };
        self.identity.check(caller, permission, &scope).await?;
        let project = match project {
            Some(name) => Some(self.project(name).await?.id),
            None => None,
        };
        let after = page.after.as_deref().and_then(|after| after.parse().ok());
        let rows = rules::list(self.db.read(), project, after, page.limit + 1).await?;
        let rows = self.all_named(rows).await?;
        Ok(Page::of_rows(rows, page, |row| row.rule.id.to_string()))
    }

    /// The account that a rule may name: one of its own project. One of another would lend its rights to strangers, one of
    /// the organisation only an org-admin may give away.
    async fn account_for(
        &self,
        caller: &Caller,
        project: &Project,
        name: &UserName,
    ) -> Result<Account, FederationError> {
        let found = self.identity.find_account(name).await?;
        let account = found.filter(|account| account.kind == AccountKind::Service && account.is_enabled());
        let account = account.ok_or(FederationError::NoSuchAccount)?;
        let own = match account.project {
            Some(owner) => owner == project.id,
            None => {
                let (permission, scope) = (Permission::OrganisationAdminister, Scope::Organisation);
                self.identity.may(caller, permission, &scope).await?
            }
        };
        if own { Ok(account) } else { Err(FederationError::NoSuchAccount) }
    }

    async fn project(&self, name: &ProjectName) -> Result<Project, FederationError> {
        let found = self.projects.find(name).await?;
        found.ok_or_else(|| FederationError::NoSuchProject(name.clone()))
    }

    async fn named(&self, rule: Rule) -> Result<NamedRule, FederationError> {
        self.all_named(vec![rule]).await?.pop().ok_or(FederationError::NoSuchRule)
    }

    async fn all_named(&self, rules: Vec<Rule>) -> Result<Vec<NamedRule>, FederationError> {
        let mut projects: Vec<_> = rules.iter().map(|rule| rule.project).collect();
        projects.sort_unstable();
        projects.dedup();
        let projects = self.projects.names(&projects).await?;
        let mut accounts: Vec<_> = rules.iter().map(|rule| rule.account).collect();
        accounts.sort_unstable();
        accounts.dedup();
        let accounts = self.identity.names(&accounts).await?;
        let named = |rule: Rule| NamedRule {
            project: projects.get(&rule.project).cloned(),
            issuer: self.issuers.of_url(&rule.issuer).map(|known| known.issuer.name.to_string()),
            service_account: accounts.get(&rule.account).cloned(),
            rule,
        };
        Ok(rules.into_iter().map(named).collect())
    }
}

/// What the ledger tells of a new rule. Its claims name no people: that was checked.
fn fact(rule: &Rule) -> Fact {
    Fact::FederationRuleCreated {
        rule: rule.id.to_string(),
        account: rule.account.to_string(),
        issuer: rule.issuer.clone(),
        claims: rule.claims.all().clone(),
        prefix: rule.reach.prefix.to_string(),
        actions: rule.reach.actions.iter().map(|action| action.as_str().to_owned()).collect(),
        lifetime_seconds: rule.lifetime.seconds(),
    }
}
