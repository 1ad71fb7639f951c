//! One risk, across all images.

use super::error::missing;
use super::pages::MAX_LIMIT;
use super::settings::field;
use super::views::read_findings;
use super::{ListPage, Platform, PlatformError, blocking};
use plimsoll_fleet::{ImageQuery, RiskRow};
use plimsoll_model::{Cvss, Evidence, Finding, FixState, Principal, Risk, RiskKind, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Components of one risk that are looked at.
const MAX_COMPONENTS: u32 = 500;
/// Names of one risk that are told of.
const MAX_NAMES: usize = 50;
/// Images whose reports tell which components have a risk.
const SAMPLED: usize = 20;

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

pub use super::fixes::{FixAction, FixTarget};

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
        let row = self.fleet().risk(id, who.sees.as_deref()).ok_or_else(|| missing("risk", id))?;
        let found = match row.risk.kind {
            RiskKind::Vulnerability => self.of_components(who, &row.risk).await?,
            _ => self.of_images(who, &row.risk).await?,
        };
        let best = found.iter().map(|(finding, _)| finding).max_by_key(|finding| finding.severity);
        let details = best.map(|finding| &finding.details);
        let mut components: Vec<RiskComponent> = found
            .iter()
            .filter_map(|(finding, images)| {
                Some(RiskComponent {
                    purl: finding.component.clone()?,
                    installed: finding.installed.clone(),
                    fixed: finding.fixed.clone(),
                    state: finding.state,
                    severity: finding.severity,
                    images: *images,
                })
            })
            .collect();
        components.sort_by(|a, b| b.images.cmp(&a.images).then_with(|| a.purl.cmp(&b.purl)));
        let union = |of: &dyn Fn(&Finding) -> &[String]| {
            let all = found.iter().flat_map(|(finding, _)| of(finding));
            all.collect::<BTreeSet<_>>().into_iter().cloned().collect::<Vec<String>>()
        };
        let fixes = super::fixes::of_risk(&row, &found);
        Ok(RiskDetail {
            description: details.and_then(|details| details.description.clone()),
            advice: details.and_then(|details| details.advice.clone()),
            cvss_all: details.map(|details| details.cvss.clone()).unwrap_or_default(),
            cwes: union(&|finding| &finding.details.cwes),
            references: union(&|finding| &finding.references),
            sources: union(&|finding| &finding.details.sources),
            cves: self.names(&row.risk).await?,
            components_detail: components,
            fixes,
            row,
        })
    }

    /// The findings of a vulnerability, one for each component that images this person sees have, with how many these are.
    pub(super) async fn of_components(
        &self,
        who: &Principal,
        risk: &Risk,
    ) -> Result<Vec<(Finding, u64)>, PlatformError> {
        let numbers = self.data().components_with(&risk.id, MAX_COMPONENTS).await?;
        let counts: BTreeMap<i64, u64> = {
            let images = self.fleet().images_with(&numbers, who.sees.as_deref());
            numbers.iter().copied().zip(images).collect()
        };
        let seen: Vec<i64> = numbers.into_iter().filter(|number| counts.get(number) != Some(&0)).collect();
        let mut found = Vec::new();
        for component in self.data().components(&seen).await? {
            let images = counts.get(&component.number).copied().unwrap_or(0);
            let findings = read_findings(&component.findings)?;
            let finding = findings.into_iter().find(|finding| finding.id == risk.id);
            found.extend(finding.map(|finding| (finding, images)));
        }
        Ok(found)
    }

    /// The findings of another risk, one for each component, from the first images that have it.
    async fn of_images(&self, who: &Principal, risk: &Risk) -> Result<Vec<(Finding, u64)>, PlatformError> {
        let mut found: BTreeMap<Option<String>, (Finding, u64)> = BTreeMap::new();
        let page = self.images_of_risk(who, &risk.id, None, SAMPLED, None)?;
        for row in page.items {
            let Some(whole) = self.whole(&row).await? else { continue };
            let mut told = BTreeSet::new();
            for finding in whole.report.findings.iter().filter(|finding| is_about(finding, risk)) {
                if told.insert(finding.component.clone()) {
                    found.entry(finding.component.clone()).or_insert_with(|| (finding.clone(), 0)).1 += 1;
                }
            }
        }
        Ok(found.into_values().collect())
    }

    fn images_of_risk(
        &self,
        who: &Principal,
        risk: &str,
        image: Option<&str>,
        limit: usize,
        cursor: Option<&str>,
    ) -> Result<plimsoll_fleet::ImagePage, PlatformError> {
        let mut fields = BTreeMap::from([
            ("risk".to_owned(), risk.to_owned()),
            ("state".to_owned(), "all".to_owned()),
            ("sort".to_owned(), "name".to_owned()),
            ("limit".to_owned(), limit.to_string()),
        ]);
        fields.extend(image.map(|image| ("id".to_owned(), image.to_owned())));
        fields.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor.to_owned())));
        Ok(self.fleet().images(&ImageQuery::parse(&fields)?, who.sees.as_deref()))
    }

    /// The names of a vulnerability, as the advisory database tells of them.
    async fn names(&self, risk: &Risk) -> Result<Vec<RiskCve>, PlatformError> {
        if risk.kind != RiskKind::Vulnerability {
            return Ok(Vec::new());
        }
        let knowledge = self.current_knowledge();
        let ids: Vec<String> = [&risk.id].into_iter().chain(&risk.aliases).take(MAX_NAMES).cloned().collect();
        let own = risk.id.clone();
        blocking(move || {
            let mut names = Vec::new();
            for id in ids {
                let known = knowledge.database.vulnerability(&id).map_err(crate::ScanError::from)?;
                // Other names that nothing is known of stand in the list of aliases already.
                if known.is_none() && id != own {
                    continue;
                }
                let known = known.unwrap_or_default();
                names.push(RiskCve {
                    score: known
                        .ratings
                        .iter()
                        .find_map(|rating| plimsoll_assess::cvss_score(&rating.value))
                        .map(|(_, score)| score),
                    published: known.published.and_then(day),
                    description: known.description,
                    id,
                });
            }
            Ok(names)
        })
        .await
    }

    /// Why we say so, image by image; `image` for one alone. `limit` counts images; one may have several lines.
    pub async fn risk_evidence(
        &self,
        who: &Principal,
        id: &str,
        image: Option<&str>,
        limit: u32,
        cursor: Option<&str>,
    ) -> Result<ListPage<RiskEvidence>, PlatformError> {
        let row = self.fleet().risk(id, who.sees.as_deref()).ok_or_else(|| missing("risk", id))?;
        let limit = usize::try_from(limit).unwrap_or(MAX_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            return Err(field("limit", format!("it is a number from 1 to {MAX_LIMIT}")));
        }
        if let Some(image) = image {
            self.visible(who, image)?;
        }
        let page = self.images_of_risk(who, &row.risk.id, image, limit, cursor)?;
        let mut items = Vec::new();
        for image in page.items {
            let Some(whole) = self.whole(&image).await? else { continue };
            let about = whole.report.findings.iter().filter(|finding| is_about(finding, &row.risk));
            let present: Vec<Finding> = about.filter(|finding| finding.present).cloned().collect();
            let reasons = self.reasons(&image.image.id, &row.risk, &present).await?;
            for (finding, reasons) in present.into_iter().zip(reasons) {
                items.push(RiskEvidence {
                    image: image.image.id.clone(),
                    image_name: image.name.clone(),
                    component: finding.component.clone(),
                    evidence: finding.evidence.clone(),
                    reasons,
                    details: details(&finding),
                });
            }
        }
        Ok(ListPage { items, total: page.total, next: page.next, facets: BTreeMap::new() })
    }

    /// The steps of the judgement of each of these findings, in words.
    async fn reasons(
        &self,
        image: &str,
        risk: &Risk,
        findings: &[Finding],
    ) -> Result<Vec<Vec<String>>, PlatformError> {
        if risk.kind != RiskKind::Vulnerability {
            return Ok(findings.iter().map(own_reason).collect());
        }
        let Some((kept, numbers)) = self.kept(image).await? else {
            return Ok(vec![Vec::new(); findings.len()]);
        };
        let wanted: BTreeSet<&str> = findings.iter().filter_map(|one| one.component.as_deref()).collect();
        let components = kept.report.components.iter().zip(&numbers);
        let of_purl = components.filter(|(component, _)| wanted.contains(component.purl.as_str()));
        let numbers: BTreeSet<i64> = of_purl.map(|(_, number)| *number).collect();
        let stored = self.data().components(&numbers.into_iter().collect::<Vec<_>>()).await?;
        let knowledge = self.current_knowledge();
        let id = risk.id.clone();
        let told: BTreeMap<String, Vec<String>> = blocking(move || {
            let mut told = BTreeMap::new();
            for component in stored {
                let reasons = super::dictionary::reasons(&knowledge.database, &component, &id)?;
                told.insert(component.purl, reasons);
            }
            Ok(told)
        })
        .await?;
        let of = |one: &Finding| one.component.as_ref().and_then(|purl| told.get(purl).cloned());
        Ok(findings.iter().map(|one| of(one).unwrap_or_default()).collect())
    }
}

