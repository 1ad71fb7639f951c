//! The platform's truth, on SQLite or PostgreSQL: registries, images, dictionaries, decisions, history, tasks, people.
//!
//! One portable schema (`migrations/`), one way in ([`Data`]). Times are microseconds since 1970 UTC, ids are UUIDv7
//! texts, documents are JSON. Everything the fleet follows is written together with a line of the change log, in one
//! transaction.

mod backend;
mod changes;
mod contents;
mod decisions;
mod dictionary;
mod dump;
mod history;
mod images;
mod pack;
mod people;
mod queue;
mod registries;
mod row;
mod settings;
mod tasks;
mod write;

pub use changes::{Change, ChangeKind};
pub use contents::{KeptReport, NewScan};
pub use dictionary::{NewComponent, NewMatches, StoredComponent};
pub use dump::TABLES;
pub use history::HistoryQuery;
pub use people::{Session, StoredUser};
pub use queue::JobResult;
pub use tasks::TaskQuery;

use crate::Sealer;
use backend::Backend;
use plimsoll_model::Time;
use sqlx::AnyPool;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{MigrateError, Migration, Migrator};
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// The schema, as SQLite reads it.
static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");
/// Connections at once; enough for a machine, few enough that ten machines fit PostgreSQL's default of 100.
const CONNECTIONS: u32 = 8;
/// How long a call waits for a connection, a restarting PostgreSQL, or SQLite's other writers.
const PATIENCE: Duration = Duration::from_secs(15);

/// Why the platform's truth cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The database.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// The database has no room left; nothing was written.
    #[error("the database's disk is full, nothing was written: {0}")]
    Full(sqlx::Error),
    /// The schema.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migration(#[from] MigrateError),
    /// A later version of the program has been here.
    #[error("the database's schema {0} is newer than this program: use the program that made it")]
    Newer(i64),
    /// The address is not one.
    #[error("`{0}` is no database address: give sqlite:FILE or postgres://USER@HOST/NAME")]
    Address(String),
    /// There is no such row.
    #[error("there is no {what} {id}")]
    Missing {
        /// `registry`, `image`, …
        what: &'static str,
        /// Which.
        id: String,
    },
    /// Another row has that name.
    #[error("there is already a {what} called {name}")]
    Taken {
        /// `registry`, `user`, …
        what: &'static str,
        /// Which.
        name: String,
    },
    /// A stored document cannot be read.
    #[error("a stored {what} is damaged: {why}")]
    Damaged {
        /// Which.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// A credential cannot be sealed or opened.
    #[error("a stored credential cannot be opened: {0}")]
    Seal(String),
    /// Blobs.
    #[error("the blob store failed: {0}")]
    Blob(String),
    /// Nobody could administer afterwards.
    #[error("{0} is the last enabled administrator and must stay one")]
    LastAdministrator(String),
    /// The cursor comes from elsewhere.
    #[error("`{0}` is no cursor of this list")]
    Cursor(String),
    /// Only an empty database can be restored into.
    #[error("the database is not empty (there are {0}): restore into a new one")]
    NotEmpty(&'static str),
    /// A dump cannot be written or read.
    #[error("the dump cannot be {what}: {why}")]
    Dump {
        /// `read`, `written`.
        what: &'static str,
        /// Why.
        why: String,
    },
}

impl From<sqlx::Error> for DataError {
    fn from(error: sqlx::Error) -> DataError {
        match backend::is_full(&error) {
            true => DataError::Full(error),
            false => DataError::Database(error),
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// The page.
    pub items: Vec<T>,
    /// How many in all.
    pub total: u64,
    /// What to send as `cursor` for the next page.
    pub next: Option<String>,
}

/// The platform's truth. Clones share one pool of connections.
#[derive(Clone)]
pub struct Data {
    inner: Arc<Inner>,
}

struct Inner {
    pool: AnyPool,
    backend: Backend,
    sealer: Sealer,
    /// SQLite has one writer at a time; those of this process queue here, in order, instead of polling its lock.
    writer: Mutex<()>,
}

impl Data {
    /// Opens `sqlite:FILE` (made when missing, WAL, foreign keys on) or `postgres://…`, and brings the schema up to
    /// date; a schema newer than this program is refused. `keys` seals credentials.
    pub async fn open(address: &str, keys: Sealer) -> Result<Data, DataError> {
        sqlx::any::install_default_drivers();
        let backend = Backend::of(address).ok_or_else(|| DataError::Address(without_password(address)))?;
        let options = AnyConnectOptions::from_str(&backend.address(address))
            .map_err(|_| DataError::Address(without_password(address)))?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(backend == Backend::Postgres)
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    for statement in backend.settings() {
                        connection.execute(*statement).await?;
                    }
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        migrate(&pool, backend).await?;
        Ok(Data { inner: Arc::new(Inner { pool, backend, sealer: keys, writer: Mutex::new(()) }) })
    }

    /// Does the database answer?
    pub async fn ping(&self) -> Result<(), DataError> {
        self.now().await.map(|_| ())
    }

    /// The database's clock, to the millisecond; leases and expiries use it, so that machines need not agree.
    pub async fn now(&self) -> Result<Time, DataError> {
        let sql = format!("SELECT {}", self.backend().now());
        let now: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(self.pool()).await?;
        Ok(Time(now))
    }

    /// Waits for calls under way and closes all connections; later calls fail.
    pub async fn close(&self) {
        self.inner.pool.close().await;
    }

    fn pool(&self) -> &AnyPool {
        &self.inner.pool
    }

    fn backend(&self) -> Backend {
        self.inner.backend
    }

    fn sealer(&self) -> &Sealer {
        &self.inner.sealer
    }
}

async fn migrate(pool: &AnyPool, backend: Backend) -> Result<(), DataError> {
    let ours = MIGRATIONS.iter().map(|migration| {
        let sql = AssertSqlSafe(backend.schema(migration.sql.as_str())).into_sql_str();
        let description = migration.description.clone();
        Migration::new(migration.version, description, migration.migration_type, sql, migration.no_tx)
    });
    match Migrator::with_migrations(ours.collect()).run(pool).await {
        Err(MigrateError::VersionMissing(version)) => Err(DataError::Newer(version)),
        outcome => Ok(outcome?),
    }
}

/// An address as errors may show it: without what stands between `:` and `@`.
fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return address.to_owned() };
    let user = user.split(':').next().unwrap_or(user);
    format!("{scheme}://{user}@{host}")
}

#[cfg(test)]
mod tests {
    use super::without_password;

    #[test]
    fn addresses_are_shown_without_passwords() {
        for (address, shown) in [
            ("postgres://me:secret@host/name", "postgres://me@host/name"),
            ("postgres://me:se:cr@et@host/name", "postgres://me@host/name"),
            ("sqlite:file.db", "sqlite:file.db"),
            ("mysql://host/name", "mysql://host/name"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }
}
