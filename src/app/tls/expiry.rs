//! When a certificate ends. Nothing else of it is read here: rustls checks the rest.

use time::{Date, Month, PrimitiveDateTime, Time};

use crate::types::Timestamp;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// `notAfter` of a certificate in DER (RFC 5280, section 4.1); none when it does not read like one.
pub fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (to_be_signed, _) = expect(SEQUENCE, expect(SEQUENCE, certificate)?.0)?;
    let rest = match element(to_be_signed)? {
        (VERSION, _, rest) => rest,
        _ => to_be_signed,
    };
    let (_, _, signature_and_on) = element(rest)?;
    let (_, _, issuer_and_on) = element(signature_and_on)?;
    let (_, _, validity_and_on) = element(issuer_and_on)?;
    let (validity, _) = expect(SEQUENCE, validity_and_on)?;
    let (_, _, not_after) = element(validity)?;
    let (tag, text, _) = element(not_after)?;
    instant(tag, std::str::from_utf8(text).ok()?)
}

fn expect(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    element(bytes).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// The first element: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, bytes) = bytes.split_first()?;
    let (first, bytes) = bytes.split_first()?;
    let (length, bytes) = match first {
        0..=0x7f => (usize::from(*first), bytes),
        0x81..=0x84 => {
            let (length, bytes) = bytes.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), bytes)
        }
        _ => return None,
    };
    let (content, rest) = bytes.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// RFC 5280, section 4.1.2.5: seconds and `Z` are always there, and a year of two digits lies in 1950 to 2049.
fn instant(tag: u8, text: &str) -> Option<Timestamp> {
    let (year_digits, century) = match tag {
        UTC_TIME => (2, Some(50)),
        GENERALIZED_TIME => (4, None),
        _ => return None,
    };
    let digits = text.strip_suffix('Z').filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (year, rest) = digits.split_at_checked(year_digits).filter(|(_, rest)| rest.len() == 10)?;
    let year: i32 = year.parse().ok()?;
    let year = century.map_or(year, |pivot| if year < pivot { 2000 + year } else { 1900 + year });
    let part = |at: usize| rest.get(at..at + 2)?.parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(2)?).ok()?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).ok()?;
    let seconds = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp();
    Some(Timestamp::from_micros(seconds.checked_mul(1_000_000)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    fn certificate(year: i32) -> Vec<u8> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_after = date_time_ymd(year, 2, 28);
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn reads_both_forms_of_time() {
        for (year, expected) in [(2031, "2031-02-28T00:00:00Z"), (2060, "2060-02-28T00:00:00Z")] {
            assert_eq!(not_after(&certificate(year)).unwrap().to_rfc3339(), expected);
        }
    }

    #[test]
    fn refuses_times_that_are_none() {
        for text in ["", "Z", "991332000000Z", "990101000000", "9901010000Z", "99010100000é", "+90101000000Z"]
        {
            assert_eq!(instant(UTC_TIME, text), None, "{text}");
        }
        assert_eq!(instant(UTC_TIME, "700101000001Z"), Some(Timestamp::from_micros(1_000_000)));
    }

    proptest! {
        #[test]
        fn never_fails_on_what_is_no_certificate(cut in 0_usize..400, at in 0_usize..400, byte: u8) {
            let mut bytes = certificate(2031);
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            bytes.truncate(cut);
            let _ = not_after(&bytes);
        }
    }
}
