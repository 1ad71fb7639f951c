//! Images in a registry (OCI distribution spec 1.1, "Pull"): the name becomes manifests and configs here, layers are
//! streamed by [`layer`].

mod challenge;
mod endpoint;
mod http;
mod layer;
mod manifest;
mod retry;
mod sign_in;
#[cfg(test)]
mod tests;

pub use challenge::parse_challenges;
pub use http::{find, innermost, install_tls, is_loopback};
pub use layer::parse_content_range;

use self::manifest::{ACCEPTED, Descriptor, Document, Index, Manifest};
use crate::credentials::Places;
use crate::source::{LayerStream, Source};
use crate::{Image, ImageError, Options, PlatformChoice, Reference};
use endpoint::Endpoint;
use http::Http;
use plimsoll_model::{Digest, ImageManifest, LayerRef, Limits};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use retry::{Attempt, persist};
use sha2::{Digest as _, Sha256, Sha512};
use std::io::Read;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// Indexes inside indexes that are followed.
const DEEPEST_INDEX: usize = 4;
/// Entries of an index for each image allowed: attestations, signatures and platforms not wanted count too.
const ENTRIES_PER_IMAGE: u64 = 16;

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
    /// Where sign-ins are found.
    pub places: Places,
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
    let session = Arc::new(Session {
        http: Http::new(options, setup)?,
        endpoints: endpoint::of(reference, options)?,
        limits: options.limits,
    });
    let name = reference.to_string();
    let wanted = match (&reference.digest, &reference.tag) {
        (Some(digest), _) => digest.to_string(),
        (None, Some(tag)) => tag.clone(),
        (None, None) => "latest".to_owned(),
    };
    let what = format!("the manifest of {name}");
    let top = session.manifest(&wanted, reference.digest.as_ref(), &what)?;
    let manifests = match top.document {
        Document::Manifest(manifest) => vec![(top.digest, manifest)],
        Document::Index(index) => session.chosen(&name, index, &options.platform)?,
    };
    let mut images = Vec::new();
    for (digest, manifest) in manifests {
        images.push(session.image(&name, digest, manifest)?);
    }
    // What an index does not say of its images, and what is no index, only the configs tell.
    if let PlatformChoice::One(wanted) = &options.platform {
        let has = |image: &ImageManifest| image.platform.clone();
        let available: Vec<String> = images.iter().filter_map(has).map(|has| has.to_string()).collect();
        images.retain(|image| image.platform.as_ref().is_none_or(|has| manifest::fits(wanted, has)));
        images.truncate(1);
        if images.is_empty() {
            let (wanted, available) = (wanted.to_string(), available.join(", "));
            return Err(ImageError::Platform { name, wanted, available });
        }
    }
    let source: Arc<dyn Source> = Arc::new(Registry { session });
    Ok(images.into_iter().map(|manifest| Image { manifest, source: Arc::clone(&source) }).collect())
}

/// One repository, as long as it is read.
struct Session {
    http: Http,
    /// Mirrors first, the registry itself last; never empty.
    endpoints: Vec<Endpoint>,
    limits: Limits,
}

/// A manifest or index as fetched.
struct Fetched {
    digest: Digest,
    document: Document,
}

impl Session {
    /// The manifests of an index that are wanted, each with its digest.
    fn chosen(
        &self,
        name: &str,
        index: Index,
        platform: &PlatformChoice,
    ) -> Result<Vec<(Digest, Manifest)>, ImageError> {
        let mut manifests = Vec::new();
        self.flatten(name, index, 0, &mut manifests)?;
        let chosen = manifest::choose(name, &Index { manifests, ..Index::default() }, platform)?;
        self.limits.check("images", chosen.len() as u64, || format!("the number of images of {name}"))?;
        let fetch = |entry: Descriptor| {
            let what = format!("the manifest {} of {name}", entry.digest);
            match self.manifest(entry.digest.as_str(), Some(&entry.digest), &what)? {
                Fetched { digest, document: Document::Manifest(manifest) } => Ok((digest, manifest)),
                _ => Err(ImageError::Malformed {
                    what,
                    why: "it is an index, unsaid by the index around it".to_owned(),
                }),
            }
        };
        chosen.into_iter().map(fetch).collect()
    }

