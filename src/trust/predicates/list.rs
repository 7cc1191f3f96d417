//! Lists from outside, read up to a limit.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, SeqAccess, Visitor};

/// The first `MOST` items of a list, and whether there were more. The others are passed over without being kept. `null` is
/// an empty list: that is how Go's encoder writes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounded<T, const MOST: usize> {
    pub items: Vec<T>,
    pub truncated: bool,
}

impl<T, const MOST: usize> Default for Bounded<T, MOST> {
    fn default() -> Self {
        Self { items: Vec::new(), truncated: false }
    }
}

impl<'de, T: Deserialize<'de>, const MOST: usize> Deserialize<'de> for Bounded<T, MOST> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Items(PhantomData))
    }
}

struct Items<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
    type Value = Bounded<T, MOST>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Bounded::default();
        while list.items.len() < MOST {
            let Some(item) = items.next_element()? else { return Ok(list) };
            list.items.push(item);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {
            list.truncated = true;
        }
        Ok(list)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Bounded::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_over_the_limit_is_passed_over_and_told() {
        let read = |text| serde_json::from_str::<Bounded<u8, 2>>(text).unwrap();
        assert_eq!(read("null"), Bounded::default());
        assert_eq!(read("[1,2]"), Bounded { items: vec![1, 2], truncated: false });
        assert_eq!(read(r#"[1,2,{"a":[]}]"#), Bounded { items: vec![1, 2], truncated: true });
        assert!(serde_json::from_str::<Bounded<u8, 2>>("{}").is_err());
    }
}
