//! Registries and their sealed passwords.
use super::{Data, DataError};
use plimsoll_model::Registry;
impl Data {
    /// All, by name; `images` counted.
    pub async fn registries(&self) -> Result<Vec<Registry>, DataError> {
        todo!()
    }
    /// One.
    pub async fn registry(&self, id: &str) -> Result<Registry, DataError> {
        let _ = id;
        todo!()
    }
    /// Adds one; the name is unique.
    pub async fn add_registry(&self, registry: &Registry, password: Option<&str>) -> Result<(), DataError> {
        let _ = (registry, password);
        todo!()
    }
    /// Replaces one; `None` leaves the password, `Some("")` forgets it.
    pub async fn update_registry(
        &self,
        registry: &Registry,
        password: Option<&str>,
    ) -> Result<(), DataError> {
        let _ = (registry, password);
        todo!()
    }
    /// Removes one with its images.
    pub async fn delete_registry(&self, id: &str) -> Result<(), DataError> {
        let _ = id;
        todo!()
    }
    /// Its password, opened.
    pub async fn registry_password(&self, id: &str) -> Result<Option<String>, DataError> {
        let _ = id;
        todo!()
    }
    /// The secret that pushes of this registry must send; made with it, changed by `renew`.
    pub async fn push_secret(&self, id: &str, renew: bool) -> Result<String, DataError> {
        let _ = (id, renew);
        todo!()
    }
}
