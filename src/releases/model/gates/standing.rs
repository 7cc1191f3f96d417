//! Gates that stand in no lifecycle and are always asked: quarantine, freezes, and the promotion's own start.

use serde_json::json;

use super::answer::Answer;
use crate::releases::model::{FreezeInput, Inputs, Request};
use crate::types::Timestamp;

/// That no artifact is quarantined.
pub fn quarantine(request: &Request, inputs: &Inputs) -> Answer {
    let stopped = |digest| inputs.quarantined.contains(digest);
    let of: Vec<_> =
        request.artifacts.iter().filter(|of| stopped(&of.digest)).map(ToString::to_string).collect();
    let answer = if of.is_empty() {
        Answer::pass("not_quarantined", "no artifact of the release is quarantined")
    } else {
        Answer::fail(
            "quarantined",
            format!("quarantined: {}", of.join(", ")),
            "release another artifact, or have the quarantine lifted once it is known to be harmless",
        )
    };
    let asked: Vec<_> = request.artifacts.iter().map(|artifact| &artifact.digest).collect();
    answer.having_seen(json!({ "artifacts": asked, "quarantined": of }))
}

/// That no freeze binds. It is over with the last of those that bind, unless one of them has no end.
pub fn freeze(request: &Request, inputs: &Inputs, now: Timestamp) -> Answer {
    let binding = inputs.freezes.iter().filter(|freeze| !freeze.allowed_kinds.contains(&request.kind));
    let lasting: Vec<_> =
        binding.filter(|freeze| freeze.ends_at.is_none_or(|ends_at| now < ends_at)).collect();
    let view: Vec<_> = lasting
        .iter()
        .map(|freeze| json!({ "id": freeze.id, "starts_at": freeze.starts_at, "ends_at": freeze.ends_at }))
        .collect();
    let (active, coming): (Vec<&FreezeInput>, Vec<_>) =
        lasting.into_iter().partition(|freeze| freeze.starts_at <= now);
    let answer = match active.first() {
        None => Answer::pass("not_frozen", "no freeze binds")
            .until(coming.iter().map(|freeze| freeze.starts_at).min()),
        Some(first) => {
            let reasons: Vec<_> = active.iter().map(|freeze| freeze.reason.as_str()).collect();
            let ends: Option<Vec<_>> = active.iter().map(|freeze| freeze.ends_at).collect();
            let end = ends.and_then(|ends| ends.into_iter().max());
            let until = end.map_or_else(|| "until it is lifted".to_owned(), |end| format!("until {end}"));
            let more = first.incident.as_ref().map_or_else(String::new, |at| format!(", see {at}"));
            Answer::fail(
                "frozen",
                format!("{} is frozen {until}: {}{more}", request.environment, reasons.join("; ")),
                "wait until the freeze ends, or ask whoever may lift it",
            )
            .until(end)
        }
    };
    answer.having_seen(json!({ "kind": request.kind, "freezes": view }))
}

/// That the promotion's start has come.
pub fn start(request: &Request, now: Timestamp) -> Answer {
    let answer = match request.start_at.filter(|start_at| now < *start_at) {
        None => Answer::pass("started", "the promotion may be admitted from now on"),
        Some(start_at) => {
            let message = format!("the promotion is not to be admitted before {start_at}");
            Answer::pending("not_started", message).until(Some(start_at))
        }
    };
    answer.having_seen(json!({ "start_at": request.start_at }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::model::gates::given::{self, NOW, ago, in_hours};
    use crate::releases::model::{Outcome, PromotionKind};
    use crate::types::FreezeId;

    #[test]
    fn a_quarantined_artifact_stops_the_release() {
        let (request, mut inputs) = (given::request(), Inputs::default());
        assert_eq!(quarantine(&request, &inputs).outcome, Outcome::Pass);
        inputs.quarantined = vec![given::artifact("acme/other").digest];
        assert_eq!(quarantine(&request, &inputs).outcome, Outcome::Pass);
        inputs.quarantined.push(request.artifacts[0].digest.clone());
        assert_eq!(quarantine(&request, &inputs).code, "quarantined");
    }

    fn frozen(starts_at: Timestamp, ends_at: Option<Timestamp>, allowed: &[PromotionKind]) -> FreezeInput {
        let (reason, incident) = ("incident".to_owned(), None);
        let allowed_kinds = allowed.to_vec();
        FreezeInput { id: FreezeId::new(), reason, incident, allowed_kinds, starts_at, ends_at }
    }

    fn ask(freezes: Vec<FreezeInput>) -> (Outcome, Option<Timestamp>) {
        let inputs = Inputs { freezes, ..Inputs::default() };
        let answer = freeze(&given::request(), &inputs, NOW);
        (answer.outcome, answer.next_at)
    }

    #[test]
    fn a_freeze_stops_from_its_start_to_its_end() {
        let (end, later) = (in_hours(1), in_hours(5));
        assert_eq!(ask(vec![]), (Outcome::Pass, None));
        assert_eq!(ask(vec![frozen(ago(1), Some(end), &[])]), (Outcome::Fail, Some(end)));
        assert_eq!(ask(vec![frozen(NOW, None, &[])]), (Outcome::Fail, None));
        assert_eq!(ask(vec![frozen(ago(2), Some(NOW), &[])]), (Outcome::Pass, None));
        assert_eq!(ask(vec![frozen(end, None, &[])]), (Outcome::Pass, Some(end)));
        let two = vec![frozen(ago(1), Some(end), &[]), frozen(ago(1), Some(later), &[])];
        assert_eq!(ask(two), (Outcome::Fail, Some(later)));
        let endless = vec![frozen(ago(1), Some(end), &[]), frozen(ago(1), None, &[])];
        assert_eq!(ask(endless), (Outcome::Fail, None));
    }

    #[test]
    fn a_freeze_lets_pass_what_it_allows() {
        use PromotionKind::{Forward, Rollback};
        assert_eq!(ask(vec![frozen(ago(1), None, &[Forward])]), (Outcome::Pass, None));
        assert_eq!(ask(vec![frozen(ago(1), None, &[Rollback])]).0, Outcome::Fail);
    }

    #[test]
    fn nothing_starts_before_its_start() {
        let ask = |start_at| {
            let answer = start(&Request { start_at, ..given::request() }, NOW);
            (answer.outcome, answer.next_at)
        };
        assert_eq!(ask(None), (Outcome::Pass, None));
        assert_eq!(ask(Some(NOW)), (Outcome::Pass, None));
        assert_eq!(ask(Some(in_hours(1))), (Outcome::Pending, Some(in_hours(1))));
    }
}
