//! What a tag holds, told by manifests alone: no layer is asked for, and a config only where nothing else tells the
//! platform, once.

use super::{ACCEPTED, Ask, Fetched, Session, check_digest, check_size, digest_of};
use crate::connection::Listed;
use crate::manifest::{self, Descriptor, Document, Found};
use crate::{ImageError, config};
use plimsoll_model::{Digest, Platform, Time};
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Configs remembered; beyond that all are forgotten.
const MOST_CONFIGS: usize = 50_000;
/// Annotation that says when an image was built (OCI image spec 1.1, "Pre-Defined Annotation Keys").
const CREATED: &str = "org.opencontainers.image.created";

/// Platforms and days that configs told, by the configs' digests.
#[derive(Default)]
pub(crate) struct Configured(Mutex<HashMap<Digest, Told>>);

/// Platform and day, as far as a config tells them.
type Told = (Option<Platform>, Option<Time>);

impl Session {
    /// What a tag or digest holds, one for each image; none when it is gone. What is wrong with an image itself is said
    /// in its place; an error means that the registry did not answer as it should.
    pub(crate) fn list(&self, wanted: &str, configured: &Configured) -> Result<Vec<Listed>, ImageError> {
        let what = format!("the manifest {wanted}");
        let endpoint = &self.endpoints[0];
        let (path, accept) = (format!("manifests/{wanted}"), ACCEPTED.join(", "));
        let Some((headers, bytes)) = self.find_document(endpoint, &path, &accept, &what, &[404])? else {
            return Ok(Vec::new());
        };
        let asked: Option<Digest> = wanted.parse().ok();
        let (digest, document) = match judge(asked.as_ref(), &headers, &bytes, &what) {
            Ok(Fetched { digest, document }) => (digest, document),
            Err((digest, why)) => return Ok(vec![unsupported(&digest, None, why)]),
        };
        match document {
            Document::Manifest(manifest) => {
                let found = Found { digest, platform: None, annotations: BTreeMap::new(), manifest };
                Ok(vec![self.listed(found, None, configured)?])
            }
            Document::Index(index) => match self.list_index(&digest, index, configured) {
                Err(error) if is_of_image(&error) => Ok(vec![unsupported(&digest, None, error.to_string())]),
                listed => listed,
            },
        }
    }

    /// Digest of what a tag points to; `None` when it is gone. Where a registry leaves it out of its headers, the manifest
    /// is fetched.
    pub(crate) fn digest(&self, tag: &str) -> Result<Option<String>, ImageError> {
        let what = format!("the manifest {tag}");
        let (path, accept) = (format!("manifests/{tag}"), ACCEPTED.join(", "));
        let endpoint = &self.endpoints[0];
        let ask =
            Ask { path: &path, accept: &accept, from: 0, head: true, what: &what, absent: &[404, 405, 501] };
        let response = endpoint.find(&self.http, &ask)?;
        let said = response.headers().get("docker-content-digest").and_then(|value| value.to_str().ok());
        if let Some(digest) = said.and_then(|text| text.parse::<Digest>().ok()) {
            return Ok(response.status().is_success().then(|| digest.to_string()));
        }
        if response.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let document = self.find_document(endpoint, &path, &accept, &what, &[404])?;
        Ok(document.map(|(_, bytes)| digest_of("sha256", &bytes).to_string()))
    }

    fn list_index(
        &self,
        top: &Digest,
        index: Vec<Descriptor>,
        configured: &Configured,
    ) -> Result<Vec<Listed>, ImageError> {
        let name = self.endpoints[0].repository.as_str();
        let mut entries = Vec::new();
        self.flatten(name, index, 1, &mut HashSet::new(), &mut entries)?;
        self.limits.check("images", entries.len() as u64, || format!("the number of images of {name}"))?;
        let (mut images, mut others) = (Vec::new(), Vec::new());
        for entry in entries {
            let digest = entry.digest.clone();
            let listed = match self.manifest_of_index(entry) {
                Ok(Some(found)) if found.manifest.is_artifact() => {
                    others.push(self.listed(found, Some(top), configured)?);
                    continue;
                }
                Ok(Some(found)) => self.listed(found, Some(top), configured)?,
                Ok(None) => {
                    unsupported(&digest, Some(top), "the registry does not have its manifest".to_owned())
                }
                Err(error) if is_of_image(&error) => unsupported(&digest, Some(top), error.to_string()),
                Err(error) => return Err(error),
            };
            images.push(listed);
        }
        // Beside images stand signatures and charts; alone they are said.
        Ok(if images.is_empty() { others } else { images })
    }

