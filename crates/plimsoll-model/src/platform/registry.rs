//! Registries people connected.

use crate::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which product a registry is: how its repositories are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryKind {
    /// OCI distribution (Docker Registry v2): `_catalog`.
    Generic,
    /// Harbor.
    Harbor,
    /// JFrog Artifactory.
    Jfrog,
    /// Docker Hub.
    DockerHub,
    /// Huawei Cloud SWR.
    Swr,
    /// Amazon ECR.
    Ecr,
    /// Azure ACR.
    Acr,
    /// Google Artifact Registry.
    Gar,
    /// GitHub's registry.
    Ghcr,
    /// Quay.
    Quay,
    /// GitLab.
    Gitlab,
    /// Sonatype Nexus.
    Nexus,
}

impl RegistryKind {
    /// All.
    pub const ALL: &[RegistryKind] = &[
        RegistryKind::Generic,
        RegistryKind::Harbor,
        RegistryKind::Jfrog,
        RegistryKind::DockerHub,
        RegistryKind::Swr,
        RegistryKind::Ecr,
        RegistryKind::Acr,
        RegistryKind::Gar,
        RegistryKind::Ghcr,
        RegistryKind::Quay,
        RegistryKind::Gitlab,
        RegistryKind::Nexus,
    ];

    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            RegistryKind::Generic => "generic",
            RegistryKind::Harbor => "harbor",
            RegistryKind::Jfrog => "jfrog",
            RegistryKind::DockerHub => "docker-hub",
            RegistryKind::Swr => "swr",
            RegistryKind::Ecr => "ecr",
            RegistryKind::Acr => "acr",
            RegistryKind::Gar => "gar",
            RegistryKind::Ghcr => "ghcr",
            RegistryKind::Quay => "quay",
            RegistryKind::Gitlab => "gitlab",
            RegistryKind::Nexus => "nexus",
        }
    }
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RegistryState {
    /// Not tried yet.
    New,
    /// It answered.
    Connected,
    /// It did not; the reason says why.
    Failed,
}

/// When a registry's list of images is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SyncMode {
    /// By hand only.
    Manual,
    /// Every day at 01:00 UTC, and by hand.
    Daily,
    /// When the registry says something was pushed, every day, and by hand.
    Push,
}

/// Which product sent a notification of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum EventKind {
    Distribution,
    Harbor,
    Quay,
    Ecr,
    Acr,
}

/// A registry people connected. Its password is write-only: it is never in this.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Registry {
    /// UUID.
    pub id: String,
    /// What people call it, 1 to 128 characters.
    pub name: String,
    /// Which product.
    pub kind: RegistryKind,
    /// `https://registry.example.com` or `http://127.0.0.1:5000`; for a registry below a path, with it.
    pub url: String,
    /// Who signs in; empty for nobody.
    pub username: String,
    /// Is there a stored password?
    pub has_password: bool,
    /// Certificate authorities to trust beside the system's, PEM.
    pub ca: String,
    /// Accept any certificate. Plain http needs an `http://` address.
    pub insecure: bool,
    /// May its address be a private or loopback one? Only an administrator can say so.
    pub allow_private: bool,
    /// Repositories wanted: patterns with `*`; all when empty.
    pub include: Vec<String>,
    /// Repositories not wanted.
    pub exclude: Vec<String>,
    /// Requests in a second; 0 for no bound.
    pub requests_per_second: u32,
    /// Images pulled at once; 0 for no bound.
    pub concurrency: u32,
    /// When its list is fetched.
    pub sync: SyncMode,
    /// Scan what a push or sync brings?
    pub scan_new: bool,
    /// How the connection stands.
    pub state: RegistryState,
    /// Why it failed.
    pub reason: Option<String>,
    /// Images known.
    pub images: u64,
    /// When it was last listed.
    pub synced_at: Option<Time>,
    /// When it was connected.
    pub created_at: Time,
}
