//! An image as the platform lists it: one tag of one repository on one platform.

use crate::{RegistryKind, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an image was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ImageSource {
    /// In a connected registry.
    Registry,
    /// In an archive, a folder or a daemon.
    Local,
    /// In a pipeline.
    Cicd,
}

impl ImageSource {
    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            ImageSource::Registry => "registry",
            ImageSource::Local => "local",
            ImageSource::Cicd => "cicd",
        }
    }
}

/// How scanning an image stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ScanStatus {
    Unscanned,
    Waiting,
    Scanning,
    /// Every part was examined, or is named in `unread`.
    Scanned,
    Failed,
    Stopped,
    /// What it is cannot be scanned (schema 1, no layers, a signature): not tried again.
    Unsupported,
}

/// Why scanning failed. `code` is one of `authentication_failed`, `unreachable`, `not_found`, `download_failed`,
/// `image_too_large`, `too_many_layers`, `schema_1_not_supported`, `not_an_image`, `timed_out`, `storage_failed`,
/// `unknown`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScanFailure {
    /// Which.
    pub code: String,
    /// In words.
    pub why: String,
    /// What to do.
    pub remedy: String,
}

/// How many open risks of each kind and severity: kind → severity → number. Both words as documents write them.
pub type Counters = std::collections::BTreeMap<String, std::collections::BTreeMap<String, u32>>;

/// One image: a tag (or an untagged digest) of a repository, on one platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StoredImage {
    /// UUID.
    pub id: String,
    /// Where it was met.
    pub source: ImageSource,
    /// Id of the registry.
    pub registry: Option<String>,
    /// What people call the registry.
    pub registry_name: Option<String>,
    /// Which product.
    pub registry_kind: Option<RegistryKind>,
    /// `team/app`.
    pub repository: String,
    /// `1.4`; `None` when met by digest only.
    pub tag: Option<String>,
    /// Digest of its manifest.
    pub digest: String,
    /// Digest of the index it is in, where it is in one.
    pub index_digest: Option<String>,
    /// `linux/amd64`; empty while not known.
    pub platform: String,
    /// Stored bytes of its layers.
    pub size: u64,
    /// When it was built, as its config says.
    pub created: Option<Time>,
    /// When this digest was first seen under this tag.
    pub updated_at: Time,
    /// When the registry was last seen to have it.
    pub synced_at: Time,
    /// Is it the newest of its repository?
    pub latest: bool,
    /// Is it gone from the registry?
    pub gone: bool,
    /// How scanning it stands.
    pub status: ScanStatus,
    /// Why it failed.
    pub failure: Option<ScanFailure>,
    /// When it was last scanned to the end.
    pub scanned_at: Option<Time>,
    /// Its distribution: `debian 12`.
    pub os: Option<String>,
    /// Its base image.
    pub base: Option<String>,
    /// The pipeline that built it.
    pub pipeline: Option<String>,
}

impl StoredImage {
    /// `registry/team/app:1.4`, as people read it.
    pub fn name(&self) -> String {
        let mut name = self.registry_name.as_ref().map(|registry| format!("{registry}/")).unwrap_or_default();
        name += &self.repository;
        match &self.tag {
            Some(tag) => name += &format!(":{tag}"),
            None => name += &format!("@{}", self.digest),
        }
        name
    }

    /// `team` of `team/app`; empty when the repository has one part.
    pub fn organization(&self) -> &str {
        self.repository.rsplit_once('/').map_or("", |(organization, _)| organization)
    }
}

/// One scan of one image, as its history shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScanRecord {
    /// UUID: the job's.
    pub id: String,
    /// The image.
    pub image: String,
    /// The task it was part of.
    pub task: Option<String>,
    /// Digest that was scanned.
    pub digest: String,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub finished_at: Time,
    /// `scanned`, `failed` or `unsupported`.
    pub status: ScanStatus,
    /// Why it failed.
    pub failure: Option<ScanFailure>,
    /// What it found.
    pub counters: Counters,
    /// Risks that were not there the scan before.
    pub appeared: u32,
    /// Risks that are gone since the scan before.
    pub vanished: u32,
    /// Digest of the advisory database.
    pub knowledge: Option<String>,
    /// Version of Plimsoll.
    pub program: String,
}
