//! Decisions; each change is written with its line of history.

use super::row::{json, missing, of_json, plain};
use super::write::{Write, transaction};
use super::{ChangeKind, Data, DataError};
use plimsoll_model::{Decision, HistoryAction, HistoryEntry, RiskChoice, Time};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

/// Risks and images a line of history lists.
pub(super) const LISTED: usize = 1_000;

impl Data {
    /// All that are not ended, oldest first.
    pub async fn decisions(&self) -> Result<Vec<Decision>, DataError> {
        let rows: Vec<String> =
            sqlx::query_scalar("SELECT body FROM decisions WHERE ended_at IS NULL ORDER BY created_at, id")
                .fetch_all(self.pool())
                .await?;
        rows.iter().map(|body| of_json("decision", body)).collect()
    }

    /// One, and when it ended.
    pub async fn decision(&self, id: &str) -> Result<(Decision, Option<Time>), DataError> {
        let row: Option<(String, Option<i64>)> =
            sqlx::query_as("SELECT body, ended_at FROM decisions WHERE id = $1")
                .bind(plain(id))
                .fetch_optional(self.pool())
                .await?;
        let (body, ended_at) = row.ok_or_else(|| missing("decision", id))?;
        Ok((of_json("decision", &body)?, ended_at.map(Time)))
    }

    /// Ended ones, newest end first, at most 1,000.
    pub async fn ended_decisions(&self) -> Result<Vec<(Decision, Time)>, DataError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT body, ended_at FROM decisions WHERE ended_at IS NOT NULL
             ORDER BY ended_at DESC, id DESC LIMIT 1000",
        )
        .fetch_all(self.pool())
        .await?;
        rows.iter().map(|(body, ended_at)| Ok((of_json("decision", body)?, Time(*ended_at)))).collect()
    }

    /// Adds or replaces one.
    pub async fn put_decision(&self, decision: &Decision, history: &HistoryEntry) -> Result<(), DataError> {
        transaction!(self, write => {
            sqlx::query(
                "INSERT INTO decisions (id, created_at, expires_at, body) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (id) DO UPDATE SET expires_at = excluded.expires_at, body = excluded.body",
            )
            .bind(decision.id.as_str())
            .bind(decision.created_at.0)
            .bind(decision.expires.at.map(|time| time.0))
            .bind(json("decision", decision)?)
            .execute(&mut *write)
            .await?;
            super::history::add(&mut write, history).await?;
            write.changed(ChangeKind::Decisions, "");
            Ok(())
        })
    }

    /// Ends one; one that ended already is missing.
    pub async fn end_decision(&self, id: &str, history: &HistoryEntry) -> Result<(), DataError> {
        transaction!(self, write => {
            let done = sqlx::query("UPDATE decisions SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL")
                .bind(id)
                .bind(history.at.0)
                .execute(&mut *write)
                .await?;
            super::row::unless_missing(done.rows_affected(), "decision", id)?;
            super::history::add(&mut write, history).await?;
            write.changed(ChangeKind::Decisions, "");
            Ok(())
        })
    }

    /// Ends those that are due, with a line of history each; how many. The line names the risks and images that the last
    /// line about the decision names.
    pub async fn expire_decisions(&self, now: Time) -> Result<u64, DataError> {
        transaction!(self, write => {
            let sql = format!(
                "SELECT body FROM decisions WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at, id{}",
                write.backend.for_update()
            );
            let due: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(sql)).bind(now.0).fetch_all(&mut *write).await?;
            for body in &due {
                let decision: Decision = of_json("decision", body)?;
                let entry = expiry_of(&mut write, &decision, now).await?;
                sqlx::query("UPDATE decisions SET ended_at = $2 WHERE id = $1")
                    .bind(decision.id.as_str())
                    .bind(now.0)
                    .execute(&mut *write)
                    .await?;
                super::history::add(&mut write, &entry).await?;
                write.changed(ChangeKind::Decisions, "");
            }
            Ok(due.len() as u64)
        })
    }
}

/// The line of history that says a decision came to its end.
async fn expiry_of(write: &mut Write<'_>, decision: &Decision, now: Time) -> Result<HistoryEntry, DataError> {
    let last: Option<String> =
        sqlx::query_scalar("SELECT body FROM history WHERE decision = $1 ORDER BY at DESC, id DESC LIMIT 1")
            .bind(decision.id.as_str())
            .fetch_optional(&mut **write)
            .await?;
    let id = Uuid::now_v7().to_string();
    if let Some(last) = last {
        let last: HistoryEntry = of_json("line of history", &last)?;
        let entry = HistoryEntry {
            id,
            at: now,
            actor: "system".to_owned(),
            action: HistoryAction::Expire,
            reason: decision.reason.clone(),
            change: None,
            ..last
        };
        return Ok(entry);
    }
    let risks = match &decision.risks {
        RiskChoice::Ids(ids) => ids.as_slice(),
        RiskChoice::Filter { .. } => &[],
    };
    let images = &decision.scope.images;
    Ok(HistoryEntry {
        id,
        at: now,
        actor: "system".to_owned(),
        action: HistoryAction::Expire,
        decision: Some(decision.id.clone()),
        risks: risks.iter().take(LISTED).cloned().collect(),
        risk_count: risks.len() as u64,
        images: images.iter().take(LISTED).cloned().collect(),
        image_names: Vec::new(),
        image_count: images.len() as u64,
        pairs: 0,
        reason: decision.reason.clone(),
        change: None,
    })
}
