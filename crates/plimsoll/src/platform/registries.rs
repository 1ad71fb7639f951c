//! Connecting and syncing registries.

use super::settings::field;
use super::sync::SyncPayload;
use super::walk::Wanted;
use super::{Platform, PlatformError, blocking, scan};
use plimsoll_fleet::ImageQuery;
use plimsoll_image::{Connection, push_events};
use plimsoll_model::{EventKind, Limits, NewTask, Principal, Registry, RegistryState, Task, TaskKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most tags that one notification may name.
const MAX_PUSHED: usize = 1_000;
/// Most patterns of one registry.
const MAX_PATTERNS: usize = 200;

/// What trying a connection found.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RegistryTest {
    /// Did everything work?
    pub ok: bool,
    /// The steps in order: name, ok, what came of it. The first that fails is the last.
    pub steps: Vec<RegistryStep>,
}

/// One step: `address`, `connect`, `tls`, `sign-in`, `list`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct RegistryStep {
    /// Which.
    pub step: String,
    /// Did it work?
    pub ok: bool,
    /// What came of it, or why not and what to do.
    pub detail: String,
}

/// Which registries to sync.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SyncRequest {
    /// By id; all when empty.
    pub registries: Vec<String>,
}

impl Platform {
    /// Tries a registry as it is stored, and notes how it went.
    pub async fn test_registry(&self, id: &str) -> Result<RegistryTest, PlatformError> {
        let registry = self.data().registry(id).await?;
        let connection = self.connection(&registry).await?;
        let steps = blocking(move || Ok(connection.test())).await?;
        let steps: Vec<RegistryStep> = steps
            .into_iter()
            .map(|step| RegistryStep { step: step.step.to_owned(), ok: step.ok, detail: step.detail })
            .collect();
        let failed = steps.iter().find(|step| !step.ok);
        let mut registry = self.data().registry(id).await?;
        registry.state = if failed.is_none() { RegistryState::Connected } else { RegistryState::Failed };
        registry.reason = failed.map(|step| step.detail.clone());
        self.data().update_registry(&registry, None).await?;
        Ok(RegistryTest { ok: failed.is_none(), steps })
    }

    /// Checks a registry to be stored: name, address (scheme, private addresses), patterns, certificates.
    pub fn check_registry(&self, registry: &Registry) -> Result<(), PlatformError> {
        let name = registry.name.trim();
        if name.is_empty() || name.chars().count() > 128 || name.contains(char::is_control) {
            return Err(field("name", "it has 1 to 128 characters".to_owned()));
        }
        for (list, patterns) in [("include", &registry.include), ("exclude", &registry.exclude)] {
            if patterns.len() > MAX_PATTERNS {
                return Err(field(list, format!("there are more than {MAX_PATTERNS} patterns")));
            }
            if patterns.iter().any(|pattern| pattern.is_empty() || pattern.len() > 512) {
                return Err(field(list, "a pattern has 1 to 512 characters".to_owned()));
            }
        }
        let account = self.account(registry, String::new());
        Connection::new(account, Limits::default())
            .map(|_| ())
            .map_err(|error| field("url", error.to_string()))
    }

    /// Starts a task that lists registries.
    pub async fn start_sync(&self, who: &Principal, request: SyncRequest) -> Result<Task, PlatformError> {
        let mut registries = Vec::new();
        if request.registries.is_empty() {
            registries = self.data().registries().await?;
        } else {
            for id in &request.registries {
                registries.push(self.data().registry(id).await?);
            }
        }
        if registries.is_empty() {
            return Err(PlatformError::Conflict("no registry is connected".to_owned()));
        }
        let name = match &registries[..] {
            [one] => format!("registry {}", one.name),
            _ if request.registries.is_empty() => "all registries".to_owned(),
            many => format!("{} registries", many.len()),
        };
        let parameters = serde_json::to_value(&request).map_err(super::error::encode)?;
        self.sync_these(registries, name, "manual", who.name.clone(), scan::MANUAL, parameters).await
    }

    pub(super) async fn sync_these(
        &self,
        registries: Vec<Registry>,
        name: String,
        trigger: &str,
        created_by: String,
        priority: i64,
        parameters: serde_json::Value,
    ) -> Result<Task, PlatformError> {
        let now = self.data().now().await?;
        let payload = serde_json::to_value(SyncPayload::default()).map_err(super::error::encode)?;
        self.add_task(NewTask {
            kind: TaskKind::Sync,
            name,
            trigger: trigger.to_owned(),
            created_by,
            parameters,
            priority,
            jobs: registries.into_iter().map(|one| (one.id, payload.clone(), now)).collect(),
        })
        .await
    }

    /// The tags that are known to point to a digest: a registry names no tags when an image is deleted.
    fn tags_of(
        &self,
        registry: &str,
        repository: &str,
        digest: &str,
    ) -> Result<Vec<String>, PlatformError> {
        let fields = [
            ("registry", registry),
            ("repository", repository),
            ("digest", digest),
            ("limit", "500"),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let page = self.fleet().images(&ImageQuery::parse(&BTreeMap::from(fields))?, None);
        let same = page.items.into_iter().filter(|row| row.image.repository == repository);
        Ok(same.filter_map(|row| row.image.tag).collect())
    }

    /// Takes a notification of a push: syncs what it names, and scans it where the registry says so. How many images.
    pub async fn receive_push(
        &self,
        registry: &str,
        kind: EventKind,
        body: &[u8],
    ) -> Result<u64, PlatformError> {
        let registry = self.data().registry(registry).await?;
        let events = push_events(kind, body).map_err(|error| field("body", error.to_string()))?;
        // A tag that is named twice is looked at once; what was deleted is seen to be gone.
        let mut wanted: BTreeMap<String, Wanted> = BTreeMap::new();
        for event in events {
            let mut tags = event.tags;
            if let (true, Some(digest)) = (tags.is_empty(), &event.digest) {
                tags = self.tags_of(&registry.id, &event.repository, digest)?;
            }
            for tag in tags {
                let subject = format!("{}/{}:{tag}", registry.id, event.repository);
                wanted.insert(subject, Wanted { repository: event.repository.clone(), tag });
            }
        }
        if wanted.len() > MAX_PUSHED {
            return Err(field("body", format!("it names more than {MAX_PUSHED} tags")));
        }
        if wanted.is_empty() {
            return Ok(0);
        }
        let images = wanted.len() as u64;
        let now = self.data().now().await?;
        let mut jobs = Vec::with_capacity(wanted.len());
        for (subject, push) in wanted {
            let payload = SyncPayload { registry: Some(registry.id.clone()), push: Some(push) };
            jobs.push((subject, serde_json::to_value(payload).map_err(super::error::encode)?, now));
        }
        self.add_task(NewTask {
            kind: TaskKind::Sync,
            name: format!("push to {}", registry.name),
            trigger: "push".to_owned(),
            created_by: "system".to_owned(),
            parameters: serde_json::json!({ "registry": registry.id, "images": images }),
            priority: scan::PUSH,
            jobs,
        })
        .await?;
        Ok(images)
    }
}
