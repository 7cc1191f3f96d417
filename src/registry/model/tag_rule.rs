//! What a project's rules say of setting and deleting a tag.

use crate::projects::{Settings, TagMode};
use crate::types::{Digest, Tag};

/// What a tag points at, by both of the manifest's names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagHolder {
    /// As it was pushed.
    pub digest: Digest,
    /// The manifest by SHA-256.
    pub sha256: Digest,
}

/// What setting a tag comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagChange {
    /// It is new, or was deleted.
    Create,
    /// It points there already.
    Keep,
    /// It points elsewhere and may move.
    Move {
        /// Where it pointed.
        from: Digest,
    },
}

/// Why a tag can't be set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TagRefusal {
    /// It is immutable and holds, or held when it was deleted, something else.
    Immutable {
        /// What it holds.
        holds: Digest,
    },
    /// It does not look as the project wants.
    Shape,
}

/// Whether a tag, once set, keeps its digest. Tags of the referrers tag schema never do: clients rewrite them.
pub fn is_immutable(settings: &Settings, tag: &Tag) -> bool {
    settings.tags == TagMode::Immutable
        && !tag.is_referrers_tag()
        && !settings.mutable_patterns.iter().any(|pattern| pattern.matches(tag))
}

/// Decides on pointing `tag` at the manifest `new`. `holder` is what it points at now; `bound` is what it pointed at
/// when it was last deleted while immutable.
///
/// # Errors
/// The rule that refuses it.
pub fn decide(
    settings: &Settings,
    tag: &Tag,
    holder: Option<&TagHolder>,
    bound: Option<&TagHolder>,
    new: &TagHolder,
) -> Result<TagChange, TagRefusal> {
    let same = |other: &&TagHolder| other.sha256 == new.sha256;
    if holder.filter(same).is_some() {
        return Ok(TagChange::Keep);
    }
    let required = &settings.required_patterns;
    if !required.is_empty() && !tag.is_referrers_tag() && !required.iter().any(|pattern| pattern.matches(tag))
    {
        return Err(TagRefusal::Shape);
    }
    if is_immutable(settings, tag)
        && let Some(other) = holder.or(bound).filter(|other| !same(other))
    {
        return Err(TagRefusal::Immutable { holds: other.digest.clone() });
    }
    Ok(holder.map_or(TagChange::Create, |holder| TagChange::Move { from: holder.digest.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::projects::{Sparse, Visibility};
    use crate::types::Algorithm;

    fn settings(tags: TagMode, mutable: &[&str], required: &[&str]) -> Settings {
        let patterns = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Settings {
            visibility: Visibility::Private,
            tags,
            sparse: Sparse::Deny,
            mutable_patterns: patterns(mutable),
            required_patterns: patterns(required),
        }
    }

    fn holder(content: &str) -> TagHolder {
        let sha256 = Digest::of(Algorithm::Sha256, content.as_bytes());
        TagHolder { digest: sha256.clone(), sha256 }
    }

    fn tag(text: &str) -> Tag {
        text.parse().unwrap()
    }

    #[test]
    fn an_immutable_tag_takes_the_same_digest_only() {
        let settings = settings(TagMode::Immutable, &[], &[]);
        let (old, new) = (holder("old"), holder("new"));
        let decide = |holder, bound, new| decide(&settings, &tag("v1"), holder, bound, new);
        assert_eq!(decide(None, None, &new), Ok(TagChange::Create));
        assert_eq!(decide(Some(&new), None, &new), Ok(TagChange::Keep));
        assert_eq!(decide(Some(&old), None, &new), Err(TagRefusal::Immutable { holds: old.digest.clone() }));
        assert_eq!(decide(None, Some(&new), &new), Ok(TagChange::Create));
        assert_eq!(decide(None, Some(&old), &new), Err(TagRefusal::Immutable { holds: old.digest.clone() }));
    }

    #[test]
    fn the_same_manifest_by_its_other_digest_is_the_same() {
        let settings = settings(TagMode::Immutable, &[], &[]);
        let by_sha256 = holder("x");
        let by_sha512 =
            TagHolder { digest: Digest::of(Algorithm::Sha512, b"x"), sha256: by_sha256.sha256.clone() };
        assert_eq!(decide(&settings, &tag("v1"), Some(&by_sha256), None, &by_sha512), Ok(TagChange::Keep));
    }

    #[test]
    fn latest_is_immutable_unless_a_pattern_frees_it() {
        let (old, new) = (holder("old"), holder("new"));
        for (mutable, moves) in [(vec![], false), (vec!["latest"], true), (vec!["late"], false)] {
            let settings = settings(TagMode::Immutable, &mutable, &[]);
            assert_eq!(
                decide(&settings, &tag("latest"), Some(&old), None, &new).is_ok(),
                moves,
                "{mutable:?}"
            );
        }
    }

    #[test]
    fn mutable_projects_and_referrers_tags_move() {
        let (old, new) = (holder("old"), holder("new"));
        let moved = Ok(TagChange::Move { from: old.digest.clone() });
        let mutable = settings(TagMode::Mutable, &[], &[]);
        assert_eq!(decide(&mutable, &tag("v1"), Some(&old), Some(&old), &new), moved);
        let immutable = settings(TagMode::Immutable, &[], &["semver"]);
        let schema = tag(&format!("sha256-{}", "0".repeat(64)));
        assert_eq!(decide(&immutable, &schema, Some(&old), None, &new), moved);
    }

    #[test]
    fn required_patterns_are_alternatives() {
        let settings = settings(TagMode::Mutable, &[], &["semver", "git-sha"]);
        let new = holder("new");
        assert!(decide(&settings, &tag("1.2.3"), None, None, &new).is_ok());
        assert!(decide(&settings, &tag("0123abc"), None, None, &new).is_ok());
        assert_eq!(decide(&settings, &tag("latest"), None, None, &new), Err(TagRefusal::Shape));
    }
}
