//! What an image holds after its layers are laid over each other.

use crate::{Component, Entry, OsRelease, Unread};

/// What an image holds. Overlay never forgets: what a later layer hides stays here as buried (`present` false).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The distribution, if the image says.
    pub os: Option<OsRelease>,
    /// Streams of packages the image takes ([`crate::Fact::Channels`]), sorted, each once.
    pub channels: Vec<String>,
    /// Installed packages, each listed once, present and buried.
    pub components: Vec<Installed>,
    /// The tree after all layers, sorted by path; only what is present.
    pub files: Vec<File>,
    /// Bytes of files that a later layer hides or replaces.
    pub wasted_bytes: u64,
    /// What was not examined, with the right layer.
    pub unread: Vec<Unread>,
}

/// A component in one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The component.
    pub component: Component,
    /// The analyzer that found it.
    pub found_by: String,
    /// The files that tell of it, `outer!/inner` inside archives; sorted, at least one.
    pub paths: Vec<String>,
    /// The layer that introduced it: the oldest whose version of the file holds this same component.
    pub layer: u32,
    /// Index in [`Contents::components`] of the OS package that owns its files.
    pub owned_by: Option<u32>,
    /// In the final tree, or buried by a later layer.
    pub present: bool,
}

/// A path of the final tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its entry; `path` is where it is seen now. A hard link carries the size and digest of what it links to.
    pub entry: Entry,
    /// The layer that last wrote it.
    pub layer: u32,
}
