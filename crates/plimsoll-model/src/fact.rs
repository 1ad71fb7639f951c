//! Facts: what reading a file tells, true as long as its bytes are.

use crate::{Account, Component, Digest, Entry, FileDigests, Malware, RecordedDigest, Secret, Unread};
use serde::{Deserialize, Serialize};

/// Something seen in one file, neither good nor bad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// An installed package.
    Component(Component),
    /// The distribution, as an os-release or a `*-release` file says.
    Os(OsRelease),
    /// The files an OS package brought.
    Owned(Owned),
    /// The licences a package's copyright file names (dpkg keeps them apart from its records).
    Licenses(Vec<String>),
    /// A secret.
    Secret(Secret),
    /// A sign of malware.
    Malware(Malware),
    /// An account with a password.
    Account(Account),
    /// The content of a settings file: checks read several of them together, after the layers are laid over each
    /// other.
    Text(Vec<u8>),
    /// Digests of a file in which something was seen.
    Digests(FileDigests),
    /// Streams of packages that the image takes, by their publisher's names: Ubuntu Pro's services (`esm-infra`,
    /// `esm-apps`), Red Hat's content sets and dnf's repositories (`rhel-9-for-x86_64-baseos-eus-rpms`).
    Channels(Vec<String>),
}

/// Which distribution an image is (os-release(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct OsRelease {
    /// `ID`, lower case: `debian`, `alpine`, `rhel`.
    pub id: String,
    /// `VERSION_ID`: `12`, `3.20.3`; `None` for rolling distributions.
    pub version_id: Option<String>,
    /// `VERSION_CODENAME`.
    pub codename: Option<String>,
    /// `PRETTY_NAME`.
    pub pretty_name: Option<String>,
    /// `ID_LIKE`, split.
    pub like: Vec<String>,
    /// `CPE_NAME`.
    pub cpe_name: Option<String>,
}

/// The files an OS package brought. A package's own database record and its file list may be different files
/// (dpkg), so the two are joined by name after the layers are laid over each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// Name of the package in its database, for dpkg without its `:arch`.
    pub package: String,
    /// Architecture where the file list says so (dpkg's `libc6:amd64.list`).
    pub arch: Option<String>,
    /// Absolute paths, as the package database writes them (links not followed).
    pub paths: Vec<String>,
    /// The digest the package recorded for each path, in the same order; empty where it records none.
    pub digests: Vec<Option<RecordedDigest>>,
}

/// What one analyzer found in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileFacts {
    /// Index of the file's entry in [`LayerFacts::entries`].
    pub entry: u32,
    /// Path inside the file when the file is an archive (`BOOT-INF/lib/x.jar`), nested ones joined by `!/`; else empty.
    pub inner_path: String,
    /// The analyzer's name.
    pub analyzer: String,
    /// What it found; may be empty for a file that was understood and holds nothing.
    pub facts: Vec<Fact>,
}

/// Everything reading one layer told. Kept for ever under the layer's digest and the analyzers' edition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerFacts {
    /// Digest of the layer as stored (compressed), where the source has one; verified.
    pub digest: Option<Digest>,
    /// Digest of the uncompressed tar; verified.
    pub diff_id: Digest,
    /// Bytes as stored.
    pub size: u64,
    /// Bytes of the uncompressed tar.
    pub unpacked_size: u64,
    /// Every entry, in the order of the tar.
    pub entries: Vec<Entry>,
    /// Facts by file.
    pub files: Vec<FileFacts>,
    /// What was not examined; `layer` is 0 here.
    pub unread: Vec<Unread>,
}
