//! Templates, on which projects build their lifecycles. A template that is changed changes all that build on it, at once.

use bytes::Bytes;

use super::Releases;
use super::lifecycles::{Prepared, demand, keep, prepared};
use crate::access::{Caller, Permission, Scope};
use crate::db::Tx;
use crate::http::{Page, PageRequest};
use crate::ledger::Record as _;
use crate::releases::error::ReleaseError;
use crate::releases::model::{
    Document, LifecycleOwner, LifecycleRevision, Template, apply_template, lifecycle_of, read_document,
    read_template,
};
use crate::releases::store;
use crate::types::ReleaseName;

/// How often setting a template is begun anew when projects change their lifecycles meanwhile.
const TRIES: usize = 5;

impl Releases {
    /// The template of a name, read, and which revision of it that is.
    pub(super) async fn template(&self, name: &ReleaseName) -> Result<(Template, i64), ReleaseError> {
        let kept = self.shown_template(name, None).await?;
        Ok((read_template(kept.document.as_bytes())?, kept.revision))
    }

    /// A template that holds, or one revision of it.
    ///
    /// # Errors
    /// `NoSuchTemplate`, `NoSuchRevision`, or `Db`.
    pub async fn shown_template(
        &self,
        name: &ReleaseName,
        revision: Option<i64>,
    ) -> Result<LifecycleRevision, ReleaseError> {
        let owner = LifecycleOwner::Template(name.clone());
        self.revision_of(&owner, revision).await.map_err(|error| match error {
            ReleaseError::NoLifecycle => ReleaseError::NoSuchTemplate(name.to_string()),
            error => error,
        })
    }

    /// A page of the names of templates.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list_templates(&self, page: &PageRequest) -> Result<Page<ReleaseName>, ReleaseError> {
        let after = page.after.as_deref();
        let rows = store::lifecycles::templates(self.db.read(), after, page.limit + 1).await?;
        let page = Page::of_rows(rows, page, ToString::to_string);
        let name = |owner| match owner {
            LifecycleOwner::Template(name) => Some(name),
            LifecycleOwner::Project(_) => None,
        };
        Ok(Page { items: page.items.into_iter().filter_map(name).collect(), next: page.next })
    }

    /// Sets a template, and in the same change all lifecycles that build on it. `expected` is the revision that holds; none
    /// for the first.
    ///
    /// # Errors
    /// `Access`, `Lifecycle`, `TemplateMisfit` when a lifecycle does not fit it, `UnknownEnvironment`, `RevisionUnsaid`,
    /// `Stale`, `Contended`, `Storage`, or `Db`.
    pub async fn set_template(
        &self,
        caller: &Caller,
        name: &ReleaseName,
        expected: Option<i64>,
        document: Bytes,
    ) -> Result<LifecycleRevision, ReleaseError> {
        self.check(caller, Permission::PolicyAdminister, &Scope::Organisation).await?;
        let template = read_template(&document)?;
        self.demand_environments(&lifecycle_of(&template.lifecycle)?).await?;
        let owner = LifecycleOwner::Template(name.clone());
        let own = prepared(owner, &document, template.lifecycle.to_string())?;
        self.keep_object(&own).await?;
        for _ in 0..TRIES {
            let built = self.built_on(name, &template).await?;
            for (prepared, _) in &built {
                self.keep_object(prepared).await?;
            }
            if let Some(kept) = self.keep_all(caller, expected, own.clone(), built).await? {
                return Ok(kept);
            }
        }
        Err(ReleaseError::Contended)
    }

    /// What becomes of the lifecycles that build on a template, each with the revision that it comes from.
    async fn built_on(
        &self,
        name: &ReleaseName,
        template: &Template,
    ) -> Result<Vec<(Prepared, i64)>, ReleaseError> {
        let mut built = Vec::new();
        for active in store::lifecycles::all_of_projects(self.db.read()).await? {
            let overlay = match read_document(active.document.as_bytes())? {
                Document::OfTemplate { template, overlay } if template == name.as_str() => overlay,
                _ => continue,
            };
            let effective = match apply_template(template, &overlay) {
                Ok(effective) => effective,
                Err(why) => {
                    let project = match active.owner.project() {
                        Some(id) => self.project_name(id).await?.to_string(),
                        None => active.owner.to_string(),
                    };
                    return Err(ReleaseError::TemplateMisfit { project, why });
                }
            };
            self.demand_environments(&lifecycle_of(&effective)?).await?;
            let effective = effective.to_string();
            if effective != active.effective {
                let revision = active.revision;
                built.push((prepared(active.owner, active.document.as_bytes(), effective)?, revision));
            }
        }
        Ok(built)
    }

    /// Keeps a template and what becomes of the lifecycles; none when one of them was changed meanwhile.
    async fn keep_all(
        &self,
        caller: &Caller,
        expected: Option<i64>,
        own: Prepared,
        built: Vec<(Prepared, i64)>,
    ) -> Result<Option<LifecycleRevision>, ReleaseError> {
        let (this, caller, now) = (self.clone(), caller.clone(), self.clock.now());
        self.db
            .write(async move |tx: &Tx| {
                this.check_in(tx, &caller, Permission::PolicyAdminister, &Scope::Organisation).await?;
                let active = store::lifecycles::active_revision(&**tx, &own.owner).await?;
                demand(expected, active)?;
                for (prepared, revision) in &built {
                    let held = store::lifecycles::active_revision(&**tx, &prepared.owner).await?;
                    if held != Some(*revision) {
                        return Ok(None);
                    }
                }
                let mut events = Vec::new();
                let kept = keep(tx, &caller, &own, now, true, &mut events).await?;
                for (prepared, _) in &built {
                    keep(tx, &caller, prepared, now, true, &mut events).await?;
                }
                tx.record(&events).await?;
                Ok(Some(kept))
            })
            .await
    }
}
