//! The parts of a recurrence rule's text, each taken once.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use jiff::Timestamp as Instant;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;

use super::WindowError;

/// Longest rule in bytes.
const MAX_RULE: usize = 1000;

/// The parts that were not taken yet, by name, in upper case: RFC 5545 tells no case apart.
pub struct Parts(BTreeMap<String, String>);

impl Parts {
    /// Splits a rule.
    pub fn split(text: &str) -> Result<Self, WindowError> {
        if text.len() > MAX_RULE {
            return Err(WindowError::Long);
        }
        let mut parts = BTreeMap::new();
        for part in text.split(';') {
            let (name, value) = part.split_once('=').ok_or_else(|| WindowError::part(part))?;
            let name = name.to_ascii_uppercase();
            if parts.insert(name.clone(), value.to_ascii_uppercase()).is_some() {
                return Err(WindowError::twice(&name));
            }
        }
        Ok(Self(parts))
    }

    /// Whether a part is there and was not taken yet.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Whether there is a part that lists something to choose positions from.
    pub fn has_list(&self) -> bool {
        self.0.keys().any(|name| name.starts_with("BY") && name != "BYSETPOS")
    }

    /// Takes a part as it is.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Ends the rule: what was not taken is no part of one.
    pub fn finish(mut self) -> Result<(), WindowError> {
        self.0.pop_first().map_or(Ok(()), |(name, _)| Err(WindowError::part(&name)))
    }

    /// Takes one number, if the part is there.
    pub fn number(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i16>,
        expected: &'static str,
    ) -> Result<Option<i16>, WindowError> {
        let Some(text) = self.take(name) else { return Ok(None) };
        let number = text.parse().ok().filter(|number| range.contains(number));
        number.map(Some).ok_or(WindowError::Value(name, expected))
    }

    /// Takes a list of numbers, ascending and each once; with `signed`, they may count from the end too.
    pub fn numbers(
        &mut self,
        name: &'static str,
        range: RangeInclusive<i16>,
        signed: bool,
        expected: &'static str,
    ) -> Result<Vec<i16>, WindowError> {
        let Some(text) = self.take(name) else { return Ok(Vec::new()) };
        let fits =
            |number: &i16| range.contains(number) || signed && range.contains(&number.saturating_neg());
        let numbers = text.split(',').map(|number| number.parse().ok().filter(fits));
        let mut numbers: Vec<i16> =
            numbers.collect::<Option<_>>().ok_or(WindowError::Value(name, expected))?;
        numbers.sort_unstable();
        numbers.dedup();
        Ok(numbers)
    }

    /// Takes `BYDAY`: days of the week, each with which of them it is, or 0 for every one.
    pub fn days(&mut self, highest: i16) -> Result<Vec<(i16, Weekday)>, WindowError> {
        let Some(text) = self.take("BYDAY") else { return Ok(Vec::new()) };
        let error = WindowError::Value(
            "BYDAY",
            "days such as MO,TU or, in a month or year, 1MO and -1FR; a month has at most 5 of a day",
        );
        let day = |text: &str| {
            let (ordinal, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
            let ordinal = match ordinal {
                "" => 0,
                ordinal => {
                    ordinal.parse::<i16>().ok().filter(|it| (1..=highest).contains(&it.saturating_abs()))?
                }
            };
            Some((ordinal, weekday(name)?))
        };
        text.split(',').map(day).collect::<Option<_>>().ok_or(error)
    }

    /// Takes `WKST`; by itself a week starts on Monday.
    pub fn week_start(&mut self) -> Result<Weekday, WindowError> {
        let Some(text) = self.take("WKST") else { return Ok(Weekday::Monday) };
        weekday(&text).ok_or(WindowError::Value("WKST", "a day such as MO"))
    }

    /// Takes `UNTIL`. RFC 5545 wants it in UTC where the rule is in the time of a place.
    pub fn until(&mut self) -> Result<Option<Instant>, WindowError> {
        let Some(text) = self.take("UNTIL") else { return Ok(None) };
        let instant = || {
            let bare = text.strip_suffix('Z').filter(|bare| bare.len() == 15)?;
            let digits =
                bare.bytes().enumerate().all(|(at, b)| if at == 8 { b == b'T' } else { b.is_ascii_digit() });
            let time = digits.then(|| DateTime::strptime("%Y%m%dT%H%M%S", bare).ok())??;
            TimeZone::UTC.to_timestamp(time).ok()
        };
        instant().map(Some).ok_or(WindowError::Value("UNTIL", "an instant in UTC such as 20261231T235959Z"))
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    match name {
        "MO" => Some(Weekday::Monday),
        "TU" => Some(Weekday::Tuesday),
        "WE" => Some(Weekday::Wednesday),
        "TH" => Some(Weekday::Thursday),
        "FR" => Some(Weekday::Friday),
        "SA" => Some(Weekday::Saturday),
        "SU" => Some(Weekday::Sunday),
        _ => None,
    }
}
