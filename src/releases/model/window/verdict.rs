//! Whether change windows let a change through, and until or from when.

use jiff::{SignedDuration, Timestamp as Instant};

use super::{Window, WindowKind};
use crate::types::Timestamp;

/// How far ahead is looked: most answers lie within days, and the rest within a year or nowhere.
const AHEAD: [SignedDuration; 2] =
    [SignedDuration::from_hours(16 * 24), SignedDuration::from_hours(366 * 24)];
/// Said where the calendar ends.
const OUT_OF_TIME: &str = "the present is beyond what change windows can tell: check the server's clock";

/// What change windows say about an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowVerdict {
    /// Changes are let through.
    Open {
        /// The first instant at which they are not any more; none within 366 days.
        until: Option<Timestamp>,
    },
    /// Changes are stopped.
    Closed {
        /// By what, in words for people.
        reason: String,
        /// The first instant at which they are let through; none within 366 days.
        next_open: Option<Timestamp>,
    },
}

/// Judges an instant by windows, all that hold. A window is open from each of its starts on and not at its end any more. One
/// that denies wins; if there are any that allow, one of them has to be open. Without windows all is open. Never panics, and
/// takes well below a millisecond for ten usual windows; rules are bounded when they are read, so none takes much longer.
pub fn judge(windows: &[Window], now: Timestamp) -> WindowVerdict {
    decide(windows, now)
        .unwrap_or_else(|| WindowVerdict::Closed { reason: OUT_OF_TIME.to_owned(), next_open: None })
}

fn decide(windows: &[Window], now: Timestamp) -> Option<WindowVerdict> {
    let now = Instant::from_microsecond(now.micros()).ok()?;
    let mut open = Open::Never;
    for ahead in AHEAD {
        open = look(windows, now, now.checked_add(ahead).ok()?)?;
        if matches!(open, Open::Until(_) | Open::From(_)) {
            break;
        }
    }
    Some(match open {
        Open::Until(end) => WindowVerdict::Open { until: Some(timestamp(end)) },
        Open::Always => WindowVerdict::Open { until: None },
        Open::From(start) => {
            WindowVerdict::Closed { reason: reason(windows, now)?, next_open: Some(timestamp(start)) }
        }
        Open::Never => WindowVerdict::Closed { reason: reason(windows, now)?, next_open: None },
    })
}

/// When changes are let through, as far as is looked.
enum Open {
    Until(Instant),
    Always,
    From(Instant),
    Never,
}

/// A span in which windows of a kind are open, its end excluded.
#[derive(Clone, Copy)]
struct Run {
    start: Instant,
    end: Instant,
}

fn look(windows: &[Window], now: Instant, horizon: Instant) -> Option<Open> {
    let allow = runs(windows, WindowKind::Allow, now, horizon)?;
    let deny = runs(windows, WindowKind::Deny, now, horizon)?;
    let needs_allow = windows.iter().any(|window| window.document.kind == WindowKind::Allow);
    let (mut allow, mut deny) = (allow.as_slice(), deny.as_slice());
    let mut at = now;
    let end = loop {
        if at > horizon {
            return Some(Open::Never);
        }
        allow = since(allow, at);
        deny = since(deny, at);
        let denied = deny.first().filter(|run| run.start <= at);
        match (denied, allow.first()) {
            (Some(denied), _) => at = denied.end,
            (None, Some(allowed)) if allowed.start > at => at = allowed.start,
            (None, None) if needs_allow => return Some(Open::Never),
            (None, allowed) => {
                break allowed.into_iter().map(|run| run.end).chain(deny.first().map(|run| run.start)).min();
            }
        }
    };
    Some(match end.filter(|end| *end <= horizon) {
        _ if at > now => Open::From(at),
        Some(end) => Open::Until(end),
        None => Open::Always,
    })
}

/// The runs that end after an instant.
fn since(runs: &[Run], at: Instant) -> &[Run] {
    &runs[runs.partition_point(|run| run.end <= at)..]
}

/// What windows of a kind make together: runs that neither overlap nor touch, ascending. One that goes on beyond the horizon
/// may end too early, but not before it.
fn runs(windows: &[Window], kind: WindowKind, now: Instant, horizon: Instant) -> Option<Vec<Run>> {
    let mut all = Vec::new();
    for window in windows.iter().filter(|window| window.document.kind == kind) {
        let length = window.length();
        for start in window.starts(now.checked_sub(length).ok()?, horizon)? {
            all.push(Run { start, end: start.checked_add(length).ok()? });
        }
    }
    all.sort_unstable_by_key(|run| run.start);
    let mut runs: Vec<Run> = Vec::new();
    for run in all {
        match runs.last_mut() {
            Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
            _ => runs.push(run),
        }
    }
    Some(runs)
}

/// Why changes are stopped now: the window that denies, or that none allows.
fn reason(windows: &[Window], now: Instant) -> Option<String> {
    for window in windows.iter().filter(|window| window.document.kind == WindowKind::Deny) {
        if window.starts(now.checked_sub(window.length()).ok()?, now)?.is_empty() {
            continue;
        }
        let document = &window.document;
        let said =
            document.reason.clone().unwrap_or_else(|| format!("{} in {}", document.rule, document.zone));
        return Some(format!("a window denies changes now: {said}"));
    }
    Some("no window that allows changes is open now".to_owned())
}

fn timestamp(instant: Instant) -> Timestamp {
    Timestamp::from_micros(instant.as_microsecond())
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
