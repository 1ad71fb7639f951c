//! Syncing: what is in a registry becomes rows. Digests that are known are not listed again.

use super::walk::{Told, Walk, Wanted};
use super::worker::Lease;
use super::{Platform, PlatformError, image_id};
use plimsoll_image::{ImageError, Listed};
use plimsoll_model::{
    ImageSource, Job, NewTask, Registry, RegistryState, ScanFailure, ScanStatus, StoredImage, TaskKind, Time,
};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Rows written at once.
const BATCH: usize = 200;
/// Repositories named in a result.
const NAMED: usize = 100;

/// What a sync is asked to look at; everything when `push` is absent.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SyncPayload {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub registry: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub push: Option<Wanted>,
}

/// What a sync found; a task's result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SyncResult {
    new: u64,
    changed: u64,
    gone: u64,
    unchanged: u64,
    failed_repositories: u64,
    /// The first of them, and why.
    failures: Vec<(String, String)>,
}

/// Rows of one registry while it is synced.
struct Rows {
    registry: Registry,
    now: Time,
    /// By repository and tag.
    known: HashMap<(String, String), Vec<StoredImage>>,
    seen: HashSet<(String, String)>,
    /// Repositories that could not be read: nothing is known to be gone from them.
    failed: HashSet<String>,
    changed: Vec<StoredImage>,
    /// Ids of new images and of those whose digest changed.
    to_scan: Vec<String>,
    result: SyncResult,
}

impl Platform {
    /// Does a job of a sync.
    pub(super) async fn sync_job(
        &self,
        job: &Job,
        lease: &Lease,
    ) -> Result<serde_json::Value, PlatformError> {
        let payload: SyncPayload = serde_json::from_value(job.payload.clone()).unwrap_or_default();
        let id = payload.registry.as_deref().unwrap_or(&job.subject);
        let registry = self.data().registry(id).await?;
        let walked = self.sync(&registry, payload.push, lease.stop_flag()).await;
        let reason = walked.as_ref().err().map(ToString::to_string);
        self.note_sync(&registry.id, reason).await?;
        let (result, to_scan, ended) = walked?;
        if registry.scan_new && !to_scan.is_empty() {
            self.scan_pushed(&registry, to_scan).await?;
        }
        self.refresh().await?;
        // What was learnt is kept; the rest is asked for again.
        if let Some(error) = ended {
            self.note_sync(&registry.id, Some(error.to_string())).await?;
            return Err(error.into());
        }
        serde_json::to_value(result).map_err(super::error::encode)
    }

    /// Walks through a registry and keeps what it tells as it comes; the error that ended the walk early.
    async fn sync(
        &self,
        registry: &Registry,
        push: Option<Wanted>,
        stop: Arc<AtomicBool>,
    ) -> Result<(SyncResult, Vec<String>, Option<ImageError>), PlatformError> {
        let connection = self.connection(registry).await?;
        let now = self.data().now().await?;
        let mut rows = Rows::new(registry.clone(), now, self.data().images_of(&registry.id).await?);
        let whole = push.is_none();
        let walk = Walk {
            connection,
            include: registry.include.clone(),
            exclude: registry.exclude.clone(),
            known: rows.digests(),
            stop,
        };
        let (sender, mut told) = tokio::sync::mpsc::channel::<Told>(256);
        let walking = tokio::task::spawn_blocking(move || match push {
            Some(wanted) => walk.some(&wanted, &sender),
            None => walk.all(&sender),
        });
        while let Some(one) = told.recv().await {
            rows.take(one);
            if rows.changed.len() >= BATCH {
                self.data().put_images(&std::mem::take(&mut rows.changed)).await?;
            }
        }
        let panicked = |error: tokio::task::JoinError| PlatformError::Outside {
            what: "listing the registry".to_owned(),
            why: error.to_string(),
        };
        let ended = walking.await.map_err(panicked)?.err();
        if whole && ended.is_none() {
            rows.mark_gone();
        }
        for batch in rows.changed.chunks(BATCH) {
            self.data().put_images(batch).await?;
        }
        Ok((rows.result, rows.to_scan, ended))
    }

    /// Notes at the registry how it went.
    async fn note_sync(&self, id: &str, reason: Option<String>) -> Result<(), PlatformError> {
        let now = self.data().now().await?;
        let mut registry = self.data().registry(id).await?;
        registry.state = if reason.is_none() { RegistryState::Connected } else { RegistryState::Failed };
        registry.synced_at = if reason.is_none() { Some(now) } else { registry.synced_at };
        registry.reason = reason;
        Ok(self.data().update_registry(&registry, None).await?)
    }

    /// Scans what a push or sync brought.
    async fn scan_pushed(&self, registry: &Registry, images: Vec<String>) -> Result<(), PlatformError> {
        let now = self.data().now().await?;
        let settings = self.settings().await?;
        let payload = serde_json::json!({ "risks": settings.scan_kinds });
        self.add_task(NewTask {
            kind: TaskKind::Scan,
            name: format!("new in {}", registry.name),
            trigger: "push".to_owned(),
            created_by: "system".to_owned(),
            parameters: serde_json::json!({ "registry": registry.id, "images": images.len() }),
            priority: super::scan::PUSH,
            jobs: images.into_iter().map(|id| (id, payload.clone(), now)).collect(),
        })
        .await?;
        Ok(())
    }
}

