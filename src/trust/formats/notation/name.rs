//! Whose certificate it must be: patterns of distinguished names (RFC 4514), read once, when a policy is.

use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Any, Tag, Tagged as _};
use x509_cert::name::Name;

use crate::trust::model::Wildcard;

/// Types of attributes by what they are called (RFC 4514, section 3; RFC 4519; X.520; and as OpenSSL, notation and Microsoft
/// write them). Upper and lower case are one.
const TYPES: [(&[&str], ObjectIdentifier); 15] = [
    (&["CN", "commonName"], ObjectIdentifier::new_unwrap("2.5.4.3")),
    (&["SN", "surname"], ObjectIdentifier::new_unwrap("2.5.4.4")),
    (&["serialNumber"], ObjectIdentifier::new_unwrap("2.5.4.5")),
    (&["C", "countryName"], ObjectIdentifier::new_unwrap("2.5.4.6")),
    (&["L", "localityName"], ObjectIdentifier::new_unwrap("2.5.4.7")),
    (&["ST", "S", "stateOrProvinceName"], ObjectIdentifier::new_unwrap("2.5.4.8")),
    (&["STREET", "streetAddress"], ObjectIdentifier::new_unwrap("2.5.4.9")),
    (&["O", "organizationName"], ObjectIdentifier::new_unwrap("2.5.4.10")),
    (&["OU", "organizationalUnitName"], ObjectIdentifier::new_unwrap("2.5.4.11")),
    (&["title"], ObjectIdentifier::new_unwrap("2.5.4.12")),
    (&["postalCode"], ObjectIdentifier::new_unwrap("2.5.4.17")),
    (&["GN", "givenName"], ObjectIdentifier::new_unwrap("2.5.4.42")),
    (&["UID", "userId"], ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1")),
    (&["DC", "domainComponent"], ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25")),
    (&["E", "emailAddress"], ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1")),
];

/// Which certificates are meant.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) enum NamePattern {
    /// All: `*`.
    Anybody,
    /// Those whose subject has all of these attributes, in any order, whatever else it has.
    Attributes(Vec<(ObjectIdentifier, Wildcard)>),
}

/// The attributes of a certificate's subject, those whose values are texts.
pub(super) struct Subject(Vec<(ObjectIdentifier, String)>);

impl NamePattern {
    /// Reads `CN=*,O=Acme`. The error says what to write.
    pub(in super::super) fn parse(text: &str) -> Result<Self, String> {
        if text.trim() == "*" {
            return Ok(Self::Anybody);
        }
        let attributes = parts(text).into_iter().map(attribute).collect::<Result<_, _>>();
        attributes.map(Self::Attributes).map_err(|why| format!("the subject {text:?} of `subjects`: {why}"))
    }

    /// Whether it is meant.
    pub(super) fn matches(&self, subject: &Subject) -> bool {
        match self {
            Self::Anybody => true,
            Self::Attributes(attributes) => attributes.iter().all(|(kind, value)| {
                subject.0.iter().any(|(found, text)| found == kind && value.matches(text))
            }),
        }
    }
}

impl Subject {
    pub(super) fn of(name: &Name) -> Self {
        let attributes = name.0.iter().flat_map(|names| names.0.iter());
        Self(attributes.filter_map(|attribute| Some((attribute.oid, value(&attribute.value)?))).collect())
    }
}

/// The text of a value (RFC 5280, section 4.1.2.4); none if it is of another kind.
fn value(value: &Any) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String => String::from_utf8(bytes.to_vec()).ok(),
        // What is beyond ASCII in a teletex string means several things.
        Tag::PrintableString | Tag::Ia5String | Tag::TeletexString if bytes.is_ascii() => {
            String::from_utf8(bytes.to_vec()).ok()
        }
        Tag::BmpString if bytes.len().is_multiple_of(2) => {
            let units = bytes.chunks_exact(2).map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).ok()
        }
        _ => None,
    }
}

