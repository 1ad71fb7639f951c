//! Scans that come by themselves.

use crate::{RiskKind, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Cycle {
    /// Every so many days (1 to 365) at the hour of `at`.
    Days(u32),
    /// A cron pattern of five fields, UTC.
    Cron(String),
}

/// A scan policy: which images are scanned by themselves, and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Schedule {
    /// UUID.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Does it run?
    pub enabled: bool,
    /// How often.
    pub cycle: Cycle,
    /// Registries by id; all when empty.
    pub registries: Vec<String>,
    /// Only images updated in so many days; `None` for all.
    pub look_back_days: Option<u32>,
    /// Images in an hour; 0 for no bound.
    pub images_per_hour: u32,
    /// Which kinds of risks; all when empty.
    pub risks: Vec<RiskKind>,
    /// When it is due.
    pub next_at: Option<Time>,
    /// When it last ran.
    pub last_at: Option<Time>,
}
