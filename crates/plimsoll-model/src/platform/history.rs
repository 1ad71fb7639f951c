//! Who did what to which risk on which images when.

use crate::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryAction {
    /// A person ignored risks.
    Ignore,
    /// A person took that back.
    Unignore,
    /// A person made a rule.
    Whitelist,
    /// A person changed a decision.
    Edit,
    /// A person undid a decision.
    Delete,
    /// A decision came to its end.
    Expire,
    /// A scan no longer found risks.
    Fixed,
    /// A scan found fixed risks again.
    Reopened,
}

/// One entry; entries are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HistoryEntry {
    /// UUID.
    pub id: String,
    /// When.
    pub at: Time,
    /// Who: a user's name, or `system`.
    pub actor: String,
    /// What was done.
    pub action: HistoryAction,
    /// The decision it was done to.
    pub decision: Option<String>,
    /// Risks by id, at most 1,000 of `risk_count`.
    pub risks: Vec<String>,
    /// How many risks.
    pub risk_count: u64,
    /// Images by id, at most 1,000 of `image_count`.
    pub images: Vec<String>,
    /// Their names, in the same order, as they were then.
    pub image_names: Vec<String>,
    /// How many images.
    pub image_count: u64,
    /// How many pairs of risk and image.
    pub pairs: u64,
    /// Why, in the person's words.
    pub reason: String,
    /// What changed, of an edit: the decision before and after.
    pub change: Option<serde_json::Value>,
}

/// One line of the audit log: every call that changed something, and every sign-in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// UUID.
    pub id: String,
    /// When.
    pub at: Time,
    /// Who.
    pub actor: String,
    /// From which address.
    pub from: String,
    /// What: `registry.create`, `session.refused`.
    pub action: String,
    /// To what: its id or name.
    pub target: String,
    /// Before and after, or what was asked, without secrets.
    pub detail: serde_json::Value,
    /// Id of the request.
    pub request: String,
}
