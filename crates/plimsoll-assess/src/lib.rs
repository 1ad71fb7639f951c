//! Given contents and knowledge: what is wrong, and how badly? Pure functions of their arguments.
//!
//! [`keys`] says which advisories to fetch for a component, [`matches`] lays them against the contents,
//! [`findings`] joins in severities, texts and urgency. [`explain`] tells of one component what was considered and
//! why it does or does not apply.

pub mod base;
pub mod compliance;
mod distro;
mod findings;
mod keys;
mod matching;
mod priority;
mod severity;
pub mod versions;
pub mod vex;

pub use distro::{Distribution, Packager};
pub use findings::{evidence, findings};
pub use keys::keys;
pub use matching::{Channels, Match, Matches, answered_for, explain, matches, matches_on};
pub use priority::{PRIORITIES, Priority};
pub use severity::cvss_score;
