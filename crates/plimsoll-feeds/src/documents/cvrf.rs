//! CVRF 1.1 and 1.2 (<https://docs.oasis-open.org/csaf/csaf-cvrf/v1.2/>), the XML before CSAF: SUSE and openEuler.

use super::notice::{Flaw, Item, Notice, Status, lifecycle, publisher, records};
use super::product;
use super::rows::rating;
use super::xml::{self, Element};
use crate::date;
use crate::osv::Parsed;
use plimsoll_model::Rating;

/// Builds of openEuler, times the releases that flaws are fixed in.
const EXPANDED: usize = 4_000_000;

/// Reads a document.
pub fn parse(bytes: &[u8]) -> Vec<Result<Parsed, String>> {
    let mut found = Vec::new();
    let read = xml::each(&mut &*bytes, &["cvrfdoc"], &mut |document| {
        found.extend(records_of(&document));
        Ok(())
    });
    match read {
        Err(why) => vec![Err(why)],
        Ok(()) if found.is_empty() => vec![Err("it holds no cvrfdoc".into())],
        Ok(()) => found,
    }
}

fn records_of(document: &Element) -> Vec<Result<Parsed, String>> {
    let tracking = document.child("DocumentTracking");
    let text = |name: &str| tracking.and_then(|tracking| tracking.text_of(name));
    let id = tracking.and_then(|tracking| tracking.child("Identification")).and_then(|id| id.text_of("ID"));
    let authority = document.child("DocumentPublisher").map_or("", |publisher| {
        publisher.text_of("IssuingAuthority").or(publisher.text_of("ContactDetails")).unwrap_or_default()
    });
    let notes = document.child("DocumentNotes");
    let severity = notes.and_then(|notes| {
        notes
            .all("Note")
            .find(|note| note.attribute("Title") == Some("Severity"))
            .map(|note| note.text.as_str())
    });
    let mut notice = Notice {
        // `SUSE CVE-2022-38150`, `SUSE Image SUSE-IU-2021:212-1`
        id: id.and_then(|id| id.split_whitespace().next_back()).unwrap_or_default(),
        publisher: publisher(authority),
        published: text("InitialReleaseDate").and_then(date::seconds),
        modified: text("CurrentReleaseDate").and_then(date::seconds),
        severity: severity
            .or_else(|| document.child("AggregateSeverity").map(|severity| severity.text.as_str())),
        title: document.text_of("DocumentTitle"),
        ..Notice::default()
    };
    let mut builds = Vec::new();
    for tree in document.all("ProductTree") {
        walk(tree, &mut notice, &mut builds);
    }
    let source = notice.publisher;
    let flaws: Vec<Flaw<'_>> = document.all("Vulnerability").map(|flaw| read_flaw(flaw, source)).collect();
    if notice.severity.is_none() {
        notice.severity = worst(&flaws);
    }
    notice.flaws = flaws;
    if notice.relations.is_empty()
        && let Err(why) = expand(&mut notice, &builds)
    {
        return vec![Err(why)];
    }
    records(&notice)
}

/// Builds of openEuler: their file name and their release's CPE.
type Build<'a> = (&'a str, &'a str);

fn walk<'a>(tree: &'a Element, notice: &mut Notice<'a>, builds: &mut Vec<Build<'a>>) {
    for child in &tree.children {
        match child.name.as_str() {
            "Branch" => walk(child, notice, builds),
            "FullProductName" => {
                let Some(id) = child.attribute("ProductID") else { continue };
                let cpe = child.attribute("CPE");
                if tree.attribute("Type") == Some("Package Arch")
                    && let Some(cpe) = cpe
                {
                    builds.push((child.text.as_str(), cpe));
                }
                notice.items.entry(id).or_insert(Item { name: &child.text, cpe, purl: None });
            }
            "Relationship" => {
                let parts =
                    child.attribute("ProductReference").zip(child.attribute("RelatesToProductReference"));
                let whole = child.child("FullProductName").and_then(|whole| whole.attribute("ProductID"));
                if let (Some(parts), Some(whole)) = (parts, whole) {
                    notice.relations.entry(whole).or_insert(parts);
                }
            }
            _ => {}
        }
    }
}

