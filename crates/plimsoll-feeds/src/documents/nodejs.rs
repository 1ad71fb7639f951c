//! The advisories of Node.js' security working group about npm packages
//! (<https://github.com/nodejs/security-wg>, `vuln/npm`).

use super::Records;
use super::constraint::{self, Dialect};
use super::draft::{Draft, affected};
use crate::date;
use plimsoll_model::Lifecycle;
use serde::Deserialize;

#[derive(Deserialize)]
struct Advisory {
    id: u64,
    module_name: String,
    vulnerable_versions: String,
    title: Option<String>,
    overview: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    #[serde(default)]
    cves: Vec<String>,
    #[serde(default)]
    cvss_vector: Option<String>,
    #[serde(default)]
    references: Option<Vec<String>>,
}

/// Reads an advisory.
pub(super) fn read(_: &str, bytes: &[u8]) -> Option<Records> {
    let advisory: Advisory = serde_json::from_slice(bytes).ok()?;
    let id = format!("NSWG-ECO-{}", advisory.id);
    let mut draft = Draft::new("nodejs", &id)?
        .alias(advisory.cves.iter().map(String::as_str))
        .published(advisory.created_at.as_deref().and_then(date::seconds))
        .modified(advisory.updated_at.as_deref().and_then(date::seconds))
        .text(
            advisory.title.as_deref(),
            advisory.overview.as_deref(),
            advisory.references.unwrap_or_default(),
        )
        .rating("nodejs", advisory.cvss_vector.as_deref());
    let Some(ranges) = constraint::affected(&advisory.vulnerable_versions, Dialect::Npm) else {
        return Some(vec![Err(format!("`{}` is no range of versions", advisory.vulnerable_versions))]);
    };
    draft.add("npm", &advisory.module_name, affected("", Lifecycle::Ranges, ranges));
    Some(vec![draft.done()])
}
