//! The handling history and the audit log. Lines are only ever added.

use super::decisions::LISTED;
use super::row::{chunks, cursor, json, limit, list, of_cursor, of_json, placeholders, plain, word};
use super::write::{Write, transaction};
use super::{Data, DataError, Page};
use plimsoll_model::{AuditEntry, HistoryAction, HistoryEntry, Time};
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;

/// Which lines.
#[derive(Clone, Debug, Default)]
pub struct HistoryQuery {
    /// Of this risk.
    pub risk: Option<String>,
    /// Of this image.
    pub image: Option<String>,
    /// Of this decision.
    pub decision: Option<String>,
    /// Of this person.
    pub actor: Option<String>,
    /// Of these kinds; all when empty.
    pub actions: Vec<HistoryAction>,
    /// From this moment.
    pub since: Option<Time>,
    /// Before this moment.
    pub until: Option<Time>,
    /// At most; 1 to 500.
    pub limit: u32,
    /// Page.
    pub cursor: Option<String>,
}

impl Data {
    /// The handling history, newest first. A line whose risks or images were too many to list is given for every risk
    /// or image: the caller asks the decision.
    pub async fn history(&self, query: &HistoryQuery) -> Result<Page<HistoryEntry>, DataError> {
        let actions = query.actions.iter().map(|action| word("question", *action));
        let actions = list(&actions.collect::<Result<Vec<_>, _>>()?);
        // One text for all questions: a parameter that is NULL asks nothing.
        let which = format!(
            "($1 IS NULL OR h.more_risks = 1
                 OR EXISTS (SELECT 1 FROM history_risks l WHERE l.entry = h.id AND l.risk = $1))
             AND ($2 IS NULL OR h.more_images = 1
                 OR EXISTS (SELECT 1 FROM history_images l WHERE l.entry = h.id AND l.image = $2))
             AND ($3 IS NULL OR h.decision = $3)
             AND ($4 IS NULL OR h.actor = $4)
             AND ($5 = '[]' OR h.action IN {})
             AND h.at >= $6 AND h.at < $7",
            self.backend().texts("$5")
        );
        let (at, id) = of_cursor(query.cursor.as_deref())?;
        let asked =
            [&query.risk, &query.image, &query.decision, &query.actor].map(|text| text.as_deref().map(plain));
        let since = query.since.map_or(i64::MIN, |time| time.0);
        let until = query.until.map_or(i64::MAX, |time| time.0);

