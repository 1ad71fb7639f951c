//! Work that takes a while: a task is what a person asked for, a job is one image or registry of it.

use crate::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskKind {
    /// Scans images: one job each.
    Scan,
    /// Lists registries: one job each.
    Sync,
    /// Writes a file.
    Export,
    /// Matches the dictionary's components against a new advisory database.
    Reassess,
}

impl TaskKind {
    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskKind::Scan => "scan",
            TaskKind::Sync => "sync",
            TaskKind::Export => "export",
            TaskKind::Reassess => "reassess",
        }
    }
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TaskState {
    /// No job has begun.
    Waiting,
    /// Some job has begun.
    Running,
    /// Every job ended, at least one well, or there was none.
    Done,
    /// Every job ended, none well.
    Failed,
    /// A person stopped it; jobs that had begun run to their end.
    Stopped,
}

/// What a person, a schedule or a push asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Task {
    /// UUID.
    pub id: String,
    /// What it does.
    pub kind: TaskKind,
    /// In a few words: `all images`, `registry harbor-1`, `team/app:1.4`.
    pub name: String,
    /// `manual`, `schedule` or `push`.
    pub trigger: String,
    /// How it stands.
    pub state: TaskState,
    /// Jobs that ended well.
    pub done: u64,
    /// Jobs that failed.
    pub failed: u64,
    /// Jobs in all.
    pub total: u64,
    /// Seconds until it ends, from the speed so far; `None` while that is not known, 0 when it ended.
    pub remaining_seconds: Option<u64>,
    /// Who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Time,
    /// When the first job began.
    pub started_at: Option<Time>,
    /// When the last job ended.
    pub finished_at: Option<Time>,
    /// What was asked for, as it was asked for.
    pub parameters: serde_json::Value,
    /// What came of it: an export's file name, rows and bytes; a sync's new, changed and gone tags.
    pub result: serde_json::Value,
    /// Why it failed as a whole.
    pub error: Option<String>,
}

/// A task to be.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// What it does.
    pub kind: TaskKind,
    /// In a few words.
    pub name: String,
    /// `manual`, `schedule` or `push`.
    pub trigger: String,
    /// Who asked for it.
    pub created_by: String,
    /// What was asked for.
    pub parameters: serde_json::Value,
    /// 0 runs first: a person's 10, a push's 20, a schedule's 30.
    pub priority: i64,
    /// One job for each: subject, payload, not before.
    pub jobs: Vec<(String, serde_json::Value, Time)>,
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum JobState {
    Waiting,
    /// Leased to a worker until `lease_until`.
    Running,
    Done,
    Failed,
    Stopped,
}

/// One image or registry of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// UUID.
    pub id: String,
    /// Its task.
    pub task: String,
    /// What its task does.
    pub kind: TaskKind,
    /// Id of the image or registry; the same subject is never worked on twice at once.
    pub subject: String,
    /// What the task needs to know beside.
    pub payload: serde_json::Value,
    /// How it stands.
    pub state: JobState,
    /// How often it was begun.
    pub attempts: u32,
    /// Not before.
    pub run_at: Time,
    /// The worker, while it runs.
    pub worker: Option<String>,
    /// Another worker may take it after this.
    pub lease_until: Option<Time>,
    /// Why the last attempt failed.
    pub error: Option<crate::ScanFailure>,
    /// When it ended.
    pub finished_at: Option<Time>,
}
