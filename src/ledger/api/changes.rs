//! What every answer to a change says of its events: `Waybill-Event`.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;

use crate::db::noting;
use crate::types::EventId;

/// The ids of the events that a change recorded.
const EVENTS: HeaderName = HeaderName::from_static("waybill-event");
/// Ids in one answer, the last ones: headers have bounds, and a change that records more is found by its last event.
const MOST: usize = 16;

/// Middleware: adds `Waybill-Event: <id>, …` to the answer of a request that changed something, in the order in which the
/// events were recorded. Nothing recorded, no header; requests that only read are passed through.
///
/// # Errors
/// Passes on what the handler returned.
pub async fn tell_events<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, actix_web::Error> {
    if request.method().is_safe() {
        return next.call(request).await;
    }
    let (response, events) = noting(next.call(request)).await;
    let mut response = response?;
    if response.status().is_success()
        && let Some(value) = header_of(&events)
    {
        response.headers_mut().insert(EVENTS, value);
    }
    Ok(response)
}

/// The header's value; none for no events.
fn header_of(events: &[EventId]) -> Option<HeaderValue> {
    let last = &events[events.len().saturating_sub(MOST)..];
    let ids: Vec<String> = last.iter().map(ToString::to_string).collect();
    (!ids.is_empty()).then(|| HeaderValue::from_str(&ids.join(", ")).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sixteen_are_told() {
        let ids: Vec<EventId> = (0..20).map(|_| EventId::new()).collect();
        let texts = |ids: &[EventId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        assert_eq!(header_of(&[]), None);
        assert_eq!(header_of(&ids[..2]).unwrap(), texts(&ids[..2]).as_str());
        assert_eq!(header_of(&ids).unwrap(), texts(&ids[4..]).as_str());
    }
}
