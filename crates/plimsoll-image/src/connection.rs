//! A connected registry: what is in it? Lists repositories and tags of every product, tries connections step by step,
//! and reads what registries say about pushes.
//!
//! Everything here blocks; the platform calls it from blocking threads.

use crate::{ImageError, Options, Reference};
use plimsoll_model::{EventKind, Limits, RegistryKind, Time};
use std::sync::Arc;

/// How a registry is reached.
#[derive(Clone)]
pub struct Account {
    /// Which product.
    pub kind: RegistryKind,
    /// `https://registry.example.com[/path]` or `http://…`.
    pub url: String,
    /// Who signs in; empty for nobody.
    pub username: String,
    /// Password or token; never shown.
    pub password: String,
    /// Certificate authorities beside the system's, PEM.
    pub ca: String,
    /// Accept any certificate.
    pub insecure: bool,
    /// May addresses be private or loopback? Else what the name resolves to is checked before each connection, at each
    /// redirect and for each token service.
    pub allow_private: bool,
    /// Requests in a second; 0 for no bound.
    pub requests_per_second: u32,
}

/// One step of trying a connection: `address`, `connect`, `tls`, `sign-in`, `list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub step: &'static str,
    /// Did it work?
    pub ok: bool,
    /// What came of it, or why not and what to do.
    pub detail: String,
}

/// What a tag holds, for one platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Digest of the manifest.
    pub digest: String,
    /// Digest of the index it is in.
    pub index_digest: Option<String>,
    /// `linux/amd64`; empty when only the config would tell and it was not fetched.
    pub platform: String,
    /// Stored bytes of the layers.
    pub size: u64,
    /// When it was built or pushed, where the listing says.
    pub created: Option<Time>,
    /// Why it cannot be scanned: schema 1, a signature, no layers; attestations of an index are left out.
    pub unsupported: Option<String>,
}

/// What a registry said happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushEvent {
    /// `team/app`.
    pub repository: String,
    /// Tags named.
    pub tags: Vec<String>,
    /// Digest named.
    pub digest: Option<String>,
    /// Was it deleted?
    pub deleted: bool,
}

/// A connected registry. Clones share connections, tokens and the bound on requests.
#[derive(Clone)]
pub struct Connection {
    #[expect(dead_code, reason = "skeleton")]
    inner: Arc<Account>,
}

impl Connection {
    /// Checks the account: scheme, host, user information in the address, certificates.
    pub fn new(account: Account, limits: Limits) -> Result<Connection, ImageError> {
        let _ = (account, limits);
        todo!()
    }

    /// Tries it step by step; the first that fails is the last.
    pub fn test(&self) -> Vec<Step> {
        todo!()
    }

    /// Names every repository, as pages come, until `each` says false.
    pub fn repositories(&self, each: &mut dyn FnMut(&str) -> bool) -> Result<(), ImageError> {
        let _ = each;
        todo!()
    }

    /// Every tag of a repository.
    pub fn tags(&self, repository: &str) -> Result<Vec<String>, ImageError> {
        let _ = repository;
        todo!()
    }

    /// Digest of what a tag points to now (HEAD, no body); `None` when it is gone.
    pub fn digest(&self, repository: &str, tag: &str) -> Result<Option<String>, ImageError> {
        let _ = (repository, tag);
        todo!()
    }

    /// What a tag or digest holds: one for each platform. Manifests only, no layers; of an image without index also
    /// its config (once per digest), which tells platform and day.
    pub fn list(&self, repository: &str, tag_or_digest: &str) -> Result<Vec<Listed>, ImageError> {
        let _ = (repository, tag_or_digest);
        todo!()
    }

    /// How [`crate::open`] reads an image of this registry: same account, same guard, same bound on requests.
    pub fn options(&self) -> Options {
        todo!()
    }

    /// The reference of an image in it.
    pub fn reference(
        &self,
        repository: &str,
        tag: Option<&str>,
        digest: Option<&str>,
    ) -> Result<Reference, ImageError> {
        let _ = (repository, tag, digest);
        todo!()
    }
}

/// Reads a notification of a push; what is no event about an image is left out.
pub fn push_events(kind: EventKind, body: &[u8]) -> Result<Vec<PushEvent>, ImageError> {
    let _ = (kind, body);
    todo!()
}
