//! What each event means to the facts. Total over the kinds: one that is added has to say here what it means.

use super::{Account, Binding, Expected, FactKey, Manifest, Rule, Token, TrustPolicy, Value, Verification};
use crate::ledger::{Fact, FactVerification, RecordedEvent, ReplayError};
use crate::types::{
    AccountId, BindingId, EvidenceId, KeyId, RepoName, RepositoryId, RuleId, Timestamp, TokenId,
};

mod releases;

type Folded = Result<(), ReplayError>;

impl Expected {
    /// Does again what an event tells of.
    ///
    /// # Errors
    /// `Contradiction` when it can't have happened after the events before it.
    pub(super) fn apply(&mut self, past: &RecordedEvent) -> Folded {
        match &past.fact {
            Fact::ProjectCreated { name, settings } => {
                let id = past.in_project()?;
                self.names.note_project(id, name);
                self.open(past, FactKey::Project(id), Value::Project(name.clone()))?;
                self.open(past, FactKey::Settings(id), Value::Settings(Box::new(settings.clone())))
            }
            Fact::ProjectUpdated { settings } => {
                let key = FactKey::Settings(past.in_project()?);
                self.close(past, &key)?;
                self.open(past, key, Value::Settings(Box::new(settings.clone())))
            }
            Fact::RepositoryCreated { repository, name } => self.repository_created(past, repository, name),
            Fact::BlobPushed { size } | Fact::BlobMounted { size, from: _ } => {
                let (repository, digest) = self.place(past)?;
                let size = Value::Blob(Some(past.value("size", size)?));
                self.open(past, FactKey::Blob(repository, digest.into()), size)
            }
            Fact::BlobDeleted {} => {
                let (repository, digest) = self.place(past)?;
                self.forget(past, &FactKey::Blob(repository, digest.into()))
            }
            Fact::ManifestPushed { media_type, artifact_type, subject, size, sha512 } => {
                let (repository, digest) = self.place(past)?;
                let manifest = Manifest {
                    media_type: media_type.clone(),
                    artifact_type: artifact_type.clone(),
                    subject: subject.clone(),
                    size: past.value("size", size)?,
                    sha512: sha512.clone(),
                    pushed_by: past.actor,
                    damage: None,
                };
                let key = FactKey::Manifest(repository, digest.into());
                self.open(past, key, Value::Manifest(Box::new(manifest)))
            }
            Fact::ManifestDeleted {} => {
                let (repository, digest) = self.place(past)?;
                self.close(past, &FactKey::Manifest(repository, digest.into())).map(drop)
            }
            Fact::TagCreated { tag } => self.tag_set(past, tag, false),
            Fact::TagMoved { tag, from: _ } => self.tag_set(past, tag, true),
            Fact::TagDeleted { tag, bound } => self.tag_deleted(past, tag, *bound),
            Fact::UserCreated { account } => self.account_created(past, account, "user"),
            Fact::ServiceAccountCreated { account } => self.account_created(past, account, "service"),
            Fact::UserDisabled { account } | Fact::ServiceAccountDisabled { account } => {
                self.disabled(past, account, Some(past.at))
            }
            Fact::UserEnabled { account } | Fact::ServiceAccountEnabled { account } => {
                self.disabled(past, account, None)
            }
            Fact::RoleGranted { binding, account, role, scope } => {
                self.role_granted(past, (binding, account), role, scope, None)
            }
            Fact::RoleGrantedUntil { binding, account, role, scope, expires_at_us } => {
                let expires = Some(Timestamp::from_micros(*expires_at_us));
                self.role_granted(past, (binding, account), role, scope, expires)
            }
            Fact::RoleRevoked { binding, account: _, role: _, scope: _ }
            | Fact::RoleExpired { binding, account: _, role: _, scope: _, expired_at_us: _ } => {
                let id: BindingId = past.value("binding", binding)?;
                self.close(past, &FactKey::Binding(id)).map(drop)
            }
            Fact::TokenCreated { token, account, token_kind, expires_at_us, prefix, actions } => {
                let id: TokenId = past.value("token", token)?;
                let token = Token {
                    kind: token_kind.clone(),
                    account: past.value("account", account)?,
                    prefix: prefix.clone(),
                    actions: actions.as_ref().map(|actions| actions.join(",")),
                    expires_at: expires_at_us.map(Timestamp::from_micros),
                    created_by: past.actor,
                };
                self.open(past, FactKey::Token(id), Value::Token(Box::new(token)))
            }
            Fact::TokenRevoked { token, account: _ } => {
                let id: TokenId = past.value("token", token)?;
                self.close(past, &FactKey::Token(id)).map(drop)
            }
            Fact::TokenRotated { token, account: _, successor: _, ends_at_us } => {
                let (id, ends): (TokenId, _) = (past.value("token", token)?, *ends_at_us);
                self.change(past, &FactKey::Token(id), |value| {
                    if let Value::Token(token) = value {
                        token.expires_at = Some(Timestamp::from_micros(ends));
                    }
                })
            }
            Fact::KeyCreated { key, purpose, public_key } => self.key_created(past, key, purpose, public_key),
            Fact::KeyRotated { key, purpose, public_key, before } => {
                let before: KeyId = past.value("key", before)?;
                self.close(past, &FactKey::SigningKey(before))?;
                self.key_created(past, key, purpose, public_key)
            }
            Fact::FederationRuleCreated {
                rule,
                account,
                issuer,
                claims,
                prefix,
                actions,
                lifetime_seconds: lifetime,
            } => {
                let id: RuleId = past.value("rule", rule)?;
                let unfit = |_| past.contradiction("its claims or its lifetime are no rule's");
                let rule = Rule {
                    project: past.in_project()?,
                    account: past.value("account", account)?,
                    issuer: issuer.clone(),
                    claims: serde_json::to_string(claims)
                        .map_err(|error| past.contradiction(error.to_string()))?,
                    prefix: prefix.clone(),
                    actions: actions.join(","),
                    lifetime_seconds: i64::try_from(*lifetime).map_err(unfit)?,
                };
                self.open(past, FactKey::Rule(id), Value::Rule(Box::new(rule)))
            }
            Fact::FederationRuleRemoved { rule, account: _ } => {
                let id: RuleId = past.value("rule", rule)?;
                self.close(past, &FactKey::Rule(id)).map(drop)
            }
            Fact::AccountLinked { account, issuer: _ } => {
                let id: AccountId = past.value("account", account)?;
                self.open(past, FactKey::AccountLink(id), Value::AccountLink)
            }
            Fact::TrustPolicySet { revision, digest, size: _ } => {
                let key = FactKey::TrustPolicy(past.project);
                if self.current(&key).is_some() {
                    self.close(past, &key)?;
                }
                let policy = TrustPolicy::told(past.project, *revision, digest);
                self.open(past, key, Value::TrustPolicy(policy))
            }
            Fact::TrustPolicyRemoved { revision } => {
                let span = self.close(past, &FactKey::TrustPolicy(past.project))?;
                let held = matches!(&span.value, Value::TrustPolicy(policy) if policy.revision == *revision);
                past.demand(held, "another revision held")
            }
            Fact::VerificationRecorded { verification } => self.verified(past, verification, false),
            Fact::VerificationChanged { verification, before: _ } => self.verified(past, verification, true),
            Fact::Release(fact) => self.apply_release(past, fact),
            // A hash of a password is in no event; the token of an exchange has an event of its own; what counts
            // failures are working rows; and neither a read nor an alarm changes
            // anything.
            Fact::UserPasswordChanged { .. }
            | Fact::FederationExchanged { .. }
            | Fact::LoginLimited { .. }
            | Fact::LedgerRead { .. }
            | Fact::LedgerAlarm { .. } => Ok(()),
        }
    }

