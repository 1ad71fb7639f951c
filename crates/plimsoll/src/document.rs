//! The scan document (`--format json`, schema `plimsoll.scan/1`): what scripts and pipelines rely on.

use plimsoll_model::{Check, Finding, Reason, Source, Unread};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of [`Document::schema`].
pub const SCHEMA: &str = "plimsoll.scan/1";

/// Everything one scan says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// `plimsoll.scan/1`.
    pub schema: String,
    /// Who scanned.
    pub plimsoll: Program,
    /// What the world was known to say; `null` when only components were asked for.
    pub knowledge: Option<KnowledgeReport>,
    /// One per image and platform.
    pub images: Vec<ImageReport>,
    /// What could not be done.
    pub errors: Vec<ErrorReport>,
}

/// The program that wrote the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Program {
    /// Its version.
    pub version: String,
}

/// The advisory database that was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnowledgeReport {
    /// When it was built, RFC 3339.
    pub built_at: String,
    /// sha256 of the file.
    pub digest: String,
    /// Is it the starter database that ships with the program?
    pub starter: bool,
    /// Its feeds.
    pub sources: Vec<FeedReport>,
}

/// One feed of the advisory database.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeedReport {
    /// `osv/Debian`.
    pub name: String,
    /// Records.
    pub records: u64,
    /// Date of its newest record.
    pub as_of: String,
}

/// One image of one platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageReport {
    /// The name it was asked for by.
    pub name: String,
    /// Digest of its manifest, else of its config; empty for a folder or SBOM.
    pub digest: Option<String>,
    /// Digest of its config.
    pub config_digest: Option<String>,
    /// `linux/amd64`.
    pub platform: Option<String>,
    /// When it was made, as its config says.
    pub created: Option<String>,
    /// Stored bytes of its layers.
    pub size: u64,
    /// Its distribution.
    pub os: Option<OsReport>,
    /// Oldest first; evidence refers to the index.
    pub layers: Vec<LayerReport>,
    /// Streams of packages it takes, by their publisher's names: `esm-apps`, Red Hat's content sets.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub channels: Vec<String>,
    /// What is installed.
    pub components: Vec<ComponentReport>,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// Every item of the baselines, passed or not.
    pub checks: Vec<Check>,
    /// Its files in numbers.
    pub files: FilesReport,
    /// Its base image, where known.
    pub base: Option<BaseReport>,
    /// What could not be examined.
    pub unread: Vec<Unread>,
    /// With `--explain`: what was considered and put aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<ImageDetails>,
}

/// The distribution of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OsReport {
    /// os-release `ID`.
    pub id: String,
    /// `VERSION_ID`.
    pub version_id: Option<String>,
    /// `PRETTY_NAME`.
    pub pretty_name: Option<String>,
    /// The day its support ends or ended, where known.
    pub end_of_life: Option<String>,
    /// `VERSION_CODENAME`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub codename: Option<String>,
    /// `ID_LIKE`, split.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub like: Vec<String>,
    /// `CPE_NAME`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cpe_name: Option<String>,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LayerReport {
    /// Digest of the stored bytes.
    pub digest: Option<String>,
    /// Digest of the tar.
    pub diff_id: String,
    /// Stored bytes.
    pub size: u64,
    /// The build instruction that made it; empty when the history does not say.
    pub instruction: String,
    /// From the base image? `null` when the base is not known.
    pub inherited: Option<bool>,
}

/// One installed component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComponentReport {
    /// Package URL.
    pub purl: String,
    /// Purl type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name, with its namespace where there is one.
    pub name: String,
    /// The namespace, where the ecosystem has one of its own: Maven group, npm scope, Go module path without its last
    /// part; of a package of another distribution, that distribution.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub namespace: String,
    /// The whole version as the ecosystem writes it.
    pub version: String,
    /// Rpm: the epoch.
    pub epoch: Option<u32>,
    /// Rpm: the release.
    pub release: Option<String>,
    /// Architecture.
    pub arch: Option<String>,
    /// Source package.
    pub source: Option<Source>,
    /// Packager.
    pub vendor: Option<String>,
    /// Rpm: the module label.
    pub modularity: Option<String>,
    /// Licences.
    pub licenses: Vec<String>,
    /// Products it is known as in the NVD's dictionary, `vendor:product`, where no package manager answers for it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cpes: Vec<String>,
    /// The analyzer.
    pub found_by: String,
    /// The files that tell of it.
    pub paths: Vec<String>,
    /// Index of the layer that brought it.
    pub layer: u32,
    /// Purl of the OS package that owns its files.
    pub owned_by: Option<String>,
    /// In the final tree, or buried by a later layer.
    pub present: bool,
    /// How many vulnerabilities it has, by severity; empty for none.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub vulnerabilities: BTreeMap<String, u32>,
}

/// The files of an image in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FilesReport {
    /// Paths in the final tree, folders and links included.
    pub count: u64,
    /// Bytes of the regular files in it.
    pub bytes: u64,
    /// Bytes of files that a later layer hides or replaces.
    pub wasted_bytes: u64,
    /// The largest files, largest first.
    pub top: Vec<TopFile>,
    /// Sums by type of file, largest first.
    pub by_type: Vec<TypeSum>,
    /// Programs with set-uid, set-gid or capabilities.
    pub privileged: Vec<PrivilegedFile>,
    /// Files that are there more than once, most wasteful first; only of a scan that hashes files (`--digests`).
    pub duplicates: Vec<Duplicate>,
}

/// A program that runs with more rights than its caller.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrivilegedFile {
    /// Where.
    pub path: String,
    /// Permissions, octal: `4755`.
    pub mode: String,
    /// `uid:gid`.
    pub owner: String,
    /// Has it file capabilities (capabilities(7))?
    pub capabilities: bool,
    /// Index of the layer that wrote it.
    pub layer: u32,
}

/// One content at several paths.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Duplicate {
    /// SHA-256 of the content.
    pub sha256: String,
    /// Bytes of one copy.
    pub size: u64,
    /// The paths; at most 20 are named.
    pub paths: Vec<String>,
    /// How many there are.
    pub count: u64,
}

/// A large file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TopFile {
    /// Where.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Index of the layer that wrote it.
    pub layer: u32,
    /// Type of file.
    #[serde(rename = "type")]
    pub kind: String,
}

/// All files of one type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TypeSum {
    /// Type of file: its ending, `executable`, or `other`.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many.
    pub count: u64,
    /// Bytes.
    pub bytes: u64,
}

/// The base image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaseReport {
    /// Name.
    pub name: String,
    /// Digest.
    pub digest: Option<String>,
    /// How many layers are its.
    pub layers: u32,
    /// The day its support ends or ended.
    pub end_of_life: Option<String>,
    /// Newer ones, newest first.
    pub newer: Vec<String>,
    /// What the base itself was built on.
    pub roots: Vec<String>,
}

/// What `--explain` adds to an image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageDetails {
    /// Records that were considered and do not apply.
    pub dismissed: Vec<Dismissed>,
}

/// A record that does not apply to a component.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Dismissed {
    /// Purl.
    pub component: String,
    /// Why not.
    pub reason: Reason,
}

/// Something that could not be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorReport {
    /// The thing.
    pub what: String,
    /// What went wrong.
    pub why: String,
    /// What to do.
    pub remedy: String,
}
