//! Ubuntu's data beside its OSV records: the notices (`database.json` of usn.ubuntu.com, `notices.json` of
//! ubuntu.com/security), the CVE pages (`cves.json`) and the files of the CVE tracker.

use super::Records;
use super::draft::{Draft, affected, ids, is_version, range, until};
use crate::date;
use plimsoll_model::{Affected, Event, Lifecycle, Range};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Releases by codename, as OSV writes them behind `Ubuntu:`.
const RELEASES: &[(&str, &str)] = &[
    ("precise", "12.04:LTS"),
    ("trusty", "14.04:LTS"),
    ("xenial", "16.04:LTS"),
    ("bionic", "18.04:LTS"),
    ("focal", "20.04:LTS"),
    ("jammy", "22.04:LTS"),
    ("noble", "24.04:LTS"),
    ("resolute", "26.04:LTS"),
    ("groovy", "20.10"),
    ("hirsute", "21.04"),
    ("impish", "21.10"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
];

/// The release of a codename, in the stream for everybody or the one of Ubuntu Pro.
fn release(codename: &str, pro: bool) -> Option<String> {
    let (_, number) = RELEASES.iter().find(|(known, _)| *known == codename)?;
    Some(if pro { format!("Pro:{number}") } else { (*number).to_owned() })
}

/// Only Ubuntu Pro gives builds named so.
fn is_pro(version: &str) -> bool {
    version.contains("+esm") || version.contains("~esm")
}

/// Reads any of Ubuntu's JSON documents.
pub(super) fn read(_: &str, bytes: &[u8]) -> Option<Records> {
    #[derive(Deserialize)]
    struct Notices {
        notices: Vec<Notice>,
    }
    #[derive(Deserialize)]
    struct Cves {
        cves: Vec<Cve>,
    }
    if let Ok(database) = serde_json::from_slice::<BTreeMap<String, Usn>>(bytes) {
        return (!database.is_empty()).then(|| database.iter().filter_map(usn).map(Draft::done).collect());
    }
    let notices = serde_json::from_slice::<Notices>(bytes).map(|list| list.notices);
    if let Ok(notices) = notices.or_else(|_| serde_json::from_slice(bytes).map(|one| vec![one])) {
        return Some(notices.iter().filter_map(notice).map(Draft::done).collect());
    }
    let cves = serde_json::from_slice::<Cves>(bytes).map(|list| list.cves);
    let cves = cves.or_else(|_| serde_json::from_slice(bytes).map(|one: Cve| vec![one]));
    if let Ok(cves) = cves {
        return Some(cves.iter().filter_map(page).map(Draft::done).collect());
    }
    let file: JsonFile = serde_json::from_slice(bytes).ok()?;
    json_file(&file).map(|draft| vec![draft.done()])
}

/// A notice in `database.json`.
#[derive(Deserialize)]
struct Usn {
    title: Option<String>,
    description: Option<String>,
    timestamp: Option<f64>,
    cves: Vec<String>,
    releases: BTreeMap<String, UsnRelease>,
}

#[derive(Deserialize)]
struct UsnRelease {
    #[serde(default)]
    sources: BTreeMap<String, UsnSource>,
}

#[derive(Deserialize)]
struct UsnSource {
    version: Option<String>,
}

fn usn((number, usn): (&String, &Usn)) -> Option<Draft> {
    let id = if number.starts_with("USN-") { number.clone() } else { format!("USN-{number}") };
    let cves: Vec<String> = usn.cves.iter().flat_map(|text| ids(text)).collect();
    let draft = Draft::new("usn", &id)?.answering(cves.iter().map(String::as_str));
    let mut draft = draft.published(usn.timestamp.filter(|time| *time > 0.0).map(|time| time as i64));
    if cves.is_empty() {
        draft = draft.text(usn.title.as_deref(), usn.description.as_deref(), Vec::new());
    }
    for (codename, sources) in &usn.releases {
        for (name, source) in &sources.sources {
            add_fix(&mut draft, codename, name, source.version.as_deref());
        }
    }
    Some(draft)
}

fn add_fix(draft: &mut Draft, codename: &str, source: &str, version: Option<&str>) {
    let Some(version) = version.filter(|version| is_version(version)) else { return };
    if let Some(release) = release(codename, is_pro(version)) {
        draft.add("Ubuntu", source, affected(&release, Lifecycle::Ranges, vec![until(version)]));
    }
}

/// A notice of ubuntu.com/security.
#[derive(Deserialize)]
struct Notice {
    id: String,
    title: Option<String>,
    description: Option<String>,
    published: Option<String>,
    #[serde(default)]
    cves_ids: Vec<String>,
    release_packages: BTreeMap<String, Vec<NoticePackage>>,
}

#[derive(Deserialize)]
struct NoticePackage {
    name: String,
    version: Option<String>,
    #[serde(default)]
    is_source: bool,
}

fn notice(notice: &Notice) -> Option<Draft> {
    let cves: Vec<String> = notice.cves_ids.iter().flat_map(|text| ids(text)).collect();
    let draft = Draft::new("usn", &notice.id)?.answering(cves.iter().map(String::as_str));
    let mut draft = draft.published(notice.published.as_deref().and_then(date::seconds));
    if cves.is_empty() {
        draft = draft.text(notice.title.as_deref(), notice.description.as_deref(), Vec::new());
    }
    for (codename, packages) in &notice.release_packages {
        for package in packages.iter().filter(|package| package.is_source) {
            add_fix(&mut draft, codename, &package.name, package.version.as_deref());
        }
    }
    Some(draft)
}

/// A CVE of ubuntu.com/security.
#[derive(Deserialize)]
struct Cve {
    id: String,
    packages: Vec<CvePackage>,
    priority: Option<String>,
    published: Option<String>,
    updated_at: Option<String>,
}

#[derive(Deserialize)]
struct CvePackage {
    name: String,
    statuses: Vec<CveStatus>,
}

#[derive(Deserialize)]
struct CveStatus {
    release_codename: String,
    status: String,
    #[serde(default)]
    description: Option<String>,
    /// `security`, `esm-infra`, `esm-apps`, …
    #[serde(default)]
    pocket: Option<String>,
}

fn page(cve: &Cve) -> Option<Draft> {
    let draft = tracker(&cve.id, cve.priority.as_deref())?;
    let mut draft = draft
        .published(cve.published.as_deref().and_then(date::seconds))
        .modified(cve.updated_at.as_deref().and_then(date::seconds));
    for package in &cve.packages {
        for status in &package.statuses {
            let stream = match status.pocket.as_deref() {
                Some("esm-infra" | "esm-apps") => format!("esm/{}", status.release_codename),
                Some(pocket) if pocket.starts_with("fips") || pocket == "realtime" => continue,
                _ => status.release_codename.clone(),
            };
            add_status(&mut draft, &stream, &package.name, &status.status, status.description.as_deref());
        }
    }
    Some(draft)
}

/// A record of the tracker's view of one CVE, as OSV calls it.
fn tracker(cve: &str, priority: Option<&str>) -> Option<Draft> {
    let is_cve = crate::osv::is_cve(cve);
    let draft = is_cve.then(|| Draft::new("ubuntu-tracker", &format!("UBUNTU-{cve}"))).flatten()?;
    Some(draft.answering([cve]).rating("ubuntu", priority))
}

/// What the status of a package in a stream means. `DNE`: there is no such package. `not-affected`, `released`,
/// `pending` name a version behind; the state of fixes that come or do not is kept.
fn add_status(draft: &mut Draft, stream: &str, package: &str, status: &str, note: Option<&str>) {
    let (pro, codename) = match stream.split_once('/') {
        None => (false, stream),
        Some(("esm" | "esm-infra" | "esm-apps" | "esm-infra-legacy" | "esm-apps-legacy", codename)) => {
            (true, codename)
        }
        Some((codename, "esm")) => (true, codename),
        // FIPS, realtime, robots and boards: streams no image can be told to take.
        Some(_) => return,
    };
    let note = note.unwrap_or("").trim();
    let version = note
        .split_whitespace()
        .next()
        .filter(|version| is_version(version) && version.starts_with(|c: char| c.is_ascii_digit()));
    let ended = note.to_lowercase();
    let has_ended =
        ended.contains("end of life") || ended.contains("end of standard support") || ended.contains("eol");
    let said = match (status.trim(), version) {
        ("released" | "released-esm", Some(version)) => (Lifecycle::Ranges, vec![until(version)]),
        ("not-affected", _) => (Lifecycle::NotAffected, Vec::new()),
        ("pending", Some(version)) => (Lifecycle::Affected, vec![bound(version)]),
        ("needed" | "active" | "deferred" | "pending" | "in-progress", _) => {
            (Lifecycle::Affected, Vec::new())
        }
        ("needs-triage", _) => (Lifecycle::UnderInvestigation, Vec::new()),
        ("ignored", _) if has_ended => (Lifecycle::EndOfLife, Vec::new()),
        ("ignored", _) => (Lifecycle::WillNotFix, Vec::new()),
        _ => return,
    };
    let pro = pro || (status == "released-esm") || version.is_some_and(is_pro);
    if let Some(release) = release(codename, pro) {
        let said: Affected = affected(&release, said.0, said.1);
        draft.add("Ubuntu", package, said);
    }
}

/// Affected up to a version that is not published yet.
fn bound(version: &str) -> Range {
    range(vec![Event::Introduced("0".into()), Event::Limit(version.to_owned())])
}

/// A file of the tracker as others hand it on in JSON.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JsonFile {
    candidate: String,
    public_date: Option<String>,
    priority: Option<String>,
    patches: BTreeMap<String, BTreeMap<String, JsonStatus>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct JsonStatus {
    status: String,
    #[serde(default)]
    note: Option<String>,
}

fn json_file(file: &JsonFile) -> Option<Draft> {
    let draft = tracker(&file.candidate, file.priority.as_deref())?;
    let mut draft = draft.published(file.public_date.as_deref().and_then(date::seconds));
    for (package, streams) in &file.patches {
        for (stream, status) in streams {
            add_status(&mut draft, stream, package, &status.status, status.note.as_deref());
        }
    }
    Some(draft)
}

/// Lines of one file of the tracker.
const LINES: usize = 100_000;

/// Reads a file of the tracker (<https://git.launchpad.net/ubuntu-cve-tracker>): `Candidate: CVE-…`, `Priority: …`, and
/// `STREAM_PACKAGE: STATUS (NOTE)`.
pub(super) fn read_tracker(_: &str, bytes: &[u8]) -> Option<Records> {
    let text = std::str::from_utf8(bytes).ok()?;
    let field = |name: &str| {
        let line = text.lines().take(LINES).find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim).filter(|value| !value.is_empty())
    };
    let cve = field("Candidate")?;
    let priority = field("Priority").and_then(|text| text.split_whitespace().next());
    let date = field("PublicDate").and_then(|text| date::seconds(text.get(..10)?));
    let mut draft = tracker(cve, priority)?.published(date);
    for line in text.lines().take(LINES) {
        let Some((head, rest)) = line.split_once(':') else { continue };
        let Some((stream, package)) = head.split_once('_') else { continue };
        let (status, note) = rest.trim().split_once('(').unwrap_or((rest, ""));
        let is_head =
            !stream.is_empty() && stream.bytes().all(|b| b.is_ascii_lowercase() || b"/-".contains(&b));
        if is_head && is_version(package) {
            add_status(&mut draft, stream, package, status, Some(note.trim_end().trim_end_matches(')')));
        }
    }
    Some(vec![draft.done()])
}
