//! A recurrence rule as it is read: RFC 5545, section 3.3.10, without what is more often than hourly.

use jiff::Timestamp as Instant;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::parts::Parts;
use super::{DEFAULT_FROM, WindowError};

/// Most starts in a day: judging looks through a year of them.
const MAX_A_DAY: usize = 24;
/// Most starts that are counted.
const MAX_COUNT: i16 = 1000;
/// Years in which a count has to be reached.
const COUNT_YEARS: i16 = 30;
/// Longest interval.
const MAX_INTERVAL: i16 = 1000;

/// How often a rule's periods come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Each year.
    Yearly,
    /// Each month.
    Monthly,
    /// Each week.
    Weekly,
    /// Each day.
    Daily,
    /// Each hour of the clock.
    Hourly,
}

/// A rule whose gaps are filled: whatever it left to `from` is said. An empty list holds for every value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    pub(super) frequency: Frequency,
    /// Every so many periods, counted from that of `from`.
    pub(super) interval: i64,
    pub(super) week_start: Weekday,
    /// No start is before it.
    pub(super) from: DateTime,
    /// No start is after it; it stands for `COUNT`.
    pub(super) last: Option<DateTime>,
    until: Option<Instant>,
    pub(super) months: Vec<i16>,
    pub(super) weeks: Vec<i16>,
    pub(super) year_days: Vec<i16>,
    pub(super) month_days: Vec<i16>,
    /// Days of the week, each with which of them it is, or 0 for every one.
    pub(super) days: Vec<(i16, Weekday)>,
    /// Times of day, ascending.
    pub(super) times: Vec<Time>,
    /// Which starts of a period count.
    pub(super) positions: Vec<i16>,
}

impl Rule {
    /// Reads a rule that counts from a local time.
    pub fn parse(text: &str, from: Option<DateTime>) -> Result<Self, WindowError> {
        let mut parts = Parts::split(text)?;
        let frequency = match parts.take("FREQ").as_deref() {
            Some("YEARLY") => Frequency::Yearly,
            Some("MONTHLY") => Frequency::Monthly,
            Some("WEEKLY") => Frequency::Weekly,
            Some("DAILY") => Frequency::Daily,
            Some("HOURLY") => Frequency::Hourly,
            _ => return Err(WindowError::Frequency),
        };
        go_together(frequency, &parts, from)?;
        let in_month = frequency == Frequency::Monthly || parts.has("BYMONTH");
        let start = from.unwrap_or(DEFAULT_FROM);
        let count = parts.number("COUNT", 1..=MAX_COUNT, "a number from 1 to 1000")?;
        let mut rule = Self {
            frequency,
            interval: parts
                .number("INTERVAL", 1..=MAX_INTERVAL, "a number from 1 to 1000")?
                .unwrap_or(1)
                .into(),
            week_start: parts.week_start()?,
            from: start,
            last: None,
            until: parts.until()?,
            months: parts.numbers("BYMONTH", 1..=12, false, "months from 1 to 12")?,
            weeks: parts.numbers("BYWEEKNO", 1..=53, true, "weeks from 1 to 53 or -53 to -1")?,
            year_days: parts.numbers("BYYEARDAY", 1..=366, true, "days from 1 to 366 or -366 to -1")?,
            month_days: parts.numbers("BYMONTHDAY", 1..=31, true, "days from 1 to 31 or -31 to -1")?,
            days: parts.days(if in_month { 5 } else { 53 })?,
            times: times(frequency, &mut parts, start)?,
            positions: parts.numbers("BYSETPOS", 1..=366, true, "positions from 1 to 366 or -366 to -1")?,
        };
        parts.finish()?;
        let nth = rule.days.iter().any(|(ordinal, _)| *ordinal != 0);
        if nth && (!matches!(frequency, Frequency::Yearly | Frequency::Monthly) || !rule.weeks.is_empty()) {
            return Err(WindowError::Together(
                "BYDAY tells which day of a month or year only, without BYWEEKNO",
            ));
        }
        rule.fill_days();
        if let Some(count) = count {
            rule.last = Some(rule.last_of(count)?);
        }
        Ok(rule)
    }

    /// No start is after this instant.
    pub fn until(&self) -> Option<Instant> {
        self.until
    }

