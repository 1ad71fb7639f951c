//! Risks across images, and how they stand in each.

use crate::{Finding, RiskKind, Severity, Time, Urgency};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Of a vulnerability: is the component a package of the distribution, or of an application?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum RiskClass {
    System,
    Application,
}

/// How a risk stands in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RiskState {
    /// There, and nobody decided anything.
    Open,
    /// There again after it was fixed, and nobody decided anything.
    Reopened,
    /// There, not now: later scans show it, marked.
    Ignored,
    /// There, and said not to matter: stays quiet, still listable.
    Whitelisted,
    /// A later scan no longer found it.
    Fixed,
}

impl RiskState {
    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            RiskState::Open => "open",
            RiskState::Reopened => "reopened",
            RiskState::Ignored => "ignored",
            RiskState::Whitelisted => "whitelisted",
            RiskState::Fixed => "fixed",
        }
    }
}

/// One risk, whichever images have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Risk {
    /// The finding's id for a vulnerability (`CVE-2024-3094`), else `KIND:ID` (`secret:aws-access-key`).
    pub id: String,
    /// Kind.
    pub kind: RiskKind,
    /// The finding's id.
    pub name: String,
    /// One line.
    pub title: String,
    /// The worst severity any image has it with.
    pub severity: Severity,
    /// The most urgent any image has it with.
    pub urgency: Urgency,
    /// Other names.
    pub aliases: Vec<String>,
    /// The best source's CVSS base score.
    pub cvss: Option<f64>,
    /// EPSS probability, 0 to 1.
    pub epss: Option<f32>,
    /// EPSS percentile, 0 to 1.
    pub epss_percentile: Option<f32>,
    /// Day it was added to CISA's Known Exploited Vulnerabilities.
    pub kev_added: Option<String>,
    /// Published, RFC 3339.
    pub published: Option<String>,
    /// A finer kind: the secret's category, the malware's family, the baseline of a check.
    pub category: Option<String>,
    /// When any image was first seen to have it.
    pub first_seen: Time,
}

impl Risk {
    /// The id of the risk a finding of this kind and id is about.
    pub fn id_of(kind: RiskKind, id: &str) -> String {
        match kind {
            RiskKind::Vulnerability => id.to_owned(),
            kind => format!("{}:{id}", kind.as_str()),
        }
    }

    /// The risk this finding is about, first seen now.
    pub fn of(finding: &Finding, now: Time) -> Risk {
        let details = &finding.details;
        let malware = details.malware.as_ref().map(|malware| malware.category.clone());
        let secret = details.secret.as_ref().map(|secret| secret.secret_category.clone());
        let check = details.check.as_ref().map(|check| check.baseline.clone());
        Risk {
            id: Risk::id_of(finding.kind, &finding.id),
            kind: finding.kind,
            name: finding.id.clone(),
            title: finding.title.clone(),
            severity: finding.severity,
            urgency: finding.urgency,
            aliases: finding.aliases.clone(),
            cvss: details.cvss.first().map(|cvss| cvss.score),
            epss: details.epss,
            epss_percentile: details.epss_percentile,
            kev_added: details.kev_added.clone(),
            published: details.published.clone(),
            category: malware.or(secret).or(check),
            first_seen: now,
        }
    }
}

/// What the fleet is told of one image. Numbers are those of the store's dictionaries.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageFacts {
    /// Its row.
    pub image: super::StoredImage,
    /// Components that are present, as numbers of the dictionary; sorted, each once.
    pub components: Vec<i64>,
    /// Those of them that all come from the base image; sorted.
    pub inherited_components: Vec<i64>,
    /// Risks that do not come through components; sorted, each once.
    pub risks: Vec<i64>,
    /// Those of them that all come from the base image; sorted.
    pub inherited_risks: Vec<i64>,
    /// Risks that an earlier scan found under this tag and the last one did not; sorted.
    pub fixed: Vec<i64>,
    /// Risks that are there again after they were fixed; sorted.
    pub reopened: Vec<i64>,
}

/// A component of the dictionary and what it is vulnerable to.
#[derive(Clone, Debug, PartialEq)]
pub struct ComponentFacts {
    /// Its number.
    pub number: i64,
    /// Whose package it is.
    pub class: RiskClass,
    /// `openssl`.
    pub name: String,
    /// What applies to it.
    pub matches: Vec<ComponentMatch>,
}

/// One vulnerability of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ComponentMatch {
    /// Number of the risk.
    pub risk: i64,
    /// As this component's publisher grades it.
    pub severity: Severity,
    /// Is there a version that fixes it?
    pub fixable: bool,
}

/// When a risk was met in an image; the ledger of an image has one for each risk it has or had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Occurrence {
    /// The risk's id.
    pub risk: String,
    /// When it was first found under this tag.
    pub first_seen: Time,
    /// When a scan first no longer found it; `None` while it is there.
    pub fixed_at: Option<Time>,
    /// When it came back after it had been fixed.
    pub reopened_at: Option<Time>,
}
