//! The extractor that stands at the head of every handler: no handler runs before its caller's right was checked.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::{AccessError, Authority, Caller, Credentials, Permission, ReadableProjects, Scope};
use crate::http::{OciError, Origin, Problem};
use crate::types::{ProjectName, RepoName};

/// A permission as a type, so that a handler's signature says what it demands.
pub trait Demand {
    /// The permission.
    const PERMISSION: Permission;
}

/// One type per permission that handlers demand.
pub mod demands {
    use super::{Demand, Permission};

    macro_rules! demands {
        ($($(#[$doc:meta])* $name:ident = $permission:ident;)+) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}

            impl Demand for $name {
                const PERMISSION: Permission = Permission::$permission;
            }
        )+};
    }

    demands! {
        /// Read a repository.
        Pull = RepositoryRead;
        /// Push to a repository.
        Push = RepositoryPush;
        /// Delete from a repository.
        Delete = RepositoryDelete;
        /// See a project.
        ReadProject = ProjectRead;
        /// Create a project.
        CreateProject = ProjectCreate;
        /// Change a project.
        AdministerProject = ProjectAdminister;
        /// Change the organisation.
        AdministerOrganisation = OrganisationAdminister;
        /// Read events.
        ReadEvents = EventsRead;
    }
}

/// A scope that stands in the request's path.
pub trait ScopeInPath: Sized {
    /// Parses it.
    ///
    /// # Errors
    /// When the name in the path is none.
    fn from_path(request: &HttpRequest) -> Result<Self, AccessError>;
    /// As the authority is asked.
    fn scope(&self) -> Scope;
}

impl ScopeInPath for RepoName {
    fn from_path(request: &HttpRequest) -> Result<Self, AccessError> {
        Ok(request.match_info().query("name").parse()?)
    }

    fn scope(&self) -> Scope {
        Scope::Repository(self.clone())
    }
}

impl ScopeInPath for ProjectName {
    fn from_path(request: &HttpRequest) -> Result<Self, AccessError> {
        Ok(request.match_info().query("project").parse()?)
    }

    fn scope(&self) -> Scope {
        Scope::Project(self.clone())
    }
}

/// The organisation: nothing in the path.
impl ScopeInPath for () {
    fn from_path(_: &HttpRequest) -> Result<Self, AccessError> {
        Ok(())
    }

    fn scope(&self) -> Scope {
        Scope::Organisation
    }
}

/// A caller who may do `D` at the scope `S` named in the path.
pub struct Allowed<D, S = ()> {
    /// Who.
    pub caller: Caller,
    /// Where.
    pub scope: S,
    demand: PhantomData<D>,
}

impl<D: Demand + 'static, S: ScopeInPath + 'static> FromRequest for Allowed<D, S> {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let outcome = async {
                let authority = authority(&request)?;
                let caller = authenticate(&authority, &request).await?;
                let scope = S::from_path(&request)?;
                authority.check(&caller, D::PERMISSION, &scope.scope()).await?;
                Ok(Self { caller, scope, demand: PhantomData })
            };
            outcome.await.map_err(|error| answer(&request, error))
        })
    }
}

/// A caller who has logged in, whatever their rights.
pub struct SignedIn {
    /// Who.
    pub caller: Caller,
}

impl FromRequest for SignedIn {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let outcome = async {
                let caller = authenticate(&authority(&request)?, &request).await?;
                if caller.is_anonymous() { Err(AccessError::Unauthenticated) } else { Ok(Self { caller }) }
            };
            outcome.await.map_err(|error| answer(&request, error))
        })
    }
}

/// Anybody, logged in or not, with the projects that they may see: for lists that show each caller another part.
pub struct Viewer {
    /// Who.
    pub caller: Caller,
    /// What the list is narrowed to.
    pub readable: ReadableProjects,
}

impl FromRequest for Viewer {
    type Error = actix_web::Error;
    type Future = LocalBoxFuture<'static, Result<Self, actix_web::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let outcome = async {
                let authority = authority(&request)?;
                let caller = authenticate(&authority, &request).await?;
                let readable = authority.readable_projects(&caller).await?;
                Ok(Self { caller, readable })
            };
            outcome.await.map_err(|error| answer(&request, error))
        })
    }
}

fn authority(request: &HttpRequest) -> Result<Arc<dyn Authority>, AccessError> {
    request
        .app_data::<web::Data<dyn Authority>>()
        .map(|data| Arc::clone(data))
        .ok_or_else(|| AccessError::Failed("no authority was composed".to_owned()))
}

async fn authenticate(authority: &Arc<dyn Authority>, request: &HttpRequest) -> Result<Caller, AccessError> {
    let header = match request.headers().get(AUTHORIZATION) {
        Some(value) => Some(value.to_str().map_err(|_| AccessError::BadCredentials)?),
        None => None,
    };
    authority.authenticate(Credentials::parse(header)?, Origin::of(request)).await
}

/// `/v2` answers in the OCI form, everything else in problem+json.
fn answer(request: &HttpRequest, error: AccessError) -> actix_web::Error {
    if request.path().starts_with("/v2") { OciError::from(error).into() } else { Problem::from(error).into() }
}
