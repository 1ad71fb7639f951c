//! Here is a name: which layers, and which files in them?
//!
//! [`open`] turns a [`Target`] into [`Image`]s; [`Image::read_layer`] streams one layer once, verifies it, and shows
//! every entry to a [`Visitor`]. Nothing is ever written to disk under a name from an image, and no link is followed.
//! This crate does not know what a package is.

mod archive;
mod credentials;
#[allow(dead_code, reason = "`open` calls it once the archives are merged")]
mod daemon;
mod error;
mod manifest;
mod options;
mod reference;
#[allow(dead_code, reason = "`open` calls it once the archives are merged")]
mod registry;
mod source;
mod target;

pub use error::ImageError;
pub use options::{Credentials, Mirror, Options, PlatformChoice, Progress};
pub use registry::install_tls;
pub use source::{Image, LayerRead, LayerStream, Source, Visitor, open};
pub use target::{Reference, Target};

/// The parsers of untrusted bytes, for the fuzzer.
#[doc(hidden)]
pub mod fuzz {
    pub use crate::credentials::{parse_auth_file, parse_helper_answer};
    pub use crate::manifest::{parse_config, parse_manifest};
    pub use crate::registry::{parse_challenges, parse_content_range};
}