    /// The entries of an index and of the indexes inside it.
    fn flatten(
        &self,
        name: &str,
        index: Index,
        depth: usize,
        entries: &mut Vec<Descriptor>,
    ) -> Result<(), ImageError> {
        let too_large =
            |why: &str| ImageError::Malformed { what: format!("the index of {name}"), why: why.to_owned() };
        for entry in index.manifests {
            if entries.len() as u64 >= self.limits.images.saturating_mul(ENTRIES_PER_IMAGE) {
                return Err(too_large("it has too many entries"));
            }
            if !manifest::is_index(&entry.media_type) {
                entries.push(entry);
                continue;
            }
            if depth == DEEPEST_INDEX {
                return Err(too_large("its indexes lie too deep in each other"));
            }
            let what = format!("the index {} of {name}", entry.digest);
            match self.manifest(entry.digest.as_str(), Some(&entry.digest), &what)?.document {
                Document::Index(inner) => self.flatten(name, inner, depth + 1, entries)?,
                Document::Manifest(_) => entries.push(entry),
            }
        }
        Ok(())
    }

    /// The images of a reference whose manifest is known: fetches and checks its config.
    fn image(&self, name: &str, digest: Digest, manifest: Manifest) -> Result<ImageManifest, ImageError> {
        let Manifest { config: descriptor, layers, annotations } = manifest;
        self.limits.check("layers", layers.len() as u64, || format!("the number of layers of {name}"))?;
        let what = format!("the config of {name}");
        let bytes = self.config(&descriptor, &what)?;
        let config = manifest::parse_config(&bytes).map_err(|why| ImageError::Malformed { what, why })?;
        let diff_ids = config.diff_ids;
        if !diff_ids.is_empty() && diff_ids.len() != layers.len() {
            return Err(ImageError::Malformed {
                what: format!("the manifest of {name}"),
                why: format!("it has {} layers, but its config {}", layers.len(), diff_ids.len()),
            });
        }
        let mut diff_ids = diff_ids.into_iter();
        let layers = layers.into_iter().map(|layer| LayerRef {
            digest: Some(layer.digest),
            diff_id: diff_ids.next(),
            size: Some(layer.size),
            media_type: layer.media_type,
        });
        Ok(ImageManifest {
            name: name.to_owned(),
            digest: Some(digest),
            config_digest: Some(descriptor.digest),
            platform: config.platform,
            config: config.config,
            layers: layers.collect(),
            annotations,
        })
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
            let document = manifest::parse_manifest(&bytes, media_type)
                .map_err(|why| ImageError::Malformed { what: what.to_owned(), why })?;
            Ok(Fetched { digest: actual, document })
        })
    }

    /// Fetches a config and checks its size and digest.
    fn config(&self, descriptor: &Descriptor, what: &str) -> Result<Vec<u8>, ImageError> {
        self.limits.check("manifest-bytes", descriptor.size, || what.to_owned())?;
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
        let most = self.limits.manifest_bytes;
        persist(self.http.setup(), endpoint.attempts(&self.http), || {
            let mut response = match endpoint.get(&self.http, path, accept, 0, what) {
                Ok(response) => response,
                Err(error) => return Attempt::Never(error),
            };
            if let Err(error) =
                self.limits
                    .check("manifest-bytes", response.content_length().unwrap_or(0), || what.to_owned())
            {
                return Attempt::Never(error.into());
            }
            let mut bytes = Vec::new();
            if let Err(error) = response.by_ref().take(most.saturating_add(1)).read_to_end(&mut bytes) {
                return Attempt::Later(layer::broken(what, innermost(&error)), None);
            }
            match self.limits.check("manifest-bytes", bytes.len() as u64, || what.to_owned()) {
                Ok(()) => Attempt::Done((response.headers().clone(), bytes)),
                Err(error) => Attempt::Never(error.into()),
            }
        })
    }
}

/// The layers of one repository.
struct Registry {
    session: Arc<Session>,
}

impl Source for Registry {
    fn layer(&self, index: usize, layer: &LayerRef) -> Result<LayerStream, ImageError> {
        let Some(digest) = &layer.digest else {
            let what = format!("layer {index}");
            return Err(ImageError::Malformed { what, why: "the manifest has no digest for it".to_owned() });
        };
        let reader = layer::Reader::open(Arc::clone(&self.session), digest.clone(), layer.size)?;
        Ok(LayerStream::Stored(Box::new(reader)))
    }
}

fn digest_of(algorithm: &str, bytes: &[u8]) -> Digest {
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
