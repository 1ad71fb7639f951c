//! ruby-advisory-db (<https://github.com/rubysec/ruby-advisory-db>): a YAML file an advisory, which says what is not
//! affected.

use super::Records;
use super::constraint::{self, Dialect};
use super::draft::{Draft, affected};
use crate::{date, osv};
use plimsoll_model::Lifecycle;
use serde::Deserialize;

#[derive(Deserialize)]
struct Advisory {
    gem: Option<String>,
    /// Of advisories about Ruby itself: `ruby`, `jruby`, `rubygems`.
    engine: Option<String>,
    cve: Option<String>,
    ghsa: Option<String>,
    osvdb: Option<String>,
    url: Option<String>,
    title: Option<String>,
    description: Option<String>,
    date: Option<String>,
    #[serde(default)]
    cvss_v2: Option<String>,
    #[serde(default)]
    cvss_v3: Option<String>,
    #[serde(default)]
    cvss_v4: Option<String>,
    #[serde(default)]
    patched_versions: Vec<String>,
    #[serde(default)]
    unaffected_versions: Vec<String>,
}

/// Reads an advisory.
pub(super) fn read(at: &str, bytes: &[u8]) -> Option<Records> {
    let advisory = super::yaml::with_keys(bytes, &["gem", "title", "date"])
        .or_else(|| super::yaml::with_keys(bytes, &["engine", "title", "date"]))?;
    let advisory: Advisory = match advisory {
        Ok(advisory) => advisory,
        Err(why) => return Some(vec![Err(why)]),
    };
    let name = advisory.gem.as_deref().or(advisory.engine.as_deref())?;
    let cve = advisory.cve.as_deref().map(|number| format!("CVE-{number}"));
    let ghsa = advisory.ghsa.as_deref().map(|number| format!("GHSA-{number}"));
    let osvdb = advisory.osvdb.as_deref().map(|number| format!("OSVDB-{number}"));
    let names: Vec<&str> = [&cve, &ghsa, &osvdb].into_iter().flatten().map(String::as_str).collect();
    let file = at.rsplit('/').next().unwrap_or(at);
    let file = file.split_once('.').map_or(file, |(stem, _)| stem);
    let id = format!("RUBYSEC-{name}-{}", names.first().copied().unwrap_or(file));
    let mut draft = Draft::new("rubysec", &id)?
        .alias(names)
        .published(advisory.date.as_deref().and_then(date::seconds))
        .text(
            advisory.title.as_deref(),
            advisory.description.as_deref(),
            advisory.url.clone().into_iter().collect(),
        );
    for score in [&advisory.cvss_v4, &advisory.cvss_v3, &advisory.cvss_v2] {
        let score = score.as_deref().and_then(|score| score.trim().parse().ok()).and_then(osv::score);
        draft = draft.rating("rubysec", score.as_deref());
    }
    let mut good = Vec::new();
    for text in advisory.patched_versions.iter().chain(&advisory.unaffected_versions) {
        match constraint::intervals(text, Dialect::Gem) {
            Some(intervals) => good.extend(intervals),
            None => return Some(vec![Err(format!("`{text}` is no requirement of versions"))]),
        }
    }
    let ecosystem = if advisory.gem.is_some() { "RubyGems" } else { "Bitnami" };
    if let Some(range) = constraint::unless(good) {
        draft.add(ecosystem, name, affected("", Lifecycle::Ranges, vec![range]));
    }
    Some(vec![draft.done()])
}
