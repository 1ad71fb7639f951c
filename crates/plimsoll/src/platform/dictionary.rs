//! The dictionary of components: what is matched against advisories once, whichever images have it.

#[cfg(test)]
mod tests;

use super::{Platform, PlatformError, blocking};
use crate::ScanError;
use crate::document::ImageReport;
use crate::report::look_up;
use plimsoll_assess::{Channels, Matches, answered_for};
use plimsoll_feeds::Database;
use plimsoll_model::{
    Component, ComponentMatch, Contents, Finding, Installed, OsRelease, PurlType, Risk, RiskClass, Time,
};
use plimsoll_store::DataError;
use plimsoll_store::data::{NewComponent, NewMatches, StoredComponent};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Components numbered or matched by one call.
const BATCH: usize = 1_000;

/// What matching one component depends on, and nothing else: two that are equal have the same vulnerabilities.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Subject {
    component: Component,
    /// Of a package of the distribution.
    os: Option<OsRelease>,
    /// Does the image take Ubuntu Pro?
    pro: bool,
    /// Does it take Red Hat's extended updates?
    eus: bool,
    /// Does a package of the distribution answer for it?
    answered: bool,
}

impl Subject {
    /// Of each component of the contents.
    pub fn all(contents: &Contents) -> Vec<Subject> {
        let Channels { pro, eus } = Channels::of(contents);
        let answered = answered_for(contents);
        contents
            .components
            .iter()
            .zip(answered)
            .map(|(installed, answered)| {
                let component = Component { licenses: Vec::new(), ..installed.component.clone() };
                if component.kind.is_os() {
                    return Subject { component, os: contents.os.clone(), pro, eus, answered };
                }
                Subject { component, os: None, pro: false, eus: false, answered }
            })
            .collect()
    }

    /// The dictionary's entry: SHA-256 over the JSON form, whose fields have a fixed order.
    fn entry(&self) -> Result<NewComponent, serde_json::Error> {
        let body = serde_json::to_vec(self)?;
        let class = if self.component.kind.is_os() { RiskClass::System } else { RiskClass::Application };
        Ok(NewComponent {
            key: hex::encode(Sha256::digest(&body)),
            class,
            name: self.component.full_name(),
            purl: self.component.purl(self.os.as_ref()),
            body,
        })
    }
}

/// A component in no particular image.
fn installed(component: Component) -> Installed {
    Installed {
        component,
        found_by: String::new(),
        paths: Vec::new(),
        layer: 0,
        owned_by: None,
        present: true,
    }
}

/// What each subject is vulnerable to: findings without evidence. Subjects of one distribution are looked up together.
pub(super) fn findings_of(database: &Database, subjects: &[Subject]) -> Result<Vec<Vec<Finding>>, ScanError> {
    let mut out: Vec<Vec<Finding>> = vec![Vec::new(); subjects.len()];
    let mut groups: HashMap<(Option<&OsRelease>, bool, bool), Vec<usize>> = HashMap::new();
    for (index, subject) in subjects.iter().enumerate().filter(|(_, subject)| !subject.answered) {
        groups.entry((subject.os.as_ref(), subject.pro, subject.eus)).or_default().push(index);
    }
    for ((os, pro, eus), indices) in groups {
        let components = indices.iter().map(|&index| installed(subjects[index].component.clone()));
        let contents = Contents { os: os.cloned(), components: components.collect(), ..Contents::default() };
        let (found, known) = look_up(&contents, database, Channels { pro, eus }, false)?;
        let mut by_component: BTreeMap<u32, Matches> = BTreeMap::new();
        for one in found.matches {
            by_component.entry(one.component).or_default().matches.push(one);
        }
        for (at, matches) in by_component {
            let Some(&index) = indices.get(at as usize) else { continue };
            let mut findings = plimsoll_assess::findings(&contents, &matches, &known);
            findings.iter_mut().for_each(|finding| finding.evidence.clear());
            out[index] = findings;
        }
    }
    Ok(out)
}

/// The steps of the judgement that this component has this vulnerability, in words.
pub(super) fn reasons(
    database: &Database,
    component: &StoredComponent,
    risk: &str,
) -> Result<Vec<String>, PlatformError> {
    let damaged = |error: serde_json::Error| DataError::Damaged { what: "component", why: error.to_string() };
    let subject: Subject = serde_json::from_slice(&component.body).map_err(damaged)?;
    let contents = Contents {
        os: subject.os.clone(),
        components: vec![installed(subject.component.clone())],
        ..Contents::default()
    };
    let (found, _) = look_up(&contents, database, Channels { pro: subject.pro, eus: subject.eus }, true)?;
    let about = found.matches.into_iter().filter(|one| one.ids.first().is_some_and(|id| id == risk));
    let said = about.flat_map(|one| one.reasons).map(|reason| {
        let range = if reason.range.is_empty() { String::new() } else { format!(" {}", reason.range) };
        format!("{} ({}), {}{range}: {}", reason.advisory, reason.source, reason.key, reason.why)
    });
    Ok(said.collect())
}

