//! Connecting and syncing registries.
use super::{Platform, PlatformError};
use plimsoll_model::{EventKind, Principal, Registry, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
/// What trying a connection found.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RegistryTest {
    /// Did everything work?
    pub ok: bool,
    /// The steps in order: name, ok, what came of it. The first that fails is the last.
    pub steps: Vec<RegistryStep>,
}
/// One step: `address`, `connect`, `tls`, `sign-in`, `list`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RegistryStep {
    /// Which.
    pub step: String,
    /// Did it work?
    pub ok: bool,
    /// What came of it, or why not and what to do.
    pub detail: String,
}
/// Which registries to sync.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncRequest {
    /// By id; all when empty.
    pub registries: Vec<String>,
}
impl Platform {
    /// Tries a registry as it is stored.
    pub async fn test_registry(&self, id: &str) -> Result<RegistryTest, PlatformError> {
        let _ = id;
        todo!()
    }
    /// Checks a registry to be stored: name, address (scheme, private addresses), patterns, certificates.
    pub fn check_registry(&self, registry: &Registry) -> Result<(), PlatformError> {
        let _ = registry;
        todo!()
    }
    /// Starts a task that lists registries.
    pub async fn start_sync(&self, who: &Principal, request: SyncRequest) -> Result<Task, PlatformError> {
        let _ = (who, request);
        todo!()
    }
    /// Takes a notification of a push: syncs what it names, and scans it where the registry says so. How many images.
    pub async fn receive_push(
        &self,
        registry: &str,
        kind: EventKind,
        body: &[u8],
    ) -> Result<u64, PlatformError> {
        let _ = (registry, kind, body);
        todo!()
    }
}
