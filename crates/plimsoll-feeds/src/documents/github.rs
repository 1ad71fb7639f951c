//! GitHub's advisories as its REST API gives them (`GET /advisories`,
//! <https://docs.github.com/en/rest/security-advisories/global-advisories>).

use super::Records;
use super::constraint::{self, Dialect};
use super::draft::{Draft, affected};
use crate::date;
use crate::osv::{Left, Parsed};
use plimsoll_model::Lifecycle;
use serde::Deserialize;

#[derive(Deserialize)]
struct Advisory {
    ghsa_id: String,
    cve_id: Option<String>,
    summary: Option<String>,
    description: Option<String>,
    severity: Option<String>,
    #[serde(default)]
    references: Option<Vec<String>>,
    published_at: Option<String>,
    updated_at: Option<String>,
    withdrawn_at: Option<String>,
    vulnerabilities: Vec<Vulnerability>,
    #[serde(default)]
    cvss: Option<Cvss>,
    #[serde(default)]
    cwes: Option<Vec<Cwe>>,
}

#[derive(Deserialize)]
struct Vulnerability {
    package: Option<Package>,
    vulnerable_version_range: Option<String>,
}

#[derive(Deserialize)]
struct Package {
    ecosystem: String,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Cvss {
    vector_string: Option<String>,
}

#[derive(Deserialize)]
struct Cwe {
    cwe_id: String,
}

/// GitHub's ecosystems, and OSV's.
const ECOSYSTEMS: &[(&str, &str)] = &[
    ("actions", "GitHub Actions"),
    ("composer", "Packagist"),
    ("erlang", "Hex"),
    ("go", "Go"),
    ("maven", "Maven"),
    ("npm", "npm"),
    ("nuget", "NuGet"),
    ("pip", "PyPI"),
    ("pub", "Pub"),
    ("rubygems", "RubyGems"),
    ("rust", "crates.io"),
    ("swift", "SwiftURL"),
];

/// Reads a page of advisories, or one.
pub(super) fn read(_: &str, bytes: &[u8]) -> Option<Records> {
    let advisories: Vec<Advisory> =
        serde_json::from_slice(bytes).or_else(|_| serde_json::from_slice(bytes).map(|one| vec![one])).ok()?;
    let is_mine = !advisories.is_empty() && advisories.iter().all(|one| one.ghsa_id.starts_with("GHSA-"));
    is_mine.then(|| advisories.into_iter().map(record).collect())
}

fn record(advisory: Advisory) -> Result<Parsed, String> {
    if advisory.withdrawn_at.is_some() {
        return Ok(Parsed::Left(Left::Withdrawn));
    }
    let id = &advisory.ghsa_id;
    let text = |text: &Option<String>| text.as_deref().and_then(date::seconds);
    let mut draft = Draft::new("github", id)
        .ok_or_else(|| format!("`{id}` can be no id"))?
        .alias(advisory.cve_id.as_deref())
        .published(text(&advisory.published_at))
        .modified(text(&advisory.updated_at))
        .text(
            advisory.summary.as_deref(),
            advisory.description.as_deref(),
            advisory.references.unwrap_or_default(),
        )
        .cwes(advisory.cwes.iter().flatten().map(|cwe| cwe.cwe_id.as_str()))
        .rating("ghsa", advisory.cvss.as_ref().and_then(|cvss| cvss.vector_string.as_deref()))
        .rating("ghsa", advisory.severity.as_deref());
    for vulnerability in &advisory.vulnerabilities {
        let Some(Package { ecosystem, name: Some(name) }) = &vulnerability.package else { continue };
        let known = ECOSYSTEMS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(ecosystem));
        let (Some((_, ecosystem)), Some(text)) = (known, &vulnerability.vulnerable_version_range) else {
            continue;
        };
        let ranges = constraint::affected(text, Dialect::Npm)
            .ok_or_else(|| format!("{id}: `{text}` is no range of versions"))?;
        draft.add(ecosystem, name, affected("", Lifecycle::Ranges, ranges));
    }
    draft.done()
}
