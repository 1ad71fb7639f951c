//! Settings by name, plain or sealed, scan policies, and numbers by day.

use super::registries::{password_row, secret_row};
use super::row::{json, missing, of_json, plain, unless_missing};
use super::write::transaction;
use super::{ChangeKind, Data, DataError};
use plimsoll_model::{Schedule, Time};
use sqlx::AssertSqlSafe;

impl Data {
    /// A setting.
    pub async fn setting(&self, name: &str) -> Result<Option<serde_json::Value>, DataError> {
        let value: Option<(Option<String>,)> = sqlx::query_as("SELECT value FROM settings WHERE name = $1")
            .bind(name)
            .fetch_optional(self.pool())
            .await?;
        value.and_then(|(value,)| value).map(|value| of_json("setting", &value)).transpose()
    }

    /// Sets one.
    pub async fn set_setting(&self, name: &str, value: &serde_json::Value) -> Result<(), DataError> {
        let value = json("setting", value)?;
        transaction!(self, write => {
            sqlx::query(
                "INSERT INTO settings (name, value) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            )
            .bind(name)
            .bind(value.as_str())
            .execute(&mut *write)
            .await?;
            write.changed(ChangeKind::Settings, name);
            Ok(())
        })
    }

    /// A sealed setting, opened.
    pub async fn sealed_setting(&self, name: &str) -> Result<Option<Vec<u8>>, DataError> {
        let sealed: Option<(Option<Vec<u8>>,)> =
            sqlx::query_as("SELECT sealed FROM settings WHERE name = $1")
                .bind(name)
                .fetch_optional(self.pool())
                .await?;
        let sealed = sealed.and_then(|(sealed,)| sealed);
        sealed.map(|sealed| self.sealer().open(&setting_row(name), &sealed)).transpose()
    }

    /// Seals one.
    pub async fn set_sealed_setting(&self, name: &str, value: &[u8]) -> Result<(), DataError> {
        let sealed = self.sealer().seal(&setting_row(name), value);
        transaction!(self, write => {
            sqlx::query(
                "INSERT INTO settings (name, sealed) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed",
            )
            .bind(name)
            .bind(sealed.as_slice())
            .execute(&mut *write)
            .await?;
            write.changed(ChangeKind::Settings, name);
            Ok(())
        })
    }

    /// Seals one unless it is there; what is there afterwards. For keys that every machine must share.
    pub async fn sealed_setting_or(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, DataError> {
        let sealed = self.sealer().seal(&setting_row(name), value);
        let outcome: Result<(), DataError> = transaction!(self, write => {
            sqlx::query(
                "INSERT INTO settings (name, sealed) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET sealed = COALESCE(settings.sealed, excluded.sealed)",
            )
            .bind(name)
            .bind(sealed.as_slice())
            .execute(&mut *write)
            .await?;
            Ok(())
        });
        outcome?;
        self.sealed_setting(name).await?.ok_or_else(|| missing("setting", name))
    }

    /// Seals all credentials anew that an older key sealed, so that it can be thrown away; how many.
    pub async fn reseal(&self) -> Result<u64, DataError> {
        transaction!(self, write => {
            let mut sealed_anew = 0;
            for (table, id, column, name) in SEALED {
                let sql = format!("SELECT {id}, {column} FROM {table} WHERE {column} IS NOT NULL{}", write.backend.for_update());
                let rows: Vec<(String, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *write).await?;
                for (row, old) in rows.iter().filter(|(_, old)| !self.sealer().is_current(old)) {
                    let name = name(row);
                    let new = self.sealer().seal(&name, &self.sealer().open(&name, old)?);
                    let sql = format!("UPDATE {table} SET {column} = $2 WHERE {id} = $1");
                    sqlx::query(AssertSqlSafe(sql)).bind(row.as_str()).bind(new).execute(&mut *write).await?;
                    sealed_anew += 1;
                }
            }
            Ok(sealed_anew)
        })
    }

    /// Scan policies, by name.
    pub async fn schedules(&self) -> Result<Vec<Schedule>, DataError> {
        let rows: Vec<ScheduleRow> =
            sqlx::query_as("SELECT body, next_at, last_at FROM schedules ORDER BY name, id")
                .fetch_all(self.pool())
                .await?;
        rows.into_iter().map(schedule_of).collect()
    }

    /// Adds or replaces one.
    pub async fn put_schedule(&self, schedule: &Schedule) -> Result<(), DataError> {
        transaction!(self, write => {
            sqlx::query(
                "INSERT INTO schedules (id, name, enabled, next_at, last_at, body) VALUES ($1, $2, $3, $4, $5, $6)
                 ON CONFLICT (id) DO UPDATE SET name = excluded.name, enabled = excluded.enabled,
                     next_at = excluded.next_at, last_at = excluded.last_at, body = excluded.body",
            )
            .bind(schedule.id.as_str())
            .bind(plain(&schedule.name))
            .bind(i64::from(schedule.enabled))
            .bind(schedule.next_at.map(|time| time.0))
            .bind(schedule.last_at.map(|time| time.0))
            .bind(json("scan policy", schedule)?)
            .execute(&mut *write)
            .await?;
            Ok(())
        })
    }

    /// Removes one.
    pub async fn delete_schedule(&self, id: &str) -> Result<(), DataError> {
        transaction!(self, write => {
            let done =
                sqlx::query("DELETE FROM schedules WHERE id = $1").bind(plain(id)).execute(&mut *write).await?;
            unless_missing(done.rows_affected(), "scan policy", id)
        })
    }

    /// Takes the schedules that are due, moving each to its `next`, so that one scheduler runs each once. One without a
    /// `next_at` is never due.
    pub async fn take_due(
        &self,
        now: Time,
        next: impl Fn(&Schedule) -> Time + Send + Sync,
    ) -> Result<Vec<Schedule>, DataError> {
        transaction!(self, write => {
            let sql = format!(
                "SELECT body, next_at, last_at FROM schedules WHERE enabled = 1 AND next_at <= $1
                 ORDER BY next_at, id{}",
                write.backend.skip_locked()
            );
            let rows: Vec<ScheduleRow> =
                sqlx::query_as(AssertSqlSafe(sql)).bind(now.0).fetch_all(&mut *write).await?;
            let mut taken = Vec::with_capacity(rows.len());
            for row in rows {
                let due = schedule_of(row)?;
                let moved = Schedule { next_at: Some(next(&due)), last_at: Some(now), ..due };
                sqlx::query("UPDATE schedules SET next_at = $2, last_at = $3 WHERE id = $1")
                    .bind(moved.id.as_str())
                    .bind(moved.next_at.map(|time| time.0))
                    .bind(now.0)
                    .execute(&mut *write)
                    .await?;
                taken.push(moved);
            }
            Ok(taken)
        })
    }

    /// Is it this process's turn to do what is done once a period, by name? Notes that it was done.
    pub async fn take_turn(&self, name: &str, now: Time, period_seconds: i64) -> Result<bool, DataError> {
        transaction!(self, write => {
            let done = sqlx::query(
                "INSERT INTO turns (name, at) VALUES ($1, $2)
                 ON CONFLICT (name) DO UPDATE SET at = excluded.at WHERE turns.at <= $3",
            )
            .bind(name)
            .bind(now.0)
            .bind(now.plus_seconds(-period_seconds).0)
            .execute(&mut *write)
            .await?;
            Ok(done.rows_affected() > 0)
        })
    }

    /// Keeps the numbers of a day for trends, replacing those of the same day.
    pub async fn keep_day(&self, day: &str, numbers: &serde_json::Value) -> Result<(), DataError> {
        let numbers = json("numbers of a day", numbers)?;
        transaction!(self, write => {
            sqlx::query(
                "INSERT INTO days (day, numbers) VALUES ($1, $2)
                 ON CONFLICT (day) DO UPDATE SET numbers = excluded.numbers",
            )
            .bind(day)
            .bind(numbers.as_str())
            .execute(&mut *write)
            .await?;
            Ok(())
        })
    }

    /// The last so many days, oldest first.
    pub async fn days(&self, count: u32) -> Result<Vec<(String, serde_json::Value)>, DataError> {
        let mut rows: Vec<(String, String)> =
            sqlx::query_as("SELECT day, numbers FROM days ORDER BY day DESC LIMIT $1")
                .bind(i64::from(count))
                .fetch_all(self.pool())
                .await?;
        rows.reverse();
        rows.into_iter().map(|(day, numbers)| Ok((day, of_json("numbers of a day", &numbers)?))).collect()
    }
}

/// A column of what is sealed: table, the row's id, column, and the name that is sealed in.
type Sealed = (&'static str, &'static str, &'static str, fn(&str) -> String);
const SEALED: &[Sealed] = &[
    ("registries", "id", "password", password_row),
    ("registries", "id", "push_secret", secret_row),
    ("settings", "name", "sealed", setting_row),
];

type ScheduleRow = (String, Option<i64>, Option<i64>);

fn schedule_of((body, next_at, last_at): ScheduleRow) -> Result<Schedule, DataError> {
    let schedule: Schedule = of_json("scan policy", &body)?;
    Ok(Schedule { next_at: next_at.map(Time), last_at: last_at.map(Time), ..schedule })
}

/// Under which name a setting is sealed.
fn setting_row(name: &str) -> String {
    format!("settings/{name}")
}
