//! What `docker save` writes: `manifest.json` and the files it names (Docker image spec 1.2, "Combined Image JSON +
//! Filesystem Changeset Format"), or, before Docker 1.10, only `repositories` and a folder per layer.

use crate::hash::digest_like;
use crate::json::{get, text, texts};
use crate::manifest::match_up;
use crate::oci;
use crate::source::{Image, LayerStream, Source};
use crate::store::Store;
use crate::{ImageError, Options, config, platform};
use plimsoll_model::{Digest, History, ImageManifest, LayerRef, Platform};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// The images of an archive, in its order. An archive that is an OCI layout only is read as one.
pub(crate) fn open(store: &Store, name: &str, options: &Options) -> Result<Vec<Image>, ImageError> {
    let saved = Saved { store, name, options };
    let images = match saved.document("manifest.json")? {
        Some(bytes) => match listed(&bytes).map_err(|why| saved.malformed("manifest.json", why))? {
            listed if listed.is_empty() => return saved.no_image(),
            listed => saved.images(listed)?,
        },
        None => match saved.document("repositories")? {
            Some(bytes) => saved.old_images(&bytes)?,
            None => return saved.no_image(),
        },
    };
    options.limits.check("images", images.len() as u64, || format!("the number of images in {name}"))?;
    Ok(images)
}

/// An image that `manifest.json` lists.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    config: String,
    tags: Vec<String>,
    layers: Vec<String>,
}

/// Reads `manifest.json`. `null` and `[]` list nothing.
fn listed(bytes: &[u8]) -> Result<Vec<Listed>, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let images = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(images) => images,
        _ => return Err("it is no list".to_owned()),
    };
    let one = |image: &Value| {
        let image = image.as_object().ok_or("an image of it is no object")?;
        let layers = match get(image, "Layers") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(layers)) => {
                let names = layers.iter().map(|layer| layer.as_str().map(str::to_owned));
                names.collect::<Option<_>>().ok_or("the name of a layer is no text")?
            }
            Some(_) => return Err("the layers of an image are no list".to_owned()),
        };
        let config = text(get(image, "Config")).ok_or("an image has no config")?;
        Ok(Listed { config, tags: texts(get(image, "RepoTags")), layers })
    };
    images.iter().map(one).collect()
}

#[doc(hidden)]
pub(crate) fn fuzz(bytes: &[u8]) {
    let _ = listed(bytes);
    let _ = tagged(bytes);
}

/// Images of the same tags: one image's platforms.
struct Group {
    tags: Vec<String>,
    images: Vec<(Option<Platform>, Image)>,
}

struct Saved<'a> {
    store: &'a Store,
    name: &'a str,
    options: &'a Options,
}

