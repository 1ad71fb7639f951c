//! What a scan found is kept: components go to the dictionary, risks to the ledger, numbers to the fleet.

use super::dictionary::{Subject, contents_of, worst_of};
use super::ledger::{self, Difference};
use super::{Platform, PlatformError};
use crate::document::{ImageReport, OsReport};
use plimsoll_model::{
    ComponentMatch, Counters, Finding, HistoryAction, HistoryEntry, ImageFacts, Risk, RiskKind, ScanRecord,
    ScanStatus, Severity, StoredImage, Time,
};
use plimsoll_store::DataError;
use plimsoll_store::data::NewScan;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Rows asked for at once.
const BATCH: usize = 1_000;
/// Days that a fixed risk is remembered under its tag.
const FIXED_DAYS: i64 = 730;
/// Risks named by one line of history.
const NAMED: usize = 1_000;

/// A report as it is kept: vulnerabilities are left out, they come from the dictionary.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Kept {
    pub report: ImageReport,
    /// Which facts the image was told by; empty for a scan that ran elsewhere.
    pub edition: String,
    /// Numbers of the risks in the ledger, by id.
    pub risks: BTreeMap<String, i64>,
}

/// What one scan found, as scans are compared.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Seen {
    pub image: String,
    /// Without texts.
    pub findings: Vec<Finding>,
    /// Purl, name, version.
    pub components: Vec<(String, String, String)>,
}

/// A scan that ended well.
pub(super) struct Scan {
    /// Of its record; the job's where there is one.
    pub id: String,
    pub image: StoredImage,
    pub report: ImageReport,
    pub edition: String,
    /// Kinds that were looked for; all when empty.
    pub kinds: Vec<RiskKind>,
    pub started_at: Time,
    pub task: Option<String>,
    /// The job and worker it was done for.
    pub job: Option<(String, String)>,
}

/// A risk in one image.
#[derive(Clone, Copy, Debug)]
struct Open {
    number: i64,
    kind: RiskKind,
    severity: Severity,
}

