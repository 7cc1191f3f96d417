//! The statement within evidence, not verified.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::trust::model::{Envelope, Evidence, Format, IN_TOTO, Reason, Statement, read_json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    dsse_envelope: Option<Box<RawValue>>,
}

/// The statement that evidence holds; none where its format holds none.
///
/// # Errors
/// Why the statement can't be read.
pub(super) fn statement_of(evidence: &Evidence) -> Result<Option<Statement>, Reason> {
    let envelope = match evidence.format {
        Format::Dsse => Envelope::parse(&evidence.bytes)?,
        Format::SigstoreBundle => {
            let bundle: Bundle = read_json(&evidence.bytes)?;
            let Some(envelope) = bundle.dsse_envelope else { return Ok(None) };
            Envelope::parse(envelope.get().as_bytes())?
        }
        _ => return Ok(None),
    };
    if envelope.payload_type != IN_TOTO {
        return Err(Reason::PayloadType { found: envelope.payload_type, expected: IN_TOTO });
    }
    Statement::parse(&envelope.payload).map(Some)
}
