//! From contents and knowledge to the parts of the scan document.

use crate::assessment::{self, Assessment};
use crate::document::{
    BaseReport, ComponentReport, Dismissed, FeedReport, ImageDetails, ImageReport, KnowledgeReport,
    LayerReport, OsReport,
};
use crate::{ScanError, Scanned, files};
use plimsoll_assess::base::Found;
use plimsoll_assess::{Channels, Matches};
use plimsoll_feeds::Database;
use plimsoll_model::{
    Advisory, Contents, Digest, Evidence, Finding, OsRelease, PackageKey, RiskKind, Vulnerability,
};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// The report of one image: what is in it and, judged by this, what is wrong with it.
pub fn image_report(scanned: &Scanned, assessment: &Assessment<'_>) -> Result<ImageReport, ScanError> {
    let contents = &scanned.contents;
    let os = contents.os.as_ref();
    let &Assessment { database, explain, .. } = assessment;
    let (mut findings, dismissed) = match database.filter(|_| assessment.wants(RiskKind::Vulnerability)) {
        Some(database) => vulnerabilities(contents, database, explain)?,
        None => (Vec::new(), Vec::new()),
    };
    let diff_ids: Vec<Digest> = scanned.layers.iter().map(|layer| layer.diff_id.clone()).collect();
    let base = assessment.bases.find(&scanned.manifest, &diff_ids);
    let others = assessment::others(scanned, base.as_ref(), assessment)?;
    findings.extend(others.findings);
    let base_layers = base.as_ref().map(|base| base.layers).filter(|&layers| layers > 0);
    for finding in &mut findings {
        finding.inherited = base_layers.and_then(|layers| inherited(finding, layers));
    }
    findings.sort_by_key(|finding| std::cmp::Reverse((finding.urgency, finding.severity)));
    let mut components = component_reports(contents);
    count_vulnerabilities(&mut components, &findings);
    let mut unread = contents.unread.clone();
    unread.extend(others.unread);
    let manifest = &scanned.manifest;
    let mut instructions = manifest.config.instructions(scanned.layers.len()).into_iter();
    let text = |digest: &Option<Digest>| digest.as_ref().map(Digest::to_string);
    Ok(ImageReport {
        name: manifest.name.clone(),
        digest: text(&manifest.digest).or_else(|| text(&manifest.config_digest)),
        config_digest: text(&manifest.config_digest),
        platform: manifest.platform.as_ref().map(ToString::to_string),
        created: manifest.config.created.clone(),
        size: scanned.layers.iter().map(|layer| layer.size).sum(),
        os: os.map(|os| os_report(os, database)).transpose()?,
        layers: scanned
            .layers
            .iter()
            .enumerate()
            .map(|(index, layer)| LayerReport {
                digest: text(&layer.digest),
                diff_id: layer.diff_id.to_string(),
                size: layer.size,
                instruction: instructions.next().unwrap_or_default(),
                inherited: base_layers.map(|layers| index < layers),
            })
            .collect(),
        channels: contents.channels.clone(),
        components,
        findings,
        files: files::report(contents),
        base: base.map(|base| base_report(base, os, database)).transpose()?,
        checks: others.checks,
        unread,
        details: explain.then_some(ImageDetails { dismissed }),
    })
}

/// A component that is listed once for each owner shares its purl, and so its count.
pub(crate) fn count_vulnerabilities(components: &mut [ComponentReport], findings: &[Finding]) {
    let mut counts: HashMap<&str, BTreeMap<String, u32>> = HashMap::new();
    for finding in findings.iter().filter(|finding| finding.kind == RiskKind::Vulnerability) {
        let Some(purl) = finding.component.as_deref() else { continue };
        *counts.entry(purl).or_default().entry(finding.severity.as_str().to_owned()).or_default() += 1;
    }
    for component in components.iter_mut().filter(|component| component.owned_by.is_none()) {
        component.vulnerabilities = counts.remove(component.purl.as_str()).unwrap_or_default();
    }
}

/// Is all of its evidence in the layers of the base? What stands in the config belongs to neither alone.
pub(crate) fn inherited(finding: &Finding, base_layers: usize) -> Option<bool> {
    let told = finding.kind != RiskKind::BaseImage
        && finding.evidence.iter().all(|evidence| evidence.path != Evidence::CONFIG);
    told.then(|| finding.evidence.iter().all(|evidence| (evidence.layer as usize) < base_layers))
}

