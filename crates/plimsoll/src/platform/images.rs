//! One image, everything about it.
use super::{Platform, PlatformError};
use crate::document::{BaseReport, ComponentReport, FilesReport, LayerReport, OsReport};
use plimsoll_fleet::{Facets, ImageRow, Standing};
use plimsoll_model::{Check, Finding, Principal, RiskClass, Time, Unread};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct ListPage<T> {
    /// The page.
    pub items: Vec<T>,
    /// How many in all.
    pub total: u64,
    /// What to send as `cursor` for the next page.
    pub next: Option<String>,
    /// Counts for each filter, where the list has filters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub facets: Facets,
}
/// An image's page, without its lists.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct ImageSummary {
    /// Its row.
    #[serde(flatten)]
    pub row: ImageRow,
    /// Its distribution.
    pub os_detail: Option<OsReport>,
    /// Its base image.
    pub base_detail: Option<BaseReport>,
    /// Its files in numbers.
    pub files: Option<FilesReport>,
    /// Every item of the baselines, passed or not.
    pub checks: Vec<Check>,
    /// What could not be examined.
    pub unread: Vec<Unread>,
    /// Rows of the same tag on other platforms: platform, id.
    pub platforms: Vec<(String, String)>,
    /// How many components.
    pub components: u64,
    /// How many layers.
    pub layers: u64,
}
/// A question to an image's findings: `kind`, `class`, `severity`, `urgency`, `state`, `fixable`, `inherited`, `present`,
/// `component`, `layer`, `path` (part), `q`, `id`; `sort`: severity (default, descending), urgency, id, component, path;
/// `limit`, `cursor`. Names as in the risk list.
#[derive(Clone, Debug, Default)]
pub struct FindingQuery {
    /// Name → value.
    pub fields: BTreeMap<String, String>,
}
/// One finding in one image, with how it stands.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FindingRow {
    /// The risk's id.
    pub risk: String,
    /// The finding.
    #[serde(flatten)]
    pub finding: Finding,
    /// Of a vulnerability: whose package has it.
    pub class: Option<RiskClass>,
    /// How it stands.
    pub standing: Standing,
    /// When it was first found under this tag.
    pub first_seen: Option<Time>,
    /// The build instruction of the layer of its first evidence.
    pub instruction: Option<String>,
}
/// A question to an image's components: `type`, `name` (part), `licence`, `vulnerable` (true, false), `present`, `layer`, `q`;
/// `sort`: name, version, type, vulnerabilities; `limit`, `cursor`.
#[derive(Clone, Debug, Default)]
pub struct ComponentQuery {
    /// Name → value.
    pub fields: BTreeMap<String, String>,
}
/// A question to an image's files: `path` (part), `type`, `layer`, `sort`: path, size; `limit`, `cursor`.
#[derive(Clone, Debug, Default)]
pub struct FileQuery {
    /// Name → value.
    pub fields: BTreeMap<String, String>,
}
/// One layer, and what it adds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct LayerRow {
    /// The layer.
    #[serde(flatten)]
    pub layer: LayerReport,
    /// Its place, oldest 0.
    pub index: u32,
    /// Components it brought.
    pub components: u64,
    /// Findings it brought, by severity.
    pub findings: BTreeMap<String, u32>,
    /// Findings whose file a later layer hides.
    pub buried: u64,
}
/// Two images, or two scans of one, side by side.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Findings only the second has.
    pub added: Vec<Finding>,
    /// Findings only the first has.
    pub removed: Vec<Finding>,
    /// How many both have.
    pub unchanged: u64,
    /// Components only the second has: purl.
    pub components_added: Vec<String>,
    /// Components only the first has: purl.
    pub components_removed: Vec<String>,
    /// Same component, other version: name, first, second.
    pub components_changed: Vec<(String, String, String)>,
}
impl Platform {
    /// An image's page.
    pub async fn image(&self, who: &Principal, id: &str) -> Result<ImageSummary, PlatformError> {
        let _ = (who, id);
        todo!()
    }
    /// Its findings.
    pub async fn image_findings(
        &self,
        who: &Principal,
        id: &str,
        query: FindingQuery,
    ) -> Result<ListPage<FindingRow>, PlatformError> {
        let _ = (who, id, query);
        todo!()
    }
    /// Its components.
    pub async fn image_components(
        &self,
        who: &Principal,
        id: &str,
        query: ComponentQuery,
    ) -> Result<ListPage<ComponentReport>, PlatformError> {
        let _ = (who, id, query);
        todo!()
    }
    /// Its whole file tree, from the stored facts.
    pub async fn image_files(
        &self,
        who: &Principal,
        id: &str,
        query: FileQuery,
    ) -> Result<ListPage<serde_json::Value>, PlatformError> {
        let _ = (who, id, query);
        todo!()
    }
    /// Its layers.
    pub async fn image_layers(&self, who: &Principal, id: &str) -> Result<Vec<LayerRow>, PlatformError> {
        let _ = (who, id);
        todo!()
    }
    /// Two images compared; or two scans of one, by scan id.
    pub async fn compare(
        &self,
        who: &Principal,
        first: &str,
        second: &str,
    ) -> Result<Comparison, PlatformError> {
        let _ = (who, first, second);
        todo!()
    }
    /// The image as a report: the scan document's image with how findings stand, for HTML, CycloneDX, SPDX, SARIF.
    pub async fn image_document(
        &self,
        who: &Principal,
        id: &str,
    ) -> Result<crate::document::Document, PlatformError> {
        let _ = (who, id);
        todo!()
    }
}
