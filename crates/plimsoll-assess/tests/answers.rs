//! Others' answers about packages of all ecosystems, where the shared data is there: recorded answers of the OSV API
//! (`truth/osv-answers`) and labelled Maven artefacts (`truth/maven-affected`), against a database of the shared feeds.

#![allow(clippy::print_stderr, reason = "tests tell what they skip and how they fare")]

use plimsoll_assess::{Matches, keys, matches};
use plimsoll_feeds::{BuildOptions, Database, build};
use plimsoll_model::{Component, Contents, Installed, OsRelease, Purl, PurlType};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

fn shared() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: no shared data");
    None
}

/// A database of the shared OSV records.
fn database(data: &Path, folder: &Path) -> Database {
    let path = folder.join("plimsoll.db");
    build(&data.join("feeds/osv"), &path, &BuildOptions::at(1_795_478_400), &|_| {}).expect("built");
    Database::open(&path).expect("a database")
}

fn found(database: &Database, component: &Component, os: Option<&OsRelease>, explain: bool) -> Matches {
    let keys = keys(component, os);
    let advisories: HashMap<_, _> =
        keys.into_iter().map(|key| (key.clone(), database.advisories(&key).expect("readable"))).collect();
    let installed = Installed {
        component: component.clone(),
        found_by: "truth".into(),
        paths: vec!["/x".into()],
        layer: 0,
        owned_by: None,
        present: true,
    };
    let contents = Contents { os: os.cloned(), components: vec![installed], ..Contents::default() };
    matches(&contents, &advisories, explain)
}

/// The component and the system an OSV query is about; `None` for an ecosystem without packages of ours.
fn asked(ecosystem: &str, name: &str, version: &str) -> Option<(Component, Option<OsRelease>)> {
    let (base, release) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
    let (kind, os) = match base {
        "Alpine" => (PurlType::Apk, Some(("alpine", release.trim_start_matches('v')))),
        "Debian" => (PurlType::Deb, Some(("debian", release))),
        "Ubuntu" => (PurlType::Deb, Some(("ubuntu", release.trim_end_matches(":LTS")))),
        "openSUSE" => (PurlType::Rpm, Some(("opensuse-leap", release.trim_start_matches("Leap ")))),
        "crates.io" => (PurlType::Cargo, None),
        "Go" => (PurlType::Golang, None),
        "Hackage" => (PurlType::Hackage, None),
        "Maven" => (PurlType::Maven, None),
        "npm" => (PurlType::Npm, None),
        "NuGet" => (PurlType::Nuget, None),
        "Packagist" => (PurlType::Composer, None),
        "PyPI" => (PurlType::Pypi, None),
        "RubyGems" => (PurlType::Gem, None),
        _ => return None,
    };
    let (namespace, name) = match (kind, &os) {
        (PurlType::Maven, _) => name.split_once(':').unwrap_or(("", name)),
        (_, Some(_)) => ("", name),
        _ => name.rsplit_once('/').unwrap_or(("", name)),
    };
    let component = Component::new(kind, namespace, name, version);
    let os = os.map(|(id, version)| OsRelease {
        id: id.into(),
        version_id: Some(version.into()),
        ..OsRelease::default()
    });
    Some((component, os))
}

/// Where our answers and OSV's differ, all for reasons of the data: ecosystem, missing, extra, why.
const DIFFERENCES: &[(&str, usize, usize, &str)] = &[
    ("Alpine:v3.17", 2, 0, "the feeds have these records for other branches only"),
    ("Alpine:v3.18", 8, 10, "the same; and a version no 3.18 ever had, below every fix of that branch"),
    ("Alpine:v3.20", 2, 0, "the feeds have these records for other branches only"),
    ("Alpine:v3.21", 37, 23, "the same; and records newer than the recording"),
    ("Alpine:v3.22", 41, 0, "the feeds have no records for this branch"),
    ("Go", 0, 36, "records newer than the recording"),
    (
        "Maven",
        0,
        30,
        "28 flaws that OSV names by a GHSA the feeds have no alias to; labels finer than GHSA's; one older range",
    ),
    ("Packagist", 0, 1, "OSV names it by a GHSA the feeds have no alias to"),
    ("RubyGems", 0, 1, "a record newer than the recording"),
    ("npm", 0, 1, "OSV names it by a GHSA the feeds have no alias to"),
];