        let count = format!("SELECT COUNT(*) FROM history h WHERE {which}");
        let mut total = sqlx::query_scalar(AssertSqlSafe(count));
        let page = format!(
            "SELECT h.id, h.at, h.body FROM history h WHERE {which} AND (h.at < $8 OR (h.at = $8 AND h.id < $9))
             ORDER BY h.at DESC, h.id DESC LIMIT $10"
        );
        let mut rows = sqlx::query_as(AssertSqlSafe(page));
        for text in asked {
            total = total.bind(text.clone());
            rows = rows.bind(text);
        }
        let total: i64 = total.bind(actions.clone()).bind(since).bind(until).fetch_one(self.pool()).await?;
        let rows: Vec<(String, i64, String)> = rows
            .bind(actions)
            .bind(since)
            .bind(until)
            .bind(at)
            .bind(id)
            .bind(limit(query.limit))
            .fetch_all(self.pool())
            .await?;
        page_of("line of history", total, &rows, query.limit)
    }

    /// Adds a line to the handling history that no decision and no scan writes.
    pub async fn add_history(&self, entry: &HistoryEntry) -> Result<(), DataError> {
        transaction!(self, write => add(&mut write, entry).await)
    }

    /// Adds a line to the audit log.
    pub async fn add_audit(&self, entry: &AuditEntry) -> Result<(), DataError> {
        transaction!(self, write => {
            sqlx::query("INSERT INTO audit (id, at, actor, action, body) VALUES ($1, $2, $3, $4, $5)")
                .bind(entry.id.as_str())
                .bind(entry.at.0)
                .bind(plain(&entry.actor))
                .bind(plain(&entry.action))
                .bind(json("line of the audit log", entry)?)
                .execute(&mut *write)
                .await?;
            Ok(())
        })
    }

    /// The audit log, newest first; `actor` and `action` (a prefix) when not empty.
    pub async fn audit(
        &self,
        actor: &str,
        action: &str,
        count: u32,
        after: Option<&str>,
    ) -> Result<Page<AuditEntry>, DataError> {
        let which = "($1 = '' OR actor = $1) AND SUBSTR(action, 1, LENGTH($2)) = $2";
        let (at, id) = of_cursor(after)?;
        let total: i64 =
            sqlx::query_scalar(AssertSqlSafe(format!("SELECT COUNT(*) FROM audit WHERE {which}")))
                .bind(plain(actor))
                .bind(plain(action))
                .fetch_one(self.pool())
                .await?;
        let rows: Vec<(String, i64, String)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT id, at, body FROM audit WHERE {which} AND (at < $3 OR (at = $3 AND id < $4))
             ORDER BY at DESC, id DESC LIMIT $5"
        )))
        .bind(plain(actor))
        .bind(plain(action))
        .bind(at)
        .bind(id)
        .bind(limit(count))
        .fetch_all(self.pool())
        .await?;
        page_of("line of the audit log", total, &rows, count)
    }

    /// Forgets lines of the audit log before this moment; how many.
    pub async fn trim_audit(&self, before: Time) -> Result<u64, DataError> {
        transaction!(self, write => {
            let done = sqlx::query("DELETE FROM audit WHERE at < $1").bind(before.0).execute(&mut *write).await?;
            Ok(done.rows_affected())
        })
    }
}

/// A page of rows of id, moment and document.
fn page_of<T: serde::de::DeserializeOwned>(
    what: &'static str,
    total: i64,
    rows: &[(String, i64, String)],
    count: u32,
) -> Result<Page<T>, DataError> {
    let next = rows.last().filter(|_| rows.len() as i64 == limit(count));
    Ok(Page {
        total: total.unsigned_abs(),
        next: next.map(|(id, at, _)| cursor(Time(*at), id)),
        items: rows.iter().map(|(_, _, body)| of_json(what, body)).collect::<Result<_, _>>()?,
    })
}

/// Adds a line, with what it can be found by.
pub(super) async fn add(write: &mut Write<'_>, entry: &HistoryEntry) -> Result<(), DataError> {
    let risks: BTreeSet<String> = entry.risks.iter().take(LISTED).map(|risk| plain(risk)).collect();
    let images: BTreeSet<String> = entry.images.iter().take(LISTED).map(|image| plain(image)).collect();
    sqlx::query(
        "INSERT INTO history (id, at, actor, action, decision, more_risks, more_images, body)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(entry.id.as_str())
    .bind(entry.at.0)
    .bind(plain(&entry.actor))
    .bind(word("line of history", entry.action)?)
    .bind(entry.decision.clone())
    .bind(i64::from(entry.risk_count > risks.len() as u64))
    .bind(i64::from(entry.image_count > images.len() as u64))
    .bind(json("line of history", entry)?)
    .execute(&mut **write)
    .await?;
    listed(write, "INSERT INTO history_risks (risk, entry)", &risks, &entry.id).await?;
    listed(write, "INSERT INTO history_images (image, entry)", &images, &entry.id).await
}

async fn listed(
    write: &mut Write<'_>,
    insert: &'static str,
    names: &BTreeSet<String>,
    entry: &str,
) -> Result<(), DataError> {
    let names: Vec<&String> = names.iter().collect();
    for part in chunks(&names) {
        let sql = format!("{insert} VALUES {}", placeholders(part.len(), 2));
        let mut query = sqlx::query(AssertSqlSafe(sql)).persistent(part.len() == 1);
        for name in part {
            query = query.bind(name.as_str()).bind(entry);
        }
        query.execute(&mut **write).await?;
    }
    Ok(())
}