fn base_report(
    base: Found,
    os: Option<&OsRelease>,
    database: Option<&Database>,
) -> Result<BaseReport, ScanError> {
    let end_of_life = os.map(|os| os_report(os, database)).transpose()?.and_then(|os| os.end_of_life);
    Ok(BaseReport {
        name: base.name,
        digest: base.digest,
        layers: base.layers as u32,
        end_of_life,
        newer: base.newer,
        roots: base.roots,
    })
}

/// The components of an image, as documents show them.
pub fn component_reports(contents: &Contents) -> Vec<ComponentReport> {
    let os = contents.os.as_ref();
    let purl = |index: u32| contents.components.get(index as usize).map(|owner| owner.component.purl(os));
    contents
        .components
        .iter()
        .map(|installed| {
            let component = installed.component.clone();
            ComponentReport {
                purl: component.purl(os),
                kind: component.kind.as_str().to_owned(),
                name: component.full_name(),
                version: component.version,
                epoch: component.epoch,
                release: component.release,
                arch: component.arch,
                source: component.source,
                vendor: component.vendor,
                modularity: component.modularity,
                licenses: component.licenses,
                namespace: component.namespace,
                cpes: component.cpes,
                found_by: installed.found_by.clone(),
                paths: installed.paths.clone(),
                layer: installed.layer,
                owned_by: installed.owned_by.and_then(purl),
                present: installed.present,
                vulnerabilities: BTreeMap::new(),
            }
        })
        .collect()
}

/// What the database is made of.
pub fn knowledge_report(database: &Database) -> Result<KnowledgeReport, ScanError> {
    let knowledge = database.knowledge()?;
    Ok(KnowledgeReport {
        built_at: knowledge.built_at,
        digest: knowledge.digest,
        starter: knowledge.starter,
        sources: knowledge
            .sources
            .into_iter()
            .map(|feed| FeedReport { name: feed.name, records: feed.records, as_of: feed.as_of })
            .collect(),
    })
}

fn os_report(os: &OsRelease, database: Option<&Database>) -> Result<OsReport, ScanError> {
    let end_of_life = match (database, os.version_id.as_deref()) {
        (Some(database), Some(version)) => database.end_of_life(&os.id, version)?,
        _ => None,
    };
    Ok(OsReport {
        id: os.id.clone(),
        version_id: os.version_id.clone(),
        pretty_name: os.pretty_name.clone(),
        end_of_life,
        codename: os.codename.clone(),
        like: os.like.clone(),
        cpe_name: os.cpe_name.clone(),
    })
}

fn vulnerabilities(
    contents: &Contents,
    database: &Database,
    explain: bool,
) -> Result<(Vec<Finding>, Vec<Dismissed>), ScanError> {
    let os = contents.os.as_ref();
    let (matches, known) = look_up(contents, database, Channels::of(contents), explain)?;
    let findings = plimsoll_assess::findings(contents, &matches, &known);
    let dismissed = matches
        .dismissed
        .iter()
        .filter_map(|(index, reason)| {
            let installed = contents.components.get(*index as usize)?;
            Some(Dismissed { component: installed.component.purl(os), reason: reason.clone() })
        })
        .collect();
    Ok((findings, dismissed))
}

/// What applies to the contents' components, and the records of the vulnerabilities it is about, by id.
pub(crate) fn look_up(
    contents: &Contents,
    database: &Database,
    channels: Channels,
    explain: bool,
) -> Result<(Matches, HashMap<String, Vulnerability>), ScanError> {
    let os = contents.os.as_ref();
    let mut advisories: HashMap<PackageKey, Vec<Advisory>> = HashMap::new();
    for installed in &contents.components {
        for key in plimsoll_assess::keys(&installed.component, os) {
            if let Entry::Vacant(place) = advisories.entry(key) {
                let records = database.advisories(place.key())?;
                place.insert(records);
            }
        }
    }
    let matches = plimsoll_assess::matches_on(contents, &advisories, channels, explain);
    let mut known: HashMap<String, Vulnerability> = HashMap::new();
    for id in matches.matches.iter().flat_map(|found| &found.ids) {
        if !known.contains_key(id)
            && let Some(vulnerability) = database.vulnerability(id)?
        {
            known.insert(id.clone(), vulnerability);
        }
    }
    Ok((matches, known))
}
