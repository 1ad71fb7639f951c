//! What is particular to a kind of finding.

use crate::{Confidence, Cvss, Reason};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is particular to a kind; the fields of the kind's own part stand beside the common ones in documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Details {
    /// Text about the risk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
    /// Who the severity is from: `debian`, `nvd (CVSS 3.1)`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity_source: Option<String>,
    /// Scores, best source first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cvss: Vec<Cvss>,
    /// EPSS probability, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss: Option<f32>,
    /// EPSS percentile, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_percentile: Option<f32>,
    /// Day it was added to CISA's Known Exploited Vulnerabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kev_added: Option<String>,
    /// Weaknesses.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cwes: Vec<String>,
    /// Published, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Modified, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub modified: Option<String>,
    /// The feeds that say so.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub sources: Vec<String>,
    /// What a VEX statement says of it: `VEX: FILE says affected: update to 2.0`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vex: Option<String>,
    /// Why, with `--explain`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub reasons: Vec<Reason>,
    /// Of a malicious file.
    #[serde(flatten)]
    pub malware: Option<MalwareDetails>,
    /// Of a secret.
    #[serde(flatten)]
    pub secret: Option<SecretDetails>,
    /// Of a failed check.
    #[serde(flatten)]
    pub check: Option<CheckDetails>,
    /// Of a password policy.
    #[serde(flatten)]
    pub policy: Option<PolicyDetails>,
    /// Of a weak password.
    #[serde(flatten)]
    pub password: Option<PasswordDetails>,
    /// Of forbidden software.
    #[serde(flatten)]
    pub compliance: Option<ComplianceDetails>,
    /// Of an outdated base image.
    #[serde(flatten)]
    pub base: Option<BaseDetails>,
}

/// Of a malicious file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MalwareDetails {
    /// What it is called.
    pub malware: String,
    /// `xmrig`, `mirai`; empty when unknown.
    pub family: String,
    /// `miner`, `dropper`, `bot`, `web-shell`, …
    pub category: String,
    /// Low is suspicious, not malicious.
    pub malware_confidence: Confidence,
    /// `yara`, `clamav-signatures`, `clamd`.
    pub engine: String,
    /// Id of the signature.
    pub signature: String,
    /// Bytes of the file.
    pub size: u64,
    /// Permissions, octal: `0755`.
    pub mode: String,
    /// `uid:gid`.
    pub owner: String,
    /// SHA-256.
    pub sha256: String,
    /// MD5.
    pub md5: String,
    /// The build instruction of the layer.
    pub instruction: String,
    /// What matched.
    pub strings: Vec<String>,
}

/// Of a secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SecretDetails {
    /// Id of the rule.
    pub secret_rule: String,
    /// `cloud`, `source-control`, `key`, `database`, `password`, …
    pub secret_category: String,
    /// How sure the rule is.
    pub secret_confidence: Confidence,
    /// A keyed hash: equal for equal secrets.
    pub identity: String,
    /// What its structure tells: type, bits, encrypted, user, expiry.
    pub properties: Vec<(String, String)>,
}

/// Of a failed check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CheckDetails {
    /// The baseline the item is of.
    pub baseline: String,
    /// How to look at it by hand.
    pub audit: String,
    /// What was found.
    pub current: Option<String>,
    /// What should be there.
    pub suggested: String,
    /// How to put it right.
    pub fix: String,
}

/// Of a password policy: the effective one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PolicyDetails {
    /// Is a sufficient length asked for?
    pub length_ok: bool,
    /// Must there be an upper-case letter?
    pub upper_ok: bool,
    /// Must there be a lower-case letter?
    pub lower_ok: bool,
    /// Must there be a digit?
    pub digit_ok: bool,
    /// Must there be a special character?
    pub special_ok: bool,
    /// The effective minimum length.
    pub min_length: Option<u32>,
    /// Character classes asked for.
    pub min_classes: Option<u32>,
    /// What decides: `pam_pwquality`, `pam_unix`, `none`.
    pub mechanism: String,
    /// What should be set.
    pub suggestion: String,
}

/// Of a weak password.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PasswordDetails {
    /// `system`, `redis`, `mysql`, …
    pub service: String,
    /// Account name.
    pub user: String,
    /// How it is stored: `yescrypt`, `sha512crypt`, `plain`.
    pub scheme: String,
    /// The password, masked.
    pub masked: String,
    /// Why it is weak: `empty`, `the account's name`, `common`, `in your list`.
    pub weakness: String,
    /// Days since it was set until the image was made, where known.
    pub days_in_use: Option<i64>,
    /// Candidates tried before it was found.
    pub tried: u64,
}

/// Of forbidden software.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ComplianceDetails {
    /// Id of the rule.
    pub compliance_rule: String,
    /// `deny`, `warn`, `require`.
    pub effect: String,
    /// `debugger`, `compiler`, `licence`, `end-of-life`, …
    pub compliance_category: String,
    /// Why the rule is there.
    pub reason: String,
}

/// Of a base image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaseDetails {
    /// Name of the base.
    pub base_name: String,
    /// `outdated`, `end-of-life`, `not-approved`, `unknown`.
    pub base_problem: String,
    /// What to use instead.
    pub suggested_base: Option<String>,
}
