//! A connected registry: what is in it? Lists repositories and tags of every product, tries connections step by step,
//! and reads what registries say about pushes.
//!
//! Everything here blocks; the platform calls it from blocking threads.

mod api;
mod events;
mod names;
mod pages;
mod place;
mod products;
mod signature;
#[cfg(test)]
mod tests;
mod trial;

pub use events::push_events;

/// The parsers of what registries say, for fuzzing only.
pub(crate) fn fuzz(bytes: &[u8]) {
    use plimsoll_model::EventKind::{Acr, Distribution, Ecr, Harbor, Quay};
    for kind in [Acr, Distribution, Ecr, Harbor, Quay] {
        // Whether it is a notification is not the question.
        let _ = push_events(kind, bytes);
    }
    let text = String::from_utf8_lossy(bytes);
    let _ = (pages::parse(bytes, "tags"), pages::links_of(&text), Place::parse(&text, &Guard::default()));
}

use crate::reference::{check_repository, check_tag};
use crate::registry::{Configured, Endpoint, Guard, Http, Pace, Refused, Session, Setup, Site};
use crate::{Credentials, ImageError, Options, Reference};
use names::{Names, Took, registry_error};
use pages::List;
use place::Place;
use plimsoll_model::{Limits, RegistryKind, Time};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Repositories whose sign-ins are kept; beyond that all are forgotten.
const MOST_ENDPOINTS: usize = 256;

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
    inner: Arc<Inner>,
}

/// What clones share.
struct Inner {
    account: Account,
    place: Place,
    limits: Limits,
    http: Arc<Http>,
    site: Arc<Site>,
    /// Repositories asked about lately, with the tokens for them.
    endpoints: Mutex<HashMap<String, Arc<Endpoint>>>,
    configured: Configured,
    /// What the product gave for the account.
    ticket: Mutex<Option<Ticket>>,
}

/// Something a product gives for an account, good for some time.
#[derive(Clone)]
struct Ticket {
    credentials: Credentials,
    until: Instant,
}

impl Connection {
    /// Checks the account: scheme, host, user information in the address, certificates.
    pub fn new(account: Account, limits: Limits) -> Result<Connection, ImageError> {
        let guard = Guard { allow_private: account.allow_private, ..Guard::default() };
        Connection::with(account, limits, guard, Setup::default())
    }

    fn with(account: Account, limits: Limits, guard: Guard, setup: Setup) -> Result<Connection, ImageError> {
        let place = Place::parse(&account.url, &guard);
        // What is wrong with it is said without it: it may hold a password.
        let place = place.map_err(|why| ImageError::Malformed { what: "the address".to_owned(), why })?;
        let pace = Pace::new(account.requests_per_second);
        let http = Http::connected(&account.ca, account.insecure, guard, pace, setup).map_err(|why| {
            ImageError::Malformed {
                what: "the list of certificate authorities".to_owned(),
                why: why.to_owned(),
            }
        })?;
        let (name, host) = products::of(account.kind).registry(&place);
        let site = Site { name, host, scheme: place.scheme, challenges: Mutex::default() };
        let inner = Inner {
            account,
            place,
            limits,
            http: Arc::new(http),
            site: Arc::new(site),
            endpoints: Mutex::default(),
            configured: Configured::default(),
            ticket: Mutex::default(),
        };
        Ok(Connection { inner: Arc::new(inner) })
    }

    /// Tries it step by step; the first that fails is the last.
    pub fn test(&self) -> Vec<Step> {
        trial::run(&self.inner)
    }

    /// Names every repository, as pages come, until `each` says false. Names are whole: as `HOST/NAME:TAG` has them.
    pub fn repositories(&self, each: &mut dyn FnMut(&str) -> bool) -> Result<(), ImageError> {
        self.inner.repositories(each)
    }

