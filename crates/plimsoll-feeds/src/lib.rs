//! What does the world know today? Feeds become one immutable advisory database.
//!
//! This crate does not know what an image is. [`build`] turns a folder of feeds into a database file, [`update`] first
//! fetches the folder, [`Database`] answers from the file, [`diff`] says what is new in it.
//!
//! ```text
//! advisories, cve/ nvd/ kev/ epss/ endoflife/  →  read, normalise, join  →  one SQLite file  →  advisories(key)
//! ```

mod build;
mod database;
mod date;
mod delta;
mod diff;
mod digest;
mod documents;
mod end_of_life;
mod enrich;
mod error;
mod nvd;
mod osv;
mod parallel;
mod starter;
mod stored;
mod unpack;
mod update;

pub use build::{BuildEvent, BuildOptions, build};
pub use database::{Database, FeedInfo, Knowledge, Origin};
pub use delta::{Delta, DeltaIndex, IndexedDelta, apply, delta};
pub use diff::{Difference, diff};
pub use error::FeedError;
pub use osv::fold_name;
pub use starter::{build_starter, starter};
pub use update::{FetchEvent, UpdateOptions, Updated, update};

/// The parsers of untrusted bytes, for the fuzzer.
#[doc(hidden)]
pub mod fuzz {
    pub use crate::delta::parse as delta;
    pub use crate::documents::{
        parse as document, parse_apollo, parse_bodhi, parse_csaf, parse_cvrf, parse_errata, parse_photon,
    };
    pub use crate::end_of_life::parse as end_of_life;
    pub use crate::enrich::{cve::parse as cve, epss::parse as epss, kev::parse as kev, nvd::parse as nvd};
    pub use crate::nvd::parse as nvd_products;
    pub use crate::osv::parse as osv;
    pub use crate::stored::{decode_advisories, decode_numbers, decode_origins, decode_vulnerability};
}
