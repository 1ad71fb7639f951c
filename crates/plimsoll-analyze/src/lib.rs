//! Here is a file: what does it tell us?
//!
//! An [`Analyzer`] sees one file and returns [facts](plimsoll_model::Fact): never a clock, a socket or another file.
//! [`LayerReader`] offers every file of a layer to all of them; [`overlay`] lays layers over each other.

mod analyzers;
mod overlay;
mod reader;

pub use analyzers::{Analyzer, File, Findings, all};
pub use overlay::overlay;
pub use reader::{LayerReader, edition};

/// The parsers of untrusted bytes, for fuzz targets.
#[doc(hidden)]
pub mod fuzz {
    pub use crate::analyzers::fuzz::*;
}