impl Platform {
    /// Keeps a scan; `false` when another worker holds or ended the job.
    pub(super) async fn keep(&self, scan: Scan) -> Result<bool, PlatformError> {
        let Scan { id, image, mut report, edition, kinds, started_at, task, job } = scan;
        let now = self.data().now().await?;
        let earlier = self.kept(&image.id).await?;
        report.findings.retain(|finding| finding.kind != RiskKind::Vulnerability);
        report.components.iter_mut().for_each(|component| component.vulnerabilities.clear());
        if let Some((earlier, _)) = &earlier {
            keep_kinds_not_asked_for(&mut report, &earlier.report, &kinds);
        }
        let numbers = self.number(Subject::all(&contents_of(&report)), now).await?;
        if numbers.len() != report.components.len() {
            let why = "the dictionary gave fewer numbers than there are components".to_owned();
            return Err(DataError::Damaged { what: "dictionary", why }.into());
        }
        let elsewhere = edition.is_empty();
        let open = self.open_risks(&report, &numbers, elsewhere, now).await?;
        let before = match &earlier {
            Some((kept, numbers)) => self.open_risks(&kept.report, numbers, elsewhere, now).await?,
            None => BTreeMap::new(),
        };
        let oldest = now.plus_days(-FIXED_DAYS);
        let then = image.scanned_at.unwrap_or(now);
        let old = ledger::with_unlisted(self.data().ledger(&image.id).await?, before.keys(), then);
        let Difference { ledger, appeared, vanished, reopened } =
            ledger::turn(old, &open.keys().cloned().collect(), now, oldest);

        let mut risks: BTreeMap<String, i64> = earlier.map(|(kept, _)| kept.risks).unwrap_or_default();
        risks.extend(before.into_iter().chain(open.clone()).map(|(id, open)| (id, open.number)));
        let listed: BTreeSet<&str> = ledger.iter().map(|one| one.risk.as_str()).collect();
        risks.retain(|id, _| listed.contains(id.as_str()));
        let numbers_of = |wanted: &dyn Fn(&plimsoll_model::Occurrence) -> bool| {
            let found = ledger.iter().filter(|one| wanted(one)).filter_map(|one| risks.get(&one.risk));
            sorted(found.copied().collect())
        };
        let (own, inherited_own) = own_risks(&report, &open);
        let (components, inherited_components) = present(&report, &numbers);
        let row = self.row_after(&image, &report, now).await?;
        let found = self.seen(&row.id, &report, &numbers).await?;
        let record = ScanRecord {
            id,
            image: row.id.clone(),
            task,
            digest: image.digest.clone(),
            started_at,
            finished_at: now,
            status: ScanStatus::Scanned,
            failure: None,
            counters: counters(&open),
            appeared: u32::try_from(appeared.len()).unwrap_or(u32::MAX),
            vanished: u32::try_from(vanished.len()).unwrap_or(u32::MAX),
            knowledge: Some(self.current_knowledge().digest.clone()),
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let history = [(HistoryAction::Fixed, &vanished), (HistoryAction::Reopened, &reopened)];
        let history = history.into_iter().filter(|(_, risks)| !risks.is_empty());
        let history = history.map(|(action, risks)| entry(action, risks, &row, now)).collect();
        let facts = ImageFacts {
            image: row,
            components,
            inherited_components,
            risks: own,
            inherited_risks: inherited_own,
            fixed: numbers_of(&|one| one.fixed_at.is_some()),
            reopened: numbers_of(&|one| one.fixed_at.is_none() && one.reopened_at.is_some()),
        };
        let kept = Kept { report, edition, risks };
        let scan = NewScan {
            facts,
            report: serde_json::to_vec(&kept).map_err(super::error::encode)?,
            components: numbers,
            ledger,
            record,
            found: serde_json::to_vec(&found).map_err(super::error::encode)?,
            history,
            job,
        };
        Ok(self.data().keep_scan(scan).await?)
    }

    /// The last report of an image as it is kept, with the numbers of its components.
    pub(super) async fn kept(&self, image: &str) -> Result<Option<(Kept, Vec<i64>)>, PlatformError> {
        let Some(stored) = self.data().report(image).await? else { return Ok(None) };
        let damaged =
            |error: serde_json::Error| DataError::Damaged { what: "report", why: error.to_string() };
        let kept = serde_json::from_slice(&stored.report).map_err(damaged)?;
        Ok(Some((kept, stored.components)))
    }

    /// Every risk a report's image has with today's knowledge, by id; `elsewhere`: the scan ran elsewhere.
    async fn open_risks(
        &self,
        report: &ImageReport,
        numbers: &[i64],
        elsewhere: bool,
        now: Time,
    ) -> Result<BTreeMap<String, Open>, PlatformError> {
        let mut own: BTreeMap<String, Risk> = BTreeMap::new();
        for finding in &report.findings {
            worst_of(&mut own, Risk::of(finding, now));
        }
        if elsewhere {
            // Whoever hands in a scan does not name anew what others see, too.
            let fleet = self.fleet();
            for risk in own.values_mut() {
                if let Some(known) = fleet.risk(&risk.id, None) {
                    *risk = known.risk;
                }
            }
        }
        let kinds: Vec<(String, RiskKind, Severity)> =
            own.values().map(|risk| (risk.id.clone(), risk.kind, risk.severity)).collect();
        let numbered = self.number_risks(own).await?;
        let mut open = BTreeMap::new();
        for (id, kind, severity) in kinds {
            if let Some(&number) = numbered.get(&id) {
                open.insert(id, Open { number, kind, severity });
            }
        }
        let (components, _) = present(report, numbers);
        let mut matches: HashMap<i64, ComponentMatch> = HashMap::new();
        for batch in components.chunks(BATCH) {
            let facts = self.data().component_facts(Some(batch), i64::MIN, BATCH as u32).await?;
            for one in facts.into_iter().flat_map(|component| component.matches) {
                let known = matches.entry(one.risk).or_insert(one);
                known.severity = known.severity.max(one.severity);
            }
        }
        let risks = sorted(matches.keys().copied().collect());
        for batch in risks.chunks(BATCH) {
            for (number, risk) in self.data().risks(Some(batch), i64::MIN, BATCH as u32).await? {
                let severity = matches.get(&number).map_or(risk.severity, |one| one.severity);
                open.insert(risk.id, Open { number, kind: risk.kind, severity });
            }
        }
        Ok(open)
    }

    /// The row as it is after the scan. A tag that points to something else by now waits for another scan.
    async fn row_after(
        &self,
        scanned: &StoredImage,
        report: &ImageReport,
        now: Time,
    ) -> Result<StoredImage, PlatformError> {
        let mut row = match self.data().stored_image(&scanned.id).await {
            Ok(row) => row,
            // Scans that ran elsewhere bring their row with them.
            Err(DataError::Missing { .. }) => scanned.clone(),
            Err(error) => return Err(error.into()),
        };
        let moved = row.digest != scanned.digest && !scanned.digest.is_empty();
        row.status = if moved { ScanStatus::Unscanned } else { ScanStatus::Scanned };
        row.failure = None;
        row.scanned_at = Some(now);
        row.os = report.os.as_ref().map(os_name);
        row.base = report.base.as_ref().map(|base| base.name.clone());
        if !moved {
            row.size = report.size;
            row.created = report.created.as_deref().and_then(Time::parse).or(row.created);
            if row.platform.is_empty() {
                row.platform = report.platform.clone().unwrap_or_default();
            }
        }
        Ok(row)
    }

    /// What a scan found, for comparing.
    async fn seen(&self, image: &str, report: &ImageReport, numbers: &[i64]) -> Result<Seen, PlatformError> {
        let whole = self.with_vulnerabilities(report.clone(), numbers).await?;
        let findings = whole.findings.into_iter().filter(|finding| finding.present);
        let findings = findings.map(|mut finding| {
            finding.details.description = None;
            finding.details.cvss.clear();
            finding.details.reasons.clear();
            finding.references.clear();
            finding.evidence.truncate(1);
            finding
        });
        let present = whole.components.into_iter().filter(|component| component.present);
        Ok(Seen {
            image: image.to_owned(),
            findings: findings.collect(),
            components: present.map(|one| (one.purl, one.name, one.version)).collect(),
        })
    }
}

/// Findings and checks of kinds that were not asked for stay as the last scan gave them.
fn keep_kinds_not_asked_for(report: &mut ImageReport, earlier: &ImageReport, kinds: &[RiskKind]) {
    let asked = |kind: RiskKind| kinds.is_empty() || kinds.contains(&kind);
    let stay = |finding: &&Finding| !asked(finding.kind) && finding.kind != RiskKind::Vulnerability;
    report.findings.extend(earlier.findings.iter().filter(stay).cloned());
    if !asked(RiskKind::Configuration) && !asked(RiskKind::PasswordPolicy) {
        report.checks.clone_from(&earlier.checks);
    }
}

/// Numbers of the components that are present, and of those that all come from the base image.
fn present(report: &ImageReport, numbers: &[i64]) -> (Vec<i64>, Vec<i64>) {
    let base = report.base.as_ref().map_or(0, |base| base.layers);
    let (mut all, mut own) = (BTreeSet::new(), BTreeSet::new());
    for (component, &number) in report.components.iter().zip(numbers).filter(|(one, _)| one.present) {
        all.insert(number);
        if component.layer >= base {
            own.insert(number);
        }
    }
    let inherited = all.difference(&own).copied().collect();
    (all.into_iter().collect(), inherited)
}

/// Numbers of the risks that do not come through components, and of those that all come from the base image.
fn own_risks(report: &ImageReport, open: &BTreeMap<String, Open>) -> (Vec<i64>, Vec<i64>) {
    let (mut all, mut own) = (BTreeSet::new(), BTreeSet::new());
    for finding in &report.findings {
        let Some(risk) = open.get(&Risk::id_of(finding.kind, &finding.id)) else { continue };
        all.insert(risk.number);
        if finding.inherited != Some(true) {
            own.insert(risk.number);
        }
    }
    let inherited = all.difference(&own).copied().collect();
    (all.into_iter().collect(), inherited)
}

fn counters(open: &BTreeMap<String, Open>) -> Counters {
    let mut counters = Counters::new();
    for risk in open.values() {
        let of_kind = counters.entry(risk.kind.as_str().to_owned()).or_default();
        *of_kind.entry(risk.severity.as_str().to_owned()).or_default() += 1;
    }
    counters
}

fn entry(action: HistoryAction, risks: &[String], row: &StoredImage, now: Time) -> HistoryEntry {
    HistoryEntry {
        id: super::new_id(),
        at: now,
        actor: "system".to_owned(),
        action,
        decision: None,
        risks: risks.iter().take(NAMED).cloned().collect(),
        risk_count: risks.len() as u64,
        images: vec![row.id.clone()],
        image_names: vec![row.name()],
        image_count: 1,
        pairs: risks.len() as u64,
        reason: String::new(),
        change: None,
    }
}

/// `debian 12`.
pub(super) fn os_name(os: &OsReport) -> String {
    match &os.version_id {
        Some(version) => format!("{} {version}", os.id),
        None => os.id.clone(),
    }
}

fn sorted(mut numbers: Vec<i64>) -> Vec<i64> {
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