/// The parts between commas and pluses that no backslash escapes.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' | '+' => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn attribute(part: &str) -> Result<(ObjectIdentifier, Wildcard), String> {
    let (kind, value) = part.split_once('=').ok_or_else(|| {
        format!(
            "{part:?} is no attribute: write \"*\" for anybody, else attributes such as CN=*,O=Acme, with a \
             backslash before a comma within a value"
        )
    })?;
    let kind = kind.trim();
    let is_called = |names: &&[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(kind));
    let known = TYPES.iter().find(|(names, _)| is_called(names)).map(|(_, oid)| *oid);
    let oid = known.or_else(|| ObjectIdentifier::new(kind).ok()).ok_or_else(|| {
        let names: Vec<&str> = TYPES.iter().filter_map(|(names, _)| names.first().copied()).collect();
        format!("{kind:?} is no type of attributes: write one of {}, or an OID in numbers", names.join(", "))
    })?;
    match unescaped(value)? {
        value if value.is_empty() => Err(format!("{kind} has no value: write {kind}=* if it may be any")),
        value => Ok((oid, Wildcard::from(value))),
    }
}

/// A value without its escapes (RFC 4514, section 2.4), and without blanks around it that are not escaped.
fn unescaped(value: &str) -> Result<String, String> {
    let value = value.trim_start();
    if value.starts_with('#') {
        return Err(format!("{value:?} is a value in hexadecimal: write it as text"));
    }
    let wrong = || format!("in {value:?} there is a backslash before what needs none");
    let (mut bytes, mut kept) = (Vec::with_capacity(value.len()), 0);
    let mut rest = value.chars();
    while let Some(c) = rest.next() {
        let escaped = c == '\\';
        match (escaped, if escaped { rest.next().ok_or_else(wrong)? } else { c }) {
            (true, c @ (' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\')) => bytes.push(c as u8),
            (true, high) => {
                let digits = high.to_digit(16).zip(rest.next().and_then(|low| low.to_digit(16)));
                let (high, low) = digits.ok_or_else(wrong)?;
                bytes.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
                if bytes.last() == Some(&b'*') {
                    return Err(format!(
                        "{value:?} means an asterisk: there it can't but stand for any text"
                    ));
                }
            }
            (false, c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        if escaped || !c.is_whitespace() {
            kept = bytes.len();
        }
    }
    bytes.truncate(kept);
    String::from_utf8(bytes).map_err(|_| format!("{value:?} is no UTF-8"))
}

#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use proptest::prelude::*;
    use x509_cert::attr::AttributeTypeAndValue;
    use x509_cert::der::asn1::{BmpString, SetOfVec};
    use x509_cert::name::{RdnSequence, RelativeDistinguishedName};

    use super::*;

    fn subject(name: &str) -> Subject {
        Subject::of(&Name::from_str(name).unwrap())
    }

    fn matches(pattern: &str, name: &str) -> bool {
        NamePattern::parse(pattern).unwrap().matches(&subject(name))
    }

    #[test]
    fn a_name_is_held_against_its_attributes_one_by_one() {
        assert!(matches("CN=*,O=Vendor", "CN=ci,O=Vendor,ST=WA,C=US"));
        assert!(matches("O=Vendor, CN=ci", "CN=ci,O=Vendor"));
        assert!(matches("CN=ci", "CN=ci+UID=1,O=Vendor"));
        assert!(matches("CN=ci+UID=1", "CN=ci+UID=1,O=Vendor"));
        assert!(!matches("CN=*,O=Vendor", r"CN=evil\,O=Vendor"));
        assert!(!matches("CN=*,O=Vendor", r"CN=evil\,O=Vendor,C=US"));
        assert!(!matches("CN=ci", "CN=ci2"));
        assert!(!matches("CN=ci", "OU=ci"));
        assert!(!matches("CN=CI", "CN=ci"));
        assert!(matches("*", "CN=ci"));
        assert!(matches(r"O=Acme\, Inc.", r"O=Acme\, Inc."));
        assert!(matches(r"O=Acme\2C Inc.", r"O=Acme\, Inc."));
        assert!(matches(r"O=M\C3\BCller", "O=Müller"));
        assert!(matches(r"O= a\ ", r"O=a\ "));
        assert!(!matches("O=a ", r"O=a\ "));
    }

    #[test]
    fn a_type_has_several_names() {
        for pattern in ["cn=a", "CommonName=a", "2.5.4.3=a", "Cn = a"] {
            assert!(matches(pattern, "CN=a"), "{pattern}");
        }
        for pattern in ["S=WA", "ST=WA", "st=W*"] {
            assert!(matches(pattern, "CN=a,ST=WA"), "{pattern}");
        }
        let by_oid = "CN=a,1.2.840.113549.1.9.1=ci@example.test";
        for pattern in ["E=ci@example.test", "emailAddress=*@example.test", "1.2.840.113549.1.9.1=*"] {
            assert!(matches(pattern, by_oid), "{pattern}");
        }
        assert!(matches("1.3.6.1.4.1.311.60.2.1.3=US", "CN=a,1.3.6.1.4.1.311.60.2.1.3=US"));
        for (names, oid) in TYPES {
            for name in names {
                let any = Wildcard::from("*".to_owned());
                let read = NamePattern::parse(&format!("{name}=*"));
                assert_eq!(read, Ok(NamePattern::Attributes(vec![(oid, any)])), "{name}");
            }
        }
    }

    #[test]
    fn what_says_nothing_is_refused() {
        for (pattern, says) in [
            ("", "write \"*\" for anybody"),
            ("foo", "is no attribute"),
            ("CN=a,", "is no attribute"),
            ("*,O=Acme", "is no attribute"),
            ("O=Acme, Inc.", "a backslash before a comma"),
            ("*=a", "\"*\" is no type of attributes: write one of CN,"),
            ("C*=a", "no type"),
            ("XY=a", "no type"),
            ("=a", "no type"),
            ("2.5=a,2.=b", "no type"),
            ("CN=", "write CN=*"),
            ("CN= ,O=a", "write CN=*"),
            ("CN=#0c0161", "hexadecimal"),
            (r"CN=\*", "backslash"),
            (r"CN=a\2a", "asterisk"),
            (r"CN=a\", "backslash"),
            (r"CN=\C3", "UTF-8"),
        ] {
            let why = NamePattern::parse(pattern).unwrap_err();
            assert!(why.contains(says), "{pattern}: {why}");
        }
    }

    #[test]
    fn values_come_in_several_kinds_of_text() {
        let named = |value: Any| {
            let oid = ObjectIdentifier::new_unwrap("2.5.4.3");
            let attributes = SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }]).unwrap();
            Subject::of(&RdnSequence(vec![RelativeDistinguishedName(attributes)]))
        };
        let pattern = NamePattern::parse("CN=ci").unwrap();
        for tag in [Tag::Utf8String, Tag::PrintableString, Tag::Ia5String, Tag::TeletexString] {
            assert!(pattern.matches(&named(Any::new(tag, *b"ci").unwrap())), "{tag}");
        }
        let wide = BmpString::from_utf8("ci").unwrap();
        assert!(pattern.matches(&named(Any::new(Tag::BmpString, wide.as_bytes()).unwrap())));
        assert!(
            !NamePattern::parse("CN=*").unwrap().matches(&named(Any::new(Tag::OctetString, *b"ci").unwrap()))
        );
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_not(text in r"([A-Z]{1,2}|[*\\=,+ #a-f0-9ü]){0,12}") {
            if let Ok(NamePattern::Attributes(attributes)) = NamePattern::parse(&text) {
                prop_assert!(!attributes.is_empty());
            }
        }
    }
}
