//! The judgement, the same for any log.

use super::trust::open;
use super::{Consistent, Log, Progress, Trust, Verified, VerifyError};
use crate::ledger::model::{Checkpoint, VerifierKey, WholeTree};

/// Verifies a log: its checkpoint's signature, every leaf, the tree that they make, and that it goes on from every
/// checkpoint that is known of it.
///
/// # Errors
/// What does not hold, the first index if one can be named; or what could not be read.
pub async fn verify(
    log: &mut dyn Log,
    trust: &Trust,
    progress: Progress<'_>,
) -> Result<Verified, VerifyError> {
    let shown = log.shown().await?;
    let found = Checkpoint::parse(shown.checkpoint.text())
        .map_err(|cause| VerifyError::Checkpoint { what: "the checkpoint".to_owned(), cause })?;
    if let Some(seen) = trust.seen.as_ref().filter(|seen| seen.origin != found.origin) {
        let (what, expected) = (seen.to_string(), seen.origin.clone());
        return Err(VerifyError::OtherLog { what, expected, found: found.origin });
    }
    let (keys, first_use) = trust.keys(shown.keys)?;
    let checkpoint = open("the checkpoint", &shown.checkpoint, &keys)?;
    let earlier = trust.earlier(&keys)?;
    for (what, before) in &earlier {
        if before.size > checkpoint.size {
            let (what, before, now) = (what.clone(), before.size, checkpoint.size);
            return Err(VerifyError::RolledBack { what, before, now });
        }
    }
    let leaves = log.leaves(&checkpoint, progress).await?;
    let tree = WholeTree::new(leaves.hashes);
    log.compare(&tree, &checkpoint, &keys).await?;
    let made = tree.root(checkpoint.size)?;
    if made != checkpoint.root {
        let (size, signed) = (checkpoint.size, checkpoint.root);
        return Err(VerifyError::Root { size, made, signed, what: "the checkpoint".to_owned() });
    }
    let consistent = earlier.into_iter().map(|(what, before)| goes_on_from(&tree, what, &before));
    let consistent = consistent.collect::<Result<_, _>>()?;
    let has_signed = |key: &VerifierKey| shown.checkpoint.signed_by(key).is_ok_and(|by| by.is_some());
    let signed_by: Vec<VerifierKey> = keys.iter().filter(|key| has_signed(key)).cloned().collect();
    // What is believed from now on is what signs now: a key that was succeeded, and signs no more, may be stolen. A
    // successor is believed that the entries tell of and that signs beside one which was believed before.
    let mut learnt = Vec::new();
    for public in &leaves.announced {
        // A key that is no point of the curve never verified anything.
        if let Ok(key) = VerifierKey::of_log(&checkpoint.origin, public)
            && has_signed(&key)
            && !keys.contains(&key)
            && !learnt.contains(&key)
        {
            learnt.push(key);
        }
    }
    Ok(Verified {
        checkpoint,
        keys: signed_by.iter().chain(&learnt).cloned().collect(),
        note: shown.checkpoint,
        signed_by,
        learnt,
        consistent,
        entries_read: leaves.recomputed,
        first_use,
    })
}

/// Whether the tree has an earlier one as its beginning. All its leaves are at hand, so its root is made again: a proof of
/// consistency (RFC 6962, 2.1.2) says no more.
fn goes_on_from(tree: &WholeTree, what: String, before: &Checkpoint) -> Result<Consistent, VerifyError> {
    let now = tree.root(before.size)?;
    if now == before.root {
        Ok(Consistent { what, size: before.size })
    } else {
        Err(VerifyError::Forked { what, size: before.size, before: before.root, now })
    }
}
