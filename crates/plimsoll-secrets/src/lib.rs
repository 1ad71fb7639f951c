//! Here is content: which secrets stand in it?
//!
//! [`search`] says what it sees in one file; rules are data (`data/`), found by their keywords, tried around them, and
//! checked: checksums, structures, placeholders. [`findings`] says what that comes to in an image. A secret is never
//! kept, shown or logged: only a masked form and a keyed hash leave this crate.

mod candidate;
mod catalogue;
mod check;
mod checksum;
mod der;
mod encoding;
mod engine;
mod findings;
mod glob;
mod identity;
mod keywords;
mod mask;
mod metadata;
mod placeholder;
mod private_key;
mod reader;
mod rule;
mod text;

pub use findings::findings;

use plimsoll_model::Secret;

/// Raised whenever the same bytes would now give other secrets.
pub const EDITION: u32 = 2;

/// The key of the hashes by which equal secrets are known again.
pub type Key = [u8; 32];

/// The secrets in one file or archive member. `path` is its path (of a member: inside the archive).
pub fn search(path: &str, content: &[u8], key: &Key) -> Vec<Secret> {
    engine::search(path, content, key)
}

/// For the fuzz targets: the parsers of untrusted bytes.
#[doc(hidden)]
pub mod fuzz {
    /// Every path shape by the first byte, the rest as its content.
    pub fn secrets(bytes: &[u8]) {
        const PATHS: &[&str] =
            &["/a", "/.env", "/a.yml", "/.docker/config.json", "/a.py", "/.kube/config", "/.netrc", "/b.p12"];
        let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
        drop(crate::search(PATHS[usize::from(*first) % PATHS.len()], rest, &[7; 32]));
    }

    /// A private key in PEM, OpenSSH or PuTTY form.
    pub fn private_key(bytes: &[u8]) {
        drop(crate::private_key::read(bytes, 0));
    }
}
