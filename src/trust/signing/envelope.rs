//! DSSE envelopes (secure-systems-lab/dsse, protocol and envelope v1).

use super::SigningKey;
use crate::trust::model::{Envelope, IN_TOTO, pae};

/// Signs an in-toto statement.
pub fn sign(key: &SigningKey, statement: Vec<u8>) -> Envelope {
    let signature = key.sign(&pae(IN_TOTO, &statement));
    Envelope { payload_type: IN_TOTO.to_owned(), payload: statement, signature, hint: None }
}
