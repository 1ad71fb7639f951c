//! Lists as files, exactly as filtered.
use super::{Platform, PlatformError};
use plimsoll_model::{Principal, Task};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExportList {
    /// The risk list, one line a risk.
    Risks,
    /// One line for each risk in each image.
    Findings,
    /// The image list.
    Images,
    /// Components of the images.
    Components,
    /// Handling history.
    History,
    /// Decisions.
    Decisions,
    /// The audit log (administrators).
    Audit,
    /// One image's report: `filter` is `{"id": …}`, `format` html, json, cyclonedx, spdx, sarif.
    Image,
}
/// As what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum ExportFormat {
    Csv,
    Xlsx,
    Json,
    Html,
    Cyclonedx,
    Spdx,
    Sarif,
}
/// A list to be written as a file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportRequest {
    /// Which list.
    pub list: ExportList,
    /// Its filters, by name, as in its address, `sort` too.
    #[serde(default)]
    pub filter: BTreeMap<String, String>,
    /// As what.
    pub format: ExportFormat,
}
impl Platform {
    /// Starts a task that writes the file; it is kept for a week and fetched any number of times.
    pub async fn start_export(&self, who: &Principal, request: ExportRequest) -> Result<Task, PlatformError> {
        let _ = (who, request);
        todo!()
    }
    /// The name and media type of a finished export's file, and its blob's name; only for who asked for it, and administrators.
    pub async fn export_file(
        &self,
        who: &Principal,
        task: &str,
    ) -> Result<(String, String, String), PlatformError> {
        let _ = (who, task);
        todo!()
    }
}

impl Platform {
    /// Writes the file of an export's job.
    pub(super) async fn export_job(&self, job: &plimsoll_model::Job) -> Result<serde_json::Value, PlatformError> {
        let _ = job;
        todo!()
    }
}
