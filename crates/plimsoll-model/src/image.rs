//! An image as its manifest and config describe it.

use crate::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// `os/arch[/variant]`, in Go's words, as OCI uses them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// `linux`, `windows`.
    pub os: String,
    /// `amd64`, `arm64`.
    pub arch: String,
    /// `v7`, `v8`; empty when there is none.
    pub variant: String,
}

impl Platform {
    /// Reads `os/arch[/variant]`.
    pub fn parse(text: &str) -> Option<Platform> {
        let mut parts = text.splitn(3, '/');
        let (os, arch) = (parts.next()?, parts.next()?);
        let variant = parts.next().unwrap_or("");
        let valid =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        (valid(os) && valid(arch) && (variant.is_empty() || valid(variant))).then(|| Platform {
            os: os.to_ascii_lowercase(),
            arch: arch.to_ascii_lowercase(),
            variant: variant.to_ascii_lowercase(),
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.arch)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}

/// One layer as the manifest and the config name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerRef {
    /// Digest of the stored bytes; `None` where the source has no manifest of digests (`docker save`).
    pub digest: Option<Digest>,
    /// Digest of the uncompressed tar, from the config; `None` where the config is silent.
    pub diff_id: Option<Digest>,
    /// Stored bytes as the manifest says.
    pub size: Option<u64>,
    /// Media type as the manifest says; empty when it does not. The compression is told by the bytes.
    pub media_type: String,
}

/// One image of one platform: its manifest, config and layers, oldest layer first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageManifest {
    /// The name it was asked for by, with tag or digest: `registry/repo:tag`, `alpine.tar`.
    pub name: String,
    /// Digest of its manifest, where it has one.
    pub digest: Option<Digest>,
    /// Digest of its config, where it has one.
    pub config_digest: Option<Digest>,
    /// Platform.
    pub platform: Option<Platform>,
    /// Its config; default for a folder or an SBOM.
    pub config: ImageConfig,
    /// Layers, oldest first.
    pub layers: Vec<LayerRef>,
    /// Annotations of the manifest.
    pub annotations: BTreeMap<String, String>,
}

/// The parts of an image config that are read (OCI image spec 1.1, "OCI Image Configuration").
/// Every field is lenient: a missing or null one is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names are the specification's")]
pub struct ImageConfig {
    pub created: Option<String>,
    pub author: Option<String>,
    pub user: String,
    pub env: Vec<String>,
    pub cmd: Vec<String>,
    pub entrypoint: Vec<String>,
    pub working_dir: String,
    pub exposed_ports: Vec<String>,
    pub volumes: Vec<String>,
    pub labels: BTreeMap<String, String>,
    pub stop_signal: Option<String>,
    pub healthcheck: Vec<String>,
    pub on_build: Vec<String>,
    pub history: Vec<History>,
}

/// One step of an image's history.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// When, as written.
    pub created: Option<String>,
    /// The instruction, as the builder wrote it.
    pub created_by: String,
    /// Comment.
    pub comment: String,
    /// Did this step add no layer?
    pub empty_layer: bool,
}

impl ImageConfig {
    /// The instruction that made each of `layers` layers: history entries that add a layer, in order. Histories are
    /// often short or missing: a layer without one gets an empty string.
    pub fn instructions(&self, layers: usize) -> Vec<String> {
        let mut steps = self.history.iter().filter(|step| !step.empty_layer);
        (0..layers).map(|_| steps.next().map_or(String::new(), |step| step.created_by.clone())).collect()
    }
}
