//! `plimsoll scan TARGET…`.

use crate::arguments::Scan;
use crate::exit::Exit;
use crate::{format, say};
use anyhow::Context;
use plimsoll::analyze::Detectors;
use plimsoll::assess::compliance::Policy;
use plimsoll::document::{Document, ErrorReport, ImageReport, KnowledgeReport, Program, SCHEMA};
use plimsoll::image::Image;
use plimsoll::model::{Finding, RiskKind, Severity};
use plimsoll::store::FactStore;
use plimsoll::{Age, Assessment, ScanError, Scanner, malware, passwords, vex};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// Knowledge older than this many days is remarked upon.
const OLD_DAYS: i64 = 7;

pub fn run(scan: &Scan) -> anyhow::Result<Exit> {
    let mut scanner = super::scanner(&scan.reading)?;
    scanner.exclude_paths.clone_from(&scan.exclude_path);
    scanner.options.hash_files = scan.digests;
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

    let mut vex = Vex::read(scan)?;
    let mut images = Vec::new();
    let mut errors = Vec::new();
    let assessment = Assessment {
        database: Some(&database),
        explain: scan.explain,
        kinds: &scan.risks,
        key,
        passwords: passwords::Options { words },
        policy: scan.policy.as_deref().map(policy).transpose()?.unwrap_or_default(),
        bases: plimsoll::bases::catalogue(&cache)?,
        today: plimsoll::today(),
    };
    let server = scan.server.as_deref().map(|url| super::upload::Server::new(url, scan)).transpose()?;
    for target in &scan.targets {
        match scan_target(scan, &scanner, &assessment, &mut vex, target, &mut images) {
            Ok(()) => {}
            Err(error) => {
                let report = error.report(target);
                say::error(&error.into());
                errors.push(report);
            }
        }
    }
    if !scan.reading.quiet {
        vex.remark();
    }
    if let Some(server) = &server {
        images.iter().try_for_each(|image| server.take(image))?;
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
    vex: &mut Vex,
    target: &str,
    images: &mut Vec<ImageReport>,
) -> Result<(), ScanError> {
    for image in super::images(target, &scanner.options)? {
        let scanned = scanner.read(&image)?;
        let mut report = plimsoll::image_report(&scanned, assessment)?;
        vex.honour(&mut report, &image)?;
        report.findings.retain(|finding| is_wanted(scan, finding));
        images.push(report);
    }
    Ok(())
}

fn policy(path: &Path) -> anyhow::Result<Policy> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the policy {}", path.display()))?;
    Policy::parse(&text).with_context(|| format!("the policy {} cannot be used", path.display()))
}

/// The words of a list, one a line; empty lines and those that begin with `#!comment` are none.
fn words(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the passwords in {}", path.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with("#!comment"));
    Ok(lines.map(str::to_owned).collect())
}

/// The VEX documents of a scan.
struct Vex {
    found: vex::Found,
    /// Are those attached to images asked for?
    attached: bool,
    /// Findings that each document speaks of, by its name.
    spoken_of: BTreeMap<String, usize>,
    /// Findings that went.
    cleared: usize,
}

impl Vex {
    /// `--vex oci`.
    const ATTACHED: &str = "oci";

    fn read(scan: &Scan) -> Result<Vex, ScanError> {
        let (attached, paths): (Vec<_>, Vec<_>) =
            scan.vex.iter().partition(|path| path.as_os_str() == Vex::ATTACHED);
        let mut found = vex::Found::default();
        for path in paths {
            let more = vex::read(path)?;
            found.documents.extend(more.documents);
            found.passed_over.extend(more.passed_over);
        }
        let spoken_of = found.documents.iter().map(|document| (document.name.clone(), 0)).collect();
        if !scan.reading.quiet {
            found
                .passed_over
                .iter()
                .for_each(|name| say::warning(&format!("{name} is not VEX, passed over")));
        }
        Ok(Vex { found, attached: !attached.is_empty(), spoken_of, cleared: 0 })
    }

    fn honour(&mut self, report: &mut ImageReport, image: &Image) -> Result<(), ScanError> {
        let attached = if self.attached { vex::attached(image)? } else { vex::Found::default() };
        // What the user hands in stands behind what is attached: of two equally old statements it decides.
        let documents: Vec<_> = attached.documents.iter().chain(&self.found.documents).collect();
        if documents.is_empty() {
            return Ok(());
        }
        let before = report.findings.len();
        for (document, count) in documents.iter().zip(vex::honour(report, &documents)) {
            *self.spoken_of.entry(document.name.clone()).or_default() += count;
        }
        self.cleared += before - report.findings.len();
        Ok(())
    }

    /// Nothing goes in silence, and a document that changes nothing was likely meant for something else.
    fn remark(&self) {
        match self.cleared {
            0 => {}
            1 => say::note("1 finding was left out by VEX; --explain lists it"),
            many => say::note(&format!("{many} findings were left out by VEX; --explain lists them")),
        }
        for (name, _) in self.spoken_of.iter().filter(|(_, count)| **count == 0) {
            say::warning(&format!("the VEX document {name} speaks of no finding"));
        }
        if self.attached && self.spoken_of.len() == self.found.documents.len() {
            say::warning("no VEX document is attached to the image in its registry");
        }
    }
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
