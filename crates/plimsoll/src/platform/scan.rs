//! Scans: what a person asks for, and results that come from elsewhere.
use super::{Platform, PlatformError};
use crate::document::ImageReport;
use plimsoll_fleet::ImageRow;
use plimsoll_model::{ImageSource, Principal, RiskKind, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
/// Which images to scan: these, those a filter of the image list holds, or all.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScanRequest {
    /// By id.
    pub images: Vec<String>,
    /// By the image list's filters, by name.
    pub filter: Option<BTreeMap<String, String>>,
    /// Every image the asker may see.
    pub all: bool,
    /// Kinds of risks; all when empty.
    pub risks: Vec<RiskKind>,
    /// Images in an hour; 0 for no bound.
    pub images_per_hour: u32,
}
/// A scan that ran elsewhere: in a pipeline or beside a daemon (`plimsoll scan --server`).
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct UploadedScan {
    /// `local` or `cicd`.
    pub source: ImageSource,
    /// The pipeline, of `cicd`.
    #[serde(default)]
    pub pipeline: Option<String>,
    /// The image, as `plimsoll scan --format json` gives it.
    pub image: ImageReport,
}
impl Platform {
    /// Starts a task that scans images; those gone or unsupported are left out.
    pub async fn start_scan(&self, who: &Principal, request: ScanRequest) -> Result<Task, PlatformError> {
        let _ = (who, request);
        todo!()
    }
    /// Keeps a scan that ran elsewhere; its vulnerabilities are matched anew here.
    pub async fn receive_scan(&self, who: &Principal, scan: UploadedScan) -> Result<ImageRow, PlatformError> {
        let _ = (who, scan);
        todo!()
    }
}
