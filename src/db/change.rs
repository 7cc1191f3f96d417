//! A change on its way to a writer, its types erased.

use std::ops::AsyncFn;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use futures_util::future::LocalBoxFuture;
use tokio::sync::oneshot;

use super::{DbError, Tx};
use crate::types::EventId;

/// A change that waits for its writer.
pub(super) trait Job: Send {
    /// Runs the closure in `tx` and keeps its result; says whether to keep what it did. May be called again.
    fn run<'a>(&'a mut self, tx: &'a Tx) -> LocalBoxFuture<'a, bool>;
    /// Whether each of its statements decides by itself, so that it need not be put into an order with others.
    fn is_bookkeeping(&self) -> bool;
    /// Answers the caller: with the kept result, or with why it was lost.
    fn answer(self: Box<Self>, lost: Option<&Lost>);
}

/// Why a change is not in the database, for all that shared its transaction.
#[derive(Debug)]
pub(super) enum Lost {
    /// Its transaction broke.
    Broken(String),
    /// The database could not take it just now.
    Unavailable(String),
}

/// What a change answers with, and the events that its last run recorded; none when it failed.
pub(super) type Answer<T, E> = (Result<T, E>, Vec<EventId>);

/// A closure, what came of it, and who waits for that.
pub(super) struct Change<F, T, E> {
    closure: F,
    result: Option<Result<T, E>>,
    noted: Vec<EventId>,
    bookkeeping: bool,
    reply: oneshot::Sender<Answer<T, E>>,
}

impl<F, T, E> Change<F, T, E>
where
    F: AsyncFn(&Tx) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<DbError> + Send + 'static,
{
    /// A change, and where its answer will come.
    pub(super) fn boxed(closure: F, bookkeeping: bool) -> (Box<dyn Job>, oneshot::Receiver<Answer<T, E>>) {
        let (reply, answer) = oneshot::channel();
        (Box::new(Self { closure, result: None, noted: Vec::new(), bookkeeping, reply }), answer)
    }
}

impl<F, T, E> Job for Change<F, T, E>
where
    F: AsyncFn(&Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn run<'a>(&'a mut self, tx: &'a Tx) -> LocalBoxFuture<'a, bool> {
        Box::pin(async move {
            // A closure that panics takes only itself back: without this, one would end all changes for good.
            let result = AssertUnwindSafe((self.closure)(tx)).catch_unwind().await.ok();
            let keep = matches!(result, Some(Ok(_)));
            self.result = result;
            self.noted = tx.take_noted();
            keep
        })
    }

    fn is_bookkeeping(&self) -> bool {
        self.bookkeeping
    }

    fn answer(self: Box<Self>, lost: Option<&Lost>) {
        let result = match (self.result, lost) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), None) => Ok(value),
            (_, Some(Lost::Broken(cause))) => Err(DbError::NotCommitted(cause.clone()).into()),
            (_, Some(Lost::Unavailable(cause))) => Err(DbError::Unavailable(cause.clone()).into()),
            (None, None) => Err(DbError::Panicked.into()),
        };
        // What the closure holds (a lock on a file) must be free when its caller goes on.
        drop(self.closure);
        // The caller may have gone away; the change stands all the same.
        let noted = if result.is_ok() { self.noted } else { Vec::new() };
        let _ = self.reply.send((result, noted));
    }
}
