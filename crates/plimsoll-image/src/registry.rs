//! Images in a registry (OCI distribution spec 1.1, "Pull"): the name becomes manifests and configs here, layers are
//! streamed by [`layer`].

mod attached;
mod challenge;
mod configs;
mod endpoint;
mod guard;
mod http;
mod layer;
mod listed;
mod pace;
mod retry;
mod sign_in;
#[cfg(test)]
mod tests;

pub(crate) use endpoint::{Ask, Endpoint, Site};
pub(crate) use guard::{Guard, Refused};
pub(crate) use http::{Fault, Get, Http, Trouble, deadline, is_transient, read_whole};
pub use http::{find, host_name, innermost, install_tls, is_loopback};
pub(crate) use listed::Configured;
pub(crate) use pace::Pace;
pub(crate) use retry::{Attempt, persist, retry_after};
pub(crate) use sign_in::{basic, is_same_site, realm_of, secret_header};
#[cfg(test)]
pub(crate) use tests::{TEST_PEM, fake, real, tls_server};

use crate::config;
use crate::credentials::Places;
use crate::manifest::{self, Descriptor, Document, Found, INDEX_DEPTH};
use crate::source::{Attachment, LayerStream, Source};
use crate::{Image, ImageError, Options, PlatformChoice, Reference, platform};
use configs::Configs;
use plimsoll_model::{Digest, ImageManifest, LayerRef, Limits};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Media types of what a registry is asked for, best first.
const ACCEPTED: &[&str] = &[
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

pub(crate) fn fuzz(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = (challenge::parse_challenges(&text), layer::parse_content_range(&text));
    let _ = (retry::parse_retry_after(&text, chrono::DateTime::UNIX_EPOCH), sign_in::parse_token(bytes));
    let _ = endpoint::parse_refusal(bytes);
}

/// How patient the client is.
#[derive(Clone, Debug)]
pub(crate) struct Setup {
    /// A connection must stand within this time.
    pub connect: Duration,
    /// An answer, and every next piece of it, must come within this time.
    pub stall: Duration,
    /// Attempts without progress before it is given up.
    pub attempts: u32,
    /// Times one layer is taken up again, progress or not.
    pub resumptions: u32,
    /// After the first failure.
    pub first_pause: Duration,
    /// However long the server wishes.
    pub longest_pause: Duration,
    /// Addresses of hosts, instead of asking DNS; for tests.
    pub resolve: Vec<(String, SocketAddr)>,
    /// The same for connected registries, whose guard sees what comes of it.
    pub lookup: Names,
    /// Where sign-ins are found.
    pub places: Places,
}

/// A table of names, or DNS.
#[derive(Clone, Default)]
pub(crate) struct Names(pub Option<guard::Lookup>);

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "a table" } else { "DNS" })
    }
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            connect: Duration::from_secs(10),
            stall: Duration::from_secs(30),
            attempts: 5,
            resumptions: 200,
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(60),
            resolve: Vec::new(),
            lookup: Names::default(),
            places: Places::default(),
        }
    }
}

/// The images a reference names: one, or one per platform asked for.
pub(crate) fn open(reference: &Reference, options: &Options) -> Result<Vec<Image>, ImageError> {
    open_with(reference, options, Setup { places: Places::of_user(), ..Setup::default() })
}

