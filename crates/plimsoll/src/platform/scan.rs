//! Scans: what a person asks for, and what a worker does for it.

use super::keep::Scan;
use super::settings::field;
use super::worker::{Lease, Outcome};
use super::{Platform, PlatformError, blocking};
use crate::document::ImageReport;
use crate::{Assessment, Scanner};
use plimsoll_analyze::Detectors;
use plimsoll_fleet::{ImageQuery, ImageRow};
use plimsoll_image::{PlatformChoice, Target};
use plimsoll_malware::Engine;
use plimsoll_model::{
    ImageSource, Job, NewTask, Principal, Registry, RiskKind, ScanFailure, ScanRecord, ScanStatus,
    StoredImage, Task, TaskKind, Time,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Priorities of the queue: lower runs first.
pub(super) const MANUAL: i64 = 10;
pub(super) const PUSH: i64 = 20;
pub(super) const SCHEDULED: i64 = 30;

/// Most images of one request by id.
const MAX_IMAGES: usize = 10_000;

/// Which images to scan: these, those a filter of the image list holds, or all.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScanRequest {
    /// By id.
    pub images: Vec<String>,
    /// By the image list's filters, by name.
    pub filter: Option<BTreeMap<String, String>>,
    /// Every image the asker may see.
    pub all: bool,
    /// Kinds of risks; all when empty. Vulnerabilities are always looked for: they come from the components.
    pub risks: Vec<RiskKind>,
    /// Images in an hour; 0 for no bound.
    pub images_per_hour: u32,
}

/// What a scan's job needs to know beside its image.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct ScanPayload {
    #[serde(default)]
    risks: Vec<RiskKind>,
}

impl Platform {
    /// Starts a task that scans images; those gone or unsupported are left out, and those that were scanned elsewhere.
    pub async fn start_scan(&self, who: &Principal, request: ScanRequest) -> Result<Task, PlatformError> {
        let ways = [!request.images.is_empty(), request.filter.is_some(), request.all];
        if ways.iter().filter(|way| **way).count() != 1 {
            return Err(field("images", "say which images: one of images, filter and all".to_owned()));
        }
        if request.images.len() > MAX_IMAGES {
            return Err(field("images", format!("there are more than {MAX_IMAGES}; use a filter")));
        }
        self.refresh().await?;
        let rows: Vec<ImageRow> = {
            let fleet = self.fleet();
            let sees = who.sees.as_deref();
            let ids = if request.images.is_empty() {
                let filter = request.filter.clone().unwrap_or_default();
                fleet.image_ids(&ImageQuery::parse(&filter)?, sees)
            } else {
                request.images.clone()
            };
            let row = |id: String| fleet.image(&id, sees).ok_or_else(|| super::error::missing("image", &id));
            ids.into_iter().map(row).collect::<Result<_, _>>()?
        };
        let images: Vec<StoredImage> = rows.into_iter().map(|row| row.image).filter(can_be_scanned).collect();
        if images.is_empty() {
            let why =
                "none of these images can be scanned: they are gone, unsupported or were scanned elsewhere";
            return Err(PlatformError::Conflict(why.to_owned()));
        }
        let name = match (&images[..], request.all, &request.filter) {
            ([one], ..) => one.name(),
            (_, true, _) => "all images".to_owned(),
            (_, _, Some(filter)) => {
                let words: Vec<String> =
                    filter.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("images with {}", words.join(", ")).chars().take(200).collect()
            }
            (many, ..) => format!("{} images", many.len()),
        };
        let parameters = serde_json::to_value(&request).map_err(super::error::encode)?;
        let asked = Asked {
            name,
            trigger: "manual",
            by: who.name.clone(),
            priority: MANUAL,
            parameters,
            risks: request.risks,
            images_per_hour: request.images_per_hour,
        };
        self.scan_these(images, asked).await
    }

    /// Adds the task for these images, spread over time as asked.
    pub(super) async fn scan_these(
        &self,
        images: Vec<StoredImage>,
        asked: Asked,
    ) -> Result<Task, PlatformError> {
        let now = self.data().now().await?;
        let settings = self.settings().await?;
        let rate = if asked.images_per_hour > 0 { asked.images_per_hour } else { settings.images_per_hour };
        let risks = if asked.risks.is_empty() { settings.scan_kinds } else { asked.risks };
        let payload = serde_json::to_value(ScanPayload { risks }).map_err(super::error::encode)?;
        let jobs = images.into_iter().zip(0_i64..);
        let jobs = jobs.map(|(image, index)| (image.id, payload.clone(), spaced(now, rate, index)));
        let task = self
            .add_task(NewTask {
                kind: TaskKind::Scan,
                name: asked.name,
                trigger: asked.trigger.to_owned(),
                created_by: asked.by,
                parameters: asked.parameters,
                priority: asked.priority,
                jobs: jobs.collect(),
            })
            .await?;
        self.refresh().await?;
        Ok(task)
    }

    /// Scans an image for a job.
    pub(super) async fn scan_job(&self, job: &Job, lease: &Lease) -> Result<Outcome, PlatformError> {
        let image = self.data().stored_image(&job.subject).await?;
        let gone = || super::error::missing("image", &image.name());
        let Some(registry) = image.registry.clone().filter(|_| !image.gone) else { return Err(gone()) };
        let registry = self.data().registry(&registry).await?;
        let payload: ScanPayload = serde_json::from_value(job.payload.clone()).unwrap_or_default();
        let started_at = self.data().now().await?;
        let (report, edition) = self.examine(&image, &registry, &payload.risks, lease).await?;
        let kept = self
            .keep(Scan {
                id: job.id.clone(),
                image,
                report,
                edition,
                kinds: payload.risks,
                started_at,
                task: Some(job.task.clone()),
                job: Some((job.id.clone(), lease.worker.clone())),
            })
            .await?;
        if !kept {
            tracing::info!(job = job.id, "the job is another worker's by now; nothing was kept");
        }
        Ok(Outcome::Ended)
    }

