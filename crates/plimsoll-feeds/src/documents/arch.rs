//! Arch Linux's security tracker (<https://security.archlinux.org/issues/all.json>): groups of flaws in packages.

use super::Records;
use super::draft::{Draft, affected, is_version, rating, until};
use plimsoll_model::{KeyKind, Lifecycle};
use serde::Deserialize;

#[derive(Deserialize)]
struct Group {
    name: String,
    packages: Vec<String>,
    status: String,
    severity: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    fixed: Option<String>,
    issues: Vec<String>,
    #[serde(default)]
    advisories: Vec<String>,
}

/// Reads the list of groups, or one group.
pub(super) fn read(_: &str, bytes: &[u8]) -> Option<Records> {
    let groups: Vec<Group> =
        serde_json::from_slice(bytes).or_else(|_| serde_json::from_slice(bytes).map(|one| vec![one])).ok()?;
    if groups.is_empty() || !groups.iter().all(|group| group.name.starts_with("AVG-")) {
        return None;
    }
    Some(groups.iter().filter_map(record).map(Draft::done).collect())
}

fn record(group: &Group) -> Option<Draft> {
    let pages = [&group.name].into_iter().chain(&group.advisories);
    let pages = pages.map(|id| format!("https://security.archlinux.org/{id}")).collect();
    let draft = Draft::new("arch-tracker", &group.name)?.answering(group.issues.iter().map(String::as_str));
    let mut draft = draft.text(group.kind.as_deref(), None, pages);
    let fixed = group.fixed.as_deref().filter(|version| is_version(version));
    let mut said = match (&*group.status.to_lowercase(), fixed) {
        ("not affected", _) => affected("", Lifecycle::NotAffected, Vec::new()),
        (_, Some(version)) => affected("", Lifecycle::Ranges, vec![until(version)]),
        ("unknown", None) => affected("", Lifecycle::UnderInvestigation, Vec::new()),
        // `Vulnerable`, or `Testing` without a version.
        _ => affected("", Lifecycle::Affected, Vec::new()),
    };
    // A group names the packages pacman installs, each one of a split package.
    said.key = KeyKind::Binary;
    said.ratings.extend(rating("arch", group.severity.as_deref()));
    for package in &group.packages {
        draft.add("Arch Linux", package, said.clone());
    }
    Some(draft)
}