fn open_with(reference: &Reference, options: &Options, setup: Setup) -> Result<Vec<Image>, ImageError> {
    if options.offline {
        return Err(ImageError::Registry {
            registry: reference.registry.clone(),
            why: "is not asked: offline".to_owned(),
            hint: Some("leave out --offline, or scan an archive of the image".to_owned()),
        });
    }
    let (http, endpoints) = match &options.connection {
        Some(connection) => connection.endpoints(reference)?,
        None => {
            let endpoints = endpoint::of(reference, options)?.into_iter().map(Arc::new);
            (Arc::new(Http::new(options, setup)?), endpoints.collect())
        }
    };
    let configs = options.configs.clone().map(Configs::new);
    let session = Arc::new(Session { http, endpoints, limits: options.limits, configs });
    let name = reference.to_string();
    let wanted = match (&reference.digest, &reference.tag) {
        (Some(digest), _) => digest.to_string(),
        (None, Some(tag)) => tag.clone(),
        (None, None) => "latest".to_owned(),
    };
    let what = format!("the manifest of {name}");
    let top = session.manifest(&wanted, reference.digest.as_ref(), &what)?;
    let mut found = match top.document {
        Document::Manifest(manifest) => {
            vec![Found { digest: top.digest.clone(), platform: None, annotations: BTreeMap::new(), manifest }]
        }
        Document::Index(index) => session.chosen(&name, index, &options.platform)?,
    };
    // Beside images stand signatures and charts; alone they are an error that says so.
    if found.len() > 1 {
        found.retain(|found| !found.manifest.is_artifact());
    }
    let mut images = Vec::new();
    for found in found {
        let image = session.image(&name, found)?;
        images.push((image.platform.clone(), image));
    }
    // What an index does not say of its images, and what is no index, only the configs tell.
    let images = platform::choose(&name, images, &options.platform)?;
    let source: Arc<dyn Source> = Arc::new(Registry { session, top: top.digest });
    Ok(images.into_iter().map(|manifest| Image { manifest, source: Arc::clone(&source) }).collect())
}

/// One repository, as long as it is read.
pub(crate) struct Session {
    http: Arc<Http>,
    /// Mirrors first, the registry itself last; never empty.
    endpoints: Vec<Arc<Endpoint>>,
    limits: Limits,
    configs: Option<Configs>,
}

/// A manifest or index as fetched.
struct Fetched {
    digest: Digest,
    document: Document,
}

impl Session {
    /// Of one repository of a connected registry.
    pub(crate) fn connected(http: Arc<Http>, endpoint: Arc<Endpoint>, limits: Limits) -> Session {
        Session { http, endpoints: vec![endpoint], limits, configs: None }
    }

    /// The manifests of an index that are wanted.
    fn chosen(
        &self,
        name: &str,
        index: Vec<Descriptor>,
        wanted: &PlatformChoice,
    ) -> Result<Vec<Found>, ImageError> {
        let mut entries = Vec::new();
        self.flatten(name, index, 1, &mut HashSet::new(), &mut entries)?;
        let images = entries.into_iter().map(|entry| (entry.platform.clone(), entry)).collect();
        let chosen = platform::choose(name, images, wanted)?;
        self.limits.check("images", chosen.len() as u64, || format!("the number of images of {name}"))?;
        let fetch = |entry: Descriptor| {
            let what = format!("the manifest {} of {name}", entry.digest);
            match self.manifest(entry.digest.as_str(), Some(&entry.digest), &what)?.document {
                Document::Manifest(manifest) => Ok(Found::of(entry, manifest)),
                Document::Index(_) => Err(ImageError::Malformed {
                    what,
                    why: "it is an index, unsaid by the index around it".to_owned(),
                }),
            }
        };
        chosen.into_iter().map(fetch).collect()
    }

    /// The images among the entries of an index and of the indexes inside it, each once.
    fn flatten(
        &self,
        name: &str,
        index: Vec<Descriptor>,
        depth: usize,
        seen: &mut HashSet<Digest>,
        images: &mut Vec<Descriptor>,
    ) -> Result<(), ImageError> {
        for entry in index {
            if !seen.insert(entry.digest.clone()) {
                continue;
            }
            manifest::check_entries(seen.len(), &self.limits, name)?;
            if !manifest::is_index_type(&entry.media_type) {
                if !entry.is_attestation() && entry.artifact_type.is_empty() {
                    images.push(entry);
                }
                continue;
            }
            let what = format!("the index {} of {name}", entry.digest);
            if depth == INDEX_DEPTH {
                let why = format!("indexes are nested deeper than {INDEX_DEPTH}");
                return Err(ImageError::Malformed { what, why });
            }
            match self.manifest(entry.digest.as_str(), Some(&entry.digest), &what)?.document {
                Document::Index(inner) => self.flatten(name, inner, depth + 1, seen, images)?,
                Document::Manifest(_) => images.push(entry),
            }
        }
        Ok(())
    }

