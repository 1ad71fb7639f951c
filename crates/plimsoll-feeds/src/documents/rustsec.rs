//! RustSec's advisories (<https://github.com/rustsec/advisory-db>): Markdown with a head in TOML.

use super::Records;
use super::constraint::{self, Dialect};
use super::draft::{Draft, affected, rating};
use crate::date;
use crate::osv::{Left, Parsed};
use plimsoll_model::{Lifecycle, Rating};
use serde::Deserialize;

#[derive(Deserialize)]
struct Document {
    advisory: Advisory,
    #[serde(default)]
    versions: Versions,
}

#[derive(Deserialize)]
struct Advisory {
    id: String,
    package: String,
    date: String,
    url: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    cvss: Option<String>,
    #[serde(default)]
    aliases: Vec<String>,
    informational: Option<String>,
    withdrawn: Option<String>,
    /// `crates`, or `rust` for the toolchain.
    collection: Option<String>,
}

#[derive(Default, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

/// Reads an advisory.
pub(super) fn read(_: &str, bytes: &[u8]) -> Option<Records> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = match text.trim_start().strip_prefix("```toml") {
        Some(rest) => rest.split_once("\n```")?,
        // Until 2020 advisories were TOML altogether.
        None if text.contains("[advisory]") => (text, ""),
        None => return None,
    };
    let document: Document = match toml::from_str(head) {
        Ok(document) => document,
        Err(error) if head.contains("[advisory]") => return Some(vec![Err(error.to_string())]),
        Err(_) => return None,
    };
    let advisory = &document.advisory;
    if !advisory.id.starts_with("RUSTSEC-") || advisory.collection.as_deref() == Some("rust") {
        return None;
    }
    if advisory.withdrawn.is_some() {
        return Some(vec![Ok(Parsed::Left(Left::Withdrawn))]);
    }
    let (title, details) = body.trim().strip_prefix('#').map_or((None, body), |body| {
        body.split_once('\n').map_or((Some(body), ""), |(title, details)| (Some(title), details))
    });
    let links = advisory.url.iter().chain(&advisory.references).cloned().collect();
    let mut draft = Draft::new("rustsec", &advisory.id)?
        .alias(advisory.aliases.iter().map(String::as_str))
        .published(date::seconds(&advisory.date))
        .text(title, Some(details), links)
        .rating("rustsec", advisory.cvss.as_deref());
    let mut good = Vec::new();
    for text in document.versions.patched.iter().chain(&document.versions.unaffected) {
        match constraint::intervals(text, Dialect::Cargo) {
            Some(intervals) => good.extend(intervals),
            None => return Some(vec![Err(format!("`{text}` is no requirement of versions"))]),
        }
    }
    if let Some(range) = constraint::unless(good) {
        let mut said = affected("", Lifecycle::Ranges, vec![range]);
        if advisory.informational.is_some() {
            said.ratings.push(Rating { source: "rustsec".into(), value: "informational".into() });
        }
        said.ratings.extend(rating("rustsec", advisory.cvss.as_deref()));
        draft.add("crates.io", &advisory.package, said);
    }
    Some(vec![draft.done()])
}
