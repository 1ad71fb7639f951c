//! What can go wrong between a name and its files, by who is to blame.

use plimsoll_model::{Digest, LimitError};
use std::path::PathBuf;

/// Why an image could not be read. `Display` names the thing; [`ImageError::hint`] says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The target's text makes no sense.
    #[error("`{target}` is not an image: {why}")]
    Target {
        /// As given.
        target: String,
        /// What is wrong with it.
        why: String,
    },
    /// The file or folder cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The archive, layout, manifest or config is not what it should be.
    #[error("{what} is not valid: {why}")]
    Malformed {
        /// `the manifest of alpine.tar`, `layer sha256:…`.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// The bytes are not those the digest names.
    #[error("{what} has the digest {actual}, but {expected} was promised")]
    WrongDigest {
        /// `layer 3`, `the manifest`.
        what: String,
        /// Promised.
        expected: Digest,
        /// Found.
        actual: Digest,
    },
    /// The bytes are more or fewer than the manifest says.
    #[error("{what} has {actual} bytes, but the manifest says {expected}")]
    WrongSize {
        /// What.
        what: String,
        /// Promised.
        expected: u64,
        /// Found.
        actual: u64,
    },
    /// The stream of a layer ended early or could not be unpacked.
    #[error("cannot unpack {what}: {why}")]
    Broken {
        /// `layer sha256:…`.
        what: String,
        /// Why.
        why: String,
    },
    /// No platform fits.
    #[error("{name} has no image for {wanted}; it has {available}")]
    Platform {
        /// The image.
        name: String,
        /// Asked for.
        wanted: String,
        /// What there is, joined by commas.
        available: String,
    },
    /// The registry said no, or nothing.
    #[error("{registry} {why}")]
    Registry {
        /// Host.
        registry: String,
        /// `refused the sign-in (401 …)`, `does not answer: …`.
        why: String,
        /// What to do, where there is something.
        hint: Option<String>,
    },
    /// A bound was hit.
    #[error(transparent)]
    Limit(#[from] LimitError),
}

impl ImageError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            ImageError::Registry { hint, .. } => hint.clone(),
            ImageError::Platform { .. } => Some("choose one with --platform, or --platform all".to_owned()),
            ImageError::WrongDigest { .. } | ImageError::WrongSize { .. } | ImageError::Broken { .. } => {
                Some("the image is damaged or was tampered with; fetch it again".to_owned())
            }
            _ => None,
        }
    }
}