impl Saved<'_> {
    fn images(&self, listed: Vec<Listed>) -> Result<Vec<Image>, ImageError> {
        self.options
            .limits
            .check("images", listed.len() as u64, || format!("the number of images in {}", self.name))?;
        let manifests = oci::manifests_by_config(self.store, self.name, &self.options.limits);
        let several = listed.len() > 1;
        let mut groups: Vec<Group> = Vec::new();
        for listed in listed {
            let tags = listed.tags.clone();
            let shown = match tags.first() {
                Some(tag) if several => tag.clone(),
                _ => self.name.to_owned(),
            };
            let image = self.image(shown, listed, &manifests)?;
            let platform = image.manifest.platform.clone();
            let same = groups.iter_mut().find(|group| {
                !tags.is_empty()
                    && group.tags == tags
                    && group.images.iter().all(|(other, _)| *other != platform)
            });
            match same {
                Some(group) => group.images.push((platform, image)),
                None => groups.push(Group { tags, images: vec![(platform, image)] }),
            }
        }
        let mut images = Vec::new();
        for Group { tags, images: group } in groups {
            images.extend(platform::choose(
                tags.first().map_or(self.name, String::as_str),
                group,
                &self.options.platform,
            )?);
        }
        Ok(images)
    }

    fn image(
        &self,
        shown: String,
        listed: Listed,
        manifests: &HashMap<Digest, Digest>,
    ) -> Result<Image, ImageError> {
        let bytes = self.document(&listed.config)?;
        let bytes = bytes.ok_or_else(|| self.malformed(&listed.config, "it is missing".to_owned()))?;
        let promised = digest_in(&listed.config);
        let config_digest = match &promised {
            Some(promised) => digest_like(promised, &bytes),
            None => crate::hash::digest_of(&bytes),
        };
        if let Some(expected) = promised.filter(|promised| *promised != config_digest) {
            return Err(ImageError::WrongDigest {
                what: format!("the config of {shown}"),
                expected,
                actual: config_digest,
            });
        }
        let file = config::parse(&bytes).map_err(|why| self.malformed(&listed.config, why))?;
        self.options
            .limits
            .check("layers", listed.layers.len() as u64, || format!("the number of layers of {shown}"))?;
        let diff_ids = match_up(listed.layers.len(), file.diff_ids)
            .map_err(|why| self.malformed("manifest.json", why))?;
        let layers = listed
            .layers
            .iter()
            .zip(diff_ids)
            .map(|(layer, diff_id)| self.layer(layer, diff_id))
            .collect::<Result<_, _>>()?;
        let manifest = ImageManifest {
            name: shown,
            digest: manifests.get(&config_digest).cloned(),
            config_digest: Some(config_digest),
            platform: file.platform,
            config: file.config,
            layers,
            annotations: BTreeMap::new(),
        };
        Ok(Image { manifest, source: Arc::new(Members { store: self.store.clone(), names: listed.layers }) })
    }

    fn layer(&self, name: &str, diff_id: Option<Digest>) -> Result<LayerRef, ImageError> {
        let Some(stored) = self.store.open(name)? else {
            return Err(self.malformed(name, "it is missing".to_owned()));
        };
        // Only a layout promises that its names are digests of the stored bytes; `HEX.tar` may be either digest.
        let digest = if name.starts_with("blobs/") { digest_in(name) } else { None };
        Ok(LayerRef { digest, diff_id, size: Some(stored.size), media_type: String::new() })
    }

    /// Images of an archive that only has `repositories`: a chain of folders, each naming its parent.
    fn old_images(&self, bytes: &[u8]) -> Result<Vec<Image>, ImageError> {
        let tagged = tagged(bytes).map_err(|why| self.malformed("repositories", why))?;
        let mut images: Vec<(String, Image)> = Vec::new();
        let several = tagged.iter().map(|(_, id)| id).collect::<HashSet<_>>().len() > 1;
        for (tag, id) in tagged {
            if images.iter().any(|(seen, _)| *seen == id) {
                continue;
            }
            self.options.limits.check("images", images.len() as u64 + 1, || {
                format!("the number of images in {}", self.name)
            })?;
            let shown = if several { tag } else { self.name.to_owned() };
            let image = self.old_image(shown, &id)?;
            images.push((id, image));
        }
        match images.is_empty() {
            true => self.no_image(),
            false => Ok(images.into_iter().map(|(_, image)| image).collect()),
        }
    }

    fn old_image(&self, shown: String, top: &str) -> Result<Image, ImageError> {
        let (mut names, mut layers, mut history) = (Vec::new(), Vec::new(), Vec::new());
        let mut file = None;
        let mut seen = HashSet::new();
        let mut next = Some(top.to_owned());
        while let Some(id) = next {
            let name = format!("{id}/json");
            if !seen.insert(id.clone()) {
                return Err(self.malformed(&name, "it is its own ancestor".to_owned()));
            }
            self.options
                .limits
                .check("layers", seen.len() as u64, || format!("the number of layers of {shown}"))?;
            let bytes =
                self.document(&name)?.ok_or_else(|| self.malformed(&name, "it is missing".to_owned()))?;
            let parsed = config::parse(&bytes).map_err(|why| self.malformed(&name, why))?;
            let value: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let container = value.get("container_config").and_then(|container| container.get("Cmd"));
            history.push(History {
                created: parsed.config.created.clone(),
                created_by: texts(container).join(" "),
                ..History::default()
            });
            next = text(value.get("parent"));
            let layer = format!("{id}/layer.tar");
            layers.push(self.layer(&layer, None)?);
            names.push(layer);
            file.get_or_insert(parsed);
        }
        names.reverse();
        layers.reverse();
        history.reverse();
        let file = file.unwrap_or_default();
        let mut config = file.config;
        config.history = history;
        let (platform, annotations) = (file.platform, BTreeMap::new());
        let manifest = ImageManifest {
            name: shown,
            digest: None,
            config_digest: None,
            platform,
            config,
            layers,
            annotations,
        };
        Ok(Image { manifest, source: Arc::new(Members { store: self.store.clone(), names }) })
    }

    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, ImageError> {
        self.store.document(name, &format!("{name} of {}", self.name), &self.options.limits)
    }

    fn no_image(&self) -> Result<Vec<Image>, ImageError> {
        match self.store.open("index.json")? {
            Some(_) => oci::open(self.store, self.name, None, self.options),
            None => {
                Err(ImageError::Malformed { what: self.name.to_owned(), why: "it holds no image".to_owned() })
            }
        }
    }

    fn malformed(&self, member: &str, why: String) -> ImageError {
        ImageError::Malformed { what: format!("{member} of {}", self.name), why }
    }
}

