//! The verbs of federation.

mod exchange;
mod log_in;
pub mod replay;
mod rules;

use std::sync::Arc;

use thiserror::Error;

use super::issuers::{IssuerError, Issuers, KnownIssuer};
use super::model::{IdTokenError, Issuer, IssuerSettings, RuleError, SetupError};
use crate::access::AccessError;
use crate::db::{Db, DbError};
use crate::http::ExternalUrl;
use crate::identity::Identity;
use crate::projects::Projects;
use crate::types::{Clock, ProjectName};

pub use log_in::{LoggedIn, Returned};
pub use rules::{NamedRule, NewRule};

/// Why nothing was exchanged, nobody logged in, or no rule changed.
#[derive(Debug, Error)]
pub enum FederationError {
    /// The caller may not do it.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// The settings name none such.
    #[error("there is no issuer '{0}': the settings name them")]
    NoSuchIssuer(String),
    /// There is none of this name.
    #[error("there is no project '{0}'")]
    NoSuchProject(ProjectName),
    /// None that the caller may use.
    #[error("there is no service account of this name in the project")]
    NoSuchAccount,
    /// No rule that holds has this id.
    #[error("no federation rule has this id, or it was removed")]
    NoSuchRule,
    /// The rule can't be.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The issuer could not help.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// It came a second time.
    #[error("the id token was exchanged before: ask its issuer for another one")]
    Used,
    /// Nothing accepts it.
    #[error("no federation rule accepts the id token: compare its claims with the rules of the project")]
    NoRule,
    /// More than one does.
    #[error("several federation rules accept the id token: say as 'rule' the id of the one that is meant")]
    Ambiguous,
    /// What is asked for can't be had.
    #[error("{0}")]
    Reach(&'static str),
    /// No log-in is under way here.
    #[error("this log-in was not begun in this browser, was finished, or took too long: begin again")]
    LogInLost,
    /// The issuer said no.
    #[error("the issuer did not log you in: begin again, or ask who runs it")]
    LogInDenied,
    /// Who comes for the first time gets no account.
    #[error("you have no account here: ask an org-admin")]
    NoAccount,
    /// The account can't be used.
    #[error("your account is disabled: ask an org-admin")]
    Disabled,
    /// The database did not do as it was told.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<IdTokenError> for FederationError {
    fn from(error: IdTokenError) -> Self {
        Self::Issuer(error.into())
    }
}

/// Trust in issuers. Cheap to clone; clones share what is remembered of them.
#[derive(Clone)]
pub struct Federation {
    db: Db,
    clock: Arc<dyn Clock>,
    identity: Identity,
    projects: Projects,
    issuers: Issuers,
    external_url: Option<ExternalUrl>,
}

impl Federation {
    /// Over a database, with the issuers of the settings. Nobody is asked yet.
    ///
    /// # Errors
    /// When the settings can't be used.
    pub fn new(
        db: Db,
        clock: Arc<dyn Clock>,
        identity: Identity,
        projects: Projects,
        issuers: &[IssuerSettings],
        external_url: Option<&ExternalUrl>,
    ) -> Result<Self, SetupError> {
        let issuers = Issuers::new(Issuer::all(issuers, external_url)?, &clock)?;
        Ok(Self { db, clock, identity, projects, issuers, external_url: external_url.cloned() })
    }

    /// The issuers of the settings.
    pub fn issuers(&self) -> impl Iterator<Item = &Issuer> {
        self.issuers.all().iter().map(|known| &known.issuer)
    }

    fn issuer(&self, name: &str) -> Result<&KnownIssuer, FederationError> {
        let unknown = || FederationError::NoSuchIssuer(name.chars().take(64).collect());
        self.issuers.named(name).ok_or_else(unknown)
    }
}
