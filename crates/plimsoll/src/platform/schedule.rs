//! What comes by itself: scan policies, daily syncs, expiring decisions, new advisory databases, numbers of the day.

use super::scan::{Asked, SCHEDULED, can_be_scanned};
use super::settings::field;
use super::{Platform, PlatformError};
use chrono::{DateTime, Utc};
use croner::Cron;
use plimsoll_fleet::ImageQuery;
use plimsoll_model::{Cycle, Principal, Schedule, StoredImage, SyncMode, Time};
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often to look.
const EVERY: Duration = Duration::from_secs(5);
/// Registries are listed every day at this hour, UTC.
const SYNC_HOUR: i64 = 1;
/// Seconds of a day, an hour, a minute.
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
const MINUTE: i64 = 60;
/// Days that an advisory database stays after another one took its place.
const KNOWLEDGE_DAYS: i64 = 2;
/// Days that an export's file is kept.
const EXPORT_DAYS: i64 = 7;

impl Platform {
    /// Looks every few seconds for what is due, until stopped. Several may run: each thing is done once.
    pub async fn schedule(&self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.do_due().await {
                tracing::warn!(%error, "what is due cannot be done");
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    /// Does what is due now. One thing that fails does not keep the others from being done.
    pub async fn do_due(&self) -> Result<(), PlatformError> {
        let now = self.data().now().await?;
        let ended = self.data().expire_decisions(now).await?;
        if ended > 0 {
            self.refresh().await?;
        }
        for policy in self.data().take_due(now, |policy| next(policy, now).unwrap_or(never(now))).await? {
            self.told("a scan policy", self.run_policy(&policy).await);
        }
        if is_sync_time(now) && self.turn("daily-sync", now, 20 * HOUR).await? {
            self.told("the daily sync", self.sync_daily().await);
        }
        if self.turn("new-advisories", now, MINUTE).await? {
            self.told("the new advisory database", self.take_newer().await);
        }
        if self.turn("numbers-of-the-day", now, HOUR / 4).await? {
            self.told("the numbers of the day", self.keep_numbers(now).await);
        }
        if self.turn("trim", now, DAY).await? {
            self.told("trimming", self.trim(now).await);
        }
        Ok(())
    }

    async fn turn(&self, name: &str, now: Time, seconds: i64) -> Result<bool, PlatformError> {
        Ok(self.data().take_turn(name, now, seconds).await?)
    }

    fn told(&self, what: &str, done: Result<(), PlatformError>) {
        if let Err(error) = done {
            tracing::warn!(%error, "{what} failed");
        }
    }

    /// Scans the images of a policy.
    async fn run_policy(&self, policy: &Schedule) -> Result<(), PlatformError> {
        self.refresh().await?;
        let now = self.data().now().await?;
        let mut fields = BTreeMap::from([("source".to_owned(), "registry".to_owned())]);
        if !policy.registries.is_empty() {
            fields.insert("registry".to_owned(), policy.registries.join(","));
        }
        if let Some(days) = policy.look_back_days {
            let since = now.plus_days(-i64::from(days)).to_rfc3339();
            fields.insert("updated_since".to_owned(), since);
        }
        let images: Vec<StoredImage> = {
            let fleet = self.fleet();
            let ids = fleet.image_ids(&ImageQuery::parse(&fields)?, None);
            ids.iter().filter_map(|id| fleet.image(id, None)).map(|row| row.image).collect()
        };
        let images: Vec<StoredImage> = images.into_iter().filter(can_be_scanned).collect();
        if images.is_empty() {
            return Ok(());
        }
        let asked = Asked {
            name: policy.name.clone(),
            trigger: "schedule",
            by: "system".to_owned(),
            priority: SCHEDULED,
            parameters: serde_json::json!({ "policy": policy.id, "name": policy.name }),
            risks: policy.risks.clone(),
            images_per_hour: policy.images_per_hour,
        };
        self.scan_these(images, asked).await.map(|_| ())
    }

    async fn sync_daily(&self) -> Result<(), PlatformError> {
        let registries = self.data().registries().await?;
        let daily: Vec<_> = registries.into_iter().filter(|one| one.sync != SyncMode::Manual).collect();
        if daily.is_empty() {
            return Ok(());
        }
        let parameters = serde_json::json!({ "registries": daily.len() });
        let name = "daily sync".to_owned();
        self.sync_these(daily, name, "schedule", "system".to_owned(), SCHEDULED, parameters).await.map(|_| ())
    }

    /// Takes the advisory database that lies in the data folder, when it is newer than the one in use.
    async fn take_newer(&self) -> Result<(), PlatformError> {
        let path = crate::updated_database(&self.inner.configuration.folder);
        let current = self.current_knowledge().report.built_at.clone();
        let newer = super::blocking(move || {
            if !path.is_file() {
                return Ok(None);
            }
            let found = super::advisories::Advisories::open(&path)?;
            Ok((found.report.built_at > current).then_some(path))
        })
        .await?;
        match newer {
            Some(path) => self.take_knowledge(&Principal::system(), &path).await.map(|_| ()),
            None => Ok(()),
        }
    }

    async fn keep_numbers(&self, now: Time) -> Result<(), PlatformError> {
        self.refresh().await?;
        let overview = self.fleet().overview(None);
        let numbers = serde_json::to_value(overview).map_err(super::error::encode)?;
        let day = now.to_rfc3339();
        Ok(self.data().keep_day(day.get(..10).unwrap_or(&day), &numbers).await?)
    }

    async fn trim(&self, now: Time) -> Result<(), PlatformError> {
        self.data().trim_changes().await?;
        let settings = self.settings().await?;
        self.data()
            .trim_tasks(now.plus_days(-i64::from(settings.retention_days).max(EXPORT_DAYS + 1)))
            .await?;
        self.trim_knowledge(now.plus_days(-KNOWLEDGE_DAYS)).await?;
        self.trim_exports(now.plus_days(-EXPORT_DAYS)).await
    }
}

impl Platform {
    /// When a policy is due after this moment; what is no cycle is refused.
    pub fn next_due(policy: &Schedule, now: Time) -> Result<Time, PlatformError> {
        next(policy, now)
    }
}

/// When a policy is due after this moment.
pub(super) fn next(policy: &Schedule, now: Time) -> Result<Time, PlatformError> {
    match &policy.cycle {
        Cycle::Days(days) => {
            let step = i64::from((*days).clamp(1, 365)) * Time::DAY;
            // At the hour it was due, however late it was done.
            let due = policy.next_at.unwrap_or(now);
            let missed = (now.0 - due.0).max(0) / step + 1;
            Ok(Time(due.0.saturating_add(missed.saturating_mul(step))))
        }
        Cycle::Cron(pattern) => {
            let wrong = |why: String| field("cycle", format!("`{pattern}` is no cron pattern: {why}"));
            let cron = Cron::from_str(pattern).map_err(|error| wrong(error.to_string()))?;
            let moment = DateTime::<Utc>::from_timestamp_micros(now.0).unwrap_or_default();
            let next = cron.find_next_occurrence(&moment, false).map_err(|error| wrong(error.to_string()))?;
            Ok(Time(next.timestamp_micros()))
        }
    }
}

/// A policy whose pattern cannot be read is looked at again in a year.
fn never(now: Time) -> Time {
    now.plus_days(365)
}

fn is_sync_time(now: Time) -> bool {
    let hour = now.0.rem_euclid(Time::DAY) / (HOUR * 1_000_000);
    hour == SYNC_HOUR
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(cycle: Cycle, next_at: Option<&str>) -> Schedule {
        Schedule {
            id: String::new(),
            name: String::new(),
            enabled: true,
            cycle,
            registries: Vec::new(),
            look_back_days: None,
            images_per_hour: 0,
            risks: Vec::new(),
            next_at: next_at.and_then(Time::parse),
            last_at: None,
        }
    }

    #[test]
    fn policies_come_due() {
        let now = Time::parse("2026-11-24T12:34:56Z").expect("a time");
        let check = |cycle: Cycle, due: Option<&str>, expected: &str| {
            let next = next(&policy(cycle, due), now).expect("a moment");
            assert_eq!(next.to_rfc3339(), expected);
        };
        check(Cycle::Days(1), Some("2026-11-24T03:00:00Z"), "2026-11-25T03:00:00.000Z");
        check(Cycle::Days(3), Some("2026-11-14T03:00:00Z"), "2026-11-26T03:00:00.000Z");
        check(Cycle::Days(7), None, "2026-12-01T12:34:56.000Z");
        check(Cycle::Cron("30 2 * * 1".into()), None, "2026-11-30T02:30:00.000Z");
        check(Cycle::Cron("0 * * * *".into()), None, "2026-11-24T13:00:00.000Z");
        assert!(next(&policy(Cycle::Cron("every day".into()), None), now).is_err());
    }

    #[test]
    fn registries_are_listed_at_one() {
        for (text, due) in [("2026-11-24T01:00:00Z", true), ("2026-11-24T02:00:00Z", false)] {
            assert_eq!(is_sync_time(Time::parse(text).expect("a time")), due, "{text}");
        }
    }
}
