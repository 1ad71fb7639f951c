//! Here is a file: what does it tell us?
//!
//! An [`Analyzer`] sees one file and returns [facts](plimsoll_model::Fact): never a clock, a socket or another file.
//! [`LayerReader`] offers every file of a layer to all of them; [`overlay`] lays layers over each other.

mod analyzers;
mod detectors;
mod overlay;
mod reader;

pub use analyzers::{Analyzer, File, Findings, all};
pub use detectors::Detectors;
pub use overlay::overlay;
pub use reader::{LayerReader, edition};

/// For fuzz targets: no part of the interface.
#[doc(hidden)]
pub mod fuzz {
    pub use crate::analyzers::fuzz::*;
    use plimsoll_model::{Entry, EntryKind, Limits};

    /// Shows this content under this path to every analyzer that wants it, without the net that catches panics.
    pub fn analyze(path: &str, content: &[u8]) {
        let entry = Entry {
            path: path.to_owned(),
            kind: EntryKind::File,
            mode: 0o755,
            uid: 0,
            gid: 0,
            size: content.len() as u64,
            link: String::new(),
            mtime: 0,
            capability: None,
            sha256: None,
        };
        let limits = Limits::default();
        let file = crate::File { entry: &entry, content, limits: &limits };
        let head = &content[..content.len().min(4096)];
        for analyzer in crate::all().iter().filter(|analyzer| analyzer.wants(&entry, head)) {
            analyzer.read(&file);
        }
    }
}
