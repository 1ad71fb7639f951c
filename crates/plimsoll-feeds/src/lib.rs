//! What does the world know today? Feeds become one immutable advisory database.
//!
//! This crate does not know what an image is.

use plimsoll_model::{Advisory, PackageKey, Vulnerability};
use std::path::Path;

/// An advisory database, opened read-only; shared by any number of readers.
pub struct Database {}

/// What a database is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knowledge {
    /// RFC 3339.
    pub built_at: String,
    /// sha256 of the file, `sha256:…`.
    pub digest: String,
    /// Feeds.
    pub sources: Vec<FeedInfo>,
    /// Is it the starter database that ships with the program?
    pub starter: bool,
}

/// One feed of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedInfo {
    /// `osv/Debian`, `kev`, `epss`.
    pub name: String,
    /// Records taken.
    pub records: u64,
    /// Newest date in it, RFC 3339 date.
    pub as_of: String,
}

/// Why a database could not be opened, read or built.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Placeholder until the crate is written.
    #[error("{0}")]
    Other(String),
}

impl Database {
    /// Opens a database file.
    pub fn open(path: &Path) -> Result<Database, FeedError> {
        Err(FeedError::Other(format!("{}: not written yet", path.display())))
    }

    /// What it is made of.
    pub fn knowledge(&self) -> Result<Knowledge, FeedError> {
        Err(FeedError::Other("not written yet".into()))
    }

    /// Every advisory about this package, in a stable order; withdrawn ones are not in the database.
    pub fn advisories(&self, key: &PackageKey) -> Result<Vec<Advisory>, FeedError> {
        let _ = key;
        Ok(Vec::new())
    }

    /// The record of a vulnerability (CVE id or publisher's id) with KEV and EPSS joined in.
    pub fn vulnerability(&self, id: &str) -> Result<Option<Vulnerability>, FeedError> {
        let _ = id;
        Ok(None)
    }

    /// The day support ends for a release of a product (endoflife.date names: `debian` `12`), `2028-06-30`.
    pub fn end_of_life(&self, product: &str, release: &str) -> Result<Option<String>, FeedError> {
        let (_, _) = (product, release);
        Ok(None)
    }
}
