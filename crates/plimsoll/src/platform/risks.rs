//! One risk, across all images.
use super::{ListPage, Platform, PlatformError};
use plimsoll_fleet::RiskRow;
use plimsoll_model::{Cvss, Evidence, FixState, Principal, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
/// A risk's page, without its lists.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RiskDetail {
    /// Its row.
    #[serde(flatten)]
    pub row: RiskRow,
    /// Text about it.
    pub description: Option<String>,
    /// What to do about it.
    pub advice: Option<String>,
    /// Scores.
    pub cvss_all: Vec<Cvss>,
    /// Weaknesses.
    pub cwes: Vec<String>,
    /// Addresses.
    pub references: Vec<String>,
    /// The feeds that say so.
    pub sources: Vec<String>,
    /// Per component: what the publisher says.
    pub components_detail: Vec<RiskComponent>,
    /// The notices and CVEs it stands for: the risk itself and its aliases, with score, day and text where known.
    pub cves: Vec<RiskCve>,
    /// What fixes it, most images first.
    pub fixes: Vec<FixAction>,
}
/// A component that has the risk.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RiskComponent {
    /// Package URL.
    pub purl: String,
    /// Installed version.
    pub installed: Option<String>,
    /// The lowest version that fixes it.
    pub fixed: Option<String>,
    /// What the publisher did about it.
    pub state: Option<FixState>,
    /// Its publisher's grade.
    pub severity: Severity,
    /// Images that have it.
    pub images: u64,
}
/// A name of a risk.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RiskCve {
    /// CVE.
    pub id: String,
    /// Score.
    pub score: Option<f64>,
    /// Published.
    pub published: Option<String>,
    /// Text.
    pub description: Option<String>,
}
/// One thing to do, and what it clears.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FixAction {
    /// `base`, `packages` (apt, apk, dnf, zypper …), `language`, `file`, `setting`, `password`.
    pub kind: String,
    /// In words: `Upgrade the base image debian:12.1 to debian:12.8`.
    pub title: String,
    /// To type or paste: a Dockerfile line, a command; empty when there is none.
    pub command: String,
    /// Risks it clears.
    pub risks: u64,
    /// Images it clears them in.
    pub images: u64,
    /// What it is done to.
    pub targets: Vec<FixTarget>,
}
/// What a fix is done to.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct FixTarget {
    /// Component, base image or path.
    pub name: String,
    /// From this version.
    pub from: Option<String>,
    /// To this version.
    pub to: Option<String>,
}
/// Why we say so: what was seen in one image.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RiskEvidence {
    /// The image.
    pub image: String,
    /// Its name.
    pub image_name: String,
    /// The component.
    pub component: Option<String>,
    /// Where.
    pub evidence: Vec<Evidence>,
    /// Steps of the judgement, in words.
    pub reasons: Vec<String>,
    /// What is particular to the kind.
    pub details: BTreeMap<String, serde_json::Value>,
}
impl Platform {
    /// A risk's page.
    pub async fn risk(&self, who: &Principal, id: &str) -> Result<RiskDetail, PlatformError> {
        let _ = (who, id);
        todo!()
    }
    /// Why we say so, image by image; `image` for one alone.
    pub async fn risk_evidence(
        &self,
        who: &Principal,
        id: &str,
        image: Option<&str>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<ListPage<RiskEvidence>, PlatformError> {
        let _ = (who, id, image, limit, cursor);
        todo!()
    }
    /// What fixes an image, most risks first.
    pub async fn image_fixes(&self, who: &Principal, image: &str) -> Result<Vec<FixAction>, PlatformError> {
        let _ = (who, image);
        todo!()
    }
    /// What clears most images: base upgrades and packages, at most `limit`.
    pub async fn top_fixes(&self, who: &Principal, limit: usize) -> Result<Vec<FixAction>, PlatformError> {
        let _ = (who, limit);
        todo!()
    }
}
