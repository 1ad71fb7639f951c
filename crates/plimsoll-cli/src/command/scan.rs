//! `plimsoll scan TARGET…`.

use crate::arguments::Scan;
use crate::exit::Exit;
use crate::{format, say};
use anyhow::Context;
use plimsoll::analyze::Detectors;
use plimsoll::document::{Document, ErrorReport, ImageReport, KnowledgeReport, Program, SCHEMA};
use plimsoll::model::{Finding, RiskKind, Severity};
use plimsoll::store::FactStore;
use plimsoll::{Age, Assessment, ScanError, Scanner, malware, passwords};
use std::path::Path;
use std::sync::Arc;

/// Knowledge older than this many days is remarked upon.
const OLD_DAYS: i64 = 7;

pub fn run(scan: &Scan) -> anyhow::Result<Exit> {
    let mut scanner = super::scanner(&scan.reading)?;
    scanner.exclude_paths.clone_from(&scan.exclude_path);
    let key = scanner.store.as_ref().map_or_else(plimsoll::store::new_key, FactStore::key)?;
    let signatures = malware::Options { signatures: scan.signatures.clone(), clamd: scan.clamd.clone() };
    scanner.detectors =
        Detectors::needed(&scan.risks, key, || malware::Engine::new(&signatures).map(Arc::new))?;
    if !scan.reading.quiet {
        remark_on_signatures(scanner.detectors.malware.as_deref());
    }
    let words = scan.weak_passwords.as_deref().map(words).transpose()?.unwrap_or_default();
    let cache = super::cache_folder(scan.reading.cache.as_deref())?;
    let database = plimsoll::open_knowledge(scan.knowledge.db.as_deref(), &cache)?;
    let knowledge = plimsoll::knowledge_report(&database)?;
    if !scan.reading.quiet {
        remark_on_age(&knowledge);
    }

    let mut images = Vec::new();
    let mut errors = Vec::new();
    let assessment = Assessment {
        database: Some(&database),
        explain: scan.explain,
        kinds: &scan.risks,
        key,
        passwords: passwords::Options { words },
    };
    for target in &scan.targets {
        match scan_target(scan, &scanner, &assessment, target, &mut images) {
            Ok(()) => {}
            Err(error) => {
                let report = error.report(target);
                say::error(&error.into());
                errors.push(report);
            }
        }
    }
    let document = document(knowledge, images, errors);
    let nothing_to_show = document.images.is_empty() && scan.format != crate::arguments::Format::Json;
    if !nothing_to_show {
        super::write_output(scan.output.as_deref(), |out| format::write(scan.format, &document, out))?;
    }
    Ok(exit(scan, &document))
}

/// Lines of signature files that ask for what is not supported; the first few by name.
fn remark_on_signatures(engine: Option<&malware::Engine>) {
    const SHOWN: usize = 10;
    let refused = engine.map(malware::Engine::refused).unwrap_or_default();
    for line in refused.iter().take(SHOWN) {
        say::warning(&format!("{line}; this signature is not used"));
    }
    if refused.len() > SHOWN {
        say::warning(&format!("{} more signatures are not used", refused.len() - SHOWN));
    }
}

/// Scans every image of a target. Images read before an error are kept: they are whole.
fn scan_target(
    scan: &Scan,
    scanner: &Scanner,
    assessment: &Assessment<'_>,
    target: &str,
    images: &mut Vec<ImageReport>,
) -> Result<(), ScanError> {
    for image in super::images(target, &scanner.options)? {
        let scanned = scanner.read(&image)?;
        let mut report = plimsoll::image_report(&scanned, assessment)?;
        report.findings.retain(|finding| is_wanted(scan, finding));
        images.push(report);
    }
    Ok(())
}

/// The words of a list, one a line; empty lines and those that begin with `#!comment` are none.
fn words(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the passwords in {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("#!comment"));
    Ok(lines.map(str::to_owned).collect())
}

fn is_wanted(scan: &Scan, finding: &Finding) -> bool {
    let kind = scan.risks.is_empty() || scan.risks.contains(&finding.kind);
    let severity = scan.severity.is_empty() || scan.severity.contains(&finding.severity);
    let unfixed = finding.kind == RiskKind::Vulnerability && finding.fixed.is_none();
    kind && severity && !(scan.ignore_unfixed && unfixed)
}

fn document(knowledge: KnowledgeReport, images: Vec<ImageReport>, errors: Vec<ErrorReport>) -> Document {
    Document {
        schema: SCHEMA.to_owned(),
        plimsoll: Program { version: env!("CARGO_PKG_VERSION").to_owned() },
        knowledge: Some(knowledge),
        images,
        errors,
    }
}

/// What could not be done outweighs what was found. Buried components do not run: they never reach a threshold.
fn exit(scan: &Scan, document: &Document) -> Exit {
    if !document.errors.is_empty() {
        return Exit::Failed;
    }
    let reaches = |finding: &Finding, threshold: Severity| finding.present && finding.severity >= threshold;
    let mut findings = document.images.iter().flat_map(|image| &image.findings);
    match scan.fail_on {
        Some(threshold) if findings.any(|finding| reaches(finding, threshold)) => Exit::Threshold,
        _ => Exit::Done,
    }
}

fn remark_on_age(knowledge: &KnowledgeReport) {
    let days = Age::since(&knowledge.built_at).map_or(0, |age| age.days);
    if knowledge.starter {
        say::warning(&format!(
            "using the starter knowledge that ships with plimsoll, built {days} days ago; \
             fetch today's with `plimsoll db update`"
        ));
    } else if days > OLD_DAYS {
        say::warning(&format!("the advisory database is {days} days old; run `plimsoll db update`"));
    }
}
