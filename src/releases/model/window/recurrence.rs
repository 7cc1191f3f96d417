//! What a recurrence rule makes of the calendar, in local time: RFC 5545, section 3.3.10. Periods are found by counting from
//! `from`, so that its age costs nothing, and a rule that never starts costs no more than one that does.

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::{Span, ToSpan};

use super::rule::{Frequency, Rule};

impl Rule {
    /// The starts on the days from the first to the last, ascending.
    pub fn between(&self, first: Date, last: Date) -> Vec<DateTime> {
        let mut starts = Vec::new();
        // The days of an hourly rule are looked at one by one: which of their hours count is told within them.
        let step = if self.frequency == Frequency::Hourly { 1 } else { self.interval };
        let index = self.index_of(first).max(0);
        let mut index = index + (-index).rem_euclid(step);
        // A period beyond the calendar is after the last day too.
        while let Some((begin, end)) = self.period(index)
            && begin <= last
        {
            let found = self.within(begin, end);
            starts.extend(found.into_iter().filter(|start| first <= start.date() && start.date() <= last));
            index += step;
        }
        starts
    }

    /// Which period a day is in, counted from that of `from`; of an hourly rule, which day it is.
    fn index_of(&self, date: Date) -> i64 {
        let from = self.from.date();
        let years = i64::from(date.year()) - i64::from(from.year());
        match self.frequency {
            Frequency::Yearly => years,
            Frequency::Monthly => years * 12 + i64::from(date.month()) - i64::from(from.month()),
            Frequency::Weekly => (days_between(from, date) + self.day_of_week(from)).div_euclid(7),
            Frequency::Daily | Frequency::Hourly => days_between(from, date),
        }
    }

    /// The first and the last day of a period; of an hourly rule, a day.
    fn period(&self, index: i64) -> Option<(Date, Date)> {
        let from = self.from.date();
        let first = match self.frequency {
            Frequency::Yearly => Date::new(i16::try_from(i64::from(from.year()) + index).ok()?, 1, 1).ok()?,
            Frequency::Monthly => {
                let months = i64::from(from.year()) * 12 + i64::from(from.month()) - 1 + index;
                let year = i16::try_from(months.div_euclid(12)).ok()?;
                Date::new(year, i8::try_from(months.rem_euclid(12) + 1).ok()?, 1).ok()?
            }
            Frequency::Weekly => days_after(from, index * 7 - self.day_of_week(from))?,
            Frequency::Daily | Frequency::Hourly => days_after(from, index)?,
        };
        let last = match self.frequency {
            Frequency::Yearly => first.last_of_year(),
            Frequency::Monthly => first.last_of_month(),
            Frequency::Weekly => days_after(first, 6)?,
            Frequency::Daily | Frequency::Hourly => first,
        };
        Some((first, last))
    }

    /// The starts of one period. Positions are told before what is out of the rule's bounds is left away.
    fn within(&self, first: Date, last: Date) -> Vec<DateTime> {
        let days = first.series(1.day()).take_while(|date| *date <= last).filter(|date| self.is_day(*date));
        let times = |date: Date| self.times.iter().filter(move |time| self.is_hour(date, **time));
        let mut starts: Vec<DateTime> =
            days.flat_map(|date| times(date).map(move |time| date.to_datetime(*time))).collect();
        if !self.positions.is_empty() {
            let at = |position: i16| usize::try_from(counted(position, starts.len())).ok();
            let mut chosen: Vec<DateTime> =
                self.positions.iter().filter_map(|it| starts.get(at(*it)?).copied()).collect();
            chosen.sort_unstable();
            chosen.dedup();
            starts = chosen;
        }
        starts.retain(|start| self.from <= *start && self.last.is_none_or(|last| *start <= last));
        starts
    }

    fn is_hour(&self, date: Date, time: Time) -> bool {
        let hours =
            days_between(self.from.date(), date) * 24 + i64::from(time.hour()) - i64::from(self.from.hour());
        self.frequency != Frequency::Hourly || hours % self.interval == 0
    }

    fn is_day(&self, date: Date) -> bool {
        let in_list = |list: &[i16], number: i16, of: i16| {
            list.is_empty() || list.contains(&number) || list.contains(&(number - of - 1))
        };
        in_list(&self.months, date.month().into(), 12)
            && in_list(&self.month_days, date.day().into(), date.days_in_month().into())
            && in_list(&self.year_days, date.day_of_year(), date.days_in_year())
            && (self.days.is_empty() || self.days.iter().any(|day| self.is_weekday(date, *day)))
            && (self.weeks.is_empty() || {
                let (week, of) = self.week_of(date);
                in_list(&self.weeks, week, of)
            })
    }

    fn is_weekday(&self, date: Date, (ordinal, weekday): (i16, Weekday)) -> bool {
        let in_month = self.frequency == Frequency::Monthly || !self.months.is_empty();
        let (number, of) = if in_month {
            (date.day().into(), date.days_in_month().into())
        } else {
            (date.day_of_year(), date.days_in_year())
        };
        date.weekday() == weekday
            && match ordinal {
                0 => true,
                1.. => (number - 1) / 7 + 1 == ordinal,
                ..0 => (of - number) / 7 + 1 == -ordinal,
            }
    }

    /// The number of a day's week, and how many its year has. The year of a week is that of its fourth day (ISO 8601).
    fn week_of(&self, date: Date) -> (i16, i16) {
        let number = |date: Date| {
            let fourth = days_after(date, 3 - self.day_of_week(date)).unwrap_or(date);
            (fourth.year(), (fourth.day_of_year() - 1) / 7 + 1)
        };
        let (year, week) = number(date);
        // The week of December 28th has four days in December, and the next one has not.
        (week, Date::new(year, 12, 28).map_or(52, |late| number(late).1))
    }

    /// How many days of its week are before a day.
    fn day_of_week(&self, date: Date) -> i64 {
        self.week_start.until(date.weekday()).into()
    }
}

/// The index at a position that counts from 1, or from -1 backwards; negative when there is none.
fn counted(position: i16, length: usize) -> i64 {
    let position = i64::from(position);
    if position > 0 { position - 1 } else { i64::try_from(length).unwrap_or(0) + position }
}

fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

fn days_after(date: Date, days: i64) -> Option<Date> {
    date.checked_add(Span::new().try_days(days).ok()?).ok()
}

#[cfg(test)]
mod tests;
