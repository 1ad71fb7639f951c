//! Which advisory database a scan uses, and how old it is.

use crate::ScanError;
use plimsoll_feeds::Database;
use std::path::{Path, PathBuf};

/// `$XDG_CACHE_HOME/plimsoll`, else `$HOME/.cache/plimsoll` (XDG base directory specification 0.8).
pub fn cache_folder() -> Result<PathBuf, ScanError> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| set("HOME").map(|home| home.join(".cache")))
        .map(|folder| folder.join("plimsoll"))
        .ok_or(ScanError::NoCacheFolder)
}

/// Opens the database named, else the one `db update` left in the cache folder, else the starter database.
pub fn open_knowledge(named: Option<&Path>, cache: &Path) -> Result<Database, ScanError> {
    if let Some(path) = named {
        return Ok(Database::open(path)?);
    }
    let updated = updated_database(cache);
    if updated.exists() {
        return Ok(Database::open(&updated)?);
    }
    Ok(Database::open(&plimsoll_feeds::starter(cache)?)?)
}

/// The database that `db update` leaves in the cache folder.
pub fn updated_database(cache: &Path) -> PathBuf {
    cache.join("advisories.db")
}

/// Today, `2026-11-24`, UTC.
pub fn today() -> String {
    chrono::Utc::now().format("%Y-%m-%d").to_string()
}

/// How old knowledge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Age {
    /// Whole days since it was built.
    pub days: i64,
}

impl Age {
    /// Age of something built at this RFC 3339 time; `None` when it is not one.
    pub fn since(built_at: &str) -> Option<Age> {
        let built = chrono::DateTime::parse_from_rfc3339(built_at).ok()?;
        Some(Age { days: (chrono::Utc::now() - built.to_utc()).num_days().max(0) })
    }
}
