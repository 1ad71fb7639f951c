//! Why something could not be done, and what to do about it.

use crate::ScanError;
use plimsoll_fleet::QueryError;
use plimsoll_image::ImageError;
use plimsoll_store::{DataError, StoreError};

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PlatformError {
    /// The truth.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An image, or knowledge.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// A field of a question or document.
    #[error("{name}: {why}")]
    Field {
        /// Which.
        name: String,
        /// Why, and what is allowed.
        why: String,
    },
    /// There is no such thing, or the asker may not see it.
    #[error("there is no {what} {id}")]
    Missing {
        /// `risk`, `image`, …
        what: &'static str,
        /// Which.
        id: String,
    },
    /// The asker may look but not do.
    #[error("{0}")]
    Forbidden(String),
    /// It cannot be done now.
    #[error("{0}")]
    Conflict(String),
    /// Something outside did not answer as it should.
    #[error("{what}: {why}")]
    Outside {
        /// What was asked.
        what: String,
        /// What came.
        why: String,
    },
}

impl From<QueryError> for PlatformError {
    fn from(error: QueryError) -> PlatformError {
        PlatformError::Field { name: error.name, why: error.why }
    }
}

impl From<ImageError> for PlatformError {
    fn from(error: ImageError) -> PlatformError {
        PlatformError::Scan(ScanError::Image(error))
    }
}

impl From<StoreError> for PlatformError {
    fn from(error: StoreError) -> PlatformError {
        PlatformError::Scan(ScanError::Store(error))
    }
}

/// A value of ours that cannot be written as JSON: numbers that are none.
pub(super) fn encode(error: serde_json::Error) -> PlatformError {
    PlatformError::Outside { what: "a document cannot be written".to_owned(), why: error.to_string() }
}

/// There is no such thing, or the asker may not see it.
pub(super) fn missing(what: &'static str, id: &str) -> PlatformError {
    PlatformError::Missing { what, id: id.chars().take(200).collect() }
}
