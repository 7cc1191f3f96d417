//! Descriptors in a referrers list (distribution spec, "Listing Referrers").

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::types::{Digest, MediaType};

/// A manifest that refers to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Referrer {
    /// Its media type.
    pub media_type: MediaType,
    /// Its digest.
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    /// What kind of artifact it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact_type: Option<String>,
    /// Its annotations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct TagSchemaIndex {
    manifests: Vec<serde_json::Value>,
}

/// The referrers in an index of the tag schema that clients kept before registries listed referrers (distribution
/// spec, "Backwards Compatibility"). What does not read as a descriptor is left out.
pub fn fold_tag_schema(index: &[u8]) -> Vec<Referrer> {
    serde_json::from_slice::<TagSchemaIndex>(index)
        .map(|index| index.manifests)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|descriptor| serde_json::from_value(descriptor).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_what_reads_as_a_descriptor() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let index = format!(
            r#"{{"manifests":[{{"mediaType":"a/b","digest":"{digest}","size":1,"artifactType":"c/d"}},{{"digest":"x"}},7]}}"#
        );
        let folded = fold_tag_schema(index.as_bytes());
        assert_eq!(folded.len(), 1);
        assert_eq!(folded[0].artifact_type.as_deref(), Some("c/d"));
        assert!(fold_tag_schema(b"nonsense").is_empty());
    }
}
