//! One entry of a layer: a path with its metadata, or a whiteout.

use serde::{Deserialize, Serialize};

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A symbolic link; `link` is its target as written.
    Symlink,
    /// A hard link; `link` is the path of the entry it shares its content with, absolute.
    Hardlink,
    /// A character device.
    Char,
    /// A block device.
    Block,
    /// A named pipe.
    Fifo,
    /// `.wh.NAME`: hides `path` of the layers below (OCI image spec 1.1, layer "Whiteouts").
    Whiteout,
    /// `.wh..wh..opq`: hides everything below the folder `path` of the layers below.
    Opaque,
}

/// One entry of a layer, in the order of its tar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Absolute from the image's root, without `.`, `..`, empty parts or a trailing slash; the root itself is `/`.
    /// For a whiteout, the path it hides.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
    /// Permission bits with set-uid, set-gid and sticky, no file type: at most `0o7777`.
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Bytes of content of a file, else 0.
    pub size: u64,
    /// Target of a link, else empty.
    pub link: String,
    /// Modified, seconds since 1970 UTC.
    pub mtime: i64,
    /// The value of the `security.capability` attribute, if there is one.
    pub capability: Option<Vec<u8>>,
    /// SHA-256 of the content, when it was asked for.
    pub sha256: Option<[u8; 32]>,
}

impl Entry {
    /// The last part of the path: `passwd` of `/etc/passwd`.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or("")
    }

    /// The path without its leading slash, for suffix and prefix tests.
    pub fn relative(&self) -> &str {
        self.path.trim_start_matches('/')
    }
}
