//! The extractor that stands at the head of every handler: no handler runs before its caller's right was checked.

use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;

use super::challenge::{Challenge, needed};
use super::{
    AccessError, Authority, Caller, Credentials, Permission, ReadableEntries, ReadableProjects, Scope,
};
use crate::http::{Origin, is_protocol};
use crate::types::{EnvironmentName, ProjectName, RepoName, TokenScope};

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
        /// Make releases.
        CreateRelease = ReleaseCreate;
        /// Read what an environment shows.
        PullFromEnvironment = EnvironmentRead;
        /// Ask for promotions.
        RequestPromotion = PromotionRequest;
        /// Say yes or no to promotions.
        ApprovePromotion = PromotionApprove;
        /// Admit in an emergency.
        BreakGlass = BreakGlass;
        /// Report deployments.
        ReportDeployment = DeploymentReport;
        /// Set what decides over promotions.
        AdministerPolicy = PolicyAdminister;
    }
}

/// A scope that stands in the request's path, or in its query.
pub trait ScopeInPath: Sized {
    /// Parses it.
    ///
    /// # Errors
    /// When the name there is none.
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

/// A repository as an environment shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentRepository {
    /// Which environment.
    pub environment: EnvironmentName,
    /// Which repository.
    pub repository: RepoName,
}

impl ScopeInPath for EnvironmentRepository {
    fn from_path(request: &HttpRequest) -> Result<Self, AccessError> {
        let environment = request.match_info().query("environment").parse()?;
        Ok(Self { environment, repository: RepoName::from_path(request)? })
    }

    fn scope(&self) -> Scope {
        Scope::Environment(self.environment.clone(), self.repository.clone())
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
    type Future = Guarded<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Guarded<Self> {
        let asked =
            S::from_path(request).ok().and_then(|scope| needed(request, D::PERMISSION, &scope.scope()));
        guarded(request, asked, async |request, authority, caller| {
            let scope = S::from_path(request)?;
            authority.check(&caller, D::PERMISSION, &scope.scope()).await?;
            Ok(Self { caller, scope, demand: PhantomData })
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
    type Future = Guarded<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Guarded<Self> {
        guarded(request, None, async |_, _, caller| {
            if caller.is_anonymous() { Err(AccessError::Unauthenticated) } else { Ok(Self { caller }) }
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
    type Future = Guarded<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Guarded<Self> {
        guarded(request, None, async |_, authority, caller| {
            let readable = authority.readable_projects(&caller).await?;
            Ok(Self { caller, readable })
        })
    }
}

/// Somebody who has logged in, with the entries of the ledger that they may see besides their own.
pub struct Reader {
    /// Who.
    pub caller: Caller,
    /// What the ledger is narrowed to.
    pub readable: ReadableEntries,
}

impl FromRequest for Reader {
    type Error = actix_web::Error;
    type Future = Guarded<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Guarded<Self> {
        guarded(request, None, async |_, authority, caller| {
            if caller.is_anonymous() {
                return Err(AccessError::Unauthenticated);
            }
            let readable = authority.readable_entries(&caller).await?;
            Ok(Self { caller, readable })
        })
    }
}

/// Somebody who has logged in and may list repositories: those that the account may read.
pub struct Lister {
    /// Who, with the ceiling that the list has.
    pub caller: Caller,
}

impl FromRequest for Lister {
    type Error = actix_web::Error;
    type Future = Guarded<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Guarded<Self> {
        guarded(request, Some(TokenScope::Catalog.to_string()), async |_, _, mut caller| {
            if caller.is_anonymous() {
                return Err(AccessError::Unauthenticated);
            }
            if !caller.ceiling.covers_catalog() {
                let is_access_token = caller.ceiling.is_of_access_token();
                return Err(if is_access_token {
                    AccessError::InsufficientScope
                } else {
                    AccessError::TooNarrow
                });
            }
            caller.ceiling = caller.ceiling.for_catalog();
            Ok(Self { caller })
        })
    }
}

type Guarded<T> = LocalBoxFuture<'static, Result<T, actix_web::Error>>;

/// Finds out who asks, then whether `admit` lets them in. Who is turned away is told in the form of the surface; a 401
/// names the scope that a token would have needed.
fn guarded<T>(
    request: &HttpRequest,
    scope: Option<String>,
    admit: impl AsyncFnOnce(&HttpRequest, &dyn Authority, Caller) -> Result<T, AccessError> + 'static,
) -> Guarded<T> {
    let request = request.clone();
    Box::pin(async move {
        let authority = match authority(&request) {
            Ok(authority) => authority,
            Err(error) => return Err(answer(&request, error, None)),
        };
        let outcome = async {
            let caller =
                authority.authenticate(credentials(request.headers())?, Origin::of(&request)).await?;
            if caller.ceiling.is_of_access_token() && !is_protocol(&request) {
                return Err(AccessError::RegistryOnly);
            }
            admit(&request, &*authority, caller).await
        };
        outcome.await.map_err(|error| {
            let challenge = Challenge::of(&request, authority.service(), scope, &error);
            answer(&request, error, Some(&challenge))
        })
    })
}

fn authority(request: &HttpRequest) -> Result<Arc<dyn Authority>, AccessError> {
    request
        .app_data::<web::Data<dyn Authority>>()
        .map(|data| Arc::clone(data))
        .ok_or_else(|| AccessError::Failed("no authority was composed".to_owned()))
}

/// What a request gives as its credentials. Of two headers one might be checked here and the other by a proxy, so two are none.
///
/// # Errors
/// `BadCredentials`.
pub fn credentials(headers: &HeaderMap) -> Result<Credentials, AccessError> {
    let mut given = headers.get_all(AUTHORIZATION);
    let header = given.next().map(|value| value.to_str().map_err(|_| AccessError::BadCredentials));
    if given.next().is_some() {
        return Err(AccessError::BadCredentials);
    }
    Credentials::parse(header.transpose()?)
}

fn answer(request: &HttpRequest, error: AccessError, challenge: Option<&Challenge>) -> actix_web::Error {
    if is_protocol(request) { error.into_oci(challenge).into() } else { error.into_problem(challenge).into() }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn an_environments_repository_stands_in_two_parts_of_the_path() {
        let read = |environment: &'static str, name: &'static str| {
            let request = TestRequest::default().param("environment", environment).param("name", name);
            EnvironmentRepository::from_path(&request.to_http_request())
        };
        let (environment, name) = ("production".parse().unwrap(), "acme/app".parse().unwrap());
        assert_eq!(read("production", "acme/app").unwrap().scope(), Scope::Environment(environment, name));
        assert!(matches!(read("Production", "acme/app"), Err(AccessError::BadEnvironment(_))));
        assert!(matches!(read("production", "env/staging/acme"), Err(AccessError::BadName(_))));
    }

    #[test]
    fn one_header_is_read_and_two_are_refused() {
        let headers = |times| {
            let header = (AUTHORIZATION, "Basic YTpi");
            let request =
                (0..times).fold(TestRequest::default(), |request, _| request.append_header(header.clone()));
            credentials(request.to_http_request().headers())
        };
        assert!(matches!(headers(0), Ok(Credentials::None)));
        assert!(matches!(headers(1), Ok(Credentials::Basic { .. })));
        assert!(matches!(headers(2), Err(AccessError::BadCredentials)));
    }
}
