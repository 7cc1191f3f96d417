//! DSSE envelopes (secure-systems-lab/dsse, protocol and envelope v1).

use super::SigningKey;
use crate::trust::model::{Envelope, IN_TOTO, pae};

/// Signs an in-toto statement.
pub fn sign(key: &SigningKey, statement: Vec<u8>) -> Envelope {
    sign_with(statement, |bytes| key.sign(bytes))
}

/// The same with a key that is elsewhere: `sign` makes the signature of the bytes that it is given.
pub fn sign_with(statement: Vec<u8>, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> Envelope {
    let signature = sign(&pae(IN_TOTO, &statement));
    Envelope { payload_type: IN_TOTO.to_owned(), payload: statement, signature, hint: None }
}
