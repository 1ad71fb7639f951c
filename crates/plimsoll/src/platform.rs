//! Are all images safe? The stories of the platform: connect, sync, scan, assess again, decide, export.
//!
//! [`Platform`] joins the store (truth), the fleet (all images at once, in memory, following the change log) and the
//! scanner. It knows no HTTP: the server's handlers call it, and so do tests.

mod decide;
mod error;
mod export;
mod images;
mod open;
mod reassess;
mod registries;
mod risks;
mod scan;
mod schedule;
mod worker;

pub use error::PlatformError;
pub use export::{ExportFormat, ExportList, ExportRequest};
pub use images::{
    Comparison, ComponentQuery, FileQuery, FindingQuery, FindingRow, ImageSummary, LayerRow, ListPage,
};
pub use open::{Configuration, Knowledge};
pub use registries::{RegistryTest, SyncRequest};
pub use risks::{FixAction, FixTarget, RiskDetail, RiskEvidence};
pub use scan::{ScanRequest, UploadedScan};

use plimsoll_fleet::Fleet;
use plimsoll_store::{Blobs, Data};
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
