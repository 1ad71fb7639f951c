//! What a user may name: references, archives, layouts, folders, SBOMs, daemons.

use crate::ImageError;
use plimsoll_model::Digest;
use std::path::PathBuf;

/// Something that holds images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// In a registry.
    Registry(Reference),
    /// `docker save` output, also inside gzip or zstd.
    DockerArchive(PathBuf),
    /// An OCI layout in a tar, also inside gzip or zstd.
    OciArchive(PathBuf),
    /// An OCI layout folder, and the tag wanted; `None` for all.
    OciLayout(PathBuf, Option<String>),
    /// A root file system.
    Dir(PathBuf),
    /// A CycloneDX or SPDX document.
    Sbom(PathBuf),
    /// In the Docker daemon.
    Docker(String),
    /// In podman.
    Podman(String),
}

/// A registry reference `host[:port]/repository[:tag][@digest]`
/// (<https://github.com/distribution/reference>, grammar; `docker.io/library/` where Docker would put it).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Host with port: `docker.io`, `127.0.0.1:5000`.
    pub registry: String,
    /// `library/alpine`.
    pub repository: String,
    /// `latest` when neither tag nor digest is given.
    pub tag: Option<String>,
    /// Pins the manifest.
    pub digest: Option<Digest>,
}

impl Target {
    /// Reads `docker-archive:FILE`, `oci-archive:FILE`, `oci:DIR[:TAG]`, `dir:DIR`, `sbom:FILE`, `docker:NAME`,
    /// `podman:NAME`, a path that exists (told by its content), or a reference.
    pub fn parse(text: &str) -> Result<Target, ImageError> {
        Err(ImageError::Target { target: text.to_owned(), why: "not written yet".to_owned() })
    }
}
