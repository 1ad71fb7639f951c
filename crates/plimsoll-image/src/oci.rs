//! OCI layouts, as a folder or in a tar (OCI image spec 1.1, "Image Layout").

use crate::config::{self, ConfigFile};
use crate::manifest::{self, Descriptor, Document, Found, INDEX_DEPTH};
use crate::source::{Image, LayerStream, Source};
use crate::store::{Store, blob_name};
use crate::{ImageError, Options, platform};
use plimsoll_model::{Digest, LayerRef, Limits};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The images of a layout: of each name in it, the platforms asked for. `tag` picks one name.
pub(crate) fn open(
    store: &Store,
    name: &str,
    tag: Option<&str>,
    options: &Options,
) -> Result<Vec<Image>, ImageError> {
    let layout = Layout { store, name, limits: &options.limits };
    let groups = layout.groups()?;
    let wanted: Vec<Group> = match tag {
        None => groups,
        Some(tag) => {
            let has = groups.iter().filter_map(|group| group.name.clone()).collect::<Vec<_>>().join(", ");
            let found: Vec<Group> = groups.into_iter().filter(|group| group.is_called(tag)).collect();
            if found.is_empty() {
                let has = if has.is_empty() { "it has no tags".to_owned() } else { format!("it has {has}") };
                return Err(ImageError::Target {
                    target: format!("{name}:{tag}"),
                    why: format!("the layout has no tag {tag}; {has}"),
                });
            }
            found
        }
    };
    let several = wanted.len() > 1;
    let mut images = Vec::new();
    for group in wanted {
        let shown =
            if several { group.name.clone().unwrap_or_else(|| name.to_owned()) } else { name.to_owned() };
        images.extend(layout.images(&shown, group, options)?);
        options.limits.check("images", images.len() as u64, || format!("the number of images in {name}"))?;
    }
    if images.is_empty() {
        return Err(layout.malformed("it holds no image"));
    }
    Ok(images)
}

/// The manifest that names each config, for archives that are a layout too. What cannot be read is left out: the
/// archive does not depend on it.
pub(crate) fn manifests_by_config(store: &Store, name: &str, limits: &Limits) -> HashMap<Digest, Digest> {
    let layout = Layout { store, name, limits };
    let found = layout.groups().and_then(|groups| {
        let tops = groups.into_iter().flat_map(|group| group.manifests).collect();
        layout.flatten(tops)
    });
    let manifests = found.unwrap_or_default().into_iter();
    manifests.map(|found| (found.manifest.config.digest, found.digest)).collect()
}

struct Layout<'a> {
    store: &'a Store,
    name: &'a str,
    limits: &'a Limits,
}

/// Descriptors of the layout's index that belong to one image: of one name, or of one image's platforms.
#[derive(Debug)]
struct Group {
    name: Option<String>,
    manifests: Vec<Descriptor>,
}

impl Group {
    /// Tags are whole names or what follows their last colon: `latest`, `docker.io/library/alpine:latest`.
    fn is_called(&self, tag: &str) -> bool {
        let Some(name) = &self.name else { return false };
        name == tag || name.rsplit_once(':').is_some_and(|(_, last)| last == tag)
    }
}

