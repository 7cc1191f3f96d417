//! How a client is told where to get a token: the `WWW-Authenticate` of every 401.

use std::fmt;

use actix_web::HttpRequest;
use actix_web::http::Method;

use super::{AccessError, Permission, Scope};
use crate::http::ExternalUrl;
use crate::types::{Action, RepoName, TokenScope};

/// For clients that know no tokens, browsers among them.
pub(super) const BASIC: &str = "Basic realm=\"waybill\", charset=\"UTF-8\"";

/// A Bearer challenge (RFC 6750, section 3; the distribution project's token authentication).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    realm: String,
    service: String,
    scope: Option<String>,
    error: Option<&'static str>,
}

impl Challenge {
    /// For a request that failed so; `scope` is what it would have needed.
    pub(super) fn of(
        request: &HttpRequest,
        service: &str,
        scope: Option<String>,
        error: &AccessError,
    ) -> Self {
        let realm = ExternalUrl::of(request).join("/token");
        let error = match error {
            AccessError::InvalidToken => Some("invalid_token"),
            AccessError::InsufficientScope => Some("insufficient_scope"),
            _ => None,
        };
        Self { realm, service: service.to_owned(), scope, error }
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bearer realm=\"{}\",service=\"{}\"", self.realm, self.service)?;
        if let Some(scope) = &self.scope {
            write!(f, ",scope=\"{scope}\"")?;
        }
        if let Some(error) = self.error {
            write!(f, ",error=\"{error}\"")?;
        }
        Ok(())
    }
}

/// What a token must grant for this, if tokens grant such.
pub(super) fn needed(request: &HttpRequest, permission: Permission, scope: &Scope) -> Option<String> {
    let name = match scope {
        Scope::Repository(name) => name,
        Scope::Environment(environment, name) => {
            let shown = TokenScope::Environment(environment.clone(), name.clone());
            return (permission == Permission::EnvironmentRead).then(|| shown.to_string());
        }
        Scope::Organisation | Scope::Project(_) => return None,
    };
    let actions = match permission {
        Permission::RepositoryRead => vec![Action::Pull],
        Permission::RepositoryPush => vec![Action::Pull, Action::Push],
        Permission::RepositoryDelete | Permission::RepositoryDeleteProtected => vec![Action::Delete],
        _ => return None,
    };
    let mut needed = TokenScope::Repository(name.clone(), actions).to_string();
    if let Some(source) = mount_source(request).filter(|source| source != name) {
        needed.push(' ');
        needed.push_str(&TokenScope::Repository(source, vec![Action::Pull]).to_string());
    }
    Some(needed)
}

/// The repository that a blob is to be mounted from: with a token for both, the mount works at once.
fn mount_source(request: &HttpRequest) -> Option<RepoName> {
    let query = (request.method() == Method::POST).then(|| request.query_string())?;
    let from = query.split('&').find_map(|pair| pair.strip_prefix("from="))?;
    from.replace("%2F", "/").replace("%2f", "/").parse().ok()
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn says_where_and_for_what() {
        let request = TestRequest::post()
            .uri("/v2/acme/app/blobs/uploads/?mount=sha256:0&from=acme%2Fbase")
            .insert_header(("host", "registry.example:5000"))
            .to_http_request();
        let scope = Scope::Repository("acme/app".parse().unwrap());
        let needed = needed(&request, Permission::RepositoryPush, &scope);
        let challenge = Challenge::of(&request, "waybill", needed, &AccessError::InvalidToken);
        assert_eq!(
            challenge.to_string(),
            "Bearer realm=\"http://registry.example:5000/token\",service=\"waybill\",\
             scope=\"repository:acme/app:pull,push repository:acme/base:pull\",error=\"invalid_token\""
        );
        let challenge = Challenge::of(&request, "waybill", None, &AccessError::Unauthenticated);
        let expected = "Bearer realm=\"http://registry.example:5000/token\",service=\"waybill\"";
        assert_eq!(challenge.to_string(), expected);
    }

    #[test]
    fn an_environment_is_read_by_a_scope_of_its_own_and_nothing_else_there_by_any() {
        let request = TestRequest::get().uri("/v2/env/production/acme/app/tags/list").to_http_request();
        let scope = Scope::Environment("production".parse().unwrap(), "acme/app".parse().unwrap());
        let needed = |permission| needed(&request, permission, &scope);
        let read = needed(Permission::EnvironmentRead);
        assert_eq!(read.as_deref(), Some("repository:env/production/acme/app:pull"));
        for permission in
            [Permission::RepositoryRead, Permission::RepositoryPush, Permission::DeploymentReport]
        {
            assert_eq!(needed(permission), None, "{permission:?}");
        }
    }
}