impl Rows {
    fn new(registry: Registry, now: Time, images: Vec<StoredImage>) -> Rows {
        let mut known: HashMap<(String, String), Vec<StoredImage>> = HashMap::new();
        for image in images {
            let tag = image.tag.clone().unwrap_or_default();
            known.entry((image.repository.clone(), tag)).or_default().push(image);
        }
        Rows {
            registry,
            now,
            known,
            seen: HashSet::new(),
            failed: HashSet::new(),
            changed: Vec::new(),
            to_scan: Vec::new(),
            result: SyncResult::default(),
        }
    }

    /// What each tag is known to point to.
    fn digests(&self) -> HashMap<(String, String), HashSet<String>> {
        let of = |image: &StoredImage| image.index_digest.clone().unwrap_or_else(|| image.digest.clone());
        self.known.iter().map(|(name, images)| (name.clone(), images.iter().map(of).collect())).collect()
    }

    fn take(&mut self, told: Told) {
        match told {
            Told::Same { repository, tag } => {
                let place = (repository, tag);
                for image in self.known.get_mut(&place).into_iter().flatten() {
                    self.result.unchanged += 1;
                    if image.gone {
                        image.gone = false;
                        image.synced_at = self.now;
                        self.changed.push(image.clone());
                    }
                }
                self.seen.insert(place);
            }
            Told::Listed { repository, tag, items } => {
                self.take_listed(&repository, &tag, items);
                self.seen.insert((repository, tag));
            }
            Told::Gone { repository, tag } => self.take_gone(&(repository, tag)),
            Told::Failed { repository, why } => {
                self.result.failed_repositories += 1;
                if self.result.failures.len() < NAMED {
                    self.result.failures.push((repository.clone(), why));
                }
                self.failed.insert(repository);
            }
        }
    }

    fn take_listed(&mut self, repository: &str, tag: &str, items: Vec<Listed>) {
        let place = (repository.to_owned(), tag.to_owned());
        let mut before = self.known.remove(&place).unwrap_or_default();
        let mut after = Vec::with_capacity(items.len());
        for item in items {
            // A platform that only a scan told is not told by the listing.
            let alone = item.platform.is_empty() && before.len() == 1;
            let at = before.iter().position(|image| alone || image.platform == item.platform);
            let image = match at.map(|at| before.swap_remove(at)) {
                Some(image) => self.changed_image(image, item),
                None => self.new_image(repository, tag, item),
            };
            after.push(image);
        }
        for mut image in before.into_iter().filter(|image| !image.gone) {
            image.gone = true;
            self.result.gone += 1;
            self.changed.push(image);
        }
        self.known.insert(place, after);
    }

    fn new_image(&mut self, repository: &str, tag: &str, item: Listed) -> StoredImage {
        self.result.new += 1;
        let (status, failure) = status_of(&item);
        let image = StoredImage {
            id: image_id(
                ImageSource::Registry,
                Some(&self.registry.id),
                repository,
                Some(tag),
                &item.platform,
            ),
            source: ImageSource::Registry,
            registry: Some(self.registry.id.clone()),
            registry_name: Some(self.registry.name.clone()),
            registry_kind: Some(self.registry.kind),
            repository: repository.to_owned(),
            tag: Some(tag.to_owned()),
            digest: item.digest,
            index_digest: item.index_digest,
            platform: item.platform,
            size: item.size,
            created: item.created,
            updated_at: self.now,
            synced_at: self.now,
            latest: false,
            gone: false,
            status,
            failure,
            scanned_at: None,
            os: None,
            base: None,
            pipeline: None,
        };
        self.note(image)
    }

    fn changed_image(&mut self, mut image: StoredImage, item: Listed) -> StoredImage {
        let moved = image.digest != item.digest;
        if !moved && image.index_digest == item.index_digest && !image.gone {
            self.result.unchanged += 1;
            return image;
        }
        image.gone = false;
        image.index_digest.clone_from(&item.index_digest);
        image.synced_at = self.now;
        if !moved {
            self.result.unchanged += 1;
            self.changed.push(image.clone());
            return image;
        }
        self.result.changed += 1;
        (image.status, image.failure) = status_of(&item);
        image.digest = item.digest;
        image.size = item.size;
        image.created = item.created.or(image.created);
        image.updated_at = self.now;
        self.note(image)
    }

    fn note(&mut self, image: StoredImage) -> StoredImage {
        if image.status != ScanStatus::Unsupported {
            self.to_scan.push(image.id.clone());
        }
        self.changed.push(image.clone());
        image
    }

    fn take_gone(&mut self, place: &(String, String)) {
        for image in self.known.get_mut(place).into_iter().flatten().filter(|image| !image.gone) {
            image.gone = true;
            self.result.gone += 1;
            self.changed.push(image.clone());
        }
        self.seen.insert(place.clone());
    }

    /// What a whole walk did not see is gone.
    fn mark_gone(&mut self) {
        let unseen: Vec<(String, String)> = self
            .known
            .keys()
            .filter(|place| !self.seen.contains(*place) && !self.failed.contains(&place.0))
            .cloned()
            .collect();
        unseen.iter().for_each(|place| self.take_gone(place));
    }
}

fn status_of(item: &Listed) -> (ScanStatus, Option<ScanFailure>) {
    match &item.unsupported {
        None => (ScanStatus::Unscanned, None),
        Some(why) => {
            let code = if why.contains("schema 1") { "schema_1_not_supported" } else { "not_an_image" };
            let remedy = "nothing: it holds no file system to scan".to_owned();
            (ScanStatus::Unsupported, Some(ScanFailure { code: code.to_owned(), why: why.clone(), remedy }))
        }
    }
}
