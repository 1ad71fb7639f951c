//! FriendsOfPHP's security advisories (<https://github.com/FriendsOfPHP/security-advisories>): a YAML file an advisory.

use super::Records;
use super::constraint::{self, Dialect};
use super::draft::{Draft, affected};
use plimsoll_model::{Lifecycle, Range};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Advisory {
    title: Option<String>,
    link: Option<String>,
    #[serde(default)]
    cve: Option<String>,
    branches: BTreeMap<String, Branch>,
    /// `composer://vendor/name`
    reference: String,
}

#[derive(Deserialize)]
struct Branch {
    versions: Vec<String>,
}

/// Reads an advisory.
pub(super) fn read(at: &str, bytes: &[u8]) -> Option<Records> {
    let advisory = super::yaml::with_keys(bytes, &["branches", "reference"])?;
    let advisory: Advisory = match advisory {
        Ok(advisory) => advisory,
        Err(why) => return Some(vec![Err(why)]),
    };
    let package = advisory.reference.strip_prefix("composer://")?;
    let file = at.rsplit('/').next().unwrap_or(at);
    let file = file.split_once('.').map_or(file, |(stem, _)| stem);
    let cve = advisory.cve.as_deref().filter(|cve| crate::osv::is_cve(cve));
    // A file is named by its CVE, or by the day it was told.
    let id = match cve {
        Some(cve) => format!("FriendsOfPHP-{cve}"),
        None => format!("FriendsOfPHP-{}-{file}", package.replace('/', "-")),
    };
    let draft = Draft::new("friendsofphp", &id)?.alias(cve);
    let mut draft = draft.text(advisory.title.as_deref(), None, advisory.link.clone().into_iter().collect());
    let mut ranges: Vec<Range> = Vec::new();
    for branch in advisory.branches.values() {
        let all = branch.versions.join(", ");
        match constraint::affected(&all, Dialect::Gem) {
            Some(found) => ranges.extend(found.into_iter().filter(|found| !found.events.is_empty())),
            None => return Some(vec![Err(format!("`{all}` is no range of versions"))]),
        }
    }
    draft.add("Packagist", package, affected("", Lifecycle::Ranges, ranges));
    Some(vec![draft.done()])
}