/// The contents a report tells of, as far as matching needs them.
pub(super) fn contents_of(report: &ImageReport) -> Contents {
    let os = report.os.as_ref().map(|os| OsRelease {
        id: os.id.clone(),
        version_id: os.version_id.clone(),
        codename: os.codename.clone(),
        pretty_name: os.pretty_name.clone(),
        like: os.like.clone(),
        cpe_name: os.cpe_name.clone(),
    });
    let mut places: HashMap<&str, u32> = HashMap::new();
    for (index, component) in (0_u32..).zip(&report.components) {
        places.entry(&component.purl).or_insert(index);
    }
    let components = report.components.iter().map(|told| {
        let mut component = Component::new(
            PurlType::parse(&told.kind).unwrap_or(PurlType::Generic),
            &told.namespace,
            &told.name,
            &told.version,
        );
        component.epoch = told.epoch;
        component.release.clone_from(&told.release);
        component.arch.clone_from(&told.arch);
        component.source.clone_from(&told.source);
        component.vendor.clone_from(&told.vendor);
        component.modularity.clone_from(&told.modularity);
        component.licenses.clone_from(&told.licenses);
        component.cpes.clone_from(&told.cpes);
        // The report's name has the namespace before it, joined as the kind of package joins them.
        let joined = told.name.strip_prefix(told.namespace.as_str());
        let bare = joined.and_then(|rest| rest.strip_prefix(['/', ':']));
        if let Some(bare) = bare.filter(|_| !told.namespace.is_empty() && !component.is_foreign()) {
            component.name = bare.to_owned();
        }
        Installed {
            component,
            found_by: told.found_by.clone(),
            paths: told.paths.clone(),
            layer: told.layer,
            owned_by: told.owned_by.as_deref().and_then(|purl| places.get(purl).copied()),
            present: told.present,
        }
    });
    Contents {
        components: components.collect(),
        os,
        channels: report.channels.clone(),
        ..Contents::default()
    }
}

impl Platform {
    /// Numbers of these subjects in their order; those nobody matched with today's advisories are matched now.
    pub(super) async fn number(&self, subjects: Vec<Subject>, now: Time) -> Result<Vec<i64>, PlatformError> {
        let knowledge = self.current_knowledge();
        let mut numbers: HashMap<String, i64> = HashMap::new();
        let mut keys = Vec::with_capacity(subjects.len());
        let mut new: BTreeMap<String, (NewComponent, Subject)> = BTreeMap::new();
        for subject in subjects {
            let entry = subject.entry().map_err(super::error::encode)?;
            keys.push(entry.key.clone());
            new.entry(entry.key.clone()).or_insert((entry, subject));
        }
        let new: Vec<(NewComponent, Subject)> = new.into_values().collect();
        for batch in new.chunks(BATCH) {
            let entries: Vec<NewComponent> = batch.iter().map(|(entry, _)| entry.clone()).collect();
            let known = self.data().number_components(&entries, &knowledge.digest).await?;
            let mut unmatched = Vec::new();
            for ((entry, subject), (number, matched)) in batch.iter().zip(known) {
                numbers.insert(entry.key.clone(), number);
                if !matched {
                    unmatched.push((number, subject.clone()));
                }
            }
            self.match_now(unmatched, &knowledge, now).await?;
        }
        Ok(keys.iter().filter_map(|key| numbers.get(key).copied()).collect())
    }

    /// Matches these components with these advisories and keeps what came of it.
    pub(super) async fn match_now(
        &self,
        components: Vec<(i64, Subject)>,
        knowledge: &Arc<super::advisories::Advisories>,
        now: Time,
    ) -> Result<(), PlatformError> {
        if components.is_empty() {
            return Ok(());
        }
        let (numbers, subjects): (Vec<i64>, Vec<Subject>) = components.into_iter().unzip();
        let database = Arc::clone(knowledge);
        let found = blocking(move || Ok(findings_of(&database.database, &subjects)?)).await?;
        let mut risks: BTreeMap<String, Risk> = BTreeMap::new();
        for finding in found.iter().flatten() {
            worst_of(&mut risks, Risk::of(finding, now));
        }
        let numbered = self.number_risks(risks).await?;
        let mut kept = Vec::with_capacity(numbers.len());
        for (number, findings) in numbers.into_iter().zip(found) {
            let mut matches: BTreeMap<i64, ComponentMatch> = BTreeMap::new();
            for finding in &findings {
                let Some(&risk) = numbered.get(&finding.id) else { continue };
                let one = matches.entry(risk).or_insert(ComponentMatch {
                    risk,
                    severity: finding.severity,
                    fixable: false,
                });
                one.severity = one.severity.max(finding.severity);
                one.fixable |= finding.fixed.is_some();
            }
            let findings = serde_json::to_vec(&findings).map_err(super::error::encode)?;
            kept.push(NewMatches { number, matches: matches.into_values().collect(), findings });
        }
        Ok(self.data().put_matches(&knowledge.digest, &kept).await?)
    }

    /// Numbers of these risks, by id.
    pub(super) async fn number_risks(
        &self,
        risks: BTreeMap<String, Risk>,
    ) -> Result<HashMap<String, i64>, PlatformError> {
        let risks: Vec<Risk> = risks.into_values().collect();
        let mut out = HashMap::with_capacity(risks.len());
        for batch in risks.chunks(BATCH) {
            let numbers = self.data().number_risks(batch).await?;
            out.extend(batch.iter().map(|risk| risk.id.clone()).zip(numbers));
        }
        Ok(out)
    }
}

/// Adds a risk; of two of the same id the worse one speaks.
pub(super) fn worst_of(risks: &mut BTreeMap<String, Risk>, risk: Risk) {
    match risks.get_mut(&risk.id) {
        Some(known) => {
            known.severity = known.severity.max(risk.severity);
            known.urgency = known.urgency.max(risk.urgency);
        }
        None => {
            risks.insert(risk.id.clone(), risk);
        }
    }
}
