//! `/api/v1/oidc/{issuer}/login` and `…/callback`: the two requests of a browser that logs somebody in.

use actix_web::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, COOKIE, LOCATION, REFERRER_POLICY, SET_COOKIE,
};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, get, web};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page;
use crate::federation::model::LOG_IN_LASTS;
use crate::federation::service::{Federation, LoggedIn, Returned};
use crate::http::{ExternalUrl, Origin, Problem, ProblemBody};

/// Holds what binds a log-in to this browser.
const COOKIE_NAME: &str = "waybill_log_in";
const COOKIE_PATH: &str = "/api/v1/oidc";

/// What the issuer sends a browser back with (OpenID Connect Core, section 3.1.2.5).
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Callback {
    /// As it was given to the issuer.
    state: Option<String>,
    /// Stands for who logged in.
    code: Option<String>,
    /// Who says so.
    iss: Option<String>,
}

/// A log-in that succeeded.
#[derive(Serialize, ToSchema)]
struct LoggedInView {
    /// Log-in name.
    name: String,
    /// A token, shown this once: the password of `docker login`, and of this API, until it ends.
    #[schema(format = Password)]
    token: String,
    /// Until when it is good, RFC 3339.
    expires_at: String,
}

/// Sends a browser to an issuer to log in.
#[utoipa::path(tag = "oidc", security(()),
    params(("issuer" = String, Path, description = "Its name in the settings")),
    responses(
        (status = 302, description = "To the issuer, with a cookie for the way back"),
        (status = 404, description = "No such issuer, or nobody can log in through it", body = ProblemBody),
        (status = 503, description = "The issuer does not answer", body = ProblemBody),
    ),
)]
#[get("/oidc/{issuer}/login")]
pub async fn begin_log_in(
    request: HttpRequest,
    federation: web::Data<Federation>,
    issuer: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let begun = federation.begin_log_in(&issuer).await?;
    let mut answer = HttpResponse::Found();
    let cookie = cookie(&request, begun.cookie.expose_secret(), LOG_IN_LASTS.as_secs());
    keep_to_oneself(&mut answer).insert_header((SET_COOKIE, cookie));
    Ok(answer.insert_header((LOCATION, begun.url)).finish())
}

/// Where the issuer sends the browser back to: ends the log-in with a new token, on a page for people, and as
/// JSON for who does not ask for HTML.
#[utoipa::path(tag = "oidc", security(()),
    params(("issuer" = String, Path, description = "Its name in the settings"), Callback),
    responses(
        (status = 200, description = "A token, shown once", body = LoggedInView),
        (status = 400, description = "Not begun in this browser, finished before, or too late", body = ProblemBody),
        (status = 403, description = "The issuer said no, or there is no account", body = ProblemBody),
        (status = 503, description = "The issuer does not answer", body = ProblemBody),
    ),
)]
#[get("/oidc/{issuer}/callback")]
pub async fn finish_log_in(
    request: HttpRequest,
    federation: web::Data<Federation>,
    issuer: web::Path<String>,
    query: web::Query<Callback>,
) -> Result<HttpResponse, Problem> {
    let Callback { state, code, iss } = query.into_inner();
    let returned = Returned { cookie: cookie_of(&request), state, code, issuer: iss };
    let logged_in = federation.finish_log_in(&issuer, returned, Origin::of(&request)).await?;
    let mut answer = HttpResponse::Ok();
    keep_to_oneself(&mut answer).insert_header((SET_COOKIE, cookie(&request, "", 0)));
    Ok(told(&request, &mut answer, &logged_in))
}

fn told(request: &HttpRequest, answer: &mut HttpResponseBuilder, logged_in: &LoggedIn) -> HttpResponse {
    let accept = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let (name, expires_at) = (logged_in.name.to_string(), logged_in.expires_at.to_rfc3339());
    let token = logged_in.token.expose_secret();
    if accept.contains("text/html") {
        let url = ExternalUrl::of(request);
        answer
            .insert_header((CONTENT_SECURITY_POLICY, page::POLICY))
            .content_type("text/html; charset=utf-8")
            .body(page::logged_in(url.host(), &name, token, &expires_at))
    } else {
        answer.json(LoggedInView { name, token: token.to_owned(), expires_at })
    }
}

/// Neither kept by a cache nor told to where the browser goes next.
fn keep_to_oneself(answer: &mut HttpResponseBuilder) -> &mut HttpResponseBuilder {
    answer.insert_header((CACHE_CONTROL, "no-store")).insert_header((REFERRER_POLICY, "no-referrer"))
}

/// `Lax`: the browser must bring it along when the issuer sends it back, and on nobody's form or script.
fn cookie(request: &HttpRequest, value: &str, seconds: u64) -> String {
    let secure = if ExternalUrl::of(request).is_https() { "; Secure" } else { "" };
    format!("{COOKIE_NAME}={value}; Path={COOKIE_PATH}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

fn cookie_of(request: &HttpRequest) -> Option<String> {
    let lines = request.headers().get_all(COOKIE).filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned())
}
