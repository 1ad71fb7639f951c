//! Findings: one risk in one image, with evidence. The shapes are those of the scan document.

use crate::Details;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of risk a finding is about; also the words `--risks` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum RiskKind {
    Vulnerability,
    MaliciousFile,
    Configuration,
    PasswordPolicy,
    WeakPassword,
    Secret,
    Compliance,
    BaseImage,
}

impl RiskKind {
    /// All, in the order people see them.
    pub const ALL: &[RiskKind] = &[
        RiskKind::Vulnerability,
        RiskKind::MaliciousFile,
        RiskKind::Configuration,
        RiskKind::PasswordPolicy,
        RiskKind::WeakPassword,
        RiskKind::Secret,
        RiskKind::Compliance,
        RiskKind::BaseImage,
    ];

    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            RiskKind::Vulnerability => "vulnerability",
            RiskKind::MaliciousFile => "malicious-file",
            RiskKind::Configuration => "configuration",
            RiskKind::PasswordPolicy => "password-policy",
            RiskKind::WeakPassword => "weak-password",
            RiskKind::Secret => "secret",
            RiskKind::Compliance => "compliance",
            RiskKind::BaseImage => "base-image",
        }
    }

    /// The kind of this word.
    pub fn parse(text: &str) -> Option<RiskKind> {
        RiskKind::ALL.iter().copied().find(|kind| kind.as_str() == text)
    }
}

/// How bad a risk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Severity {
    Unknown,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    /// All, worst first.
    pub const ALL: &[Severity] =
        &[Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Unknown];

    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Unknown => "unknown",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// The severity of this word.
    pub fn parse(text: &str) -> Option<Severity> {
        Severity::ALL.iter().copied().find(|severity| severity.as_str().eq_ignore_ascii_case(text))
    }

    /// The grade of a CVSS score (CVSS 3.1 section 5, "Qualitative Severity Rating Scale"); 0.0 is low, not nothing.
    pub fn of_score(score: f64) -> Severity {
        match score {
            score if score >= 9.0 => Severity::Critical,
            score if score >= 7.0 => Severity::High,
            score if score >= 4.0 => Severity::Medium,
            _ => Severity::Low,
        }
    }
}

/// When to act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// No action needed for now.
    None,
    /// At the next occasion.
    Delay,
    /// Now.
    Immediate,
}

/// What the vendor did about a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FixState {
    /// A fix exists.
    Fixed,
    /// Affected, no fix known.
    Affected,
    /// The vendor says it will not be fixed.
    WillNotFix,
    /// The release is out of support.
    EndOfLife,
    /// The vendor does not know yet.
    UnderInvestigation,
}

impl Urgency {
    /// When to act on a risk that is no vulnerability: its severity says it.
    pub fn of(severity: Severity) -> Urgency {
        match severity {
            Severity::Critical | Severity::High => Urgency::Immediate,
            Severity::Medium => Urgency::Delay,
            Severity::Low | Severity::Unknown => Urgency::None,
        }
    }
}

/// Where a finding was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Absolute path in the image; [`Evidence::CONFIG`] or [`Evidence::HISTORY`] when it is not in a file.
    pub path: String,
    /// Path inside that file, when it is an archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inner_path: Option<String>,
    /// Line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Index of the layer, oldest first.
    pub layer: u32,
    /// What was seen; masked where it is secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl Evidence {
    /// The path of what stands in the image's config; `inner_path` is then `Env/NAME`, `Labels/NAME`, `User`.
    pub const CONFIG: &str = "image:config";
    /// The path of what stands in the image's history; `inner_path` is then the step's number, from 0.
    pub const HISTORY: &str = "image:history";
}

/// One step of why a record does or does not apply.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// The record: `ALSA-2024:1234`.
    pub advisory: String,
    /// The feed it came from: `osv/AlmaLinux`.
    pub source: String,
    /// What it was looked up by: `AlmaLinux:9 openssl (binary)`.
    pub key: String,
    /// The range that decided: `>= 0, < 1:3.0.7-27.el9`; empty when none did.
    pub range: String,
    /// Does it apply?
    pub affected: bool,
    /// In words: `1:3.0.7-16.el9 < 1:3.0.7-27.el9 (rpm order)`, `other release: AlmaLinux:8`.
    pub why: String,
}

/// A CVSS score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cvss {
    /// Who says so.
    pub source: String,
    /// `2.0`, `3.0`, `3.1`, `4.0`.
    pub version: String,
    /// The vector.
    pub vector: String,
    /// Base score, 0 to 10.
    pub score: f64,
}

/// One risk in one image, with evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Kind.
    pub kind: RiskKind,
    /// The CVE where there is one, else the publisher's id; the rule's id for other kinds.
    pub id: String,
    /// Other names: the distribution's notice, GHSA, OSV ids.
    pub aliases: Vec<String>,
    /// One line.
    pub title: String,
    /// How bad.
    pub severity: Severity,
    /// When to act.
    pub urgency: Urgency,
    /// The component's purl.
    pub component: Option<String>,
    /// The installed version.
    pub installed: Option<String>,
    /// The lowest version that fixes it.
    pub fixed: Option<String>,
    /// What the vendor did about it.
    pub state: Option<FixState>,
    /// Where; never empty.
    pub evidence: Vec<Evidence>,
    /// In the final tree, or buried by a later layer.
    pub present: bool,
    /// From the base image? `None` when the base is not known.
    pub inherited: Option<bool>,
    /// What a person decided about it.
    pub decision: Option<String>,
    /// Addresses, and numbers of standards.
    pub references: Vec<String>,
    /// What is particular to the kind.
    pub details: Details,
}
