//! Why a database could not be built, fetched, opened or read.

use std::path::{Path, PathBuf};

/// Why a database could not be opened, read, built or fetched.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// A file or folder could not be read or written.
    #[error("cannot {doing} {path}: {source}")]
    File {
        /// `read`, `write`, …
        doing: &'static str,
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not an advisory database.
    #[error("{path} is not an advisory database: {why}")]
    NotADatabase {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The database was written by another edition of the program.
    #[error("{path} is an advisory database of format {found}, this program reads format {known}")]
    Format {
        /// Which file.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// Ours.
        known: i64,
    },
    /// SQLite could not read or write.
    #[error("cannot {doing} the advisory database {path}: {source}")]
    Sqlite {
        /// `read`, `write`.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A value in the database does not decode.
    #[error("the advisory database is damaged: {0}")]
    Damaged(String),
    /// A feed as a whole is unusable.
    #[error("the feed {path} cannot be used: {why}")]
    Feed {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// There is nothing to build a database from.
    #[error("there are no advisories in {0}")]
    Nothing(PathBuf),
    /// A download failed for good.
    #[error("cannot fetch {url}: {why}")]
    Fetch {
        /// What.
        url: String,
        /// Why.
        why: String,
    },
    /// What was fetched or unpacked is not what its digest says.
    #[error("{what} has the digest sha256:{found}, not sha256:{expected}")]
    Digest {
        /// What.
        what: String,
        /// As it is.
        found: String,
        /// As it should be.
        expected: String,
    },
    /// The program was built without a starter database.
    #[error("this program carries no starter database")]
    NoStarter,
}

impl FeedError {
    pub(crate) fn file(doing: &'static str, path: &Path, source: std::io::Error) -> FeedError {
        FeedError::File { doing, path: path.to_owned(), source }
    }

    pub(crate) fn feed(path: &Path, why: impl ToString) -> FeedError {
        FeedError::Feed { path: path.to_owned(), why: why.to_string() }
    }
}
