//! Alpine's secdb (<https://secdb.alpinelinux.org/>) and the like of Wolfi, Chainguard and MinimOS: which build of a
//! package fixed which flaws. Alpine's `security-rejections`: which flaws are none of a package's.

use super::Records;
use super::draft::{Draft, affected, ids, is_version, until};
use crate::osv::Parsed;
use plimsoll_model::{Lifecycle, Range};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
struct Database {
    packages: Vec<Entry>,
    #[serde(default)]
    distroversion: Option<String>,
    #[serde(default)]
    reponame: Option<String>,
    #[serde(default)]
    urlprefix: Option<String>,
    #[serde(default)]
    apkurl: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    pkg: Package,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    secfixes: Option<BTreeMap<String, Option<Vec<String>>>>,
}

/// Where a database lies, whose it is, and how its records are called (as in OSV, where OSV has them).
const PUBLISHERS: &[(&str, &str, &str)] = &[
    ("wolfi.dev", "Wolfi", "WOLFI-"),
    ("cgr.dev", "Chainguard", "CHAINGUARD-"),
    ("chainguard.dev", "Chainguard", "CHAINGUARD-"),
    ("mini.dev", "MinimOS", "MINIMOS-"),
];

/// Reads a database of one branch and repository.
pub(super) fn read(_: &str, bytes: &[u8]) -> Option<Records> {
    let database: Database = serde_json::from_slice(bytes).ok()?;
    let branch = database.distroversion.as_deref().unwrap_or("");
    let place = [&database.urlprefix, &database.apkurl].map(|url| url.as_deref().unwrap_or(""));
    let rolling = PUBLISHERS.iter().find(|(host, ..)| place.iter().any(|url| url.contains(host)));
    let (ecosystem, head, release) = match (rolling, database.reponame.as_deref()) {
        (Some((_, ecosystem, head)), _) => (*ecosystem, *head, ""),
        (None, Some("chainguard")) => ("Chainguard", "CHAINGUARD-", ""),
        _ if branch.starts_with('v') || branch == "edge" => ("Alpine", "ALPINE-", branch),
        _ => return None,
    };
    let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
    for Entry { pkg } in &database.packages {
        for (id, fixes) in fixes(pkg) {
            if !drafts.contains_key(&id) {
                let Some(draft) = Draft::new("secdb", &format!("{head}{id}")) else { continue };
                drafts.insert(id.clone(), draft.part().answering([&*id]));
            }
            let said = match fixes.is_empty() {
                true => affected(release, Lifecycle::NotAffected, Vec::new()),
                false => affected(release, Lifecycle::Ranges, fixes),
            };
            if let Some(draft) = drafts.get_mut(&id) {
                draft.add(ecosystem, &pkg.name, said);
            }
        }
    }
    Some(drafts.into_values().map(Draft::done).collect())
}

/// The fixes of each flaw; none for a flaw that the version `0` is said to have fixed: it never was there. Of several
/// fixes the last was needed.
fn fixes(package: &Package) -> BTreeMap<String, Vec<Range>> {
    let mut fixes: BTreeMap<String, Vec<Range>> = BTreeMap::new();
    for (version, flaws) in package.secfixes.iter().flatten() {
        let version = version.split_whitespace().next().unwrap_or("");
        for id in flaws.iter().flatten().flat_map(|text| ids(text)) {
            let ranges = fixes.entry(id).or_default();
            if version != "0" && is_version(version) {
                ranges.push(until(version));
            }
        }
    }
    fixes
}

/// Reads `security-rejections`: package → flaws, in files named by branch and repository (`edge-main.yaml`).
pub(super) fn read_rejections(at: &str, bytes: &[u8]) -> Option<Records> {
    let all: BTreeMap<String, Vec<String>> = super::yaml::from_slice(bytes).ok()?;
    let is_flaw = |text: &String| ids(text).len() == 1;
    if all.is_empty() || !all.values().all(|flaws| flaws.iter().all(is_flaw)) {
        return None;
    }
    let file = at.rsplit('/').next().unwrap_or(at);
    let branch = file.split(['-', '.', '_']).next().unwrap_or("");
    // `3.20-main.yaml` would be split at its dot.
    let numbered = file.trim_start_matches('v').split('-').next().filter(|text| text.starts_with("3."));
    let release = match (branch, numbered) {
        ("edge", _) => "edge".to_owned(),
        (_, Some(number)) => format!("v{}", number.trim_end_matches(".yaml").trim_end_matches(".yml")),
        _ => String::new(),
    };
    let mut packages: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (package, flaws) in &all {
        for id in flaws.iter().flat_map(|text| ids(text)) {
            packages.entry(id).or_default().insert(package);
        }
    }
    let record = |(id, names): (String, BTreeSet<&str>)| -> Option<Result<Parsed, String>> {
        let mut draft = Draft::new("secdb", &format!("ALPINE-{id}"))?.part().answering([&*id]);
        for name in names {
            draft.add("Alpine", name, affected(&release, Lifecycle::NotAffected, Vec::new()));
        }
        Some(draft.done())
    };
    Some(packages.into_iter().filter_map(record).collect())
}