#[test]
fn osv_and_labelled_artefacts_agree_with_us() {
    let Some(data) = shared() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let database = database(&data, folder.path());
    what_osv_answers(&data, &database);
    labelled_artefacts(&data, &database);
}

fn what_osv_answers(data: &Path, database: &Database) {
    let text = std::fs::read_to_string(data.join("truth/osv-answers/answers.jsonl")).expect("answers");
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    for line in text.lines() {
        let answer: Value = serde_json::from_str(line).expect("an answer");
        let words = |key: &str| answer[key].as_str().unwrap_or_default().to_owned();
        let (ecosystem, name, version) = (words("ecosystem"), words("package"), words("version"));
        let Some((component, os)) = asked(&ecosystem, &name, &version) else { continue };
        let found = found(database, &component, os.as_ref(), true);
        let ids: BTreeSet<&str> =
            answer["ids"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let [right, missing, extra] = counts.entry(ecosystem.clone()).or_default();
        for id in &ids {
            let has = *known.entry((*id).to_owned()).or_insert_with(|| {
                database.records_of(id).expect("readable").iter().any(|(_, advisory)| advisory.id == *id)
            });
            if !has {
                continue;
            }
            if found.matches.iter().any(|matched| matched.ids.iter().any(|own| own == id)) {
                *right += 1;
                continue;
            }
            *missing += 1;
            // Missing may only be what the record does not say: of this release, or of this package.
            let why = found.dismissed.iter().find(|(_, reason)| reason.advisory == *id);
            let why = why.map_or("other package", |(_, reason)| reason.why.as_str());
            assert!(why.starts_with("other "), "{ecosystem} {name} {version} {id}: {why}");
        }
        *extra +=
            found.matches.iter().filter(|matched| !matched.ids.iter().any(|id| ids.contains(&**id))).count();
    }
    for (ecosystem, [right, missing, extra]) in &counts {
        let explained = DIFFERENCES.iter().find(|(known, ..)| known == ecosystem);
        let (most_missing, most_extra) =
            explained.map_or((0, 0), |(_, missing, extra, _)| (*missing, *extra));
        eprintln!("truth/osv-answers {ecosystem}: {right} right, {missing} missing, {extra} extra");
        assert!(*missing <= most_missing && *extra <= most_extra, "{ecosystem}");
    }
    let right: usize = counts.values().map(|[right, ..]| right).sum();
    assert!(right >= 460, "{right}");
}

fn labelled_artefacts(data: &Path, database: &Database) {
    let packed =
        std::fs::File::open(data.join("truth/maven-affected/coordinates.jsonl.zst")).expect("labels");
    let text = std::io::read_to_string(zstd::Decoder::new(packed).expect("zstd")).expect("labels");
    let mut known: HashMap<String, bool> = HashMap::new();
    let mut verdicts: HashMap<String, BTreeSet<String>> = HashMap::new();
    let (mut right, mut unknown, mut wrong) = (0, 0, Vec::new());
    for line in text.lines() {
        let label: Value = serde_json::from_str(line).expect("a label");
        let (cve, purl) = (label["cve"].as_str().expect("an id"), label["purl"].as_str().expect("a purl"));
        let is_known = *known.entry(cve.to_owned()).or_insert_with(|| {
            database.records_of(cve).expect("readable").iter().any(|(key, _)| key.ecosystem == "Maven")
        });
        if !is_known {
            unknown += 1;
            continue;
        }
        let ids = verdicts.entry(purl.to_owned()).or_insert_with(|| {
            let component = Component::from_purl(&Purl::parse(purl).expect("a purl")).expect("a component");
            found(database, &component, None, false)
                .matches
                .into_iter()
                .flat_map(|matched| matched.ids)
                .collect()
        });
        match ids.contains(cve) == (label["affected"] == true) {
            true => right += 1,
            false => wrong.push(format!("{cve} {purl}")),
        }
    }
    eprintln!(
        "truth/maven-affected: {right} right, {} wrong, {unknown} without a record of the flaw",
        wrong.len()
    );
    assert!(wrong.is_empty() && right > 14_000, "{wrong:?}");
}
