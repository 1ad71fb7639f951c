//! The platform's truth, on SQLite or PostgreSQL: registries, images, dictionaries, decisions, history, tasks, people.
//!
//! One portable schema (`migrations/`), one way in ([`Data`]). Times are microseconds since 1970 UTC, ids are UUIDv7
//! texts, documents are JSON. Everything the fleet follows is written together with a line of the change log, in one
//! transaction.

mod changes;
mod contents;
mod decisions;
mod dictionary;
mod history;
mod images;
mod people;
mod registries;
mod settings;
mod tasks;

pub use changes::{Change, ChangeKind};
pub use contents::{KeptReport, NewScan};
pub use dictionary::{NewComponent, NewMatches, StoredComponent};
pub use history::HistoryQuery;
pub use people::{Session, StoredUser};
pub use tasks::{JobResult, TaskQuery};

use plimsoll_model::Time;

/// Why the platform's truth cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The database.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The schema.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
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
pub struct Data {}

impl Data {
    /// Opens `sqlite:FILE` (made when missing, WAL, foreign keys on) or `postgres://…`, and brings the schema up to
    /// date; a schema newer than this program is refused. `keys` seals credentials.
    pub async fn open(address: &str, keys: crate::Sealer) -> Result<Data, DataError> {
        let _ = (address, keys);
        todo!()
    }

    /// Does the database answer?
    pub async fn ping(&self) -> Result<(), DataError> {
        todo!()
    }

    /// The database's clock; leases and expiries use it, so that machines need not agree.
    pub async fn now(&self) -> Result<Time, DataError> {
        todo!()
    }
}