    /// Reads an image of a registry and judges it; without vulnerabilities.
    async fn examine(
        &self,
        image: &StoredImage,
        registry: &Registry,
        risks: &[RiskKind],
        lease: &Lease,
    ) -> Result<(ImageReport, String), PlatformError> {
        let settings = self.settings().await?;
        let connection = self.connection(registry).await?;
        let reference = connection.reference(&image.repository, image.tag.as_deref(), Some(&image.digest))?;
        let name = connection.reference(&image.repository, image.tag.as_deref(), None)?.to_string();
        let mut options = connection.options();
        options.platform = PlatformChoice::All;
        options.hash_files = settings.digests;
        options.configs = Some(self.inner.facts.root().join("configs"));
        let scanner = Scanner {
            options,
            store: Some(self.inner.facts.clone()),
            jobs: self.inner.configuration.jobs,
            detectors: Detectors::default(),
            exclude_paths: self.exclude_paths().await?,
            stop: Some(lease.stop_flag()),
        };
        let (policy, bases) = (settings.policy()?, self.catalogue().await?);
        let words = self.weak_passwords().await?;
        let kinds = other_kinds(risks);
        let asked = risks.to_vec();
        let platform = self.clone();
        blocking(move || {
            let key = platform.inner.key;
            let mut scanner = scanner;
            scanner.detectors = Detectors::needed(&asked, key, || platform.engine())?;
            let opened = plimsoll_image::open(&Target::Registry(reference), &scanner.options)?;
            let one = opened.into_iter().next();
            let mut one = one.ok_or_else(|| super::error::missing("image", &name))?;
            one.manifest.name.clone_from(&name);
            let scanned = scanner.read(&one)?;
            let advisories = platform.current_knowledge();
            let assessment = Assessment {
                database: Some(&advisories.database),
                explain: false,
                kinds: &kinds,
                key,
                passwords: plimsoll_passwords::Options { words },
                policy,
                bases,
                today: crate::today(),
            };
            Ok((crate::image_report(&scanned, &assessment)?, scanner.edition()))
        })
        .await
    }

    /// The signatures of malware, compiled once.
    fn engine(&self) -> Result<Arc<Engine>, PlatformError> {
        if let Some(engine) = self.inner.engine.get() {
            return Ok(Arc::clone(engine));
        }
        let made = Engine::new(&plimsoll_malware::Options::default());
        let made = made.map_err(|error| PlatformError::Outside {
            what: "the signatures of malware".to_owned(),
            why: error.to_string(),
        })?;
        Ok(Arc::clone(self.inner.engine.get_or_init(|| Arc::new(made))))
    }

    /// Notes a scan that did not end well.
    pub(super) async fn keep_failure(
        &self,
        job: &Job,
        status: ScanStatus,
        failure: &ScanFailure,
    ) -> Result<(), PlatformError> {
        let Ok(image) = self.data().stored_image(&job.subject).await else { return Ok(()) };
        let now = self.data().now().await?;
        let record = ScanRecord {
            id: job.id.clone(),
            image: image.id,
            task: Some(job.task.clone()),
            digest: image.digest,
            started_at: now,
            finished_at: now,
            status,
            failure: Some(failure.clone()),
            counters: BTreeMap::new(),
            appeared: 0,
            vanished: 0,
            knowledge: None,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(self.data().keep_failure(record).await?)
    }
}

/// A scan's task to be.
pub(super) struct Asked {
    pub name: String,
    pub trigger: &'static str,
    pub by: String,
    pub priority: i64,
    pub parameters: serde_json::Value,
    pub risks: Vec<RiskKind>,
    pub images_per_hour: u32,
}

/// The kinds to judge by: those asked for but vulnerabilities, which the dictionary keeps. Those alone when nothing else
/// was asked for; what comes of them is left out.
fn other_kinds(risks: &[RiskKind]) -> Vec<RiskKind> {
    let asked = RiskKind::ALL.iter().copied().filter(|kind| risks.is_empty() || risks.contains(kind));
    let others: Vec<RiskKind> = asked.filter(|kind| *kind != RiskKind::Vulnerability).collect();
    if others.is_empty() { vec![RiskKind::Vulnerability] } else { others }
}

/// Images without a registry were scanned elsewhere: nothing can be pulled.
pub(super) fn can_be_scanned(image: &StoredImage) -> bool {
    image.source == ImageSource::Registry && !image.gone && image.status != ScanStatus::Unsupported
}

/// When the image of this index may begin, so many in an hour.
fn spaced(now: Time, images_per_hour: u32, index: i64) -> Time {
    if images_per_hour == 0 {
        return now;
    }
    let micros = index.saturating_mul(3_600_000_000) / i64::from(images_per_hour);
    Time(now.0.saturating_add(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_spread_over_hours() {
        let at = |rate, index| spaced(Time(0), rate, index).0;
        assert_eq!((at(0, 9), at(60, 0), at(60, 1), at(1, 2)), (0, 0, 60_000_000, 7_200_000_000));
    }

    #[test]
    fn vulnerabilities_are_the_dictionarys() {
        assert_eq!(other_kinds(&[]).len(), RiskKind::ALL.len() - 1);
        assert_eq!(other_kinds(&[RiskKind::Vulnerability]), [RiskKind::Vulnerability]);
        assert_eq!(other_kinds(&[RiskKind::Secret, RiskKind::Vulnerability]), [RiskKind::Secret]);
    }
}
