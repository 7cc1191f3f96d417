//! What must stand in the tables, and holding rows against it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::fact_key::Names;
use super::value::{Part, Teller};
use super::{EventRow, FactKey, Finding, KeptKind, Problem, Row, Told, Value};
use crate::ledger::{RecordedEvent, ReplayError};
use crate::types::{RepositoryId, Timestamp};

/// What the events say, in their order: of each fact the spans in which it held. It grows with the ledger, not with the
/// bytes of manifests.
#[derive(Debug, Default)]
pub struct Expected {
    spans: HashMap<FactKey, Vec<Span>>,
    kinds: HashSet<Arc<str>>,
    pub(super) names: Names,
}

/// A span in which a fact held.
#[derive(Debug)]
pub(super) struct Span {
    opened: Told,
    changed: Option<Told>,
    closed: Option<Told>,
    pub(super) value: Value,
    /// Whether a row said it.
    found: bool,
}

impl Span {
    fn teller(&self, teller: Teller) -> &Told {
        let told = match teller {
            Teller::Opening => None,
            Teller::Change => self.changed.as_ref(),
            Teller::End => self.closed.as_ref(),
        };
        told.unwrap_or(&self.opened)
    }
}

impl Expected {
    /// Takes in the next event; returns what is wrong with it and its row.
    pub fn take(&mut self, row: &EventRow) -> Vec<Finding> {
        let seq = row.seq;
        let event = match RecordedEvent::parse(seq, row.leaf.clone()) {
            Ok(event) => event,
            Err(error) => return vec![Finding::of_event(seq, &error)],
        };
        let mut findings = row.check(&event);
        findings.extend(self.apply(&event).err().map(|error| Finding::of_event(seq, &error)));
        findings
    }

    /// The event, as spans remember it.
    pub(super) fn told(&mut self, event: &RecordedEvent) -> Told {
        let kind = match self.kinds.get(event.kind.as_str()) {
            Some(kind) => Arc::clone(kind),
            None => {
                let kind: Arc<str> = event.kind.as_str().into();
                self.kinds.insert(Arc::clone(&kind));
                kind
            }
        };
        Told { seq: event.seq, id: event.id, kind, at: event.at }
    }

    /// The repository and the digest that an event is about.
    pub(super) fn place(&self, event: &RecordedEvent) -> Result<(RepositoryId, String), ReplayError> {
        let (name, digest) = event.subject()?;
        let repository = self.names.repository_of(&name);
        let repository = repository.ok_or_else(|| event.contradiction("there is no such repository"))?;
        Ok((repository, digest.into()))
    }

    /// The span of a fact that holds.
    pub(super) fn current(&mut self, key: &FactKey) -> Option<&mut Span> {
        self.spans.get_mut(key)?.last_mut().filter(|span| span.closed.is_none())
    }

    /// Opens a span.
    pub(super) fn open(
        &mut self,
        event: &RecordedEvent,
        key: FactKey,
        value: Value,
    ) -> Result<(), ReplayError> {
        event.demand(self.current(&key).is_none(), "it holds already")?;
        let opened = self.told(event);
        let span = Span { opened, changed: None, closed: None, value, found: false };
        self.spans.entry(key).or_default().push(span);
        Ok(())
    }

    /// Changes the value of the span that holds.
    pub(super) fn change(
        &mut self,
        event: &RecordedEvent,
        key: &FactKey,
        change: impl FnOnce(&mut Value),
    ) -> Result<(), ReplayError> {
        let told = self.told(event);
        let span = self.current(key).ok_or_else(|| event.contradiction("there is none that holds"))?;
        change(&mut span.value);
        span.changed = Some(told);
        Ok(())
    }

    /// Changes the value of the last span, whether it holds or not.
    pub(super) fn amend(
        &mut self,
        event: &RecordedEvent,
        key: &FactKey,
        change: impl FnOnce(&mut Value),
    ) -> Result<(), ReplayError> {
        let told = self.told(event);
        let span = self.spans.get_mut(key).and_then(|spans| spans.last_mut());
        let span = span.ok_or_else(|| event.contradiction("there was none"))?;
        change(&mut span.value);
        span.changed = Some(told);
        Ok(())
    }

    /// Closes the span that holds.
    pub(super) fn close(&mut self, event: &RecordedEvent, key: &FactKey) -> Result<&mut Span, ReplayError> {
        let told = self.told(event);
        let span = self.current(key).ok_or_else(|| event.contradiction("there is none that holds"))?;
        span.closed = Some(told);
        Ok(span)
    }

    /// Ends a fact of which no history is kept.
    pub(super) fn forget(&mut self, event: &RecordedEvent, key: &FactKey) -> Result<(), ReplayError> {
        event.demand(self.spans.remove(key).is_some(), "there is none that holds")
    }

