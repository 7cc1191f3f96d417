//! Keys that one client reads and another does not. Go's decoder, which most clients use, takes `Layers` for `layers`; ours
//! does not. A manifest that says one thing to this registry and another to a client is an attack (GHSA-qq97-vm5h-rrhg),
//! so such keys, and keys that stand twice, are refused.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// The keys of manifests and descriptors that mean something to a registry or a client.
const KNOWN: [&str; 14] = [
    "schemaVersion",
    "mediaType",
    "artifactType",
    "config",
    "layers",
    "manifests",
    "subject",
    "annotations",
    "digest",
    "size",
    "urls",
    "data",
    "platform",
    "blobs",
];

/// Folds as Go's `encoding/json` does: `ſ` is an s and the Kelvin sign a k there.
fn fold(key: &str) -> String {
    key.to_uppercase().to_lowercase()
}

/// All keys that a struct does not name: read past, once they are seen to be harmless.
#[derive(Debug, Clone, Default)]
pub struct OtherKeys;

impl<'de> Deserialize<'de> for OtherKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = OtherKeys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<OtherKeys, A::Error> {
                let mut seen = HashSet::new();
                while let Some((key, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
                    let folded = fold(&key);
                    if KNOWN.iter().any(|known| *known != key && fold(known) == folded) {
                        return Err(A::Error::custom(format_args!("the key '{key}' is misspelt")));
                    }
                    if !seen.insert(folded) {
                        return Err(A::Error::custom(format_args!("the key '{key}' stands twice")));
                    }
                }
                Ok(OtherKeys)
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

/// Annotations, each key once.
pub fn annotations<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<String, String>>, D::Error> {
    struct Annotations;

    impl<'de> Visitor<'de> for Annotations {
        type Value = Option<BTreeMap<String, String>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object of texts")
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut annotations = BTreeMap::new();
            while let Some((key, value)) = map.next_entry::<String, String>()? {
                if annotations.insert(key, value).is_some() {
                    return Err(A::Error::custom("an annotation stands twice"));
                }
            }
            Ok(Some(annotations))
        }
    }

    deserializer.deserialize_any(Annotations)
}
