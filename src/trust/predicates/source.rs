//! Where sources lie, in one form, so that they can be looked up.

use super::text;

/// A source repository and the ref in it, as `git+https://host/path@ref`, `https://host/path.git#ref` or `user@host:path` name
/// them: `https://host/path` in one form, and the ref. What stands before the host is left out: it may be a password.
pub fn located(text: &str) -> Option<(String, Option<String>)> {
    let text = text.strip_prefix("git+").unwrap_or(text).trim();
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest.to_owned()),
        // As ssh takes it.
        None => match text.split_once('@').and_then(|(_, rest)| rest.split_once(':')) {
            Some((host, path)) => ("ssh".to_owned(), format!("{host}/{path}")),
            None => ("https".to_owned(), text.to_owned()),
        },
    };
    let (authority, path) = rest.split_once('/')?;
    let host = authority.rsplit('@').next().unwrap_or(authority).to_ascii_lowercase();
    let path = path.split('?').next().unwrap_or(path);
    let cut = path.find(['@', '#']);
    let (path, reference) = cut.map_or((path, None), |at| (&path[..at], Some(&path[at + 1..])));
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    if host.is_empty() || path.is_empty() || !scheme.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let reference = reference.and_then(|reference| text::key(reference.trim_start_matches('@')));
    Some((text::key(&format!("{scheme}://{host}/{path}"))?, reference))
}

/// A source repository in the form that facts keep it in.
pub fn repository(text: &str) -> Option<String> {
    located(text).map(|(repository, _)| repository)
}

/// A commit's name: 40 or 64 hex digits, in lower case.
pub fn commit(text: &str) -> Option<String> {
    let is_name = [40, 64].contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_name.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_repository_has_one_form() {
        let at_main = Some("refs/heads/main".to_owned());
        for (text, reference) in [
            ("git+https://github.com/acme/app@refs/heads/main", at_main.clone()),
            ("https://GitHub.com/acme/app.git#refs/heads/main", at_main),
            ("https://github.com/acme/app/", None),
            ("https://user:secret@github.com/acme/app.git", None),
            ("github.com/acme/app", None),
        ] {
            assert_eq!(located(text), Some(("https://github.com/acme/app".to_owned(), reference)), "{text}");
        }
        assert_eq!(repository("git@github.com:acme/app.git").as_deref(), Some("ssh://github.com/acme/app"));
        assert_eq!(
            located("git+ssh://git@github.com/acme/app@v1").map(|(_, reference)| reference),
            Some(Some("v1".to_owned()))
        );
        assert_eq!(located("nothing"), None);
    }

    #[test]
    fn commits_are_whole() {
        assert_eq!(commit(&"AB".repeat(20)), Some("ab".repeat(20)));
        assert_eq!(commit("abc"), None);
        assert_eq!(commit(&"xy".repeat(20)), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in ".*") {
            if let Some((repository, _)) = located(&text) {
                prop_assert!(!repository.contains('@'));
            }
        }

        #[test]
        fn what_is_in_form_stays_so(host in "[a-z]{1,9}", path in "[a-z]{1,9}(/[a-z]{1,9})?") {
            let text = format!("https://{host}/{path}");
            prop_assert_eq!(repository(&text), Some(text));
        }
    }
}
