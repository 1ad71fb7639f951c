//! The fleet follows the truth: read whole at the start, then line by line of the change log.

use super::{Platform, PlatformError};
use plimsoll_fleet::Fleet;
use plimsoll_model::Time;
use plimsoll_store::data::ChangeKind;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Rows read at once.
const PAGE: u32 = 2_000;
/// The change log keeps a week; who was away for longer than this reads everything anew.
const AWAY_DAYS: i64 = 6;
/// How often followers look.
const EVERY: Duration = Duration::from_millis(1_000);

/// What must be read again.
#[derive(Default)]
struct Stale {
    risks: BTreeSet<i64>,
    components: BTreeSet<i64>,
    images: BTreeSet<String>,
    deleted: BTreeSet<String>,
    decisions: bool,
    settings: bool,
}

impl Platform {
    /// Reads everything from the truth.
    pub(super) async fn load(&self) -> Result<(), PlatformError> {
        let mut seen = self.inner.seen.lock().await;
        let number = self.data().last_change().await?;
        let now = self.data().now().await?;
        let mut fleet = Fleet::default();
        let mut after = i64::MIN;
        loop {
            let page = self.data().risks(None, after, PAGE).await?;
            let full = page.len() == PAGE as usize;
            for (number, risk) in page {
                after = number;
                fleet.put_risk(number, risk);
            }
            if !full {
                break;
            }
        }
        after = i64::MIN;
        loop {
            let page = self.data().component_facts(None, after, PAGE).await?;
            let full = page.len() == PAGE as usize;
            for component in page {
                after = component.number;
                fleet.put_component(component);
            }
            if !full {
                break;
            }
        }
        let mut after = String::new();
        loop {
            let page = self.data().image_facts(None, &after, PAGE).await?;
            let full = page.len() == PAGE as usize;
            for facts in page {
                after.clone_from(&facts.image.id);
                fleet.put_image(facts);
            }
            if !full {
                break;
            }
        }
        fleet.set_decisions(self.data().decisions().await?, now);
        *self.inner.fleet.write().unwrap_or_else(std::sync::PoisonError::into_inner) = fleet;
        *seen = (number, now);
        self.inner.change.store(number, Ordering::Relaxed);
        Ok(())
    }

    /// Applies what changed in the truth since the last time; callers that wrote call it before they answer.
    pub async fn refresh(&self) -> Result<(), PlatformError> {
        let mut seen = self.inner.seen.lock().await;
        let now = self.data().now().await?;
        if now > seen.1.plus_days(AWAY_DAYS) {
            drop(seen);
            return self.load().await;
        }
        loop {
            let changes = self.data().changes(seen.0, PAGE).await?;
            let Some(last) = changes.last().map(|change| change.number) else { break };
            let full = changes.len() == PAGE as usize;
            let mut stale = Stale::default();
            for change in changes {
                match change.kind {
                    ChangeKind::Risk => stale.risks.extend(change.key.parse::<i64>().ok()),
                    ChangeKind::Component => stale.components.extend(change.key.parse::<i64>().ok()),
                    ChangeKind::Image => {
                        stale.deleted.remove(&change.key);
                        stale.images.insert(change.key);
                    }
                    ChangeKind::ImageDeleted => {
                        stale.images.remove(&change.key);
                        stale.deleted.insert(change.key);
                    }
                    ChangeKind::Decisions => stale.decisions = true,
                    ChangeKind::Settings => stale.settings = true,
                }
            }
            self.apply(stale, now).await?;
            *seen = (last, now);
            self.inner.change.store(last, Ordering::Relaxed);
            if !full {
                break;
            }
        }
        seen.1 = now;
        Ok(())
    }

    async fn apply(&self, stale: Stale, now: Time) -> Result<(), PlatformError> {
        let risks: Vec<i64> = stale.risks.into_iter().collect();
        let components: Vec<i64> = stale.components.into_iter().collect();
        let images: Vec<String> = stale.images.into_iter().collect();
        let mut new_risks = Vec::new();
        if !risks.is_empty() {
            new_risks = self.data().risks(Some(&risks), i64::MIN, PAGE).await?;
        }
        let mut new_components = Vec::new();
        if !components.is_empty() {
            new_components = self.data().component_facts(Some(&components), i64::MIN, PAGE).await?;
        }
        let mut new_images = Vec::new();
        if !images.is_empty() {
            new_images = self.data().image_facts(Some(&images), "", PAGE).await?;
        }
        let decisions = if stale.decisions { Some(self.data().decisions().await?) } else { None };
        {
            let mut fleet = self.inner.fleet.write().unwrap_or_else(std::sync::PoisonError::into_inner);
            new_risks.into_iter().for_each(|(number, risk)| fleet.put_risk(number, risk));
            new_components.into_iter().for_each(|component| fleet.put_component(component));
            new_images.into_iter().for_each(|facts| fleet.put_image(facts));
            stale.deleted.iter().for_each(|id| fleet.remove_image(id));
            if let Some(decisions) = decisions {
                fleet.set_decisions(decisions, now);
            }
        }
        if stale.settings
            && let Err(error) = self.follow_knowledge().await
        {
            // The others answer on with what they know; the follower tries again.
            self.inner.behind.store(true, Ordering::Relaxed);
            tracing::warn!(%error, "the new advisory database cannot be used yet");
        }
        Ok(())
    }

    /// Follows the change log until stopped.
    pub async fn follow(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.refresh().await {
                tracing::warn!(%error, "the fleet cannot follow the truth");
            }
            if self.inner.behind.load(Ordering::Relaxed) && self.follow_knowledge().await.is_ok() {
                self.inner.behind.store(false, Ordering::Relaxed);
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}
