//! Images as rows.
use super::{Data, DataError};
use plimsoll_model::{ImageSource, ScanFailure, ScanStatus, StoredImage};
impl Data {
    /// One.
    pub async fn stored_image(&self, id: &str) -> Result<StoredImage, DataError> {
        let _ = id;
        todo!()
    }
    /// All of a registry, gone ones too.
    pub async fn images_of(&self, registry: &str) -> Result<Vec<StoredImage>, DataError> {
        let _ = registry;
        todo!()
    }
    /// The row of this name, if it is known.
    pub async fn find_image(
        &self,
        source: ImageSource,
        registry: Option<&str>,
        repository: &str,
        tag: Option<&str>,
        platform: &str,
    ) -> Result<Option<StoredImage>, DataError> {
        let _ = (source, registry, repository, tag, platform);
        todo!()
    }
    /// Adds or replaces rows by id, with one change line each. `latest` of every repository named is computed anew: the
    /// newest tag by `created`, else by `updated_at`.
    pub async fn put_images(&self, images: &[StoredImage]) -> Result<(), DataError> {
        let _ = images;
        todo!()
    }
    /// Sets how scanning stands.
    pub async fn set_status(
        &self,
        ids: &[String],
        status: ScanStatus,
        failure: Option<&ScanFailure>,
    ) -> Result<(), DataError> {
        let _ = (ids, status, failure);
        todo!()
    }
    /// Forgets images with all that is known of them.
    pub async fn delete_images(&self, ids: &[String]) -> Result<(), DataError> {
        let _ = ids;
        todo!()
    }
}
