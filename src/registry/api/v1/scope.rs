//! The repository that a request names by `?repository=`, within the project in its path.

use actix_web::{HttpRequest, web};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::access::{AccessError, Scope, ScopeInPath};
use crate::types::{NameError, ProjectName, RepoName};

/// The query parameter. Read by [`QueriedRepository`]; handlers list it for the description only.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RepositoryQuery {
    /// Whole name of the repository, for example `acme/app`.
    repository: String,
}

/// A repository of the project in the path.
pub struct QueriedRepository(pub RepoName);

impl ScopeInPath for QueriedRepository {
    fn from_path(request: &HttpRequest) -> Result<Self, AccessError> {
        let project = ProjectName::from_path(request)?;
        let query = web::Query::<RepositoryQuery>::from_query(request.query_string());
        let name: RepoName = query.map_err(|_| NameError::OtherProject)?.into_inner().repository.parse()?;
        if name.project() == project { Ok(Self(name)) } else { Err(NameError::OtherProject.into()) }
    }

    fn scope(&self) -> Scope {
        Scope::Repository(self.0.clone())
    }
}
