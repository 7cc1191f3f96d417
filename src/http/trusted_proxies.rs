//! Whose word on where a request came from is believed.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, X_FORWARDED_FOR};
use ipnet::IpNet;
use serde::Deserialize;
use thiserror::Error;

/// Why a text is no network. The message is for who wrote the settings.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("must hold IP addresses and networks, such as 10.0.0.7 or 10.0.0.0/8; '{0}' is neither")]
pub struct NetworkError(String);

/// An address, or all that begin alike (CIDR).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let address = text.parse::<IpAddr>().map(|address| IpNet::from(address.to_canonical()));
        address.or_else(|_| text.parse()).map(Self).map_err(|_| NetworkError(text.to_owned()))
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, NetworkError> {
        text.parse()
    }
}

/// The proxies in front of this server. Only they are believed when they say, in `X-Forwarded-For`, whom they speak for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct TrustedProxies(Vec<Network>);

impl TrustedProxies {
    /// The nearest address on a request's way here that is none of these proxies: the one that can't be made up.
    pub fn client_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr()?.ip().to_canonical();
        Some(self.walk_back(peer, request.headers()))
    }

    /// Whether one of these proxies sent the request, so that its word on it is believed.
    pub fn sent(&self, request: &HttpRequest) -> bool {
        request.peer_addr().is_some_and(|peer| self.trusts(peer.ip().to_canonical()))
    }

    fn walk_back(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let lines: Vec<&str> =
            headers.get_all(X_FORWARDED_FOR).map(|line| line.to_str().unwrap_or_default()).collect();
        let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
        let mut client = peer;
        // Each proxy adds whom it heard at the right, so what stands left of an untrusted address is hearsay.
        while self.trusts(client) {
            // What can't be read is told of the proxy that passed it on.
            let Some(hop) = hops.next().and_then(address) else { break };
            client = hop;
        }
        client
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.0.contains(&address))
    }
}

/// An address as proxies write it: some add its port.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    let with_port = || hop.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse::<IpAddr>().or_else(|_| with_port()).ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(trusted: &[&str], peer: &str, headers: &[&str]) -> String {
        let trusted = TrustedProxies(trusted.iter().map(|text| text.parse().unwrap()).collect());
        let request = TestRequest::default().peer_addr(SocketAddr::new(peer.parse().unwrap(), 1));
        let request =
            headers.iter().fold(request, |request, line| request.append_header((X_FORWARDED_FOR, *line)));
        trusted.client_of(&request.to_http_request()).unwrap().to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(client(&[], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "192.0.2.1", &["198.51.100.1"]), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.1.2.3", &[]), "10.1.2.3");
        assert_eq!(client(&["10.1.2.3"], "::ffff:10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn what_a_client_made_up_is_not_believed() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"];
        for (headers, expected) in [
            (&["203.0.113.9, 198.51.100.1"] as &[_], "198.51.100.1"),
            (&["203.0.113.9, 198.51.100.1, 10.9.9.9"], "198.51.100.1"),
            (&["203.0.113.9", "198.51.100.1,10.9.9.9"], "198.51.100.1"),
            (&["203.0.113.9, unknown"], "10.1.2.3"),
            (&["unknown, 10.9.9.9"], "10.9.9.9"),
            (&["203.0.113.9,"], "10.1.2.3"),
            (&["198.51.100.1:4711"], "198.51.100.1"),
            (&["[2001:db9::1]:4711, [2001:db8::1]"], "2001:db9::1"),
        ] {
            assert_eq!(client(&trusted, "10.1.2.3", headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn networks_are_parsed() {
        for text in ["10.0.0.7", "10.0.0.0/8", "::1", "2001:db8::/32"] {
            assert!(text.parse::<Network>().is_ok(), "{text}");
        }
        for text in ["", "10.0.0.0/33", "proxy.example", "10.0.0", "10.0.0.7:80"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