    /// The image of a manifest: fetches and checks its config.
    fn image(&self, name: &str, found: Found) -> Result<ImageManifest, ImageError> {
        found.check_image()?;
        let what = format!("the config of {name}");
        let bytes = self.config(&found.manifest.config, &what)?;
        let config = config::parse(&bytes).map_err(|why| ImageError::Malformed { what, why })?;
        found.image(name, config, &self.limits)
    }

    /// Fetches a manifest or index by tag or digest, and checks it against the digest asked for, else against the one
    /// the registry says it has.
    fn manifest(&self, wanted: &str, digest: Option<&Digest>, what: &str) -> Result<Fetched, ImageError> {
        self.ask_in_turn(|endpoint| {
            let path = format!("manifests/{wanted}");
            let (headers, bytes) = self.document(endpoint, &path, &ACCEPTED.join(", "), what)?;
            let text =
                |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let promised = digest.cloned().or_else(|| text("docker-content-digest").parse().ok());
            let actual = promised.as_ref().map_or_else(
                || digest_of("sha256", &bytes),
                |promised| digest_of(promised.algorithm(), &bytes),
            );
            check_digest(promised.as_ref().unwrap_or(&actual), &actual, what)?;
            let media_type = text(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
            let document = manifest::parse(&bytes, media_type)
                .map_err(|why| ImageError::Malformed { what: what.to_owned(), why })?;
            Ok(Fetched { digest: actual, document })
        })
    }

    /// Takes a config from where they are kept, else fetches it; checks its size and digest.
    fn config(&self, descriptor: &Descriptor, what: &str) -> Result<Vec<u8>, ImageError> {
        self.limits.check("manifest-bytes", descriptor.size, || what.to_owned())?;
        if let Some(bytes) = self.configs.as_ref().and_then(|configs| configs.get(&descriptor.digest)) {
            return Ok(bytes);
        }
        let bytes = self.fetch_config(descriptor, what)?;
        if let Some(configs) = &self.configs {
            configs.keep(&descriptor.digest, &bytes);
        }
        Ok(bytes)
    }

    fn fetch_config(&self, descriptor: &Descriptor, what: &str) -> Result<Vec<u8>, ImageError> {
        self.ask_in_turn(|endpoint| {
            let path = format!("blobs/{}", descriptor.digest);
            let (_, bytes) = self.document(endpoint, &path, "*/*", what)?;
            check_size(Some(descriptor.size), Some(bytes.len() as u64), what)?;
            check_digest(&descriptor.digest, &digest_of(descriptor.digest.algorithm(), &bytes), what)?;
            Ok(bytes)
        })
    }

    /// Asks the endpoints in turn. What the last one, the registry itself, says of a failure is the answer.
    fn ask_in_turn<T>(
        &self,
        mut ask: impl FnMut(&Endpoint) -> Result<T, ImageError>,
    ) -> Result<T, ImageError> {
        let mut last = None;
        for (at, endpoint) in self.endpoints.iter().enumerate() {
            if endpoint.is_down() && at + 1 < self.endpoints.len() {
                continue;
            }
            match ask(endpoint) {
                Ok(answer) => return Ok(answer),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("a session has at least one endpoint, and the last is always asked"))
    }

    /// Fetches something that fits in memory, whole.
    fn document(
        &self,
        endpoint: &Endpoint,
        path: &str,
        accept: &str,
        what: &str,
    ) -> Result<(HeaderMap, Vec<u8>), ImageError> {
        let found = self.find_document(endpoint, path, accept, what, &[])?;
        found.ok_or_else(|| ImageError::Registry {
            registry: endpoint.name.clone(),
            why: format!("does not have {what}"),
            hint: None,
        })
    }

    /// As [`Session::document`]; with one of the statuses in `absent` the answer is that there is none.
    fn find_document(
        &self,
        endpoint: &Endpoint,
        path: &str,
        accept: &str,
        what: &str,
        absent: &[u16],
    ) -> Result<Option<(HeaderMap, Vec<u8>)>, ImageError> {
        let most = self.limits.manifest_bytes;
        persist(self.http.setup(), endpoint.attempts(&self.http), || {
            let ask = Ask { path, accept, from: 0, head: false, what, absent };
            let response = match endpoint.find(&self.http, &ask) {
                Ok(response) if response.status().is_success() => response,
                Ok(_) => return Attempt::Done(None),
                Err(error) => return Attempt::Never(error),
            };
            if let Err(error) =
                self.limits
                    .check("manifest-bytes", response.content_length().unwrap_or(0), || what.to_owned())
            {
                return Attempt::Never(error.into());
            }
            let headers = response.headers().clone();
            match read_whole(response, most, deadline(self.limits.seconds)) {
                Ok(Some(bytes)) => Attempt::Done(Some((headers, bytes))),
                Ok(None) => {
                    match self.limits.check("manifest-bytes", most.saturating_add(1), || what.to_owned()) {
                        Ok(()) => Attempt::Done(None),
                        Err(error) => Attempt::Never(error.into()),
                    }
                }
                Err(error) => Attempt::Later(layer::cut_off(endpoint, what, &innermost(&error)), None),
            }
        })
    }
}

/// The layers of one repository.
struct Registry {
    session: Arc<Session>,
    /// Digest of what the reference names: the image's manifest, or the index around it.
    top: Digest,
}

impl Source for Registry {
    fn layer(&self, index: usize, layer: &LayerRef) -> Result<LayerStream, ImageError> {
        let Some(digest) = &layer.digest else {
            let what = format!("layer {index}");
            return Err(ImageError::Malformed { what, why: "the manifest has no digest for it".to_owned() });
        };
        match layer::Reader::open(Arc::clone(&self.session), digest.clone(), layer.size) {
            Ok(reader) => Ok(LayerStream::Stored(Box::new(reader))),
            // Some registries keep foreign layers all the same.
            Err(error @ ImageError::Registry { .. }) if manifest::is_foreign_type(&layer.media_type) => {
                let (what, why) = (format!("layer {digest}"), manifest::foreign(&error.to_string()));
                Err(ImageError::Malformed { what, why })
            }
            Err(error) => Err(error),
        }
    }

    fn attached(
        &self,
        manifest: &ImageManifest,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<Attachment>, ImageError> {
        let mut subjects: Vec<&Digest> = manifest.digest.iter().collect();
        if !subjects.contains(&&self.top) {
            subjects.push(&self.top);
        }
        self.session.attached(&subjects, wanted)
    }
}

pub(crate) fn digest_of(algorithm: &str, bytes: &[u8]) -> Digest {
    match algorithm {
        "sha512" => {
            let text = format!("sha512:{}", hex::encode(Sha512::digest(bytes)));
            text.parse().expect("128 lower-case hex digits are a sha512 digest")
        }
        _ => Digest::sha256(&Sha256::digest(bytes)),
    }
}

fn check_digest(expected: &Digest, actual: &Digest, what: &str) -> Result<(), ImageError> {
    if expected == actual {
        return Ok(());
    }
    Err(ImageError::WrongDigest { what: what.to_owned(), expected: expected.clone(), actual: actual.clone() })
}

/// Sizes must agree where both are known.
fn check_size(expected: Option<u64>, actual: Option<u64>, what: &str) -> Result<(), ImageError> {
    match (expected, actual) {
        (Some(expected), Some(actual)) if expected != actual => {
            Err(ImageError::WrongSize { what: what.to_owned(), expected, actual })
        }
        _ => Ok(()),
    }
}
