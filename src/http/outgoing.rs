//! What may be asked over the network, and how much of an answer is read.

use std::net::IpAddr;

use reqwest::{Response, Url};

/// Why an answer was not read to its end.
pub enum AnswerError {
    /// It is longer than it may be.
    TooLarge,
    /// It broke off.
    Broken(reqwest::Error),
}

/// Reads an answer's body, of at most `limit` bytes.
///
/// # Errors
/// `TooLarge`, `Broken`.
pub async fn read_answer(mut answer: Response, limit: usize) -> Result<Vec<u8>, AnswerError> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(AnswerError::Broken)? {
        if body.len() + piece.len() > limit {
            return Err(AnswerError::TooLarge);
        }
        body.extend_from_slice(&piece);
    }
    Ok(body)
}

/// Whether keys and secrets may go over it: TLS, or not beyond this machine.
pub fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = bare == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let scheme = url.scheme() == "https" || url.scheme() == "http" && loopback;
    scheme
        && !host.is_empty()
        && url.username().is_empty()
        && url.password().is_none()
        && url.fragment().is_none()
}
