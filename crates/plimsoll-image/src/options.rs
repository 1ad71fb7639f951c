//! How images are opened.

use crate::Connection;
use plimsoll_model::{Limits, Platform};
use std::path::PathBuf;
use std::sync::Arc;

/// Which images of an index are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PlatformChoice {
    /// `linux` on this machine's architecture, else the first one there is.
    #[default]
    Host,
    /// This one; an error if there is none.
    One(Platform),
    /// Every one.
    All,
}

/// Who signs in to a registry.
#[derive(Clone, Default)]
pub enum Credentials {
    /// Nobody.
    #[default]
    Anonymous,
    /// Whoever the user's docker and podman configuration names, credential helpers included. Command line only:
    /// it runs `docker-credential-*` programs.
    Home,
    /// This user.
    User {
        /// Name.
        username: String,
        /// Password or token; never shown.
        password: String,
    },
}

/// Another host that serves a registry's repositories; tried first, the registry itself last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// `docker.io`.
    pub registry: String,
    /// `mirror.example.com` or `mirror.example.com/prefix`.
    pub mirror: String,
}

/// How far reading has come; called often, so keep it cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A layer is about to be read; `size` is its stored size where known.
    Start {
        /// Digest or diff id, short enough to show.
        layer: String,
        /// Stored bytes.
        size: Option<u64>,
    },
    /// So many more stored bytes of it were read.
    Read {
        /// As in `Start`.
        layer: String,
        /// Bytes since the last call.
        bytes: u64,
    },
    /// It is done.
    Done {
        /// As in `Start`.
        layer: String,
    },
}

/// How images are opened.
#[derive(Clone, Default)]
pub struct Options {
    /// Which platforms.
    pub platform: PlatformChoice,
    /// Bounds.
    pub limits: Limits,
    /// Reach no network at all.
    pub offline: bool,
    /// Allow plain http and unverified TLS to hosts that are not loopback.
    pub insecure: bool,
    /// PEM files of certificate authorities to trust besides the system's.
    pub ca_files: Vec<PathBuf>,
    /// Mirrors, in order.
    pub mirrors: Vec<Mirror>,
    /// Who signs in.
    pub credentials: Credentials,
    /// Where configs of registries are kept by digest, so that a known image needs no blob at all.
    pub configs: Option<PathBuf>,
    /// Compute the SHA-256 of every regular file.
    pub hash_files: bool,
    /// The connected registry the image is in: its account, addresses and bound on requests, in place of `insecure`,
    /// `ca_files`, `mirrors` and `credentials` ([`Connection::options`]).
    pub connection: Option<Connection>,
    /// Told how far reading has come.
    pub progress: Option<Arc<dyn Fn(Progress) + Send + Sync>>,
}
