//! OVAL (<https://oval.mitre.org/language/version5.11/>): Red Hat (v2, with and without unpatched), SUSE, Oracle, Photon,
//! Azure Linux and CBL-Mariner.
//!
//! A definition is a condition over tests: a release is installed, a module is enabled, a package is earlier than its
//! fix. [`criteria`] takes the conditions apart, [`publisher`] says what the rest of a definition means to whom.

mod criteria;
mod publisher;

use super::rows::{Head, Row, Rows, Versions, cves, rating, record};
use super::xml::{self, Element};
use super::{Take, nevra};
use crate::date;
use crate::osv::{self, Left, Parsed};
use criteria::{Context, Node, Statement, Tests};
use plimsoll_model::{KeyKind, Lifecycle, Rating};
use publisher::Publisher;
use std::io::BufRead;

/// Definitions of one document; SUSE's largest has 60,000.
const DEFINITIONS: usize = 1_000_000;

/// A definition, as far as it matters.
#[derive(Debug, Default)]
struct Definition {
    id: String,
    class: String,
    title: String,
    description: String,
    platforms: Vec<String>,
    cpes: Vec<String>,
    /// Source and id.
    references: Vec<(String, String)>,
    severity: String,
    issued: Option<String>,
    updated: Option<String>,
    vectors: Vec<String>,
    cves: Vec<String>,
    /// Red Hat: what is done about components without a fix.
    resolutions: Vec<(String, Vec<String>)>,
    /// Azure Linux.
    patchable: String,
    criteria: Node,
}

/// Reads a document.
pub(super) fn read(bytes: &mut dyn BufRead, at: &str, take: Take<'_>) {
    let mut definitions: Vec<Definition> = Vec::new();
    let mut tests = Tests::default();
    const NAMES: &[&str] = &[
        "definition",
        "rpminfo_test",
        "rpmverifyfile_test",
        "textfilecontent54_test",
        "rpminfo_object",
        "rpminfo_state",
    ];
    let done = xml::each(bytes, NAMES, &mut |element| {
        match element.name.as_str() {
            "definition" if definitions.len() >= DEFINITIONS => {
                return Err(format!("it holds more than {DEFINITIONS} definitions"));
            }
            "definition" => definitions.push(definition(&element, &mut tests)?),
            "rpminfo_object" => tests.add_object(&element),
            "rpminfo_state" => tests.add_state(&element),
            _ => tests.add_test(&element),
        }
        Ok(())
    });
    if let Err(why) = done {
        // Without the tests at its end the definitions say little.
        return take(Err(why));
    }
    let fallback = publisher::release_of_document(at, &definitions);
    for definition in &definitions {
        take(parsed(definition, &tests, fallback.as_deref()));
    }
    if definitions.is_empty() {
        take(Ok(Parsed::Left(Left::NoPackage)));
    }
}

fn definition(element: &Element, tests: &mut Tests) -> Result<Definition, String> {
    let mut definition = Definition {
        id: element.attribute("id").unwrap_or_default().to_owned(),
        class: element.attribute("class").unwrap_or_default().to_owned(),
        ..Definition::default()
    };
    if let Some(metadata) = element.child("metadata") {
        let text = |name: &str| metadata.text_of(name).unwrap_or_default().to_owned();
        definition.title = text("title");
        definition.description = text("description");
        definition.patchable = text("patchable");
        definition.severity = text("severity");
        definition.issued = metadata.text_of("advisory_date").map(str::to_owned);
        let platforms = metadata.all("affected").flat_map(|affected| affected.all("platform"));
        definition.platforms = platforms.map(|platform| platform.text.clone()).collect();
        for reference in metadata.all("reference") {
            let part = |name: &str| reference.attribute(name).unwrap_or_default().to_owned();
            definition.references.push((part("source"), part("ref_id")));
        }
        if let Some(advisory) = metadata.child("advisory") {
            read_advisory(advisory, &mut definition);
        }
    }
    if let Some(criteria) = element.child("criteria") {
        definition.criteria = tests.node(criteria)?;
    }
    Ok(definition)
}

