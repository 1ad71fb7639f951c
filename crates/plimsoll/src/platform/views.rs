//! A report put together again: what was kept of the scan, and what today's knowledge says of its components.

use super::error::missing;
use super::keep::Kept;
use super::{Platform, PlatformError};
use crate::document::ImageReport;
use crate::report::{count_vulnerabilities, inherited};
use plimsoll_fleet::ImageRow;
use plimsoll_model::{Finding, Principal, Time};
use plimsoll_store::DataError;
use std::collections::{HashMap, VecDeque};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

/// Components asked for at once.
const BATCH: usize = 1_000;
/// Reports kept put together, for the many questions of one page.
const SHELF: usize = 32;

/// A report as of today.
pub(crate) struct Whole {
    pub report: ImageReport,
    /// Which facts the image was told by; empty for a scan that ran elsewhere.
    pub edition: String,
}

/// What a report was put together from: image, scan, knowledge, last change.
type Label = (String, Option<Time>, String, i64);

/// Reports put together lately, newest last.
#[derive(Default)]
pub(crate) struct Shelf(Mutex<VecDeque<(Label, Arc<Whole>)>>);

impl Shelf {
    fn get(&self, label: &Label) -> Option<Arc<Whole>> {
        let shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.iter().find(|(one, _)| one == label).map(|(_, whole)| Arc::clone(whole))
    }

    fn put(&self, label: Label, whole: Arc<Whole>) {
        let mut shelf = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shelf.retain(|(one, _)| one.0 != label.0);
        if shelf.len() >= SHELF {
            shelf.pop_front();
        }
        shelf.push_back((label, whole));
    }
}

impl Platform {
    /// The row of an image this person may see.
    pub(super) fn visible(&self, who: &Principal, id: &str) -> Result<ImageRow, PlatformError> {
        self.fleet().image(id, who.sees.as_deref()).ok_or_else(|| missing("image", id))
    }

    /// The report of an image as of today; `None` before its first scan.
    pub(super) async fn whole(&self, row: &ImageRow) -> Result<Option<Arc<Whole>>, PlatformError> {
        let change = self.inner.change.load(Ordering::Relaxed);
        let label =
            (row.image.id.clone(), row.image.scanned_at, self.current_knowledge().digest.clone(), change);
        if let Some(whole) = self.inner.shelf.get(&label) {
            return Ok(Some(whole));
        }
        let Some((kept, numbers)) = self.kept(&row.image.id).await? else { return Ok(None) };
        let Kept { report, edition, .. } = kept;
        let report = self.with_vulnerabilities(report, &numbers).await?;
        let whole = Arc::new(Whole { report, edition });
        self.inner.shelf.put(label, Arc::clone(&whole));
        Ok(Some(whole))
    }

    /// The same; an image without a report is one that cannot be answered for yet.
    pub(super) async fn scanned(&self, row: &ImageRow) -> Result<Arc<Whole>, PlatformError> {
        let none = || PlatformError::Conflict(format!("{} was not scanned yet", row.name));
        self.whole(row).await?.ok_or_else(none)
    }

    /// Adds what the dictionary knows of the report's components.
    pub(super) async fn with_vulnerabilities(
        &self,
        report: ImageReport,
        numbers: &[i64],
    ) -> Result<ImageReport, PlatformError> {
        let mut unique = numbers.to_vec();
        unique.sort_unstable();
        unique.dedup();
        let mut known: HashMap<i64, Vec<Finding>> = HashMap::new();
        for batch in unique.chunks(BATCH) {
            for component in self.data().components(batch).await? {
                let findings = read_findings(&component.findings)?;
                if !findings.is_empty() {
                    known.insert(component.number, findings);
                }
            }
        }
        Ok(joined(report, numbers, &known))
    }
}

/// A report with the findings of its components, by their numbers; the most urgent first.
pub(super) fn joined(
    mut report: ImageReport,
    numbers: &[i64],
    known: &HashMap<i64, Vec<Finding>>,
) -> ImageReport {
    let base = report.base.as_ref().map(|base| base.layers as usize).filter(|&layers| layers > 0);
    let mut found: Vec<Finding> = Vec::new();
    for (component, number) in report.components.iter().zip(numbers) {
        for finding in known.get(number).into_iter().flatten() {
            let mut finding = finding.clone();
            finding.evidence = plimsoll_assess::evidence(&component.paths, component.layer);
            finding.present = component.present;
            finding.inherited = base.and_then(|layers| inherited(&finding, layers));
            found.push(finding);
        }
    }
    report.findings.extend(found);
    report.findings.sort_by_cached_key(|finding| {
        let worst = std::cmp::Reverse((finding.urgency, finding.severity));
        (worst, finding.kind, finding.id.clone(), finding.component.clone(), finding.evidence.clone())
    });
    count_vulnerabilities(&mut report.components, &report.findings);
    report
}

/// Findings as the dictionary keeps them; none before the component was matched.
pub(super) fn read_findings(bytes: &[u8]) -> Result<Vec<Finding>, PlatformError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let damaged = |error: serde_json::Error| DataError::Damaged { what: "component", why: error.to_string() };
    Ok(serde_json::from_slice(bytes).map_err(damaged)?)
}
