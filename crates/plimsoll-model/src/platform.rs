//! The nouns of the platform: registries, images as rows, tasks, decisions, people. The shapes are those of the API.

mod decision;
mod history;
mod people;
mod registry;
mod risk;
mod schedule;
mod stored_image;
mod task;
mod time;

pub use decision::{Action, Decision, Expiry, ImageScope, NewDecision, RiskChoice};
pub use history::{AuditEntry, HistoryAction, HistoryEntry};
pub use people::glob;
pub use people::{Principal, Project, RepositoryPattern, Role, Token, User};
pub use registry::{EventKind, Registry, RegistryKind, RegistryState, SyncMode};
pub use risk::{ComponentFacts, ComponentMatch, ImageFacts, Occurrence, Risk, RiskClass, RiskState};
pub use schedule::{Cycle, Schedule};
pub use stored_image::{Counters, ImageSource, ScanFailure, ScanRecord, ScanStatus, StoredImage};
pub use task::{Job, JobState, NewTask, Task, TaskKind, TaskState};
pub use time::Time;
