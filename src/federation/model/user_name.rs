//! Log-in names for people who come from an issuer.

use crate::identity::UserName;

/// Longest part that is kept of what the issuer calls them, so that a number fits behind it.
const MAX_BASE: usize = 56;
/// How many may be called alike.
const TRIES: u32 = 1000;

/// Names for somebody, the best first: what their issuer calls them made fit, then with a number behind it. None is theirs
/// before it was free: a name that somebody has is never shared.
pub fn candidates(preferred: Option<&str>) -> impl Iterator<Item = UserName> {
    // Some issuers give an address of e-mail.
    let preferred = preferred.unwrap_or_default().split('@').next().unwrap_or_default();
    let fit =
        |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c.to_ascii_lowercase() } else { '-' };
    let base: String = preferred.chars().map(fit).take(MAX_BASE).collect();
    let base = base.trim_matches(['.', '_', '-']).to_owned();
    let base = if base.is_empty() { "user".to_owned() } else { base };
    (1..=TRIES).filter_map(move |number| {
        let name = if number == 1 { base.clone() } else { format!("{base}-{number}") };
        name.parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_made_fit() {
        for (preferred, expected) in [
            (Some("Ann.Smith"), "ann.smith"),
            (Some("ann@example.org"), "ann"),
            (Some("Jürgen Groß"), "j-rgen-gro"),
            (Some("-_."), "user"),
            (Some("@x"), "user"),
            (None, "user"),
        ] {
            assert_eq!(candidates(preferred).next().unwrap().as_str(), expected);
        }
        assert_eq!(candidates(Some("ann")).nth(1).unwrap().as_str(), "ann-2");
    }

    proptest! {
        #[test]
        fn there_is_always_a_name(preferred in "\\PC{0,90}") {
            prop_assert_eq!(candidates(Some(&preferred)).count(), TRIES as usize);
        }
    }
}
