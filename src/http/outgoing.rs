//! What may be asked over the network.

use std::net::IpAddr;

use reqwest::Url;

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