fn read_advisory(advisory: &Element, definition: &mut Definition) {
    if let Some(severity) = advisory.text_of("severity") {
        severity.clone_into(&mut definition.severity);
    }
    let day = |name: &str| advisory.child(name).and_then(|day| day.attribute("date")).map(str::to_owned);
    definition.issued = day("issued").or(definition.issued.take());
    definition.updated = day("updated");
    for cve in advisory.all("cve") {
        definition.cves.extend(cves(&cve.text));
        let scores = ["cvss4", "cvss3", "cvss2"].into_iter().filter_map(|name| cve.attribute(name));
        definition.vectors.extend(scores.map(str::to_owned));
    }
    for list in advisory.all("affected_cpe_list") {
        definition.cpes.extend(list.all("cpe").map(|cpe| cpe.text.clone()));
    }
    for resolution in advisory.all("affected").flat_map(|affected| affected.all("resolution")) {
        let components = resolution.all("component").map(|component| component.text.clone()).collect();
        definition
            .resolutions
            .push((resolution.attribute("state").unwrap_or_default().to_owned(), components));
    }
}

fn parsed(definition: &Definition, tests: &Tests, fallback: Option<&str>) -> Result<Parsed, String> {
    let Some(publisher) = Publisher::of(definition) else { return Ok(Parsed::Left(Left::NotARecord)) };
    let (id, flaws) = publisher.names(definition);
    if osv::is_no_security_notice(&id) && flaws.is_empty() {
        return Ok(Parsed::Left(Left::NotSecurity));
    }
    let mut rows = Rows::default();
    criteria::walk(&definition.criteria, tests, &Context::default(), 0, &mut |context, statement| {
        add(publisher, definition, fallback, context, statement, &mut rows)
    })?;
    record(
        Head {
            feed: "oval",
            whole: false,
            ratings: ratings(publisher, definition, flaws.len()),
            published: definition.issued.as_deref().and_then(date::seconds),
            modified: definition.updated.as_deref().or(definition.issued.as_deref()).and_then(date::seconds),
            summary: Some(definition.title.clone()),
            details: Some(definition.description.clone()),
            id,
            flaws,
        },
        rows,
    )
}

fn ratings(publisher: Publisher, definition: &Definition, flaws: usize) -> Vec<Rating> {
    let mut ratings: Vec<Rating> = rating(publisher.source(), &definition.severity).into_iter().collect();
    // Vectors of several flaws say nothing of one.
    for vector in definition.vectors.iter().filter(|_| flaws <= 1).take(8) {
        if let Some(found) = rating(publisher.source(), vector).filter(|found| !ratings.contains(found)) {
            ratings.push(found);
        }
    }
    ratings
}

fn add(
    publisher: Publisher,
    definition: &Definition,
    fallback: Option<&str>,
    context: &Context,
    statement: &Statement<'_>,
    rows: &mut Rows,
) -> Result<(), String> {
    let (lifecycle, versions) = match statement {
        Statement::Before { evr, .. } if publisher.has_no_patch(definition) => {
            (Lifecycle::Affected, Versions::UpTo((*evr).to_owned()))
        }
        Statement::Before { evr, .. } => (Lifecycle::Ranges, Versions::Before((*evr).to_owned())),
        Statement::UpTo { evr, .. } => (Lifecycle::Affected, Versions::UpTo((*evr).to_owned())),
        Statement::Affected { name } => match publisher.lifecycle(definition, name) {
            Some(lifecycle) => (lifecycle, Versions::All),
            None => return Ok(()),
        },
        Statement::NotAffected { .. } => (Lifecycle::NotAffected, Versions::All),
    };
    let name = statement.name();
    let evr = match &versions {
        Versions::Before(evr) | Versions::UpTo(evr) => evr.as_str(),
        _ => "",
    };
    let arches: Vec<Option<&str>> = match statement.arches(context) {
        arches if arches.is_empty() => vec![None],
        arches => arches.into_iter().filter(|arch| nevra::is_arch(arch)).map(Some).collect(),
    };
    for product in publisher.products(definition, context, evr, fallback) {
        for arch in &arches {
            rows.add(Row {
                product: product.clone(),
                name: name.to_owned(),
                key: if publisher.is_by_source() { KeyKind::Source } else { KeyKind::Binary },
                lifecycle,
                arch: arch.map(str::to_owned),
                module: context.module.clone(),
                versions: versions.clone(),
            })?;
        }
    }
    Ok(())
}
