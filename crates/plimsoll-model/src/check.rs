//! Checks of settings: every item of a baseline with its result, of which only failed ones are findings.

use crate::{Evidence, Severity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckResult {
    /// The setting is as it should be.
    Pass,
    /// It is not.
    Fail,
    /// The image does not hold what the item is about.
    NotApplicable,
    /// It cannot be told from an image.
    NotDecidable,
}

/// One item of a baseline, with its result in one image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// Id: `ssh-permit-root-login`.
    pub id: String,
    /// The baseline it is of: `accounts`, `debian`, `ssh`, `image`, `nginx`.
    pub baseline: String,
    /// One line.
    pub title: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// What it came to.
    pub result: CheckResult,
    /// Why, where that is not plain: what is missing, why it cannot be told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What the item asks and why.
    pub description: String,
    /// How to look at it by hand.
    pub audit: String,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub current: Option<String>,
    /// What should be there.
    pub suggested: String,
    /// How to put it right.
    pub fix: String,
    /// Where; empty only when nothing was found to point at.
    pub evidence: Vec<Evidence>,
    /// Numbers of standards: `CIS Debian 12 v1.1 5.1.20`, `CIS-DI-0001`.
    pub references: Vec<String>,
}
