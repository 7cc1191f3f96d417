//! What facts of releases say: so many kinds that each is but a list of its parts.

use super::{Part, Teller, or_none};

/// Of an environment, a release or a line. The parts named here are asked for again by a later event, or by a fact beside it.
pub const NAME: &str = "name";
/// Counts from 1.
pub const REVISION: &str = "revision";
/// The account that asked for a promotion.
pub const REQUESTER: &str = "requester";
/// Of a promotion.
pub const STATE: &str = "state";
/// Why: a code, or a person's words.
pub const REASON: &str = "reason";
/// By which a promotion is judged.
pub const LIFECYCLE: &str = "revision of the lifecycle";
/// By whose digest a promotion is judged.
pub const POLICY: &str = "trust policy";
/// Of an admission.
pub const DRAINED: &str = "end of draining";
/// The account that approved a waiver.
pub const APPROVER: &str = "approver";
/// Of a waiver.
pub const APPROVED: &str = "instant of approval";
/// The account that gave a review.
pub const REVIEWER: &str = "reviewer";
/// Of an approval, a ticket or a review.
pub const VERDICT: &str = "verdict";

/// What a row says beside its key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept(Vec<Said>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    what: &'static str,
    text: Option<String>,
    teller: Teller,
}

impl Kept {
    /// With a part that it always has.
    #[must_use]
    pub fn says(self, what: &'static str, text: impl ToString) -> Self {
        self.may_say(what, Some(text))
    }

    /// With a part that it may have.
    #[must_use]
    pub fn may_say(self, what: &'static str, text: Option<impl ToString>) -> Self {
        self.with(what, text, Teller::Opening)
    }

    /// With a part that is told after the fact was opened.
    #[must_use]
    pub fn later_says(self, what: &'static str, text: Option<impl ToString>) -> Self {
        self.with(what, text, Teller::Change)
    }

    /// With a part that is told by what ends the fact.
    #[must_use]
    pub fn last_says(self, what: &'static str, text: Option<impl ToString>) -> Self {
        self.with(what, text, Teller::End)
    }

    fn with(mut self, what: &'static str, text: Option<impl ToString>, teller: Teller) -> Self {
        let text = text.map(|text| text.to_string());
        self.0.push(Said { what, text, teller });
        self
    }

    /// What a part says.
    pub fn text(&self, what: &str) -> Option<&str> {
        self.0.iter().find(|said| said.what == what)?.text.as_deref()
    }

    /// Lets a part say something else.
    pub fn set(&mut self, what: &str, text: impl ToString) {
        if let Some(said) = self.0.iter_mut().find(|said| said.what == what) {
            said.text = Some(text.to_string());
        }
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        let part = |said: &Said| Part { text: or_none(said.what, said.text.as_ref()), teller: said.teller };
        self.0.iter().map(part).collect()
    }
}
