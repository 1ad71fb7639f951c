//! Are all images safe? The stories of the platform: connect, sync, scan, assess again, decide, export.
//!
//! [`Platform`] joins the store (truth), the fleet (all images at once, in memory, following the change log) and the
//! scanner. It knows no HTTP: the server's handlers call it, and so do tests.

mod advisories;
mod connections;
mod decide;
mod dictionary;
mod error;
mod export;
mod failure;
mod files;
mod fixes;
mod follow;
mod images;
mod keep;
mod ledger;
mod open;
mod pages;
mod reassess;
mod registries;
mod risks;
mod scan;
mod schedule;
mod settings;
mod sync;
mod upload;
mod views;
mod walk;
mod worker;

pub use error::PlatformError;
pub use export::{ExportFormat, ExportList, ExportRequest};
pub use images::{
    Comparison, ComponentQuery, FileQuery, FindingQuery, FindingRow, ImageSummary, LayerRow, ListPage,
};
pub use open::{Configuration, Knowledge};
pub use registries::{RegistryStep, RegistryTest, SyncRequest};
pub use risks::{FixAction, FixTarget, RiskComponent, RiskCve, RiskDetail, RiskEvidence};
pub use scan::ScanRequest;
pub use settings::Settings;
pub use upload::UploadedScan;

use plimsoll_fleet::Fleet;
use plimsoll_model::ImageSource;
use plimsoll_store::{Blobs, Data};
use sha2::{Digest as _, Sha256};
use std::sync::{Arc, RwLockReadGuard};

/// The platform. Clones are the same one.
#[derive(Clone)]
pub struct Platform {
    inner: Arc<open::Inner>,
}

impl Platform {
    /// The truth.
    pub fn data(&self) -> &Data {
        &self.inner.data
    }

    /// The blobs.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    /// All images at once, as of the last [`Platform::refresh`]. Hold it shortly and never across an await.
    pub fn fleet(&self) -> RwLockReadGuard<'_, Fleet> {
        self.inner.fleet.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Does work that blocks or takes long on a thread of its own.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PlatformError> + Send + 'static,
) -> Result<T, PlatformError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or_else(|error| {
        Err(PlatformError::Outside { what: "a thread ended early".to_owned(), why: error.to_string() })
    })
}

/// A new name for a row; later ones sort behind earlier ones (RFC 9562, UUID version 7).
fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// The id of an image's row: the same for the same name, so that two who meet an image at once write one row
/// (RFC 9562, UUID version 8, of a SHA-256).
fn image_id(
    source: ImageSource,
    registry: Option<&str>,
    repository: &str,
    tag: Option<&str>,
    platform: &str,
) -> String {
    let mut hash = Sha256::new();
    for part in [Some(source.as_str()), registry, Some(repository), tag, Some(platform)] {
        // Absent and empty differ, and no part runs into the next.
        hash.update(part.map_or(u64::MAX, |part| part.len() as u64).to_le_bytes());
        hash.update(part.unwrap_or_default());
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_has_one_id() {
        let id = |tag, platform| image_id(ImageSource::Registry, Some("r"), "team/app", tag, platform);
        assert_eq!(id(Some("1"), ""), id(Some("1"), ""));
        assert_ne!(id(Some("1"), "x"), id(Some("1x"), ""));
        assert_ne!(id(None, ""), id(Some(""), ""));
        assert_eq!(id(None, "").len(), 36);
    }
}