    fn repository_created(&mut self, past: &RecordedEvent, id: &str, name: &str) -> Folded {
        let (id, project): (RepositoryId, _) = (past.value("id of a repository", id)?, past.in_project()?);
        let named: RepoName = past.value("repository", name)?;
        past.demand(self.names.note_repository(id, named), "there is a repository of this name already")?;
        self.open(past, FactKey::Repository(id), Value::Repository { name: name.to_owned(), project })
    }

    fn tag_set(&mut self, past: &RecordedEvent, tag: &str, moves: bool) -> Folded {
        let (repository, digest) = self.place(past)?;
        let held = self.current(&FactKey::Manifest(repository, digest.as_str().into())).is_some();
        past.demand(held, "the repository does not hold the manifest")?;
        let key = FactKey::Tag(repository, tag.into());
        if moves {
            self.close(past, &key)?;
        }
        self.open(past, key, Value::Tag { digest, bound: false })
    }

    fn tag_deleted(&mut self, past: &RecordedEvent, tag: &str, bound: bool) -> Folded {
        let (repository, _) = self.place(past)?;
        let span = self.close(past, &FactKey::Tag(repository, tag.into()))?;
        if let Value::Tag { bound: kept, .. } = &mut span.value {
            *kept = bound;
        }
        Ok(())
    }

    fn account_created(&mut self, past: &RecordedEvent, id: &str, kind: &str) -> Folded {
        let id: AccountId = past.value("account", id)?;
        let account = Account { kind: kind.to_owned(), project: past.project, disabled_at: None };
        self.open(past, FactKey::Account(id), Value::Account(account))
    }

    fn disabled(&mut self, past: &RecordedEvent, id: &str, at: Option<Timestamp>) -> Folded {
        let id: AccountId = past.value("account", id)?;
        self.change(past, &FactKey::Account(id), |value| {
            if let Value::Account(account) = value {
                account.disabled_at = at;
            }
        })
    }

    fn role_granted(
        &mut self,
        past: &RecordedEvent,
        (binding, account): (&str, &str),
        role: &str,
        scope: &str,
        expires_at: Option<Timestamp>,
    ) -> Folded {
        let id: BindingId = past.value("binding", binding)?;
        let binding = Binding {
            account: past.value("account", account)?,
            role: role.to_owned(),
            scope: scope.to_owned(),
            scope_key: scope.to_owned(),
            expires_at,
        };
        self.open(past, FactKey::Binding(id), Value::Binding(Box::new(binding)))
    }

    fn verified(&mut self, past: &RecordedEvent, told: &FactVerification, again: bool) -> Folded {
        let evidence: EvidenceId = past.value("id of evidence", &told.evidence)?;
        let (repository, subject) = self.place(past)?;
        let key = FactKey::Verification(evidence);
        if again || self.current(&key).is_some() {
            self.close(past, &key)?;
        }
        let verification = Verification::told(past.in_project()?, repository, subject, told);
        self.open(past, key, Value::Verification(Box::new(verification)))
    }

    fn key_created(&mut self, past: &RecordedEvent, id: &str, purpose: &str, public_key: &str) -> Folded {
        let id: KeyId = past.value("key", id)?;
        let value = Value::SigningKey { purpose: purpose.to_owned(), public_key: public_key.to_owned() };
        self.open(past, FactKey::SigningKey(id), value)
    }
}