/// Tag and image id of each image that `repositories` names: `{"name": {"tag": "id"}}`.
fn tagged(bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let repositories = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Object(repositories) => repositories,
        _ => return Err("it is no JSON object".to_owned()),
    };
    let mut tagged = Vec::new();
    for (repository, tags) in &repositories {
        for (tag, id) in tags.as_object().into_iter().flatten() {
            let id = id
                .as_str()
                .filter(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            let id = id.ok_or_else(|| format!("the image id of {repository}:{tag} is no id"))?;
            tagged.push((format!("{repository}:{tag}"), id.to_owned()));
        }
    }
    Ok(tagged)
}

/// The digest that a name promises: `HEX.json`, `sha256:HEX`, `blobs/sha256/HEX`.
fn digest_in(name: &str) -> Option<Digest> {
    let plain = name.strip_suffix(".json").unwrap_or(name);
    let text = match plain.strip_prefix("blobs/").and_then(|rest| rest.split_once('/')) {
        Some((algorithm, hex)) => format!("{algorithm}:{hex}"),
        None if plain.contains(':') => plain.to_owned(),
        None => format!("sha256:{plain}"),
    };
    text.parse().ok()
}

/// Layers by their name in the archive.
struct Members {
    store: Store,
    names: Vec<String>,
}

impl Source for Members {
    fn layer(&self, index: usize, _: &LayerRef) -> Result<LayerStream, ImageError> {
        let name = self.names.get(index).map_or("", String::as_str);
        match self.store.open(name)? {
            Some(stored) => Ok(LayerStream::Stored(stored.bytes)),
            None => {
                Err(ImageError::Malformed { what: format!("layer {index}"), why: "it is missing".to_owned() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_promise_digests() {
        let hex = "b".repeat(64);
        for name in [format!("{hex}.json"), format!("sha256:{hex}"), format!("blobs/sha256/{hex}")] {
            assert_eq!(digest_in(&name).map(|digest| digest.hex().to_owned()), Some(hex.clone()), "{name}");
        }
        for name in ["config.json", "blobs/../x", "abc"] {
            assert_eq!(digest_in(name), None, "{name}");
        }
    }

    #[test]
    fn lists_are_read() {
        let list =
            listed(br#"[{"Config":"c.json","RepoTags":null,"Layers":["a/layer.tar"]}]"#).expect("valid");
        assert_eq!(
            list,
            [Listed { config: "c.json".into(), tags: vec![], layers: vec!["a/layer.tar".into()] }]
        );
        assert_eq!(listed(b"null"), Ok(Vec::new()));
        for bad in [
            &b"{}"[..],
            b"[1]",
            b"[{}]",
            br#"[{"Config":"c","Layers":[1]}]"#,
            br#"[{"Config":"c","Layers":"x"}]"#,
            b"",
        ] {
            assert!(listed(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
        assert_eq!(tagged(br#"{"a":{"1":"ff"},"b":{}}"#), Ok(vec![("a:1".into(), "ff".into())]));
        assert!(tagged(br#"{"a":{"1":"../x"}}"#).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_lists_never_panic(text in "[\\[\\]{}\":,a-zA-Z0-9]{0,80}") {
            fuzz(text.as_bytes());
        }
    }
}
