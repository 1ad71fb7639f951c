//! Here is a name: which layers, and which files in them?
//!
//! [`open`] turns a [`Target`] into [`Image`]s; [`Image::read_layer`] streams one layer once, verifies it, and shows
//! every entry to a [`Visitor`]. Nothing is ever written to disk under a name from an image, and no link is followed.
//! This crate does not know what a package is.

mod error;
mod options;
mod source;
mod target;

pub use error::ImageError;
pub use options::{Credentials, Mirror, Options, PlatformChoice, Progress};
pub use source::{Image, LayerRead, LayerStream, Source, Visitor, open};
pub use target::{Reference, Target};