    fn manifest_of_index(&self, entry: Descriptor) -> Result<Option<Found>, ImageError> {
        let what = format!("the manifest {}", entry.digest);
        let path = format!("manifests/{}", entry.digest);
        let answer = self.find_document(&self.endpoints[0], &path, &ACCEPTED.join(", "), &what, &[404])?;
        let Some((headers, bytes)) = answer else { return Ok(None) };
        let malformed = |why: String| ImageError::Malformed { what: what.clone(), why };
        let fetched =
            judge(Some(&entry.digest), &headers, &bytes, &what).map_err(|(_, why)| malformed(why))?;
        match fetched.document {
            Document::Manifest(manifest) => Ok(Some(Found::of(entry, manifest))),
            Document::Index(_) => Err(malformed("it is an index, unsaid by the index around it".to_owned())),
        }
    }

    fn listed(
        &self,
        found: Found,
        index: Option<&Digest>,
        configured: &Configured,
    ) -> Result<Listed, ImageError> {
        if let Err(ImageError::Malformed { why, .. }) = found.check_image() {
            return Ok(unsupported(&found.digest, index, why));
        }
        let Found { digest, platform, annotations, manifest } = found;
        let size = manifest.layers.iter().fold(0_u64, |sum, layer| sum.saturating_add(layer.size));
        let said = annotations.get(CREATED).or_else(|| manifest.annotations.get(CREATED));
        let said = said.and_then(|text| Time::parse(text));
        let why = if manifest.layers.is_empty() {
            Some("it has no layers".to_owned())
        } else if manifest.layers.iter().any(|layer| layer.media_type.ends_with("+encrypted")) {
            Some("its layers are encrypted".to_owned())
        } else {
            let count = manifest.layers.len() as u64;
            let over = self.limits.check("layers", count, || "the number of its layers".to_owned());
            over.err().map(|error| error.to_string())
        };
        let mut listed = unsupported(&digest, index, String::new());
        (listed.size, listed.created, listed.unsupported) = (size, said, why);
        let platform = match platform {
            Some(platform) => Some(platform),
            None => match self.configured(&manifest.config, configured) {
                Ok((platform, created)) => {
                    listed.created = created.or(said);
                    platform
                }
                Err(error) if is_of_image(&error) => {
                    listed.unsupported = listed.unsupported.or(Some(error.to_string()));
                    None
                }
                Err(error) => return Err(error),
            },
        };
        listed.platform = platform.map(|platform| platform.to_string()).unwrap_or_default();
        Ok(listed)
    }

    fn configured(&self, descriptor: &Descriptor, configured: &Configured) -> Result<Told, ImageError> {
        let known =
            configured.0.lock().unwrap_or_else(PoisonError::into_inner).get(&descriptor.digest).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let what = "the config".to_owned();
        self.limits.check("manifest-bytes", descriptor.size, || what.clone())?;
        let path = format!("blobs/{}", descriptor.digest);
        let answer = self.find_document(&self.endpoints[0], &path, "*/*", &what, &[404])?;
        let Some((_, bytes)) = answer else {
            return Err(ImageError::Malformed { what, why: "the registry does not have it".to_owned() });
        };
        check_size(Some(descriptor.size), Some(bytes.len() as u64), &what)?;
        check_digest(&descriptor.digest, &digest_of(descriptor.digest.algorithm(), &bytes), &what)?;
        let file = config::parse(&bytes).map_err(|why| ImageError::Malformed { what, why })?;
        let told = (file.platform, file.config.created.as_deref().and_then(Time::parse));
        let mut known = configured.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_CONFIGS {
            known.clear();
        }
        known.insert(descriptor.digest.clone(), told.clone());
        Ok(told)
    }
}

/// Reads a manifest and checks its digest; what is wrong with it comes with the digest it goes by.
fn judge(
    asked: Option<&Digest>,
    headers: &HeaderMap,
    bytes: &[u8],
    what: &str,
) -> Result<Fetched, (Digest, String)> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let promised = asked.cloned().or_else(|| text("docker-content-digest").parse().ok());
    let algorithm = promised.as_ref().map_or("sha256", Digest::algorithm);
    let actual = digest_of(algorithm, bytes);
    let media_type = text(CONTENT_TYPE.as_str()).split(';').next().unwrap_or_default().trim();
    // First, for the digest of a signed schema 1 manifest is not one of its bytes.
    let document = manifest::parse(bytes, media_type);
    let document = document.map_err(|why| (promised.clone().unwrap_or_else(|| actual.clone()), why))?;
    check_digest(promised.as_ref().unwrap_or(&actual), &actual, what)
        .map_err(|error| (promised.clone().unwrap_or_else(|| actual.clone()), error.to_string()))?;
    Ok(Fetched { digest: actual, document })
}

/// Is it the image that is wrong, not the registry?
fn is_of_image(error: &ImageError) -> bool {
    !matches!(error, ImageError::Registry { .. } | ImageError::File { .. } | ImageError::Target { .. })
}

fn unsupported(digest: &Digest, index: Option<&Digest>, why: String) -> Listed {
    Listed {
        digest: digest.to_string(),
        index_digest: index.map(Digest::to_string),
        platform: String::new(),
        size: 0,
        created: None,
        unsupported: Some(why),
    }
}