/// Is the finding about this risk?
pub(super) fn is_about(finding: &Finding, risk: &Risk) -> bool {
    finding.kind == risk.kind && finding.id == risk.name
}

/// What a rule says of what it saw.
fn own_reason(finding: &Finding) -> Vec<String> {
    let details = &finding.details;
    let check = details.check.as_ref().map(|check| {
        let found = check.current.as_deref().unwrap_or("not set");
        format!("found {found}, should be {}", check.suggested)
    });
    let secret = details.secret.as_ref().map(|secret| format!("matches the rule {}", secret.secret_rule));
    let malware = details
        .malware
        .as_ref()
        .map(|malware| format!("matches {} of {}", malware.signature, malware.engine));
    let password =
        details.password.as_ref().map(|one| format!("the password of {} is {}", one.user, one.weakness));
    let compliance =
        details.compliance.as_ref().map(|one| one.reason.clone()).filter(|text| !text.is_empty());
    [check, secret, malware, password, compliance].into_iter().flatten().collect()
}

/// What is particular to the kind, without long texts.
fn details(finding: &Finding) -> BTreeMap<String, serde_json::Value> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(&finding.details) else {
        return BTreeMap::new();
    };
    let shown = |name: &str| !matches!(name, "description" | "cvss" | "reasons" | "cwes" | "sources");
    let mut details: BTreeMap<String, serde_json::Value> =
        fields.into_iter().filter(|(name, _)| shown(name)).collect();
    for (name, value) in [("installed", &finding.installed), ("fixed", &finding.fixed)] {
        details.extend(value.clone().map(|value| (name.to_owned(), value.into())));
    }
    details
}

/// RFC 3339 of seconds since 1970; publishers write year 1 for "not known".
fn day(seconds: i64) -> Option<String> {
    let time = chrono::DateTime::from_timestamp(Some(seconds).filter(|&seconds| seconds > 0)?, 0)?;
    Some(time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}
