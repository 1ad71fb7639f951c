//! What an image holds after its layers are laid over each other.

use crate::{Component, Entry, Fact, OsRelease, Unread};

/// What an image holds. Overlay never forgets: what a later layer hides stays here as buried (`present` false).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    /// The distribution, if the image says.
    pub os: Option<OsRelease>,
    /// Streams of packages the image takes ([`crate::Fact::Channels`]), sorted, each once.
    pub channels: Vec<String>,
    /// Installed packages, each listed once, present and buried.
    pub components: Vec<Installed>,
    /// What detectors saw in files, present and buried, sorted by path.
    pub sightings: Vec<Sighting>,
    /// The tree after all layers, sorted by path; only what is present.
    pub files: Vec<File>,
    /// Bytes of files that a later layer hides or replaces.
    pub wasted_bytes: u64,
    /// What was not examined, with the right layer.
    pub unread: Vec<Unread>,
}

impl Contents {
    /// The kept text of a settings file of the final tree, with the layer that wrote it.
    pub fn text(&self, path: &str) -> Option<(&[u8], u32)> {
        let from = self.sightings.partition_point(|seen| seen.path.as_str() < path);
        let same = self.sightings[from..].iter().take_while(|seen| seen.path == path);
        same.filter(|seen| seen.present && seen.inner_path.is_empty()).find_map(|seen| match &seen.fact {
            Fact::Text(text) => Some((text.as_slice(), seen.layer)),
            _ => None,
        })
    }

    /// The entry at this path of the final tree, links not followed.
    pub fn file(&self, path: &str) -> Option<&File> {
        let at = self.files.binary_search_by(|file| file.entry.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }
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

/// A secret, a sign of malware, an account or a kept text in one file of one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// [`Fact::Secret`], [`Fact::Malware`], [`Fact::Account`] or [`Fact::Text`].
    pub fact: Fact,
    /// The analyzer that saw it.
    pub found_by: String,
    /// The file.
    pub path: String,
    /// Path inside it when it is an archive, else empty.
    pub inner_path: String,
    /// The layer that wrote the file.
    pub layer: u32,
    /// Index of its entry in that layer's entries.
    pub entry: u32,
    /// Permission bits, user, group of the file.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// In the final tree, or buried by a later layer.
    pub present: bool,
    /// Index in [`Contents::components`] of the OS package whose list names the file.
    pub owned_by: Option<u32>,
    /// Is the file, byte by byte, what a package recorded when it brought it: the owner, or a package of a language?
    /// False where none records a digest.
    pub unchanged: bool,
}

/// A path of the final tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its entry; `path` is where it is seen now. A hard link carries the size and digest of what it links to.
    pub entry: Entry,
    /// The layer that last wrote it.
    pub layer: u32,
}
