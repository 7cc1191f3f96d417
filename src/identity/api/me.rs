//! `GET /api/v1/me`.

use actix_web::{get, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bindings::BindingView;
use crate::access::SignedIn;
use crate::http::{Page, Problem, ProblemBody};
use crate::identity::model::UserName;
use crate::identity::service::Identity;

/// Who is asking.
#[derive(Serialize, ToSchema)]
pub struct MeView {
    /// Opaque id of the account.
    account: Uuid,
    /// Log-in name.
    #[schema(value_type = String)]
    name: UserName,
    /// The id of the token that was shown, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<Uuid>,
    /// The oldest roles, at most 200.
    bindings: Vec<BindingView>,
    /// When there are more: the `cursor` with which `/api/v1/role-bindings?user=` and the name goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Shows the caller's own account and roles.
#[utoipa::path(tag = "users", responses(
    (status = 200, description = "The caller", body = MeView),
    (status = 401, description = "Nobody is logged in", body = ProblemBody),
))]
#[get("/me")]
pub async fn me(signed_in: SignedIn, identity: web::Data<Identity>) -> Result<web::Json<MeView>, Problem> {
    let token = signed_in.caller.token.map(|token| token.uuid());
    let (account, bindings) = identity.me(&signed_in.caller).await?;
    let Page { items: bindings, next } = bindings.map(BindingView::from);
    Ok(web::Json(MeView { account: account.id.uuid(), name: account.name, token, bindings, next }))
}
