//! How many failed log-ins are too many, and what they are counted by.

use std::net::IpAddr;
use std::time::Duration;

use crate::types::Sha256Hex;

/// How many log-ins may fail in a window before the next one is turned away unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginLimits {
    /// How long failures are counted together, and then forgotten.
    pub window: Duration,
    /// Of one name from one address: stops a guesser without stopping the name's owner elsewhere.
    pub pair: i64,
    /// Of one name from anywhere: stops many addresses that guess together.
    pub name: i64,
    /// From one address by any name: stops trying one password on many names.
    pub address: i64,
}

impl Default for LoginLimits {
    fn default() -> Self {
        Self { window: Duration::from_secs(300), pair: 10, name: 100, address: 50 }
    }
}

/// The counters that a log-in touches, as keys of their rows. Names and addresses are hashed: they come from
/// strangers and may be long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Counts this name from this address.
    pub pair: String,
    /// Counts this name.
    pub name: String,
    /// Counts this address.
    pub address: String,
}

impl Attempt {
    /// Of a name as it was given, from the peer's address if that is known.
    pub fn of(name: &str, address: Option<&str>) -> Self {
        let address = address.map(network).unwrap_or_default();
        let key = |what: &str, of: &str| format!("{what}:{}", Sha256Hex::of(&[of.as_bytes()]).as_str());
        Self {
            // No address holds a line break, so two pairs never look the same.
            pair: key("pair", &format!("{address}\n{name}")),
            name: key("name", name),
            address: key("address", &address),
        }
    }

    /// All three, each with its limit.
    pub fn limits<'a>(&'a self, limits: &LoginLimits) -> [(&'a str, i64); 3] {
        [(&self.pair, limits.pair), (&self.name, limits.name), (&self.address, limits.address)]
    }
}

/// What one guesser is likely to hold: an IPv4 address, or a /64 of IPv6, which is what a single host is given.
fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Ok(address) => address.to_string(),
        Err(_) => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_pair_name_and_network() {
        let (one, two) = (Attempt::of("ann", Some("192.0.2.1")), Attempt::of("ann", Some("192.0.2.2")));
        assert_eq!(one.name, two.name);
        assert_ne!(one.pair, two.pair);
        assert_ne!(one.address, two.address);
        let mapped = Attempt::of("bob", Some("::ffff:192.0.2.1"));
        assert_eq!(mapped.address, one.address);
        assert_ne!(mapped.pair, one.pair);
        let v6 = |text| Attempt::of("ann", Some(text)).address;
        assert_eq!(v6("2001:db8::1"), v6("2001:db8:0:0:ffff::2"));
        assert_ne!(v6("2001:db8::1"), v6("2001:db8:0:1::1"));
    }
}
