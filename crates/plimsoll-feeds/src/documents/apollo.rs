//! Rocky's advisories as Apollo answers (<https://apollo.build.resf.org/api/v3/advisories/>), version 3 and the older
//! version 2.

use super::nevra;
use super::product::{self, Product};
use super::rows::{Head, Row, Rows, cves, rating, record};
use crate::date;
use crate::osv::{self, Left, Parsed};
use plimsoll_model::Rating;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Answer {
    advisories: Vec<Advisory>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Advisory {
    name: Option<String>,
    #[serde(alias = "type")]
    kind: Option<String>,
    synopsis: Option<String>,
    description: Option<String>,
    severity: Option<String>,
    #[serde(alias = "publishedAt")]
    published_at: Option<String>,
    updated_at: Option<String>,
    cves: Vec<Value>,
    packages: Vec<Package>,
    /// Version 2: by product.
    rpms: BTreeMap<String, Rpms>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Package {
    nevra: String,
    module_name: Option<String>,
    module_stream: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rpms {
    nvras: Vec<String>,
}

/// Reads an answer.
pub fn parse(bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    match serde_json::from_slice::<Answer>(bytes) {
        Ok(answer) => answer.advisories.into_iter().map(of_advisory).collect(),
        Err(error) => vec![Err(error.to_string())],
    }
}

fn of_advisory(advisory: Advisory) -> Result<Parsed, String> {
    let id = advisory.name.filter(|id| osv::is_id(id)).ok_or("an advisory has no name")?;
    let mut flaws = Vec::new();
    let mut vectors: Vec<Rating> = Vec::new();
    for cve in &advisory.cves {
        let text = |key: &str| cve.get(key).and_then(Value::as_str);
        let name = text("cve").or(text("name")).or(cve.as_str()).unwrap_or_default();
        flaws.extend(cves(name));
        let vector = text("cvss3_scoring_vector").or(text("cvss3ScoringVector"));
        vectors.extend(vector.and_then(|vector| rating("rocky", vector)));
    }
    let kind = advisory.kind.unwrap_or_default().to_ascii_uppercase();
    if !kind.ends_with("SECURITY") && flaws.is_empty() {
        return Ok(Parsed::Left(Left::NotSecurity));
    }
    let mut rows = Rows::default();
    for package in &advisory.packages {
        let module = package.module_name.as_deref().zip(package.module_stream.as_deref());
        let module =
            module.filter(|(name, _)| !name.is_empty()).map(|(name, stream)| format!("{name}:{stream}"));
        add(&package.nevra, module, None, &mut rows)?;
    }
    for (product, rpms) in &advisory.rpms {
        for build in &rpms.nvras {
            add(build, None, Some(product), &mut rows)?;
        }
    }
    let severity = advisory.severity.unwrap_or_default();
    let word = severity.trim_start_matches("SEVERITY_");
    let mut ratings: Vec<Rating> = rating("rocky", word).into_iter().collect();
    if flaws.len() <= 1 {
        ratings.extend(vectors.into_iter().take(1));
    }
    let published = advisory.published_at.as_deref().and_then(date::seconds);
    record(
        Head {
            feed: "apollo",
            whole: false,
            id,
            flaws,
            published,
            modified: advisory.updated_at.as_deref().and_then(date::seconds).or(published),
            ratings,
            summary: advisory.synopsis,
            details: advisory.description,
        },
        rows,
    )
}

fn add(build: &str, module: Option<String>, product: Option<&str>, rows: &mut Rows) -> Result<(), String> {
    let Some(found) = nevra::parse(build) else { return Ok(()) };
    let release = product.and_then(product::of_name).map(|product| product.release);
    let Some(release) = release.or_else(|| product::of_mark("el", &found.evr)) else { return Ok(()) };
    let is_source = matches!(found.arch.as_deref(), Some("src" | "nosrc"));
    if is_source {
        return Ok(());
    }
    let product = Product::new("Rocky Linux", release);
    rows.add(Row { arch: found.arch, module, ..Row::fixed(&product, &found.name, &found.evr) })
}
