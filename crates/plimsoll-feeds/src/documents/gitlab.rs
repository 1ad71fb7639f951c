//! GitLab's advisory database (<https://gitlab.com/gitlab-org/advisories-community>): a YAML file an advisory.

use super::Records;
use super::constraint::{self, Dialect};
use super::draft::{Draft, affected};
use crate::date;
use plimsoll_model::{Lifecycle, Range};
use serde::Deserialize;

#[derive(Deserialize)]
struct Advisory {
    identifier: String,
    #[serde(default)]
    identifiers: Vec<String>,
    package_slug: String,
    title: Option<String>,
    description: Option<String>,
    date: Option<String>,
    pubdate: Option<String>,
    affected_range: String,
    #[serde(default)]
    urls: Vec<String>,
    #[serde(default)]
    cwe_ids: Vec<String>,
    #[serde(default)]
    cvss_v2: Option<String>,
    #[serde(default)]
    cvss_v3: Option<String>,
    #[serde(default)]
    cvss_v4: Option<String>,
}

/// The first part of a slug, and OSV's ecosystem.
const ECOSYSTEMS: &[(&str, &str)] = &[
    ("cargo", "crates.io"),
    ("conan", "ConanCenter"),
    ("gem", "RubyGems"),
    ("go", "Go"),
    ("maven", "Maven"),
    ("npm", "npm"),
    ("nuget", "NuGet"),
    ("packagist", "Packagist"),
    ("pub", "Pub"),
    ("pypi", "PyPI"),
    ("swift", "SwiftURL"),
];

/// Reads an advisory.
pub(super) fn read(_: &str, bytes: &[u8]) -> Option<Records> {
    let advisory = super::yaml::with_keys(bytes, &["identifier", "package_slug", "affected_range"])?;
    Some(vec![advisory.and_then(|advisory| record(&advisory))])
}

fn record(advisory: &Advisory) -> Result<crate::osv::Parsed, String> {
    let Some((kind, name)) = advisory.package_slug.split_once('/') else {
        return Err(format!("`{}` is no slug of a package", advisory.package_slug));
    };
    let Some((_, ecosystem)) = ECOSYSTEMS.iter().find(|(known, _)| *known == kind) else {
        return Ok(crate::osv::Parsed::Left(crate::osv::Left::NoPackage));
    };
    // GitLab files an advisory under each package it is about: one record a package.
    let id = format!("GLAD-{}", advisory.identifier);
    let draft = Draft::new("gitlab", &id).ok_or_else(|| format!("`{id}` can be no id"))?;
    let names = [&advisory.identifier].into_iter().chain(&advisory.identifiers).map(String::as_str);
    let text = |text: &Option<String>| text.as_deref().and_then(date::seconds);
    let mut draft = draft
        .alias(names)
        .published(text(&advisory.pubdate))
        .modified(text(&advisory.date))
        .text(advisory.title.as_deref(), advisory.description.as_deref(), advisory.urls.clone())
        .cwes(advisory.cwe_ids.iter().map(String::as_str));
    for vector in [&advisory.cvss_v4, &advisory.cvss_v3, &advisory.cvss_v2] {
        draft = draft.rating("gitlab", vector.as_deref());
    }
    let name = if kind == "maven" { name.replacen('/', ":", 1) } else { name.to_owned() };
    let dialect = if kind == "gem" || kind == "packagist" { Dialect::Gem } else { Dialect::Npm };
    let ranges: Vec<Range> = constraint::affected(&advisory.affected_range, dialect)
        .ok_or_else(|| format!("`{}` is no range of versions", advisory.affected_range))?;
    draft.add(ecosystem, &name, affected("", Lifecycle::Ranges, ranges));
    draft.done()
}
