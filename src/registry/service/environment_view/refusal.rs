//! Why an environment does not show something, as far as it can be told.

use super::View;
use crate::access::EnvironmentRepository;
use crate::registry::error::RegistryError;
use crate::registry::model::NotShown;
use crate::registry::service::Registry;
use crate::types::{Digest, Reference};

impl Registry {
    /// Why a manifest or a tag is not shown: it is stopped, it ended, or no release contains it.
    pub(super) async fn refusal(
        &self,
        view: &View<'_>,
        reference: &Reference,
        sha256: Option<&Digest>,
    ) -> Result<NotShown, RegistryError> {
        let EnvironmentRepository { environment, repository } = view.at.clone();
        let withheld = |why: &str| NotShown::Withheld {
            environment: environment.clone(),
            what: reference.to_string(),
            why: why.to_owned(),
        };
        if let Some(sha256) = sha256 {
            if let Some(why) = view.shown.stop(sha256) {
                return Ok(withheld(why));
            }
            for root in view.shown.roots.iter().filter(|root| root.withheld.is_some()) {
                let parts = self.parts(&repository, &root.digest).await?;
                if parts.is_some_and(|parts| parts.has_manifest(sha256, &[])) {
                    return Ok(withheld(root.withheld.as_deref().unwrap_or_default()));
                }
            }
        }
        if let Some(ended) = self.ended(view, reference).await? {
            return Ok(ended);
        }
        let digest = match reference {
            Reference::Digest(digest) => digest.clone(),
            Reference::Tag(tag) => {
                return Ok(NotShown::NoVersion { environment, repository, tag: tag.clone() });
            }
        };
        Ok(NotShown::NoPart { environment, repository, digest })
    }

    /// Why a blob is not shown: all that names it is stopped, or nothing does.
    pub(super) async fn blob_refusal(
        &self,
        view: &View<'_>,
        digest: &Digest,
    ) -> Result<NotShown, RegistryError> {
        let EnvironmentRepository { environment, repository } = view.at.clone();
        for root in &view.shown.roots {
            let parts = self.parts(&repository, &root.digest).await?;
            if parts.is_some_and(|parts| parts.has_content(digest, &[])) {
                let why = root.withheld.as_deref().unwrap_or("what names it is quarantined").to_owned();
                return Ok(NotShown::Withheld { environment, what: digest.to_string(), why });
            }
        }
        Ok(NotShown::NoPart { environment, repository, digest: digest.clone() })
    }

    /// Why something is not shown any more, if it once was.
    pub(super) async fn ended(
        &self,
        view: &View<'_>,
        reference: &Reference,
    ) -> Result<Option<NotShown>, RegistryError> {
        let EnvironmentRepository { environment, repository } = view.at;
        let why = self.asked.view.ended(environment, repository, reference).await?;
        let (environment, what) = (environment.clone(), reference.to_string());
        Ok(why.map(|why| NotShown::Withheld { environment, what, why }))
    }
}
