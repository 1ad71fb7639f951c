//! Gathering the paths an OS package owns, within bounds.

use plimsoll_model::{Fact, Owned, RecordedDigest};

/// Bytes of all file lists of one database. Databases store folders once and file names many times, so a small one
/// can spell out very many bytes; the largest real ones stay below a tenth of this.
const PATHS_BYTES_MAX: usize = 256 << 20;
/// Bytes of one path (Linux's PATH_MAX).
const PATH_BYTES_MAX: usize = 4096;

/// The paths of the packages of one database.
pub(super) struct OwnedPaths {
    left: usize,
    /// Was a path left out?
    pub truncated: bool,
    paths: Vec<String>,
    digests: Vec<Option<RecordedDigest>>,
}

/// What to say when paths were left out.
pub(super) const TRUNCATED: &str = "its file lists are longer than any real ones: not all files are known";

impl OwnedPaths {
    pub fn new() -> OwnedPaths {
        OwnedPaths { left: PATHS_BYTES_MAX, truncated: false, paths: Vec::new(), digests: Vec::new() }
    }

    /// Adds the path of a file in a folder, both with or without slashes around.
    pub fn add(&mut self, folder: &str, name: &str) {
        self.add_recorded(folder, name, None);
    }

    /// Adds a path with the digest the package recorded for it.
    pub fn add_recorded(&mut self, folder: &str, name: &str, digest: Option<RecordedDigest>) {
        let folder = folder.trim_matches('/');
        let name = name.trim_matches('/');
        let length = folder.len() + name.len() + 2;
        if name.is_empty() {
            return;
        }
        if length > PATH_BYTES_MAX || length > self.left {
            self.truncated = true;
            return;
        }
        self.left -= length;
        self.paths.push(match folder {
            "" => format!("/{name}"),
            _ => format!("/{folder}/{name}"),
        });
        self.digests.push(digest);
    }

    /// The paths added since the last time, as this package's.
    pub fn take(&mut self, package: &str, arch: Option<&str>) -> Option<Fact> {
        let paths = std::mem::take(&mut self.paths);
        let digests = std::mem::take(&mut self.digests);
        let owned = Owned { package: package.to_owned(), arch: arch.map(str::to_owned), paths, digests };
        (!owned.paths.is_empty()).then_some(Fact::Owned(owned))
    }
}
