//! Photon's `cve_data_photonN.json` (<https://packages.broadcom.com/photon/photon_cve_metadata/>): rows of one flaw and
//! one package.

use super::product::{self, Product};
use super::rows::{Head, Row, Rows, Versions, rating, record};
use crate::osv::{self, Left, Parsed};
use plimsoll_model::{KeyKind, Lifecycle};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    cve_id: String,
    #[serde(default)]
    pkg: String,
    #[serde(default)]
    cve_score: Value,
    #[serde(default)]
    aff_ver: String,
    #[serde(default)]
    res_ver: String,
    #[serde(default)]
    status: String,
}

/// Reads a document; the release is told by its name, else by the builds in it.
pub fn parse(at: &str, bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    let lines: Vec<Line> = match serde_json::from_slice(bytes) {
        Ok(lines) => lines,
        Err(error) => return vec![Err(error.to_string())],
    };
    let of_builds = || lines.iter().find_map(|line| product::of_mark("ph", &line.res_ver));
    let Some(release) = of_name(at).or_else(of_builds) else {
        return vec![Err("neither its name nor its builds tell a release of Photon".into())];
    };
    let product = Product::new("Photon OS", product::photon(&release));
    let mut by_flaw: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    let mut nameless = 0_usize;
    for line in &lines {
        // `UNK-1`, `Re`: not known yet, and a slip.
        match osv::is_cve(&line.cve_id) || line.cve_id.starts_with("BDSA-") {
            true => by_flaw.entry(&line.cve_id).or_default().push(line),
            false => nameless += 1,
        }
    }
    let records = by_flaw.into_iter().map(|(id, lines)| of_flaw(id, &lines, &product));
    let left = std::iter::repeat_with(|| Ok(Parsed::Left(Left::Nameless))).take(nameless);
    records.chain(left).collect()
}

fn of_flaw(id: &str, lines: &[&Line], product: &Product) -> Result<Parsed, String> {
    let mut rows = Rows::default();
    let mut ratings = Vec::new();
    for line in lines {
        let fixed = line.res_ver.trim();
        let is_version = fixed.starts_with(|c: char| c.is_ascii_digit());
        let (lifecycle, versions) = match line.status.trim().to_ascii_lowercase().as_str() {
            "not affected" => (Lifecycle::NotAffected, Versions::All),
            _ if is_version => (Lifecycle::Ranges, Versions::Before(fixed.to_owned())),
            _ if line.aff_ver.trim().eq_ignore_ascii_case("NA") && line.status.is_empty() => {
                (Lifecycle::NotAffected, Versions::All)
            }
            "won't fix" | "will not fix" => (Lifecycle::WillNotFix, Versions::All),
            _ => (Lifecycle::Affected, Versions::All),
        };
        rows.add(Row {
            product: product.clone(),
            name: line.pkg.trim().to_owned(),
            key: KeyKind::Usual,
            lifecycle,
            arch: None,
            module: None,
            versions,
        })?;
        let score = line.cve_score.as_f64().or_else(|| line.cve_score.as_str()?.trim().parse().ok());
        if let Some(found) = score.and_then(osv::score).and_then(|score| rating("photon", &score))
            && !ratings.contains(&found)
            && ratings.len() < 4
        {
            ratings.push(found);
        }
    }
    record(
        Head {
            feed: "photon",
            whole: false,
            id: id.to_owned(),
            flaws: vec![id.to_owned()],
            ratings,
            ..Head::default()
        },
        rows,
    )
}

/// `4.0` of `cve_data_photon4.0.json`.
fn of_name(at: &str) -> Option<String> {
    let name = at.rsplit('/').next().unwrap_or(at);
    let (_, rest) = name.rsplit_once("photon")?;
    let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let version = version.trim_end_matches('.');
    (!version.is_empty()).then(|| version.to_owned())
}
