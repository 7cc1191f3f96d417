//! The registry's values and rules, pure.

mod artifact;
mod held;
mod inspect;
mod known_keys;
mod manifest;
mod names;
mod parts;
mod referrer;
mod repository;
mod shown;
mod tag_rule;

pub use artifact::Artifact;
pub use held::{CurrentTag, HeldManifest};
pub use inspect::{INSPECT, Inspect};
pub use manifest::{Descriptor, LinkKind, ManifestError, ManifestKind, ParsedManifest};
pub use names::ManifestNames;
pub use parts::Parts;
pub use referrer::{Referrer, fold_tag_schema};
pub use repository::Repository;
pub use shown::{NotShown, Resolved, Shown, ShownRoot, Stopped};
pub use tag_rule::{TagChange, TagHolder, TagRefusal, decide, is_immutable};
