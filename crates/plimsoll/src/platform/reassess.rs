//! A new advisory database: the dictionary's components are matched again; no registry is asked, no image is read.

use super::advisories::{self, Advisories};
use super::dictionary::Subject;
use super::worker::Lease;
use super::{Platform, PlatformError};
use plimsoll_model::{Job, NewTask, Principal, Task, TaskKind};
use plimsoll_store::DataError;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Components matched at once.
const BATCH: u32 = 500;

impl Platform {
    /// Takes a new advisory database (built or fetched by `plimsoll db`), shares it through the blobs, and starts a task
    /// that matches the dictionary with it. What is past its support, and the compliance policy, take effect at the next
    /// scan.
    pub async fn take_knowledge(&self, who: &Principal, file: &Path) -> Result<Task, PlatformError> {
        let kept = advisories::keep(&self.inner.configuration, self.blobs(), file).await?;
        self.adopt(who, kept).await
    }

    async fn adopt(&self, who: &Principal, advisories: Advisories) -> Result<Task, PlatformError> {
        advisories::choose(self.data(), &advisories).await?;
        self.use_knowledge(Arc::new(advisories));
        self.start_reassess(who).await
    }

    /// Starts the task for the database of the moment.
    pub(super) async fn start_reassess(&self, who: &Principal) -> Result<Task, PlatformError> {
        let report = self.current_knowledge().report.clone();
        let now = self.data().now().await?;
        self.add_task(NewTask {
            kind: TaskKind::Reassess,
            name: format!("advisories of {}", report.built_at.get(..10).unwrap_or(&report.built_at)),
            trigger: if who.user == "system" { "schedule" } else { "manual" }.to_owned(),
            created_by: who.name.clone(),
            parameters: serde_json::json!({ "knowledge": report.digest, "built_at": report.built_at }),
            priority: super::scan::MANUAL,
            jobs: vec![(report.digest, serde_json::Value::Null, now)],
        })
        .await
    }

    /// Matches every component that was not matched with the database of the moment.
    pub(super) async fn reassess_job(
        &self,
        job: &Job,
        lease: &Lease,
    ) -> Result<serde_json::Value, PlatformError> {
        self.follow_knowledge().await?;
        let knowledge = self.current_knowledge();
        if knowledge.digest != job.subject {
            // A newer one came meanwhile, and brought a task of its own.
            return Ok(serde_json::json!({ "components": 0, "overtaken_by": knowledge.digest }));
        }
        let stop = lease.stop_flag();
        let now = self.data().now().await?;
        let (mut after, mut count) = (i64::MIN, 0_u64);
        loop {
            if stop.load(Ordering::Relaxed) {
                return Err(crate::ScanError::Stopped.into());
            }
            let page = self.data().unmatched(&knowledge.digest, after, BATCH).await?;
            let Some(last) = page.last() else { break };
            after = last.number;
            count += page.len() as u64;
            let mut subjects = Vec::with_capacity(page.len());
            for component in &page {
                let damaged = |error: serde_json::Error| DataError::Damaged {
                    what: "component",
                    why: error.to_string(),
                };
                let subject: Subject = serde_json::from_slice(&component.body).map_err(damaged)?;
                subjects.push((component.number, subject));
            }
            self.match_now(subjects, &knowledge, now).await?;
            self.refresh().await?;
        }
        Ok(serde_json::json!({ "components": count }))
    }
}
