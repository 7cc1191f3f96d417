//! The kinds of two enums as one list. Which of them reads an event is chosen by its kind alone: trying one after the other
//! would say of a damaged event only that it is none. What the derive makes (`remote = "Self"`) are functions for the kinds of
//! `Fact` itself; all others read and write through these traits.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Fact, ReleaseFact};

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Release(fact) => fact.serialize(serializer),
            own => Self::serialize(own, serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Fact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let told = Value::deserialize(deserializer)?;
        let of_release = told["kind"].as_str().is_some_and(ReleaseFact::is_kind);
        let fact = if of_release {
            ReleaseFact::deserialize(told).map(Self::Release)
        } else {
            Self::deserialize(told)
        };
        fact.map_err(D::Error::custom)
    }
}