    /// Every tag of a repository, but those that only name what belongs to an image (signatures, attestations, SBOMs).
    /// None when it is gone.
    pub fn tags(&self, repository: &str) -> Result<Vec<String>, ImageError> {
        let endpoint = self.inner.endpoint(repository)?;
        let what = format!("the tags of {repository}");
        let list = List { path: "tags/list", field: "tags", what: &what, absent: &[404] };
        let mut seen = std::collections::HashSet::new();
        let mut tags = Vec::new();
        let mut take = |tag: &str| {
            if check_tag(tag).is_err() || !seen.insert(tag.to_owned()) {
                return Took::Nothing;
            }
            if !is_attachment_tag(tag) {
                tags.push(tag.to_owned());
            }
            if seen.len() < names::MOST_NAMES { Took::New } else { Took::Stop }
        };
        pages::read(&endpoint, &self.inner.http, &self.inner.limits, &list, &mut take)?;
        match seen.len() < names::MOST_NAMES {
            true => Ok(tags),
            false => Err(too_many(&self.inner.site.name, &format!("tags of {repository}"))),
        }
    }

    /// Digest of what a tag points to now (HEAD, no body); `None` when it is gone.
    pub fn digest(&self, repository: &str, tag: &str) -> Result<Option<String>, ImageError> {
        let endpoint = self.inner.endpoint(repository)?;
        check_name(tag)?;
        self.inner.session(endpoint).digest(tag)
    }

    /// What a tag or digest holds: one for each platform, none when it is gone. Manifests only, no layers; of an image
    /// without index also its config (once per digest), which tells platform and day.
    pub fn list(&self, repository: &str, tag_or_digest: &str) -> Result<Vec<Listed>, ImageError> {
        let endpoint = self.inner.endpoint(repository)?;
        check_name(tag_or_digest)?;
        self.inner.session(endpoint).list(tag_or_digest, &self.inner.configured)
    }

    /// How [`crate::open`] reads an image of this registry: same account, same guard, same bound on requests.
    pub fn options(&self) -> Options {
        Options { limits: self.inner.limits, connection: Some(self.clone()), ..Options::default() }
    }

    /// The reference of an image in it.
    pub fn reference(
        &self,
        repository: &str,
        tag: Option<&str>,
        digest: Option<&str>,
    ) -> Result<Reference, ImageError> {
        let refused =
            |why: String| ImageError::Target { target: repository.chars().take(300).collect(), why };
        check_repository(repository).map_err(refused)?;
        let tag = tag.map(check_tag).transpose().map_err(refused)?;
        let digest = digest.map(str::parse).transpose().map_err(|error| refused(format!("{error}")))?;
        let tag = match (tag, &digest) {
            (None, None) => Some("latest".to_owned()),
            (tag, _) => tag,
        };
        let registry = self.inner.site.name.clone();
        Ok(Reference { registry, repository: repository.to_owned(), tag, digest })
    }

    /// How an image of this registry is reached.
    pub(crate) fn endpoints(
        &self,
        reference: &Reference,
    ) -> Result<(Arc<Http>, Vec<Arc<Endpoint>>), ImageError> {
        if reference.registry != self.inner.site.name {
            let why = format!("it is not in {}, the connected registry", self.inner.site.name);
            return Err(ImageError::Target { target: reference.to_string(), why });
        }
        Ok((Arc::clone(&self.inner.http), vec![self.inner.endpoint(&reference.repository)?]))
    }
}

impl Inner {
    fn repositories(&self, each: &mut dyn FnMut(&str) -> bool) -> Result<(), ImageError> {
        let product = products::of(self.account.kind);
        let mut names = Names::new(&product.below(&self.place), each);
        product.list(self, &mut names)?;
        match names.is_full() {
            true => Err(too_many(&self.site.name, "repositories")),
            false => Ok(()),
        }
    }

    /// The endpoint of a repository, with the token it may have.
    fn endpoint(&self, repository: &str) -> Result<Arc<Endpoint>, ImageError> {
        check_repository(repository).map_err(|why| {
            let target = repository.chars().take(300).collect();
            ImageError::Target { target, why }
        })?;
        let credentials = self.credentials()?;
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = endpoints.get(repository) {
            return Ok(Arc::clone(known));
        }
        if endpoints.len() >= MOST_ENDPOINTS {
            endpoints.clear();
        }
        let scope = Some(format!("repository:{repository}:pull"));
        let endpoint = Arc::new(Endpoint::connected(&self.site, "", repository, scope, credentials));
        endpoints.insert(repository.to_owned(), Arc::clone(&endpoint));
        Ok(endpoint)
    }

