//! `/api/v1/users`.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, get, patch, post, web};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::access::{Allowed, SignedIn, demands};
use crate::http::{Page, PageQuery, Problem, ProblemBody};
use crate::identity::model::{Account, NewPassword, UserName};
use crate::identity::service::{Identity, IdentityError, UserChange};

/// Somebody who can log in.
#[derive(Serialize, ToSchema)]
pub struct UserView {
    /// Opaque id: the `actor` of events.
    id: Uuid,
    /// Log-in name.
    #[schema(value_type = String)]
    name: UserName,
    /// When it was created, RFC 3339.
    created_at: String,
    /// Whether it can't log in.
    disabled: bool,
}

impl From<Account> for UserView {
    fn from(account: Account) -> Self {
        Self {
            id: account.id.uuid(),
            created_at: account.created_at.to_rfc3339(),
            disabled: !account.is_enabled(),
            name: account.name,
        }
    }
}

/// A user to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CreateUser {
    /// Log-in name: `[a-z0-9][a-z0-9._-]{0,62}`.
    #[schema(value_type = String)]
    name: UserName,
    /// 12 to 128 characters.
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// A change of a user. What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UpdateUser {
    /// Another password, 12 to 128 characters.
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<SecretString>,
    /// The present password: needed to change one's own, unless the caller is org-admin.
    #[schema(value_type = Option<String>, format = Password)]
    current_password: Option<SecretString>,
    /// Whether the user can't log in. For org-admins only.
    disabled: Option<bool>,
}

/// Lists the users, by name.
#[utoipa::path(tag = "users", params(PageQuery), responses(
    (status = 200, description = "A page of users", body = Page<UserView>),
    (status = 403, description = "Needs the role org-admin", body = ProblemBody),
))]
#[get("/users")]
pub async fn list_users(
    _: Allowed<demands::AdministerOrganisation>,
    identity: web::Data<Identity>,
    page: web::Query<PageQuery>,
) -> Result<web::Json<Page<UserView>>, Problem> {
    Ok(web::Json(identity.list_users(&page.parse()?).await?.map(UserView::from)))
}

/// Creates a user, who has no role yet.
#[utoipa::path(tag = "users", request_body = CreateUser, responses(
    (status = 201, description = "The user", body = UserView),
    (status = 400, description = "Bad name or password", body = ProblemBody),
    (status = 403, description = "Needs the role org-admin", body = ProblemBody),
    (status = 409, description = "The name is taken", body = ProblemBody),
))]
#[post("/users")]
pub async fn create_user(
    allowed: Allowed<demands::AdministerOrganisation>,
    identity: web::Data<Identity>,
    body: web::Json<CreateUser>,
) -> Result<HttpResponse, Problem> {
    let CreateUser { name, password } = body.into_inner();
    let password = NewPassword::try_from(password).map_err(IdentityError::from)?;
    let account = identity.create_user(&allowed.caller, &name, &password).await?;
    Ok(HttpResponse::Created()
        .insert_header((LOCATION, format!("/api/v1/users/{}", account.name)))
        .json(UserView::from(account)))
}

/// Shows a user.
#[utoipa::path(tag = "users", params(("name" = String, Path, description = "The log-in name")), responses(
    (status = 200, description = "The user", body = UserView),
    (status = 403, description = "Needs the role org-admin", body = ProblemBody),
    (status = 404, description = "No such user", body = ProblemBody),
))]
#[get("/users/{name}")]
pub async fn get_user(
    _: Allowed<demands::AdministerOrganisation>,
    identity: web::Data<Identity>,
    name: web::Path<String>,
) -> Result<web::Json<UserView>, Problem> {
    let name: UserName = name.parse().map_err(Problem::invalid)?;
    let account = identity.find_user(&name).await?.ok_or(IdentityError::NoSuchUser)?;
    Ok(web::Json(account.into()))
}

/// Changes a user: org-admins any, others the password of their own account.
#[utoipa::path(tag = "users",
    params(("name" = String, Path, description = "The log-in name")),
    request_body = UpdateUser,
    responses(
        (status = 200, description = "The user as it is now", body = UserView),
        (status = 400, description = "Bad password, or current_password is missing", body = ProblemBody),
        (status = 403, description = "Not allowed, or current_password is wrong", body = ProblemBody),
        (status = 404, description = "No such user", body = ProblemBody),
        (status = 409, description = "The last org-admin can't be disabled", body = ProblemBody),
        (status = 429, description = "Too many wrong passwords", body = ProblemBody),
    ),
)]
#[patch("/users/{name}")]
pub async fn update_user(
    signed_in: SignedIn,
    identity: web::Data<Identity>,
    name: web::Path<String>,
    body: web::Json<UpdateUser>,
) -> Result<web::Json<UserView>, Problem> {
    let name: UserName = name.parse().map_err(Problem::invalid)?;
    let UpdateUser { password, current_password, disabled } = body.into_inner();
    let password = password.map(NewPassword::try_from).transpose().map_err(IdentityError::from)?;
    let change = UserChange { password, current_password, disabled };
    Ok(web::Json(identity.update_user(&signed_in.caller, &name, change).await?.into()))
}