impl Layout<'_> {
    fn groups(&self) -> Result<Vec<Group>, ImageError> {
        let what = format!("the index of {}", self.name);
        let bytes = self.store.document("index.json", &what, self.limits)?;
        let bytes = bytes.ok_or_else(|| self.malformed("it has no index.json"))?;
        match manifest::parse(&bytes, "") {
            Ok(Document::Index(manifests)) => Ok(group(manifests)),
            Ok(Document::Manifest(_)) => Err(self.malformed("its index.json is a manifest")),
            Err(why) => Err(ImageError::Malformed { what, why }),
        }
    }

    fn images(&self, name: &str, group: Group, options: &Options) -> Result<Vec<Image>, ImageError> {
        let mut candidates = Vec::new();
        let found = self.flatten(group.manifests)?;
        // Beside images stand signatures, charts and notes about images; alone they are an error that says so.
        let only = found.len() == 1;
        for found in found.into_iter().filter(|found| only || !found.manifest.is_artifact()) {
            let config = self.config(&found)?;
            candidates.push((found.platform.clone().or(config.platform.clone()), (found, config)));
        }
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let chosen = platform::choose(name, candidates, &options.platform)?;
        chosen.into_iter().map(|(found, config)| self.image(name, found, config)).collect()
    }

    /// The manifests of images behind these descriptors, nested indexes opened. A manifest that is not here is passed over,
    /// since exports of one platform keep the index of all; but one at least must be.
    fn flatten(&self, tops: Vec<Descriptor>) -> Result<Vec<Found>, ImageError> {
        let mut found = Vec::new();
        let mut missing = None;
        let mut seen = HashSet::new();
        let mut open: Vec<(Descriptor, usize)> = tops.into_iter().rev().map(|top| (top, 1)).collect();
        while let Some((descriptor, depth)) = open.pop() {
            if descriptor.is_attestation() || !seen.insert(descriptor.digest.clone()) {
                continue;
            }
            manifest::check_entries(seen.len(), self.limits, self.name)?;
            let what = format!("the manifest {}", descriptor.digest);
            let Some(bytes) = self.store.verified(&descriptor.digest, descriptor.size, &what, self.limits)?
            else {
                missing.get_or_insert(descriptor.digest);
                continue;
            };
            let document = manifest::parse(&bytes, &descriptor.media_type)
                .map_err(|why| ImageError::Malformed { what: what.clone(), why })?;
            match document {
                Document::Manifest(manifest) => found.push(Found::of(descriptor, manifest)),
                Document::Index(_) if depth == INDEX_DEPTH => {
                    return Err(ImageError::Malformed {
                        what,
                        why: format!("indexes are nested deeper than {INDEX_DEPTH}"),
                    });
                }
                Document::Index(nested) => {
                    open.extend(nested.into_iter().rev().map(|nested| (nested, depth + 1)))
                }
            }
        }
        match missing {
            Some(digest) if found.is_empty() => {
                Err(self.malformed(&format!("the manifest {digest} is missing")))
            }
            _ => Ok(found),
        }
    }

    fn config(&self, found: &Found) -> Result<ConfigFile, ImageError> {
        found.check_image()?;
        let Descriptor { digest, size, .. } = &found.manifest.config;
        let what = format!("the config {digest}");
        let bytes = self.store.verified(digest, *size, &what, self.limits)?;
        let bytes = bytes.ok_or_else(|| self.malformed(&format!("{what} is missing")))?;
        config::parse(&bytes).map_err(|why| ImageError::Malformed { what, why })
    }

    fn image(&self, name: &str, found: Found, config: ConfigFile) -> Result<Image, ImageError> {
        let layers = found.manifest.layers.clone();
        let manifest = found.image(name, config, self.limits)?;
        layers.iter().try_for_each(|layer| self.check_layer(layer))?;
        Ok(Image { manifest, source: Arc::new(Blobs { store: self.store.clone() }) })
    }

    fn check_layer(&self, layer: &Descriptor) -> Result<(), ImageError> {
        let malformed =
            |why: String| Err(ImageError::Malformed { what: format!("layer {}", layer.digest), why });
        match self.store.open(&blob_name(&layer.digest))? {
            Some(stored) if stored.size == layer.size => Ok(()),
            Some(stored) => {
                let what = format!("layer {}", layer.digest);
                Err(ImageError::WrongSize { what, expected: layer.size, actual: stored.size })
            }
            None if !layer.urls.is_empty() || manifest::is_foreign_type(&layer.media_type) => {
                malformed(manifest::foreign(layer.urls.first().map_or("", String::as_str)))
            }
            None => malformed("it is missing".to_owned()),
        }
    }

    fn malformed(&self, why: &str) -> ImageError {
        ImageError::Malformed { what: self.name.to_owned(), why: why.to_owned() }
    }
}

/// Descriptors of one name belong together; those without a name only if their platforms tell them apart.
fn group(manifests: Vec<Descriptor>) -> Vec<Group> {
    let mut named: BTreeMap<String, Vec<Descriptor>> = BTreeMap::new();
    let mut order = Vec::new();
    let mut unnamed = Vec::new();
    for descriptor in manifests {
        match name_of(&descriptor) {
            Some(name) => {
                if !named.contains_key(&name) {
                    order.push(name.clone());
                }
                named.entry(name).or_default().push(descriptor);
            }
            None => unnamed.push(descriptor),
        }
    }
    let groups = order.into_iter().filter_map(|name| {
        let manifests = named.remove(&name)?;
        Some(Group { name: Some(name), manifests })
    });
    let mut groups: Vec<Group> = groups.collect();
    let images = unnamed.iter().filter(|descriptor| !descriptor.is_attestation());
    let platforms: Vec<_> = images.map(|descriptor| descriptor.platform.clone()).collect();
    let distinct: HashSet<_> = platforms.iter().flatten().collect();
    if distinct.len() == platforms.len() && !unnamed.is_empty() {
        groups.push(Group { name: None, manifests: unnamed });
    } else {
        let alone = unnamed.into_iter().filter(|descriptor| !descriptor.is_attestation());
        groups.extend(alone.map(|descriptor| Group { name: None, manifests: vec![descriptor] }));
    }
    groups
}

/// containerd writes the whole name beside the tag.
fn name_of(descriptor: &Descriptor) -> Option<String> {
    ["io.containerd.image.name", "org.opencontainers.image.ref.name"]
        .iter()
        .find_map(|key| descriptor.annotations.get(*key).filter(|name| !name.is_empty()).cloned())
}

struct Blobs {
    store: Store,
}

impl Source for Blobs {
    fn layer(&self, _: usize, layer: &LayerRef) -> Result<LayerStream, ImageError> {
        let stored = match &layer.digest {
            Some(digest) => self.store.open(&blob_name(digest))?,
            None => None,
        };
        match stored {
            Some(stored) => Ok(LayerStream::Stored(stored.bytes)),
            None => {
                let what =
                    layer.digest.as_ref().map_or("a layer".to_owned(), |digest| format!("layer {digest}"));
                Err(ImageError::Malformed { what, why: "it is missing".to_owned() })
            }
        }
    }
}
