//! What a client would rather have (RFC 7240).

use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName};

/// What a client prefers.
const PREFER: HeaderName = HeaderName::from_static("prefer");
/// Which of it was done.
pub const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// Longest that is waited, whatever the client prefers: less than a server waits for its requests when it is stopped.
const LONGEST: Duration = Duration::from_secs(25);

/// How long a client would rather wait than be told that something is still under way: `Prefer: wait=<seconds>`. None when
/// it does not say so in a way that is understood; the first of several counts (RFC 7240, section 2).
pub fn preferred_wait(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get_all(PREFER)
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .find_map(wait)
}

fn wait(preference: &str) -> Option<Duration> {
    let without_parameters = preference.split(';').next().unwrap_or_default();
    let (name, value) = without_parameters.split_once('=')?;
    if !name.trim().eq_ignore_ascii_case("wait") {
        return None;
    }
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // What passes 64 bits is longer than the longest.
    Some(LONGEST.min(Duration::from_secs(value.parse().unwrap_or(u64::MAX))))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    fn seconds(lines: &[&str]) -> Option<u64> {
        let request =
            lines.iter().fold(TestRequest::default(), |request, line| request.append_header((PREFER, *line)));
        preferred_wait(request.to_http_request().headers()).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_found_among_other_preferences() {
        for (lines, expected) in [
            (&["wait=10"] as &[_], Some(10)),
            (&["respond-async, wait=10"], Some(10)),
            (&["respond-async", "WAIT = \"7\"; foo=bar"], Some(7)),
            (&["wait=5, wait=9"], Some(5)),
            (&["wait=0"], Some(0)),
            (&["wait=61"], Some(25)),
            (&["wait=99999999999999999999999"], Some(25)),
            (&["wait"], None),
            (&["wait="], None),
            (&["wait=-1"], None),
            (&["wait=+1"], None),
            (&["wait=1.5"], None),
            (&["await=10"], None),
            (&[], None),
        ] {
            assert_eq!(seconds(lines), expected, "{lines:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_waits_for_long(preference in ".*") {
            prop_assert!(wait(&preference).is_none_or(|wait| wait <= LONGEST));
        }
    }
}
