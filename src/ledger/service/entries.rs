//! Looking entries up, and waiting for them.

use std::sync::PoisonError;
use std::time::Duration;

use super::log::Ledger;
use crate::http::{Page, PageRequest};
use crate::ledger::error::LedgerError;
use crate::ledger::model::{BLOCK, Entry, EntryQuery, LedgerSight, Receipt, TimeBlock};
use crate::ledger::store::listing::{self, Span};
use crate::types::EventId;

/// Entries about one content that are looked at in one go.
const SCAN: u64 = 500;
/// Blocks whose times are asked for in one go.
const BLOCKS: u64 = 1024;

impl Ledger {
    /// The entry at an index of the published log; none when it has none, or its reader does not see it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn entry(&self, sight: &LedgerSight, index: u64) -> Result<Option<Entry>, LedgerError> {
        if index >= self.published().await?.size {
            return Ok(None);
        }
        Ok(listing::at(self.db.read(), index).await?.filter(|entry| sight.sees(entry)))
    }

    /// A recorded event, which may not be an entry yet; none when there is none, or its reader does not see it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn event(&self, sight: &LedgerSight, id: EventId) -> Result<Option<Entry>, LedgerError> {
        Ok(listing::of_event(self.db.read(), id).await?.filter(|entry| sight.sees(entry)))
    }

    /// The receipt of an event, which is waited for; none when it does not come in time.
    ///
    /// # Errors
    /// When database or storage do not answer.
    pub async fn receipt_of(&self, id: EventId, patience: Duration) -> Result<Option<Receipt>, LedgerError> {
        let Some(seq) = listing::seq_of(self.db.read(), id).await? else { return Ok(None) };
        // Another replica may have published it, which who does not wait would not learn.
        self.published().await?;
        match self.wait_for(seq, patience).await? {
            Some(index) => self.receipt(index).await,
            None => Ok(None),
        }
    }

    /// Published entries that somebody sees, in the order of the log. The key of a page's end is the index of its last.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn list(
        &self,
        sight: &LedgerSight,
        query: &EntryQuery,
        page: &PageRequest,
    ) -> Result<Page<Entry>, LedgerError> {
        let after = page.after.as_deref().and_then(|after| after.parse::<u64>().ok());
        let Some((first, last)) = self.bounds(query, after).await? else {
            return Ok(Page { items: Vec::new(), next: None });
        };
        let found = match &query.subject {
            Some(_) => self.about(sight, query, first, last, page.limit + 1).await?,
            None => self.along(sight, query, first, last, page.limit + 1).await?,
        };
        let index = |entry: &Entry| entry.place.map(|(index, _)| index.to_string()).unwrap_or_default();
        Ok(Page::of_rows(found, page, index))
    }

    /// The indexes from and up to which a page may reach; none when there can be nothing on it.
    async fn bounds(
        &self,
        query: &EntryQuery,
        after: Option<u64>,
    ) -> Result<Option<(u64, u64)>, LedgerError> {
        let size = self.published().await?.size;
        let (mut first, mut end) = (after.map_or(0, |after| after.saturating_add(1)), size);
        if query.from.is_some() || query.to.is_some() {
            let rest = self.learn_times(size).await?;
            let times = self.times.lock().unwrap_or_else(PoisonError::into_inner);
            match times.within(query.from, query.to, rest) {
                Some((earliest, latest)) => (first, end) = (first.max(earliest), end.min(latest + 1)),
                None => return Ok(None),
            }
        }
        Ok((first < end).then(|| (first, end - 1)))
    }

    /// Gets to know when the entries of all full blocks happened; returns the last block when it is not full.
    async fn learn_times(&self, size: u64) -> Result<Option<TimeBlock>, LedgerError> {
        loop {
            let begin = self.times.lock().unwrap_or_else(PoisonError::into_inner).covered();
            if begin >= size {
                return Ok(None);
            }
            let end = size.min(begin + BLOCKS * BLOCK);
            let following = listing::times(self.db.read(), begin, end).await?;
            self.times.lock().unwrap_or_else(PoisonError::into_inner).learn(begin, &following);
            if end == size {
                return Ok(following.last().filter(|block| block.entries < BLOCK).copied());
            }
        }
    }

    /// What is asked for from one index to another, by who did it and what it is about.
    async fn along(
        &self,
        sight: &LedgerSight,
        query: &EntryQuery,
        first: u64,
        last: u64,
        limit: u64,
    ) -> Result<Vec<Entry>, LedgerError> {
        let strands = sight.strands(query);
        let db = self.db.read();
        let ends = (listing::seq_at(db, first).await?, listing::seq_at(db, last).await?);
        let (Some(first), Some(last)) = ends else { return Err(missing(first, last)) };
        if strands.is_empty() {
            return Ok(Vec::new());
        }
        let seqs = listing::along(db, &strands, query, Span { first, last }, limit).await?;
        Ok(listing::all(db, &seqs).await?)
    }

    /// The same about one content, of which there are few entries.
    async fn about(
        &self,
        sight: &LedgerSight,
        query: &EntryQuery,
        mut first: u64,
        last: u64,
        limit: u64,
    ) -> Result<Vec<Entry>, LedgerError> {
        let Some(subject) = &query.subject else { return Ok(Vec::new()) };
        let (mut found, wanted) = (Vec::new(), usize::try_from(limit).unwrap_or(usize::MAX));
        loop {
            let some = listing::about(self.db.read(), subject, first, last, SCAN).await?;
            let seqs: Vec<i64> = some.iter().map(|(_, seq)| *seq).collect();
            let entries = listing::all(self.db.read(), &seqs).await?.into_iter();
            found.extend(entries.filter(|entry| query.matches(entry) && sight.sees(entry)));
            match some.last() {
                Some((index, _)) if some.len() as u64 == SCAN && found.len() < wanted => first = index + 1,
                _ => break,
            }
        }
        found.truncate(wanted);
        Ok(found)
    }
}

fn missing(first: u64, last: u64) -> LedgerError {
    crate::db::DbError::corrupt("ledger: an entry is missing", format_args!("{first} or {last}")).into()
}
