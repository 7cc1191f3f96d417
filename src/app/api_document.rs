//! The API description: its root, `/api/openapi.json`, and the page that browses it at `/api/docs`.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType, HeaderValue, LOCATION};
use actix_web::middleware::Next;
use actix_web::{App, HttpResponse, get, web};
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use super::routes;

const DOCUMENT: &str = "/api/openapi.json";
const PAGE: &str = "/api/docs";
/// The page may load its own files and call this server, nothing else. Swagger UI sets styles from its script.
const PAGE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Waybill",
        description = "An artifact registry that can prove every deployment.",
        contact(),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    security(("basic" = []), ("token" = [])),
    modifiers(&Schemes),
)]
struct Root;

/// Log-in by name and password, or by a personal token or one of a service account.
struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_default();
        for (name, scheme) in [("basic", HttpAuthScheme::Basic), ("token", HttpAuthScheme::Bearer)] {
            components.add_security_scheme(name, SecurityScheme::Http(Http::new(scheme)));
        }
    }
}

/// Describes the API. Needs neither settings nor a database.
pub fn api_document() -> Document {
    let (_, document) =
        App::new().into_utoipa_app().openapi(Root::openapi()).configure(routes::api).split_for_parts();
    document
}

/// The description as it is served.
pub struct DocumentJson(pub String);

/// Adds the description and its page.
pub fn configure(config: &mut web::ServiceConfig) {
    let page = SwaggerUi::new(format!("{PAGE}/{{_:.*}}"))
        // Without "none" the page asks an outside host to check the description.
        .config(Config::new([DOCUMENT]).validator_url("none"));
    config.service(get_document).service(redirect_from_top).service(redirect_to_page).service(page);
}

#[get("/api/openapi.json")]
async fn get_document(document: web::Data<DocumentJson>) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::json()).body(document.0.clone())
}

/// Who opens the server in a browser finds the page. Not for good: the top may be something else one day.
#[get("/")]
async fn redirect_from_top() -> HttpResponse {
    HttpResponse::Found().insert_header((LOCATION, "/api/docs/")).finish()
}

#[get("/api/docs")]
async fn redirect_to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/api/docs/")).finish()
}

/// Middleware: restricts what the page may load.
///
/// # Errors
/// Passes on what the handler returned.
pub async fn restrict_page<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    let is_page = request.path().starts_with(PAGE);
    let mut response = next.call(request).await?;
    if is_page {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, PAGE_POLICY);
    }
    Ok(response)
}
