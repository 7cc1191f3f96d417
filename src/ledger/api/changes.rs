//! What every answer to a change says of its events: `Waybill-Event`; and of the receipt, for who would rather wait for it.

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::db::noting;
use crate::http::{PREFERENCE_APPLIED, preferred_wait};
use crate::ledger::{Ledger, Receipt};
use crate::types::EventId;

/// The ids of the events that a change recorded.
const EVENTS: HeaderName = HeaderName::from_static("waybill-event");
/// Where the last of them stands in the ledger.
const INDEX: HeaderName = HeaderName::from_static("waybill-ledger-index");
/// Its receipt: a `.tlog-proof`, in Base64.
const RECEIPT: HeaderName = HeaderName::from_static("waybill-receipt");
/// Ids in one answer, the last ones: headers have bounds, and a change that records more is found by its last event.
const MOST: usize = 16;

/// Middleware: adds `Waybill-Event: <id>, …` to the answer of a request that changed something, in the order in which the
/// events were recorded. Nothing recorded, no header; requests that only read are passed through.
///
/// With `Prefer: wait=<seconds>` the answer waits until the last event is published, and then has the receipt too. The
/// change stands in any case.
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
    let patience = preferred_wait(request.headers());
    let (response, events) = noting(next.call(request)).await;
    let mut response = response?;
    if response.status().is_success()
        && let Some(last) = events.last()
    {
        if let Some(patience) = patience
            && let Some(receipt) = published(&response, *last, patience).await
        {
            tell_receipt(response.headers_mut(), &receipt);
        }
        if let Some(value) = header_of(&events) {
            response.headers_mut().insert(EVENTS, value);
        }
    }
    Ok(response)
}

/// Waits for the receipt of an event; none when it does not come in time.
async fn published<B>(response: &ServiceResponse<B>, event: EventId, patience: Duration) -> Option<Receipt> {
    let ledger = response.request().app_data::<web::Data<Ledger>>()?;
    // What was changed stands: that its receipt can't be had must not make it look as if it did not.
    ledger.receipt_of(event, patience).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "a change is answered without the receipt that its client would wait for");
        None
    })
}

fn tell_receipt(headers: &mut HeaderMap, receipt: &Receipt) {
    if let Ok(proof) = HeaderValue::from_str(&STANDARD.encode(receipt.to_string())) {
        headers.insert(PREFERENCE_APPLIED, HeaderValue::from_static("wait"));
        headers.insert(INDEX, HeaderValue::from(receipt.index));
        headers.insert(RECEIPT, proof);
    }
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