/// openEuler says "fixed" of a release; the builds with the fix are all those the document lists for it.
fn expand<'a>(notice: &mut Notice<'a>, builds: &[Build<'a>]) -> Result<(), String> {
    let named = notice.flaws.iter().flat_map(|flaw| &flaw.statuses).map(|(_, ids)| ids.len()).sum::<usize>();
    if builds.len().saturating_mul(named) > EXPANDED {
        return Err("it holds too many builds for too many flaws".into());
    }
    let of_release: Vec<(Option<product::Product>, &'a str, &'a str)> =
        builds.iter().map(|(file, cpe)| (product::of_cpe(cpe), *file, *cpe)).collect();
    for (file, cpe) in builds {
        // A build is a component of its release.
        notice.relations.entry(file).or_insert((file, cpe));
        notice.items.entry(cpe).or_insert(Item { name: "", cpe: Some(cpe), purl: None });
        notice.items.insert(file, Item { name: file, cpe: None, purl: None });
    }
    let items = notice.items.clone();
    for flaw in &mut notice.flaws {
        for (_, ids) in &mut flaw.statuses {
            let expanded = ids.iter().flat_map(|id| {
                let release = items.get(id).and_then(|item| product::of(item.name, item.cpe));
                of_release
                    .iter()
                    .filter(move |(of, _, _)| release.is_some() && *of == release)
                    .map(|(_, file, _)| *file)
            });
            *ids = expanded.collect();
        }
    }
    Ok(())
}

fn read_flaw<'a>(flaw: &'a Element, publisher: &str) -> Flaw<'a> {
    let mut ratings: Vec<Rating> = Vec::new();
    let impact = flaw.all("Threats").flat_map(|threats| threats.all("Threat"));
    let impact = impact.filter(|threat| threat.attribute("Type") == Some("Impact"));
    let words = impact.filter_map(|threat| threat.text_of("Description"));
    let scores = flaw.all("CVSSScoreSets").flat_map(|sets| &sets.children).flat_map(|set| &set.children);
    let vectors = scores.filter(|score| score.name.starts_with("Vector")).map(|score| score.text.as_str());
    for text in words.chain(vectors) {
        if let Some(found) =
            rating(publisher, text).filter(|found| ratings.len() < 8 && !ratings.contains(found))
        {
            ratings.push(found);
        }
    }
    let ids = |of: &'a Element| of.all("ProductID").map(|id| id.text.as_str()).collect();
    let statuses = flaw.all("ProductStatuses").flat_map(|list| list.all("Status"));
    let statuses =
        statuses.filter_map(|status| Some((Status::parse(status.attribute("Type")?)?, ids(status))));
    let remedies = flaw.all("Remediations").flat_map(|list| list.all("Remediation"));
    let remedies = remedies.filter_map(|remedy| {
        let details = remedy.text_of("Description").unwrap_or_default();
        Some((lifecycle(remedy.attribute("Type")?, details)?, ids(remedy)))
    });
    let note = flaw.child("Notes").and_then(|notes| notes.child("Note"));
    Flaw {
        cve: flaw.text_of("CVE"),
        title: flaw.text_of("Title"),
        description: note.map(|note| note.text.as_str()),
        statuses: statuses.collect(),
        remedies: remedies.collect(),
        ratings,
    }
}

/// The worst word among the flaws' impacts.
fn worst<'a>(flaws: &[Flaw<'a>]) -> Option<&'a str> {
    const WORDS: &[&str] = &["critical", "important", "high", "moderate", "medium", "low"];
    let has = |word: &str| flaws.iter().flat_map(|flaw| &flaw.ratings).any(|rating| rating.value == word);
    WORDS.iter().copied().find(|word| has(word))
}
