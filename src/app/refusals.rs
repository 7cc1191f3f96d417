//! How requests are refused that no handler gets to see, in the error form of the surface that they went to.

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::{Error, HttpRequest, HttpResponse, ResponseError, web};

use crate::http::{OciCode, OciError, Problem, is_protocol};

/// Largest JSON body of the API, in bytes.
const JSON_LIMIT: usize = 256 * 1024;

/// Makes actix answer in our forms.
pub fn configure(config: &mut web::ServiceConfig) {
    config
        .app_data(web::JsonConfig::default().limit(JSON_LIMIT).error_handler(bad_json))
        .app_data(web::QueryConfig::default().error_handler(bad_query))
        .app_data(web::PathConfig::default().error_handler(bad_path));
}

/// Nothing is served at this path, or not with this method.
pub async fn unknown_path(request: HttpRequest) -> HttpResponse {
    let detail = format!("nothing is served here for {}", request.method());
    if is_protocol(&request) {
        OciError::new(StatusCode::NOT_FOUND, OciCode::Unsupported, detail).error_response()
    } else {
        Problem::not_found(detail).error_response()
    }
}

fn bad_json(error: JsonPayloadError, request: &HttpRequest) -> Error {
    let status = match &error {
        JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        JsonPayloadError::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        _ => StatusCode::BAD_REQUEST,
    };
    refuse(request, status, &error)
}

fn bad_query(error: QueryPayloadError, request: &HttpRequest) -> Error {
    refuse(request, StatusCode::BAD_REQUEST, &error)
}

fn bad_path(error: PathError, request: &HttpRequest) -> Error {
    refuse(request, StatusCode::BAD_REQUEST, &error)
}

/// The texts of these errors speak of the request alone, so the client may have them.
fn refuse(request: &HttpRequest, status: StatusCode, error: &dyn std::fmt::Display) -> Error {
    if is_protocol(request) {
        OciError::new(status, OciCode::Unsupported, error.to_string()).into()
    } else {
        Problem::new(status, "invalid_request", error.to_string()).into()
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
    use actix_web::{App, get, post};
    use serde_json::Value;

    use super::*;

    #[post("/api/numbers")]
    async fn post_number(number: web::Json<u64>) -> String {
        number.to_string()
    }

    #[get("/v2/numbers/{number}")]
    async fn get_number(number: web::Path<u64>) -> String {
        number.to_string()
    }

    async fn answer(request: TestRequest) -> (StatusCode, String, Value) {
        let app = App::new()
            .configure(configure)
            .service(post_number)
            .service(get_number)
            .default_service(web::to(unknown_path));
        let response = call_service(&init_service(app).await, request.to_request()).await;
        let kind = response.headers().get("content-type").unwrap().to_str().unwrap().to_owned();
        (response.status(), kind, read_body_json(response).await)
    }

    #[actix_web::test]
    async fn the_api_speaks_problem_json() {
        let json = ("content-type", "application/json");
        for (request, status, code) in [
            (TestRequest::get().uri("/api/v1/nothing"), 404, "not_found"),
            (
                TestRequest::post().uri("/api/numbers").insert_header(json).set_payload("x"),
                400,
                "invalid_request",
            ),
            (TestRequest::post().uri("/api/numbers").set_payload("1"), 415, "invalid_request"),
            (
                TestRequest::post()
                    .uri("/api/numbers")
                    .insert_header(json)
                    .set_payload("1".repeat(JSON_LIMIT + 1)),
                413,
                "invalid_request",
            ),
        ] {
            let (got, kind, body) = answer(request).await;
            assert_eq!((got.as_u16(), kind.as_str()), (status, "application/problem+json"), "{body}");
            assert_eq!(body["code"], code, "{body}");
        }
    }

    #[actix_web::test]
    async fn the_protocol_speaks_oci() {
        for (path, status) in [("/v2/nothing", 404), ("/v2", 404), ("/v2/numbers/x", 400)] {
            let (got, kind, body) = answer(TestRequest::get().uri(path)).await;
            assert_eq!((got.as_u16(), kind.as_str()), (status, "application/json"), "{body}");
            assert_eq!(body["errors"][0]["code"], "UNSUPPORTED", "{body}");
        }
    }
}
