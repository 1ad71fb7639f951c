//! Here is a name: which layers, and which files in them?
//!
//! [`open`] turns a [`Target`] into [`Image`]s; [`Image::read_layer`] streams one layer once, verifies it, and shows
//! every entry to a [`Visitor`]. Nothing is ever written to disk under a name from an image, and no link is followed.
//! This crate does not know what a package is.

mod archive;
mod config;
mod connection;
mod credentials;
mod daemon;
mod docker;
mod error;
mod folder;
mod hand_in;
mod hash;
mod json;
mod layer;
mod manifest;
mod oci;
mod options;
mod platform;
mod reference;
mod registry;
mod sbom;
mod sniff;
mod source;
mod store;
mod tar;
mod target;
mod unpack;
mod walk;

pub use connection::{Account, Connection, Listed, PushEvent, Step, push_events};
pub use error::ImageError;
pub use hand_in::HandIn;
pub use options::{Credentials, Mirror, Options, PlatformChoice, Progress};
pub use registry::install_tls;
pub use source::{Attachment, Image, LayerRead, LayerStream, Source, Visitor, open};
pub use target::{Reference, Target};

/// The parsers of untrusted bytes, for fuzzing only.
#[doc(hidden)]
pub mod fuzz {
    use plimsoll_model::Limits;

    /// Notifications of pushes, pages of lists, addresses of registries.
    pub fn connection(bytes: &[u8]) {
        crate::connection::fuzz(bytes);
    }

    /// An image config.
    pub fn config(bytes: &[u8]) {
        let _ = crate::config::parse(bytes);
    }

    /// `manifest.json` and `repositories` of `docker save`.
    pub fn docker(bytes: &[u8]) {
        crate::docker::fuzz(bytes);
    }

    /// A file of sign-ins, and the answer of a credential helper.
    pub fn credentials(bytes: &[u8]) {
        let _ = (crate::credentials::parse_auth_file(bytes), crate::credentials::parse_helper_answer(bytes));
    }

    /// A manifest or an index.
    pub fn manifest(bytes: &[u8]) {
        let _ = crate::manifest::parse(bytes, "");
    }

    /// A reference, as a user types it.
    pub fn reference(bytes: &[u8]) {
        let _ = crate::Reference::parse(&String::from_utf8_lossy(bytes));
    }

    /// What a registry says beside manifests: headers, tokens, refusals.
    pub fn registry(bytes: &[u8]) {
        crate::registry::fuzz(bytes);
    }

    /// Which SBOM it is.
    pub fn sbom(bytes: &[u8]) {
        let _ = crate::sbom::kind(bytes);
    }

    /// A tar, headers, extensions and sparse maps; the names and sizes of its members, for comparing readers.
    pub fn tar(bytes: &[u8]) -> Option<Vec<(Vec<u8>, u64)>> {
        let members = crate::tar::parse(bytes, 4096, &Limits::default()).ok()?;
        Some(members.into_iter().map(|(member, _)| (member.name.clone(), member.size())).collect())
    }

    /// A gzip or zstd stream, at most 16 MiB of it.
    pub fn unpack(bytes: &[u8]) {
        let _ = crate::unpack::unpack(bytes, 16 << 20);
    }

    /// A layer's tar as a visitor sees it.
    pub fn walk(bytes: &[u8]) {
        crate::walk::fuzz(bytes);
    }
}