    /// What a rule does not say of its days, `from` says.
    fn fill_days(&mut self) {
        let said = [&self.weeks, &self.year_days, &self.month_days].iter().any(|list| !list.is_empty());
        if said || !self.days.is_empty() {
            return;
        }
        match self.frequency {
            Frequency::Yearly | Frequency::Monthly => {
                if self.frequency == Frequency::Yearly && self.months.is_empty() {
                    self.months.push(self.from.month().into());
                }
                self.month_days.push(self.from.day().into());
            }
            Frequency::Weekly => self.days.push((0, self.from.weekday())),
            Frequency::Daily | Frequency::Hourly => {}
        }
    }

    fn last_of(&self, count: i16) -> Result<DateTime, WindowError> {
        let mut left = usize::try_from(count).map_err(|_| WindowError::Count)?;
        for year in self.from.year()..self.from.year().saturating_add(COUNT_YEARS) {
            let first = Date::new(year, 1, 1).map_err(|_| WindowError::Count)?;
            let starts = self.between(first, first.last_of_year());
            if let Some(start) = starts.get(left - 1) {
                return Ok(*start);
            }
            left -= starts.len();
        }
        Err(WindowError::Count)
    }
}

/// The table of RFC 5545's section 3.3.10, and what would surprise.
fn go_together(frequency: Frequency, parts: &Parts, from: Option<DateTime>) -> Result<(), WindowError> {
    let rules = [
        (parts.has("COUNT") && parts.has("UNTIL"), "a rule has COUNT or UNTIL, not both"),
        (parts.has("COUNT") && from.is_none(), "COUNT counts from the window's 'from': set it"),
        (
            parts.has("BYWEEKNO") && !(frequency == Frequency::Yearly && parts.has("BYDAY")),
            "BYWEEKNO needs FREQ=YEARLY and BYDAY, for example FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        ),
        (
            parts.has("BYYEARDAY") && !matches!(frequency, Frequency::Yearly | Frequency::Hourly),
            "BYYEARDAY needs FREQ=YEARLY or FREQ=HOURLY",
        ),
        (
            parts.has("BYMONTHDAY") && frequency == Frequency::Weekly,
            "BYMONTHDAY does not go with FREQ=WEEKLY: use FREQ=DAILY or FREQ=MONTHLY",
        ),
        (
            parts.has("BYSETPOS") && frequency == Frequency::Hourly,
            "BYSETPOS does not go with FREQ=HOURLY: give the minutes in BYMINUTE",
        ),
        (
            parts.has("BYSETPOS") && !parts.has_list(),
            "BYSETPOS chooses from what another part lists: add BYDAY or the like",
        ),
    ];
    rules.into_iter().find(|(broken, _)| *broken).map_or(Ok(()), |(_, say)| Err(WindowError::Together(say)))
}

/// The times of day, as far as each is one on its own; what it leaves open, `from` says.
fn times(frequency: Frequency, parts: &mut Parts, from: DateTime) -> Result<Vec<Time>, WindowError> {
    let hours = parts.numbers("BYHOUR", 0..=23, false, "hours from 0 to 23")?;
    let minutes = parts.numbers("BYMINUTE", 0..=59, false, "minutes from 0 to 59")?;
    let seconds = parts.numbers("BYSECOND", 0..=59, false, "seconds from 0 to 59")?;
    let or = |list: Vec<i16>, own: i8| if list.is_empty() { vec![own.into()] } else { list };
    let hours = if hours.is_empty() && frequency == Frequency::Hourly {
        (0..24).collect()
    } else {
        or(hours, from.hour())
    };
    let (minutes, seconds) = (or(minutes, from.minute()), or(seconds, from.second()));
    if hours.len() * minutes.len() * seconds.len() > MAX_A_DAY {
        return Err(WindowError::Often);
    }
    let part = |number: &i16| i8::try_from(*number).ok();
    let mut times = Vec::new();
    for hour in &hours {
        for minute in &minutes {
            for second in &seconds {
                let time = part(hour).zip(part(minute)).zip(part(second));
                times.extend(
                    time.and_then(|((hour, minute), second)| Time::new(hour, minute, second, 0).ok()),
                );
            }
        }
    }
    Ok(times)
}

#[cfg(test)]
mod tests;
