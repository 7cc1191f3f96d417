//! Whose turn it is to write to a session in a bucket, where no lock on a file fences off a second request.
//!
//! A writer takes its turn in the database and gives signs of life; every record of what it did, and the end of the
//! session, compares with it. But a writer that was held up may still send bytes after its turn went to another: no
//! row fences the bucket. That a digest never names other bytes rests on these rules:
//!
//! 1. An object gets its bytes by one plain PUT of one writer, or by the completion of one multipart upload, never by
//!    both and never twice.
//! 2. A turn is *contested* when bytes that no row tells of may be on their way: its last writer died, or gave up on
//!    something that it had sent. Who takes a contested turn without a multipart upload gets a fresh object, and the
//!    old one is doomed: a late PUT writes what nothing names.
//! 3. A multipart upload goes on under a contested turn, for the sake of what is there. It completes only with the list
//!    of parts that its rows hold: a late part makes that fail, or changes nothing, with a bucket that checks the list.
//!    Not all do, so such an object is read again and hashed before it becomes a blob.
//! 4. Before its completion begins, a multipart upload is *sealed*: nobody goes on with it, and who comes next ends it.
//!    A late completion makes an object that is doomed, or fails.
//! 5. The row of a doomed object outlives what may be on its way to it, and the sweep removes the bytes again.

use uuid::Uuid;

use crate::types::Timestamp;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// A request; none when the last one ended well.
    pub writer: Option<Uuid>,
    /// Its last sign of life holds until then.
    pub until: Timestamp,
    /// Whether bytes that no row tells of may be on their way (rule 2).
    pub contested: bool,
    /// Whether the parts are being put together (rule 4).
    pub sealed: bool,
}

/// What comes of the wish to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Take {
    /// Another writer lives.
    Busy,
    /// The session can't go on: it must be ended.
    End,
    /// The turn as it is then.
    Yours {
        /// To be stored.
        turn: Turn,
        /// Whether the bytes must go to another object (rule 2).
        fresh_object: bool,
    },
}

impl Turn {
    /// What comes of the wish of `writer` to take the turn until `until`. `has_multipart` says whether a multipart
    /// upload was begun.
    pub fn take(self, writer: Uuid, now: Timestamp, until: Timestamp, has_multipart: bool) -> Take {
        if self.writer.is_some() && self.until > now {
            return Take::Busy;
        }
        if self.sealed {
            return Take::End;
        }
        let contested = self.contested || self.writer.is_some();
        Take::Yours {
            turn: Self { writer: Some(writer), until, contested: contested && has_multipart, sealed: false },
            fresh_object: contested && !has_multipart,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1000);
    const LATER: Timestamp = Timestamp::from_micros(2000);

    fn take(turn: Turn, has_multipart: bool) -> Take {
        turn.take(Uuid::max(), NOW, LATER, has_multipart)
    }

    fn yours(contested: bool, fresh_object: bool) -> Take {
        let turn = Turn { writer: Some(Uuid::max()), until: LATER, contested, sealed: false };
        Take::Yours { turn, fresh_object }
    }

    fn turn(writer: Option<Uuid>, until: Timestamp) -> Turn {
        Turn { writer, until, contested: false, sealed: false }
    }

    #[test]
    fn a_turn_that_ended_well_goes_on() {
        for multipart in [false, true] {
            assert_eq!(take(turn(None, LATER), multipart), yours(false, false));
        }
    }

    #[test]
    fn a_living_writer_is_not_disturbed() {
        let living = Turn { sealed: true, contested: true, ..turn(Some(Uuid::nil()), LATER) };
        assert_eq!(take(living, true), Take::Busy);
        assert_eq!(take(turn(Some(Uuid::nil()), LATER), false), Take::Busy);
    }

    #[test]
    fn a_contested_turn_changes_the_object_or_stays_contested() {
        let contested = Turn { contested: true, ..turn(None, NOW) };
        for left in [turn(Some(Uuid::nil()), NOW), contested] {
            assert_eq!(take(left, false), yours(false, true));
            assert_eq!(take(left, true), yours(true, false));
        }
    }

    #[test]
    fn what_is_sealed_ends() {
        for writer in [None, Some(Uuid::nil())] {
            assert_eq!(take(Turn { sealed: true, ..turn(writer, NOW) }, true), Take::End);
        }
    }
}
