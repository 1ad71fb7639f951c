//! The change log: what followers of the truth must read again.

use super::row::bulk;
use super::write::transaction;
use super::{Data, DataError};

/// Lines older than this are forgotten.
const KEPT_SECONDS: i64 = 7 * 86_400;

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// A risk, by number.
    Risk,
    /// A component's matches, by number.
    Component,
    /// An image, by id.
    Image,
    /// An image is gone for good, by id.
    ImageDeleted,
    /// Decisions: read all.
    Decisions,
    /// Settings: read all.
    Settings,
}

impl ChangeKind {
    const ALL: &[ChangeKind] = &[
        ChangeKind::Risk,
        ChangeKind::Component,
        ChangeKind::Image,
        ChangeKind::ImageDeleted,
        ChangeKind::Decisions,
        ChangeKind::Settings,
    ];

    /// As the log writes it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            ChangeKind::Risk => "risk",
            ChangeKind::Component => "component",
            ChangeKind::Image => "image",
            ChangeKind::ImageDeleted => "image-deleted",
            ChangeKind::Decisions => "decisions",
            ChangeKind::Settings => "settings",
        }
    }
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Grows with every commit; no line ever appears below one that was seen.
    pub number: i64,
    /// What.
    pub kind: ChangeKind,
    /// Number or id.
    pub key: String,
}

impl Data {
    /// Number of the last line; 0 before the first.
    pub async fn last_change(&self) -> Result<i64, DataError> {
        let number = sqlx::query_scalar("SELECT value FROM numbers WHERE name = 'changes'");
        Ok(number.fetch_one(self.pool()).await?)
    }

    /// Lines after this one, in order; at most `limit`, at most 10,000.
    pub async fn changes(&self, after: i64, limit: u32) -> Result<Vec<Change>, DataError> {
        let rows: Vec<(i64, String, String)> = sqlx::query_as(
            "SELECT number, kind, key FROM changes WHERE number > $1 ORDER BY number LIMIT $2",
        )
        .bind(after)
        .bind(bulk(limit))
        .fetch_all(self.pool())
        .await?;
        rows.into_iter()
            .map(|(number, kind, key)| {
                let known = ChangeKind::ALL.iter().copied().find(|one| one.as_str() == kind);
                let kind = known.ok_or_else(|| DataError::Damaged {
                    what: "line of the change log",
                    why: format!("`{kind}` is no kind"),
                })?;
                Ok(Change { number, kind, key })
            })
            .collect()
    }

    /// Forgets lines older than a week; followers that lag more start anew.
    pub async fn trim_changes(&self) -> Result<(), DataError> {
        transaction!(self, write => {
            sqlx::query("DELETE FROM changes WHERE at < $1")
                .bind(write.now.plus_seconds(-KEPT_SECONDS).0)
                .execute(&mut *write)
                .await?;
            Ok(())
        })
    }

    /// Number of the oldest line kept: a follower whose last line is below it by more than one starts anew; `None` when
    /// the log is empty.
    pub async fn first_change(&self) -> Result<Option<i64>, DataError> {
        Ok(sqlx::query_scalar("SELECT MIN(number) FROM changes").fetch_one(self.pool()).await?)
    }
}
