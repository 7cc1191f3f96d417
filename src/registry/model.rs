//! The registry's values and rules, pure.

mod manifest;
mod page;
mod referrer;
mod tag_rule;

pub use manifest::{Descriptor, LinkKind, ManifestError, ManifestKind, ParsedManifest};
pub use page::NamePage;
pub use referrer::{Referrer, fold_tag_schema};
pub use tag_rule::{TagChange, TagHolder, TagRefusal, decide, is_immutable};
