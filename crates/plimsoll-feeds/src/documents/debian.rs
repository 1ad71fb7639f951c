//! Debian's security tracker (<https://security-tracker.debian.org/tracker/data/json>), and Echo's data in a like form.

use super::Records;
use super::draft::{Draft, affected, is_version, range, rating, until};
use plimsoll_model::{Affected, Event, Lifecycle};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Releases as the tracker names them, and their numbers.
const RELEASES: &[(&str, &str)] = &[
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];
const UNSTABLE: &str = "sid";

/// Package → flaw → what is known.
type Tracker = BTreeMap<String, BTreeMap<String, Flaw>>;

#[derive(Deserialize)]
struct Flaw {
    description: Option<String>,
    releases: BTreeMap<String, Release>,
}

#[derive(Deserialize)]
struct Release {
    status: String,
    fixed_version: Option<String>,
    urgency: Option<String>,
    nodsa: Option<String>,
    nodsa_reason: Option<String>,
}

/// Reads the tracker's `data/json`.
pub(super) fn read(_: &str, bytes: &[u8]) -> Option<Records> {
    let tracker: Tracker = serde_json::from_slice(bytes).ok()?;
    let is_flaw = |id: &String| id.starts_with("CVE-") || id.starts_with("TEMP-");
    if !tracker.values().all(|flaws| flaws.keys().all(is_flaw)) || tracker.values().all(BTreeMap::is_empty) {
        return None;
    }
    let mut drafts: BTreeMap<&str, Draft> = BTreeMap::new();
    for (package, flaws) in &tracker {
        for (id, flaw) in flaws {
            let draft = match drafts.entry(id) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(new) => match start(id, flaw) {
                    Some(draft) => new.insert(draft),
                    None => continue,
                },
            };
            for affected in of_releases(flaw) {
                draft.add("Debian", package, affected);
            }
        }
    }
    Some(drafts.into_values().map(Draft::done).collect())
}

fn start(id: &str, flaw: &Flaw) -> Option<Draft> {
    match id.starts_with("CVE-") {
        true => Some(Draft::new("debian-tracker", &format!("DEBIAN-{id}"))?.answering([id])),
        // A flaw that has no CVE yet; its name may change any day.
        false => Some(Draft::new("debian-tracker", id)?.text(None, flaw.description.as_deref(), Vec::new())),
    }
}

/// What the tracker says of each release. `undetermined` says nothing; a fixed version of `0` means that the release
/// never was affected; `nodsa` reasons and urgencies are kept as what they mean for a fix.
fn of_releases(flaw: &Flaw) -> Vec<Affected> {
    let fixed = |release: &Release| {
        let version = release.fixed_version.clone().filter(|version| is_version(version) && version != "0");
        version.filter(|_| release.status == "resolved")
    };
    let unstable = flaw.releases.get(UNSTABLE).and_then(fixed);
    let mut out = Vec::new();
    for (codename, release) in &flaw.releases {
        let number =
            RELEASES.iter().find(|(known, _)| known == codename).map_or(&**codename, |(_, number)| *number);
        let mut said = match &*release.status {
            "resolved" if release.fixed_version.as_deref() == Some("0") => {
                affected(number, Lifecycle::NotAffected, Vec::new())
            }
            "resolved" => match fixed(release) {
                Some(version) => affected(number, Lifecycle::Ranges, vec![until(&version)]),
                None => continue,
            },
            "open" => affected(number, lifecycle(release), open(unstable.as_deref())),
            _ => continue,
        };
        said.ratings.extend(rating("debian", release.urgency.as_deref()));
        out.push(said);
    }
    out
}

fn lifecycle(release: &Release) -> Lifecycle {
    let folded = |text: &Option<String>| text.as_deref().unwrap_or("").to_lowercase();
    match (&*folded(&release.urgency), &*folded(&release.nodsa_reason)) {
        ("end-of-life", _) => Lifecycle::EndOfLife,
        (_, "ignored") => Lifecycle::WillNotFix,
        _ if folded(&release.nodsa).contains("end-of-life")
            || folded(&release.nodsa).contains("end of life") =>
        {
            Lifecycle::EndOfLife
        }
        // `postponed`, `no-dsa` for a minor issue, or nothing at all: there is no fix yet.
        _ => Lifecycle::Affected,
    }
}

/// Open, so far as the version is older than unstable's fix: the tracker sometimes forgets that a release took over
/// the fixed version. That is a bound, and no fix that the release has.
fn open(unstable: Option<&str>) -> Vec<plimsoll_model::Range> {
    unstable
        .map(|fix| range(vec![Event::Introduced("0".into()), Event::Limit(fix.to_owned())]))
        .into_iter()
        .collect()
}

/// Reads Echo's data (<https://advisory.echohq.com/data.json>): package → flaw → the version that fixes it.
pub(super) fn read_echo(_: &str, bytes: &[u8]) -> Option<Records> {
    #[derive(Deserialize)]
    struct Fix {
        fixed_version: String,
        severity: Option<String>,
    }
    let all: BTreeMap<String, BTreeMap<String, Fix>> = serde_json::from_slice(bytes).ok()?;
    if all.is_empty()
        || !all.values().flat_map(BTreeMap::keys).all(|id| id.starts_with("CVE-") || id.starts_with("GHSA-"))
    {
        return None;
    }
    let mut drafts: BTreeMap<&str, Draft> = BTreeMap::new();
    for (package, fixes) in &all {
        for (id, fix) in fixes {
            if !drafts.contains_key(&**id) {
                let Some(draft) = Draft::new("echo", &format!("ECHO-{id}")) else { continue };
                drafts.insert(id, draft.answering([&**id]));
            }
            let Some(draft) = drafts.get_mut(&**id) else { continue };
            let mut said = match &*fix.fixed_version {
                "0" => affected("", Lifecycle::NotAffected, Vec::new()),
                "" => affected("", Lifecycle::Affected, Vec::new()),
                version if is_version(version) => affected("", Lifecycle::Ranges, vec![until(version)]),
                _ => continue,
            };
            said.ratings.extend(rating("echo", fix.severity.as_deref()));
            draft.add("Echo", package, said);
        }
    }
    Some(drafts.into_values().map(Draft::done).collect())
}
