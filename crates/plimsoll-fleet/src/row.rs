//! What the fleet is told beside the model's nouns, and what it answers. Answers are documents of the API.

use plimsoll_model::{Counters, Risk, RiskClass, RiskState, Severity, StoredImage};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts beside a list, each with every other filter applied but its own: filter → value → count.
pub type Facets = BTreeMap<String, BTreeMap<String, u64>>;

/// Can it be fixed by a newer version?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Fixable {
    Yes,
    Partly,
    No,
}

/// How many images a risk stands in how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[allow(missing_docs, reason = "the states say it")]
pub struct StateCounts {
    pub open: u64,
    pub reopened: u64,
    pub ignored: u64,
    pub whitelisted: u64,
    pub fixed: u64,
}

/// One line of the risk list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskRow {
    /// The risk.
    #[serde(flatten)]
    pub risk: Risk,
    /// Of a vulnerability: whose packages have it, among the images counted.
    pub classes: Vec<RiskClass>,
    /// Can it be fixed by a newer version?
    pub fixable: Fixable,
    /// Images that have it, as filtered.
    pub images: u64,
    /// Of those, images that have it all from their base image.
    pub inherited: u64,
    /// Of the images the other filters hold: how it stands in them.
    pub states: StateCounts,
    /// Names of the first images, at most 3, as people read them.
    pub image_names: Vec<String>,
    /// Names of the components that have it, at most 5.
    pub components: Vec<String>,
}

/// One page of the risk list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskPage {
    /// The page.
    pub items: Vec<RiskRow>,
    /// How many lines the filter holds.
    pub total: u64,
    /// What to send as `cursor` for the next page.
    pub next: Option<String>,
    /// Counts for each filter.
    pub facets: Facets,
}

/// How much risk an image carries: the worst severity among its open vulnerabilities, malicious files, failed checks,
/// weak passwords and secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum RiskLevel {
    /// Never scanned to the end.
    Unknown,
    Safe,
    Low,
    Medium,
    High,
    Critical,
}

impl RiskLevel {
    /// All, worst first.
    pub const ALL: [RiskLevel; 6] = [
        RiskLevel::Critical,
        RiskLevel::High,
        RiskLevel::Medium,
        RiskLevel::Low,
        RiskLevel::Safe,
        RiskLevel::Unknown,
    ];

    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            RiskLevel::Unknown => "unknown",
            RiskLevel::Safe => "safe",
            RiskLevel::Low => "low",
            RiskLevel::Medium => "medium",
            RiskLevel::High => "high",
            RiskLevel::Critical => "critical",
        }
    }
}

/// One line of the image list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImageRow {
    /// The image.
    #[serde(flatten)]
    pub image: StoredImage,
    /// `registry/team/app:1.4`.
    pub name: String,
    /// Everything of the repository before its last part.
    pub organization: String,
    /// How much risk it carries.
    pub risk_level: RiskLevel,
    /// What it is computed from: the kinds that have the worst severity.
    pub risk_level_from: Vec<String>,
    /// Open and reopened risks by kind and severity.
    pub counters: Counters,
    /// Of the list of one risk: how that risk stands here.
    pub state: Option<RiskState>,
    /// Of the list of one risk: the decision behind that state.
    pub decision: Option<String>,
}

/// One page of the image list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ImagePage {
    /// The page.
    pub items: Vec<ImageRow>,
    /// How many images the filter holds.
    pub total: u64,
    /// What to send as `cursor` for the next page.
    pub next: Option<String>,
    /// Counts for each filter.
    pub facets: Facets,
}

/// How a risk stands in an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// State.
    pub state: RiskState,
    /// The decision behind it.
    pub decision: Option<String>,
}

/// What a decision would hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Preview {
    /// Pairs of risk and image.
    pub pairs: u64,
    /// Risks.
    pub risks: u64,
    /// Images.
    pub images: u64,
    /// Pairs whose state would change.
    pub changes: u64,
    /// The page asked for.
    pub items: Vec<PreviewPair>,
    /// Ids of the risks hit, at most 1,000.
    pub risk_ids: Vec<String>,
    /// Ids of the images hit, at most 1,000.
    pub image_ids: Vec<String>,
}

/// One pair a decision would hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PreviewPair {
    /// The risk's id.
    pub risk: String,
    /// Its title.
    pub title: String,
    /// Its severity.
    pub severity: Severity,
    /// The image's id.
    pub image: String,
    /// The image's name.
    pub image_name: String,
    /// How it stands now.
    pub state: RiskState,
}

/// The numbers of the overview page. Risks are counted once each, whichever images have them; open ones only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Overview {
    /// Images.
    pub images: u64,
    /// Images by scan status.
    pub images_by_status: BTreeMap<String, u64>,
    /// Images by risk level.
    pub images_by_level: BTreeMap<String, u64>,
    /// Images by source.
    pub images_by_source: BTreeMap<String, u64>,
    /// Risks by kind and severity.
    pub risks: Counters,
    /// Pairs of open risk and image.
    pub pairs: u64,
    /// Risks that can be fixed, risks known to be exploited.
    pub fixable: u64,
    /// Risks known to be exploited.
    pub exploited: u64,
    /// Base images with the most images that carry risks inherited from them: name, images.
    pub top_bases: Vec<(String, u64)>,
}
