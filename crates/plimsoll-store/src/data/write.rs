//! Transactions that write. Their lines of the change log are numbered last, so that numbers grow in order of commits.

use super::{ChangeKind, Data, DataError, backend};
use crate::data::backend::Backend;
use crate::data::row::{chunks, placeholders};
use plimsoll_model::Time;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Transaction};
use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use tokio::sync::MutexGuard;

/// How often a transaction is tried that others were in the way of.
const TRIES: u32 = 10;

/// A transaction that writes; nothing is written unless [`Data::end`] says so.
pub(super) struct Write<'a> {
    // Before the guard: the transaction ends before the next writer begins.
    transaction: Transaction<'static, Any>,
    /// When it began.
    pub now: Time,
    pub backend: Backend,
    changes: Vec<(ChangeKind, String)>,
    told: HashSet<(ChangeKind, String)>,
    _turn: Option<MutexGuard<'a, ()>>,
}

impl Write<'_> {
    /// Followers of this must read it again.
    pub fn changed(&mut self, kind: ChangeKind, key: impl Into<String>) {
        let line = (kind, key.into());
        if self.told.insert(line.clone()) {
            self.changes.push(line);
        }
    }

    /// The next `count` numbers of this name; the first of them. Others that want some wait for this transaction.
    pub async fn numbers(&mut self, name: &str, count: i64) -> Result<i64, DataError> {
        let last: i64 =
            sqlx::query_scalar("UPDATE numbers SET value = value + $1 WHERE name = $2 RETURNING value")
                .bind(count)
                .bind(name)
                .fetch_one(&mut **self)
                .await?;
        Ok(last - count + 1)
    }

    /// Writes the lines of the change log. Their numbers' row stays locked until the commit, which follows at once.
    async fn log_changes(&mut self) -> Result<(), DataError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        let changes = std::mem::take(&mut self.changes);
        let first = self.numbers("changes", changes.len() as i64).await?;
        let mut number = first;
        for part in chunks(&changes) {
            let sql = format!("INSERT INTO changes (number, kind, key, at) VALUES {}", placeholders(part.len(), 4));
            let mut query = sqlx::query(AssertSqlSafe(sql));
            for (kind, key) in part {
                query = query.bind(number).bind(kind.as_str()).bind(key.as_str()).bind(self.now.0);
                number += 1;
            }
            query.execute(&mut **self).await?;
        }
        Ok(())
    }
}

impl Deref for Write<'_> {
    type Target = AnyConnection;
    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Write<'_> {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}

impl Data {
    /// Begins a transaction that writes.
    pub(super) async fn begin(&self) -> Result<Write<'_>, DataError> {
        let backend = self.backend();
        let turn = match backend {
            Backend::Sqlite => Some(self.inner.writer.lock().await),
            Backend::Postgres => None,
        };
        let mut transaction = self.pool().begin_with(backend.begin()).await?;
        let sql = format!("SELECT {}", backend.now());
        let now: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *transaction).await?;
        Ok(Write {
            transaction,
            now: Time(now),
            backend,
            changes: Vec::new(),
            told: HashSet::new(),
            _turn: turn,
        })
    }

    /// Commits what went well. `None`: others were in the way, or the connection was lost before the commit; nothing is
    /// written, try again. A commit that got no answer is an error: nobody knows whether it happened.
    pub(super) async fn end<T>(
        &self,
        mut write: Write<'_>,
        outcome: Result<T, DataError>,
        tries: &mut u32,
    ) -> Result<Option<T>, DataError> {
        *tries += 1;
        let outcome = match outcome {
            Ok(value) => write.log_changes().await.map(|()| value),
            failed => failed,
        };
        match outcome {
            Ok(value) => match write.transaction.commit().await {
                Ok(()) => Ok(Some(value)),
                Err(error) if backend::is_contended(&error) && *tries < TRIES => Ok(None),
                Err(error) => Err(error.into()),
            },
            Err(error) => {
                let again = *tries < TRIES && may_succeed(&error);
                // A rollback that fails closes the connection, which is one, too.
                if let Err(error) = write.transaction.rollback().await {
                    tracing::debug!(%error, "a rollback got no answer");
                }
                if again { Ok(None) } else { Err(error) }
            }
        }
    }
}

fn may_succeed(error: &DataError) -> bool {
    matches!(error, DataError::Database(error) if backend::is_contended(error) || backend::is_lost(error))
}

/// Runs statements in one transaction, again when others were in the way: `transaction!(data, write => …)`. The value is
/// a `Result`; within, `?` gives up and nothing is written.
macro_rules! transaction {
    ($data:expr, $write:ident => $work:expr) => {{
        let mut tries = 0;
        loop {
            let mut $write = $data.begin().await?;
            let outcome: Result<_, $crate::DataError> = async { $work }.await;
            if let Some(value) = $data.end($write, outcome, &mut tries).await? {
                break Ok(value);
            }
        }
    }};
}
pub(super) use transaction;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sealer;
    use sqlx::Executor as _;

    #[tokio::test]
    async fn a_full_disk_is_said_and_nothing_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let address = format!("sqlite:{}", folder.path().join("a.db").display());
        let keys = Sealer::of_text("8d1f5a3c0b9e7264f1a2c3d4e5968778a9bacbdcedfe0f1021324354657687f9").expect("a key");
        let data = Data::open(&address, keys).await.expect("opened");
        let refused: Result<(), DataError> = async {
            transaction!(data, write => {
                // A file that may not grow is as good as a full disk (sqlite.org/pragma.html#pragma_max_page_count).
                write.execute("PRAGMA max_page_count = 1").await?;
                sqlx::query("INSERT INTO days (day, numbers) VALUES ('2026-11-24', $1)")
                    .bind("x".repeat(100_000))
                    .execute(&mut *write)
                    .await?;
                Ok(())
            })
        }
        .await;
        assert!(matches!(&refused, Err(DataError::Full(_))), "{refused:?}");
        assert!(refused.expect_err("it was").to_string().contains("disk is full"));
        assert!(data.days(9).await.expect("still read").is_empty());
    }
}
