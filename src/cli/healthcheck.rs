//! `waybill healthcheck`

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::Client;
use tokio::runtime::Builder;

use super::failure::Failure;
use crate::config::{Flags, Settings};

/// How long the server may take; it asks nobody before it answers.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the server of these settings, on this machine, whether it runs: for containers, which hold nothing else that
/// speaks HTTP.
pub fn run(flags: &Flags) -> Result<(), Failure> {
    let settings = Settings::load(flags)?;
    let scheme = if settings.tls.files().is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}/healthz", reachable(settings.listen));
    Builder::new_current_thread().enable_all().build()?.block_on(ask(&url)).map_err(Failure::Unhealthy)
}

/// Where a listener on all addresses is found.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        address => address,
    };
    SocketAddr::new(address, listen.port())
}

async fn ask(url: &str) -> Result<(), String> {
    // The certificate names the address that clients use, not this one, and nothing is told to whoever answers.
    let client = Client::builder().no_proxy().timeout(PATIENCE).tls_danger_accept_invalid_certs(true).build();
    let asked = async { client?.get(url).send().await };
    match asked.await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("{url} answered {}", answer.status())),
        Err(error) if error.is_timeout() => Err(format!("{url} does not answer in {PATIENCE:?}")),
        Err(error) => Err(format!("{url} does not answer: {}", cause(&error))),
    }
}

/// The innermost cause: the outer ones repeat the URL.
fn cause(error: &dyn Error) -> &dyn Error {
    error.source().map_or(error, cause)
}