    /// Holds a row against the span that it is of; returns what does not hold.
    pub fn compare(&mut self, row: &Row) -> Vec<Finding> {
        let what = |names: &Names| row.key.describe(names);
        let spans = self.spans.get_mut(&row.key).map(Vec::as_mut_slice).unwrap_or_default();
        let is_of = |span: &Span| row.opened_by.is_none_or(|event| event == span.opened.id);
        let Some(span) = spans.iter_mut().find(|span| is_of(span) && !span.found) else {
            let problem = Problem::Untold { table: row.value.summary() };
            return vec![Finding { what: what(&self.names), problem }];
        };
        span.found = true;
        let mut differences = value_differences(span, row);
        differences.extend(since_difference(span, row));
        differences.extend(end_difference(span, row));
        let finding = |(table, ledger, told)| {
            let problem = Problem::Differs { table, ledger, told };
            Finding { what: what(&self.names), problem }
        };
        differences.into_iter().map(finding).collect()
    }

    /// What no row said, by the place of the event that told of it.
    pub fn missing(&self) -> impl Iterator<Item = Finding> {
        let all = self.spans.iter().flat_map(|(key, spans)| spans.iter().map(move |span| (key, span)));
        let mut missing: Vec<_> = all.filter(|(key, span)| !span.found && !key.may_be_lost()).collect();
        missing.sort_unstable_by(|one, other| place(*one).cmp(&place(*other)));
        let finding = |(key, span): (&FactKey, &Span)| {
            let told = span.opened.clone();
            let problem =
                Problem::Differs { table: "nothing".to_owned(), ledger: span.value.summary(), told };
            Finding { what: key.describe(&self.names), problem }
        };
        missing.into_iter().map(finding)
    }
}

/// The place of a span among all: one event opens a project and its settings, or a release and all that hangs on it.
fn place<'a>((key, span): (&'a FactKey, &Span)) -> (i64, bool, Option<(KeptKind, &'a str)>) {
    let kept = match key {
        FactKey::Kept(kind, id) => Some((*kind, &**id)),
        _ => None,
    };
    (span.opened.seq, matches!(key, FactKey::Settings(_)), kept)
}

/// What the table says, what the ledger says, and in which event.
type Difference = (String, String, Told);

/// One for each event whose parts differ.
fn value_differences(span: &Span, row: &Row) -> Vec<Difference> {
    if span.value == row.value {
        return Vec::new();
    }
    let named = match &row.key {
        FactKey::Manifest(_, digest) => digest,
        _ => "",
    };
    let pairs = row.value.parts(named).into_iter().zip(span.value.parts(named));
    let differing: Vec<(Part, Part)> = pairs.filter(|(table, ledger)| table != ledger).collect();
    if differing.is_empty() {
        // What no words tell apart is no less another value.
        return vec![(row.value.summary(), span.value.summary(), span.opened.clone())];
    }
    let tellers = [Teller::Opening, Teller::Change, Teller::End].into_iter();
    tellers
        .filter_map(|teller| {
            let (table, ledger): (Vec<_>, Vec<_>) = differing
                .iter()
                .filter(|(part, _)| part.teller == teller)
                .map(|(table, ledger)| (table.text.as_str(), ledger.text.as_str()))
                .unzip();
            (!table.is_empty()).then(|| (table.join(", "), ledger.join(", "), span.teller(teller).clone()))
        })
        .collect()
}

fn since_difference(span: &Span, row: &Row) -> Option<Difference> {
    let since = |at: Timestamp| format!("since {}", at.to_rfc3339());
    let told = &span.opened;
    row.opened_at.filter(|at| *at != told.at).map(|at| (since(at), since(told.at), told.clone()))
}

fn end_difference(span: &Span, row: &Row) -> Option<Difference> {
    let ended = |at: Timestamp| format!("that it ended {}", at.to_rfc3339());
    match (row.closed_at, row.closed_by, &span.closed) {
        (None, None, None) => None,
        (None, None, Some(told)) => Some((row.value.summary(), ended(told.at), told.clone())),
        (Some(at), _, None) => Some((ended(at), span.value.summary(), span.teller(Teller::Change).clone())),
        (None, Some(by), None) => {
            Some((format!("that the event {by} ended it"), span.value.summary(), span.opened.clone()))
        }
        (at, by, Some(told)) => {
            let fits = at == Some(told.at) && by == Some(told.id);
            let table = || match (at, by) {
                (Some(at), Some(by)) => format!("{} by the event {by}", ended(at)),
                (Some(at), None) => format!("{} by no event", ended(at)),
                (None, Some(by)) => format!("that it holds, but the event {by} ended it"),
                (None, None) => "that it holds".to_owned(),
            };
            let ledger = || format!("{} by the event {}", ended(told.at), told.id);
            (!fits).then(|| (table(), ledger(), told.clone()))
        }
    }
}
