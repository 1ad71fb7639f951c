//! Given contents and knowledge: what is wrong, and how badly? Pure functions of their arguments.

pub mod versions;

use plimsoll_model::{Advisory, Component, Contents, Finding, OsRelease, PackageKey, Reason, Vulnerability};
use std::collections::HashMap;

/// What advisories to look up for this component in an image of this distribution; several for OS packages (source
/// and binary name), none for a component nobody publishes advisories about.
pub fn keys(component: &Component, os: Option<&OsRelease>) -> Vec<PackageKey> {
    let (_, _) = (component, os);
    Vec::new()
}

/// One vulnerability in one component, before severities are joined in.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Index in [`Contents::components`].
    pub component: u32,
    /// Every id of it, the one to show first.
    pub ids: Vec<String>,
    // The rest is the assess crate's own business.
}

/// What matching found, and what it looked at and put aside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// Vulnerabilities that apply.
    pub matches: Vec<Match>,
    /// Records that were considered and do not apply, with the component's index; filled only when asked to explain.
    pub dismissed: Vec<(u32, Reason)>,
}

/// Matches the contents' components against advisories, which hold everything [`keys`] asked for.
pub fn matches(
    contents: &Contents,
    advisories: &HashMap<PackageKey, Vec<Advisory>>,
    explain: bool,
) -> Matches {
    let (_, _, _) = (contents, advisories, explain);
    Matches::default()
}

/// Turns matches into findings, worst first: joins in severities, texts, KEV and EPSS. `vulnerabilities` holds
/// records by id for the ids of the matches, as far as there are any.
pub fn findings(
    contents: &Contents,
    matches: &Matches,
    vulnerabilities: &HashMap<String, Vulnerability>,
) -> Vec<Finding> {
    let (_, _, _) = (contents, matches, vulnerabilities);
    Vec::new()
}