    fn session(&self, endpoint: Arc<Endpoint>) -> Session {
        Session::connected(Arc::clone(&self.http), endpoint, self.limits)
    }

    /// Who signs in at the registry itself: the account, or what the product gives for it.
    fn credentials(&self) -> Result<Credentials, ImageError> {
        let Some(exchange) = products::of(self.account.kind).exchange() else {
            return Ok(self.own_credentials());
        };
        // Held to the end: one exchange is enough for all who wait.
        let mut ticket = self.ticket.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(ticket) = ticket.as_ref().filter(|ticket| Instant::now() < ticket.until) {
            return Ok(ticket.credentials.clone());
        }
        let fresh = exchange(self)?;
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let credentials = fresh.credentials.clone();
        *ticket = Some(fresh);
        Ok(credentials)
    }

    fn own_credentials(&self) -> Credentials {
        let Account { username, password, .. } = &self.account;
        if username.is_empty() && password.is_empty() {
            return Credentials::Anonymous;
        }
        Credentials::User { username: username.clone(), password: password.clone() }
    }

    /// Lists `_catalog` below `prefix`, with names put behind `namespace` where the catalog leaves that out. `Some` is
    /// the status it was refused with.
    fn catalog(&self, prefix: &str, namespace: &str, names: &mut Names) -> Result<Option<u16>, ImageError> {
        let (credentials, scope) = (self.credentials()?, Some("registry:catalog:*".to_owned()));
        let endpoint = Endpoint::connected(&self.site, prefix, "", scope, credentials);
        let list = List {
            path: "_catalog",
            field: "repositories",
            what: "the list of its repositories",
            absent: &[401, 403, 404, 405, 501],
        };
        pages::read(&endpoint, &self.http, &self.limits, &list, &mut |name| match namespace {
            "" => names.take(name),
            namespace => names.take(&format!("{namespace}/{name}")),
        })
    }

    /// As [`Inner::catalog`], and an error where it is refused.
    fn whole_catalog(&self, names: &mut Names) -> Result<(), ImageError> {
        match self.catalog("", "", names)? {
            None => Ok(()),
            Some(status) => Err(self.no_catalog(status)),
        }
    }

    /// The error of a registry that does not list its repositories.
    fn no_catalog(&self, status: u16) -> ImageError {
        let user = match self.account.username.as_str() {
            "" => "those not signed in".to_owned(),
            user => user.to_owned(),
        };
        let (why, hint) = match status {
            401 => (
                format!(
                    "refused the sign-in of {user}, or does not let them list its repositories (401 at _catalog)"
                ),
                "check user name and password; if they are right, give the account the right to list \
                 (registry:catalog:*), or choose the product this registry is",
            ),
            403 => (
                format!("does not let {user} list its repositories (403 at _catalog)"),
                "give the account the right to list (registry:catalog:*), or choose the product this registry is",
            ),
            _ => (
                format!("has no list of its repositories ({status} at _catalog)"),
                "choose the product this registry is, or check its address",
            ),
        };
        registry_error(&self.site.name, why, Some(hint))
    }
}

fn too_many(registry: &str, what: &str) -> ImageError {
    let hint = "connect a part of it: put a namespace or project into the address";
    registry_error(registry, format!("names more than {} {what}", names::MOST_NAMES), Some(hint))
}

/// A tag, or a digest.
fn check_name(tag_or_digest: &str) -> Result<(), ImageError> {
    let is_digest = tag_or_digest.parse::<plimsoll_model::Digest>().is_ok();
    match check_tag(tag_or_digest) {
        Err(why) if !is_digest => {
            Err(ImageError::Target { target: tag_or_digest.chars().take(300).collect(), why })
        }
        _ => Ok(()),
    }
}

/// Does this tag stand for what refers to a digest: `sha256-…` (OCI distribution spec 1.1, "Referrers Tag Schema"), or with
/// cosign's endings `.sig`, `.att`, `.sbom`?
fn is_attachment_tag(tag: &str) -> bool {
    let Some(rest) = tag.strip_prefix("sha256-") else { return false };
    let (hex, ending) = rest.split_at_checked(64).unwrap_or(("", rest));
    !hex.is_empty()
        && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
        && matches!(ending, "" | ".sig" | ".att" | ".sbom" | ".sigstore" | ".dockerlayers")
}
