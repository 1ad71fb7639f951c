//! Why a scan could not be done, and what to do about it.

use crate::document::ErrorReport;
use plimsoll_assess::vex::VexError;
use plimsoll_feeds::FeedError;
use plimsoll_image::ImageError;
use plimsoll_store::StoreError;
use std::path::PathBuf;

/// Why a scan could not be done.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The image.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// The advisory database.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The folder of stored facts.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user's list of base images.
    #[error("the list of base images {path} cannot be used: {why}", path = path.display())]
    Bases {
        /// Which file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A VEX document cannot be read.
    #[error("cannot read {path}: {source}")]
    VexFile {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A VEX document cannot be used.
    #[error("{name} cannot be used as VEX: {source}")]
    Vex {
        /// Which: a path, or a digest in a registry.
        name: String,
        /// Why.
        source: VexError,
    },
    /// Whoever asked for it no longer wants it.
    #[error("the scan was stopped")]
    Stopped,
    /// It took too long.
    #[error("the scan took longer than {minutes} minutes")]
    TimedOut {
        /// The bound.
        minutes: u64,
    },
    /// The user's folders are not known.
    #[error("there is no folder to keep facts and knowledge in: neither XDG_CACHE_HOME nor HOME is set")]
    NoCacheFolder,
}

impl ScanError {
    /// What to do about it, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            ScanError::Image(error) => error.hint(),
            ScanError::Feed(_) => {
                Some("fetch the advisory database anew with `plimsoll db update`".to_owned())
            }
            ScanError::Store(_) => {
                Some("choose another folder with --cache, or scan with --no-cache".to_owned())
            }
            ScanError::Bases { .. } => Some(
                "mend the file, or delete it and add the base images anew with `plimsoll base add`"
                    .to_owned(),
            ),
            ScanError::VexFile { .. } => Some("name a file or folder that is there with --vex".to_owned()),
            ScanError::Vex { .. } => {
                Some("give --vex an OpenVEX, CSAF or CycloneDX document in JSON".to_owned())
            }
            ScanError::Stopped => None,
            ScanError::TimedOut { .. } => Some("raise the minutes a scan may take".to_owned()),
            ScanError::NoCacheFolder => Some("name one with --cache".to_owned()),
        }
    }

    /// As the scan document says it.
    pub fn report(&self, what: &str) -> ErrorReport {
        ErrorReport {
            what: what.to_owned(),
            why: self.to_string(),
            remedy: self.hint().unwrap_or_else(|| "check the name and the file, then try again".to_owned()),
        }
    }
}
