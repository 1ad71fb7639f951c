//! The nouns of Plimsoll, without I/O, clocks or opinions.
//!
//! An image is [layers](LayerRef); a layer is [entries](Entry); reading files yields [facts](Fact), kept per layer as
//! [`LayerFacts`]. Layers laid over each other are [`Contents`]. Contents laid against [knowledge](Advisory) give
//! [findings](Finding).

mod advisory;
mod check;
mod component;
mod contents;
mod cpe;
mod details;
mod digest;
mod entry;
mod fact;
mod finding;
mod image;
mod limits;
pub mod platform;
mod purl;
mod sighting;
mod unread;

pub use advisory::{
    Advisory, Affected, Event, KeyKind, Lifecycle, PackageKey, Range, RangeKind, Rating, Vulnerability,
};
pub use check::{Check, CheckResult};
pub use component::{Component, PurlType, Source};
pub use contents::{Contents, File, Installed, Sighting};
pub use cpe::Cpe;
pub use details::{
    BaseDetails, CheckDetails, ComplianceDetails, Details, MalwareDetails, PasswordDetails, PolicyDetails,
    SecretDetails,
};
pub use digest::{Digest, DigestError};
pub use entry::{Entry, EntryKind};
pub use fact::{Fact, FileFacts, LayerFacts, OsRelease, Owned};
pub use finding::{Cvss, Evidence, Finding, FixState, Reason, RiskKind, Severity, Urgency};
pub use image::{History, ImageConfig, ImageManifest, LayerRef, Platform};
pub use limits::{LimitError, Limits};
pub use platform::glob;
pub use platform::{
    Action, AuditEntry, ComponentFacts, ComponentMatch, Counters, Cycle, Decision, EventKind, Expiry,
    HistoryAction, HistoryEntry, ImageFacts, ImageScope, ImageSource, Job, JobState, NewDecision, NewTask,
    Occurrence, Principal, Project, Registry, RegistryKind, RegistryState, RepositoryPattern, Risk,
    RiskChoice, RiskClass, RiskState, Role, ScanFailure, ScanRecord, ScanStatus, Schedule, StoredImage,
    SyncMode, Task, TaskKind, TaskState, Time, Token, User,
};
pub use purl::{Purl, PurlError, percent_decoded};
pub use sighting::{Account, Confidence, FileDigests, Malware, RecordedDigest, Secret};
pub use unread::Unread;
