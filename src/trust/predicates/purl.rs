//! Package URLs (github.com/package-url/purl-spec), in one form to be looked up by.

use super::text;

/// Types whose names are the same in upper and lower case.
const FOLDED: [&str; 12] = [
    "alpm",
    "apk",
    "bitbucket",
    "composer",
    "deb",
    "github",
    "gitlab",
    "golang",
    "hex",
    "npm",
    "oci",
    "pypi",
];

/// A package, and which version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purl {
    /// The package without version and qualifiers, in one form: `pkg:npm/%40angular/core`.
    pub package: String,
    /// The version; empty where none is told.
    pub version: String,
}

impl Purl {
    /// Reads a package URL; none when it is not one, or longer than can be looked up.
    pub fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(':')?;
        if !scheme.eq_ignore_ascii_case("pkg") {
            return None;
        }
        let rest = rest.split('#').next().unwrap_or(rest);
        let rest = rest.split('?').next().unwrap_or(rest).trim_matches('/');
        // A version stands behind the last name; an `@` at the head of a segment is npm's scope, though the spec wants it escaped.
        let name_at = rest.rfind('/')? + 1;
        let version_at = rest[name_at..].rfind('@').map(|at| name_at + at).filter(|at| *at > name_at);
        let (path, version) = version_at.map_or((rest, ""), |at| (&rest[..at], &rest[at + 1..]));
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let kind = segments.next()?.to_ascii_lowercase();
        let is_type = kind.bytes().all(|b| b.is_ascii_alphanumeric() || b".+-".contains(&b));
        let names: Vec<String> = segments.map(|segment| form(&kind, &decoded(segment))).collect();
        if !is_type || names.is_empty() {
            return None;
        }
        let version = decoded(version);
        Some(Self {
            package: text::key(&format!("pkg:{kind}/{}", names.join("/")))?,
            version: if version.is_empty() { version } else { text::key(&version)? },
        })
    }
}

fn form(kind: &str, name: &str) -> String {
    let name = if FOLDED.contains(&kind) { name.to_lowercase() } else { name.to_owned() };
    encoded(&if kind == "pypi" { name.replace('_', "-") } else { name })
}

/// Resolves `%40`; what is no such escape stays as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let (mut decoded, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        let escaped = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        decoded.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}

/// Escapes what would be read as another part, or not at all.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for c in text.chars() {
        if "%/@?#".contains(c) || c.is_whitespace() {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        } else {
            encoded.push(c);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_package_has_one_form() {
        for (text, package, version) in [
            ("pkg:npm/lodash@4.17.20", "pkg:npm/lodash", "4.17.20"),
            ("PKG:NPM/Lodash", "pkg:npm/lodash", ""),
            ("pkg://npm/lodash", "pkg:npm/lodash", ""),
            ("pkg:npm/%40angular/core@12.0.0", "pkg:npm/%40angular/core", "12.0.0"),
            ("pkg:npm/@angular/core@12.0.0", "pkg:npm/%40angular/core", "12.0.0"),
            ("pkg:npm/@angular/core", "pkg:npm/%40angular/core", ""),
            ("pkg:pypi/Typing_Extensions@4.8.0", "pkg:pypi/typing-extensions", "4.8.0"),
            (
                "pkg:deb/debian/curl@7.88.1-10+deb12u5?arch=amd64&distro=debian-12",
                "pkg:deb/debian/curl",
                "7.88.1-10+deb12u5",
            ),
            (
                "pkg:golang/github.com/Acme/App/v2@v2.0.1#sub/path",
                "pkg:golang/github.com/acme/app/v2",
                "v2.0.1",
            ),
            ("pkg:maven/org.Apache/Commons-IO@2.11", "pkg:maven/org.Apache/Commons-IO", "2.11"),
            ("pkg:deb/debian/libssl@1%3A3.0", "pkg:deb/debian/libssl", "1:3.0"),
        ] {
            let expected = Purl { package: package.to_owned(), version: version.to_owned() };
            assert_eq!(Purl::parse(text), Some(expected), "{text}");
        }
        for text in ["", "pkg:npm", "pkg:npm/", "npm/lodash", "https://a/b", "pkg:n m/a", "pkg:npm/a\0"] {
            assert_eq!(Purl::parse(text), None, "{text}");
        }
        assert_eq!(Purl::parse(&format!("pkg:npm/{}", "a".repeat(600))), None);
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in "(pkg:)?.*") {
            Purl::parse(&text);
        }

        #[test]
        fn a_form_is_its_own(text in "pkg:[a-z]{1,5}/([ -~]|.|%[0-9A-F]{2}|%C2%A0){1,9}(/[ -~]{1,9})?") {
            if let Some(purl) = Purl::parse(&text) {
                let again = Purl::parse(&purl.package).map(|purl| purl.package);
                prop_assert_eq!(again, Some(purl.package));
            }
        }
    }
}
