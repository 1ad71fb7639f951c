//! What could not be examined, and why.

use serde::{Deserialize, Serialize};

/// Something that was seen but not (wholly) examined. Never skip silently: say it with one of these.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Unread {
    /// Path in the image; inside an archive `outer!/inner`.
    pub path: String,
    /// Index of the layer, oldest first; set when layers are laid over each other.
    pub layer: u32,
    /// Lower case, no full stop: `not a zip archive: …`, `larger than the limit file-bytes (…)`.
    pub reason: String,
}
