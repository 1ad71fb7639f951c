//! Gentoo's security advisories (<https://www.gentoo.org/dtd/glsa.dtd>): `glsa-202401-01.xml`.

use super::Records;
use super::draft::{Draft, affected, is_version, range};
use crate::date;
use plimsoll_model::{Affected, Event, Lifecycle, Range};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Glsa {
    #[serde(rename = "@id")]
    id: String,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    announced: Option<String>,
    #[serde(default)]
    revised: Option<Text>,
    affected: AffectedPackages,
    #[serde(default)]
    impact: Option<Impact>,
    #[serde(default)]
    references: References,
}

#[derive(Deserialize)]
struct Text {
    #[serde(rename = "$text", default)]
    text: String,
}

#[derive(Deserialize)]
struct Impact {
    #[serde(rename = "@type", default)]
    kind: String,
}

#[derive(Default, Deserialize)]
struct References {
    #[serde(default)]
    uri: Vec<Uri>,
}

#[derive(Deserialize)]
struct Uri {
    #[serde(rename = "@link", default)]
    link: Option<String>,
    #[serde(rename = "$text", default)]
    text: String,
}

#[derive(Deserialize)]
struct AffectedPackages {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(rename = "@name")]
    name: String,
    #[serde(rename = "@arch", default)]
    arch: String,
    #[serde(default)]
    unaffected: Vec<Bound>,
    #[serde(default)]
    vulnerable: Vec<Bound>,
}

#[derive(Clone, Deserialize)]
struct Bound {
    #[serde(rename = "@range")]
    range: String,
    #[serde(rename = "@slot", default)]
    slot: Option<String>,
    #[serde(rename = "$text", default)]
    version: String,
}

/// Reads an advisory.
pub(super) fn parse(bytes: &[u8]) -> Records {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => return vec![Err(error.to_string())],
    };
    match quick_xml::de::from_str::<Glsa>(text) {
        Ok(glsa) => record(&glsa).map(Draft::done).into_iter().collect(),
        Err(error) => vec![Err(error.to_string())],
    }
}

fn record(glsa: &Glsa) -> Option<Draft> {
    let cves = glsa.references.uri.iter().map(|uri| uri.text.trim()).filter(|text| crate::osv::is_cve(text));
    let mut draft = Draft::new("glsa", &format!("GLSA-{}", glsa.id.trim()))?.answering(cves);
    draft = draft.published(glsa.announced.as_deref().and_then(day));
    draft = draft.modified(glsa.revised.as_ref().and_then(|text| day(&text.text)));
    let links = glsa.references.uri.iter().filter_map(|uri| uri.link.clone()).collect();
    draft = draft.text(glsa.title.as_deref(), None, links);
    // `minimal` and `normal` are nobody else's words.
    let impact = glsa.impact.as_ref().map(|impact| match impact.kind.as_str() {
        "minimal" => "low",
        "normal" => "moderate",
        other => other,
    });
    draft = draft.rating("gentoo", impact);
    for package in &glsa.affected.package {
        draft.add("Gentoo", &package.name, of_package(package));
    }
    Some(draft)
}

/// `2024-01-02`; older ones write `January 2, 2024` and count revisions behind a colon.
fn day(text: &str) -> Option<i64> {
    let text = text.split(": ").next().unwrap_or(text).trim();
    date::seconds(text).or_else(|| date::written_out(text))
}

/// What is vulnerable and not unaffected. A range with a slot is of that slot alone; where slots are numbered like the
/// versions in them (`3.11`) the bounds say so.
fn of_package(package: &Package) -> Affected {
    let mut slots: BTreeMap<&str, (Vec<&Bound>, Vec<&Bound>)> = BTreeMap::new();
    fn slot(bound: &Bound) -> &str {
        bound
            .slot
            .as_deref()
            .map(|slot| slot.split('/').next().unwrap_or(slot))
            .filter(|slot| *slot != "*")
            .unwrap_or("")
    }
    for bound in &package.vulnerable {
        slots.entry(slot(bound)).or_default().0.push(bound);
    }
    for bound in &package.unaffected {
        match slot(bound) {
            // Holds for every slot.
            "" => slots.values_mut().for_each(|(_, unaffected)| unaffected.push(bound)),
            slot => slots.entry(slot).or_default().1.push(bound),
        }
    }
    let mut said = affected("", Lifecycle::Ranges, Vec::new());
    for (slot, (vulnerable, unaffected)) in slots {
        for bound in vulnerable.into_iter().take(256) {
            let version = bound.version.trim();
            match (&*bound.range, version) {
                (_, version) if !is_version(version) => {}
                ("eq", version) if !version.ends_with('*') => said.versions.push(version.to_owned()),
                _ => said.ranges.extend(spread(bound, &unaffected, slot)),
            }
        }
    }
    let arches = package.arch.split_whitespace().filter(|arch| *arch != "*");
    said.arches = arches.filter(|arch| is_version(arch)).take(64).map(str::to_owned).collect();
    if said.ranges.is_empty() && said.versions.is_empty() {
        said.lifecycle = Lifecycle::NotAffected;
    }
    said
}

/// The range of a vulnerable bound with the unaffected ones taken out: events take effect in the order of versions.
fn spread(bound: &Bound, unaffected: &[&Bound], slot: &str) -> Option<Range> {
    let (start, end) = interval(&bound.range, bound.version.trim())?;
    let numbered = slot.contains('.') && slot.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let first = if numbered && start == "0" { format!("{slot}_alpha") } else { start };
    let mut begins = vec![first];
    let mut ends: Vec<Event> = end.into_iter().map(Event::Limit).collect();
    for bound in unaffected.iter().take(256) {
        let version = bound.version.trim();
        let Some((from, to)) = is_version(version).then(|| interval(&bound.range, version)).flatten() else {
            continue;
        };
        if from == "0" {
            // Older versions never had it: what is vulnerable begins behind them.
            begins.retain(|begin| begin != "0" && !begin.ends_with("_alpha"));
        } else {
            ends.retain(|end| !matches!(end, Event::Limit(version) if *version == from));
            ends.push(Event::Fixed(from));
        }
        begins.extend(to);
    }
    let events: Vec<Event> = begins.into_iter().map(Event::Introduced).chain(ends).collect();
    Some(range(events))
}

/// From a version on, and up to one that does not belong to it any more.
fn interval(operator: &str, version: &str) -> Option<(String, Option<String>)> {
    let (base, revision) = match version.rsplit_once("-r") {
        Some((base, revision)) if revision.bytes().all(|byte| byte.is_ascii_digit()) => {
            (base, revision.parse::<u32>().ok()?)
        }
        _ => (version, 0),
    };
    // A revision comes after its version and before everything that is longer.
    let next = format!("{base}-r{}", revision.saturating_add(1));
    let last = format!("{base}-r{}", u32::MAX);
    let version = version.to_owned();
    let zero = || "0".to_owned();
    Some(match operator {
        "lt" => (zero(), Some(version)),
        "le" => (zero(), Some(next)),
        "ge" => (version, None),
        "gt" => (next, None),
        // The same version, whatever its revision is up to or from there.
        "rge" => (version, Some(last)),
        "rgt" => (next, Some(last)),
        "rlt" => (base.to_owned(), Some(version)),
        "rle" => (base.to_owned(), Some(next)),
        "eq" => match version.strip_suffix('*').map(|head| head.trim_end_matches('.')) {
            Some(head) => (format!("{head}_alpha"), Some(format!("{head}.999999999"))),
            None => (version, Some(next)),
        },
        _ => return None,
    })
}
