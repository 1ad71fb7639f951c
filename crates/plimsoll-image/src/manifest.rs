//! Manifests and indexes, OCI's and Docker's (OCI image spec 1.1, "Image Manifest", "Image Index"; distribution
//! manifest schema 2).

use crate::ImageError;
use crate::config::{ConfigFile, platform};
use crate::json::{self, get, text, text_map, texts};
use plimsoll_model::{Digest, ImageManifest, LayerRef, Limits, Platform};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Indexes inside indexes: a layout's own, one of platforms, and what tools have put between.
pub(crate) const INDEX_DEPTH: usize = 4;

/// Entries of an index for each image allowed: attestations, signatures and platforms not wanted count too.
const ENTRIES_PER_IMAGE: u64 = 16;

/// A manifest, or an index of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Document {
    Index(Vec<Descriptor>),
    Manifest(Box<Manifest>),
}

/// One image: its config and its layers, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub config: Descriptor,
    pub layers: Vec<Descriptor>,
    pub annotations: BTreeMap<String, String>,
    pub artifact_type: String,
}

/// What names other content (OCI image spec 1.1, "OCI Content Descriptors").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub digest: Digest,
    pub size: u64,
    pub media_type: String,
    /// In an index: the platform of the image.
    pub platform: Option<Platform>,
    pub annotations: BTreeMap<String, String>,
    pub artifact_type: String,
    pub urls: Vec<String>,
}

/// A manifest, and what the index it was found by says of it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub digest: Digest,
    pub platform: Option<Platform>,
    pub annotations: BTreeMap<String, String>,
    pub manifest: Box<Manifest>,
}

/// Reads a manifest or an index; told by what it holds, since the media type is often left out. `media_type` (of the
/// descriptor or the HTTP answer, may be empty) must not contradict that. `Err` says why it is neither.
pub(crate) fn parse(bytes: &[u8], media_type: &str) -> Result<Document, String> {
    let document = json::object(bytes)?;
    let has = |name| get(&document, name).is_some_and(|value| !value.is_null());
    let said = [text(get(&document, "mediaType")).unwrap_or_default(), media_type.to_owned()];
    if get(&document, "schemaVersion").and_then(Value::as_u64) == Some(1)
        || has("fsLayers")
        || said.iter().any(|said| said.contains("distribution.manifest.v1"))
    {
        return Err(
            "it is a schema 1 manifest, which registries gave up years ago; push the image again".to_owned()
        );
    }
    let (is_index, is_manifest) = (has("manifests"), has("config") || has("layers"));
    // A document that is both is seen differently by different readers (CVE-2021-41190).
    if is_index && is_manifest {
        return Err("it is an index and a manifest at once".to_owned());
    }
    let says_manifest =
        |said: &str| said.contains("image.manifest") || said.contains("distribution.manifest.v2");
    let lie = said.iter().find(|said| {
        (is_index && says_manifest(said.as_str())) || (is_manifest && is_index_type(said.as_str()))
    });
    if let Some(lie) = lie {
        return Err(format!("it is not the `{lie}` it says it is"));
    }
    if let Some(config) = get(&document, "config").filter(|value| !value.is_null()) {
        return Ok(Document::Manifest(Box::new(Manifest {
            config: descriptor(config).map_err(|why| format!("config: {why}"))?,
            layers: descriptors(&document, "layers")?,
            annotations: text_map(get(&document, "annotations")),
            artifact_type: text(get(&document, "artifactType")).unwrap_or_default(),
        })));
    }
    match get(&document, "manifests") {
        Some(_) if !is_manifest => Ok(Document::Index(descriptors(&document, "manifests")?)),
        _ => Err("it has neither manifests nor a config".to_owned()),
    }
}

/// Is this the media type of an index?
pub(crate) fn is_index_type(media_type: &str) -> bool {
    media_type.contains("image.index") || media_type.contains("manifest.list")
}

/// Are bytes of this media type kept outside registries, as those of Windows base layers are?
pub(crate) fn is_foreign_type(media_type: &str) -> bool {
    media_type.contains("nondistributable") || media_type.contains("foreign")
}

/// Of a foreign layer that is not here: what is wrong, with where it is or why it cannot be had.
pub(crate) fn foreign(details: &str) -> String {
    let details = if details.is_empty() { String::new() } else { format!(" ({details})") };
    format!(
        "it is kept outside the image{details} and must not be redistributed, as base layers of Windows; such images are not supported"
    )
}

/// Entries of indexes, nested ones counted too, against the bound of images.
pub(crate) fn check_entries(entries: usize, limits: &Limits, name: &str) -> Result<(), ImageError> {
    if entries as u64 <= limits.images.saturating_mul(ENTRIES_PER_IMAGE) {
        return Ok(());
    }
    Err(ImageError::Malformed {
        what: format!("the index of {name}"),
        why: "it has too many entries".to_owned(),
    })
}

fn descriptors(document: &Map<String, Value>, name: &str) -> Result<Vec<Descriptor>, String> {
    match get(document, name) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => {
            let at = |(at, item)| descriptor(item).map_err(|why| format!("{name}[{at}]: {why}"));
            list.iter().enumerate().map(at).collect()
        }
        Some(_) => Err(format!("{name} is no list")),
    }
}

fn descriptor(value: &Value) -> Result<Descriptor, String> {
    let of = value.as_object().ok_or("it is no descriptor")?;
    let digest = get(of, "digest").and_then(Value::as_str).ok_or("it has no digest")?;
    Ok(Descriptor {
        digest: digest.parse().map_err(|error| format!("{error}"))?,
        size: get(of, "size").and_then(Value::as_u64).ok_or("its size is no number")?,
        media_type: text(get(of, "mediaType")).unwrap_or_default(),
        platform: get(of, "platform").and_then(Value::as_object).and_then(platform),
        annotations: text_map(get(of, "annotations")),
        artifact_type: text(get(of, "artifactType")).unwrap_or_default(),
        urls: texts(get(of, "urls")),
    })
}

impl Descriptor {
    /// Is it a note about another manifest, as BuildKit adds them, rather than an image?
    pub fn is_attestation(&self) -> bool {
        let unknown = |platform: &Platform| platform.os == "unknown" || platform.arch == "unknown";
        self.annotations.contains_key("vnd.docker.reference.type")
            || self.platform.as_ref().is_some_and(unknown)
    }
}

impl Manifest {
    /// Is it something else that is kept like an image: a chart, a signature, an SBOM?
    pub fn is_artifact(&self) -> bool {
        let is_config = [
            "",
            "application/vnd.oci.image.config.v1+json",
            "application/vnd.docker.container.image.v1+json",
            "application/json",
            "application/octet-stream",
        ]
        .contains(&self.config.media_type.as_str());
        let is_layer = |layer: &Descriptor| {
            let kind = layer.media_type.as_str();
            kind.is_empty() || kind.contains("image.layer") || kind.contains("image.rootfs")
        };
        // Carelessly named layers still belong to an image when its config says that it is one.
        let may_be_layer = |layer: &Descriptor| {
            is_layer(layer) || layer.media_type.contains("tar") || layer.media_type.contains("octet-stream")
        };
        match is_config {
            true => !self.layers.is_empty() && !self.layers.iter().any(may_be_layer),
            false => !self.layers.iter().any(is_layer),
        }
    }
}

impl Found {
    /// Told by a descriptor.
    pub fn of(descriptor: Descriptor, manifest: Box<Manifest>) -> Found {
        let Descriptor { digest, platform, annotations, .. } = descriptor;
        Found { digest, platform, annotations, manifest }
    }

    /// The image, now that its config is known. What is no image, or none that can be read, is an error that says so.
    pub fn image(self, name: &str, config: ConfigFile, limits: &Limits) -> Result<ImageManifest, ImageError> {
        let Found { digest, platform, mut annotations, manifest } = self;
        let Manifest { config: descriptor, layers, annotations: own, .. } = *manifest;
        limits.check("layers", layers.len() as u64, || format!("the number of layers of {name}"))?;
        let diff_ids = match_up(layers.len(), config.diff_ids)
            .map_err(|why| ImageError::Malformed { what: format!("the manifest {digest}"), why })?;
        annotations.extend(own);
        let layers = layers.into_iter().zip(diff_ids).map(|(layer, diff_id)| {
            if layer.media_type.ends_with("+encrypted") {
                let (what, why) = (format!("layer {}", layer.digest), "it is encrypted".to_owned());
                return Err(ImageError::Malformed { what, why });
            }
            let (digest, size) = (Some(layer.digest), Some(layer.size));
            Ok(LayerRef { digest, diff_id, size, media_type: layer.media_type })
        });
        Ok(ImageManifest {
            name: name.to_owned(),
            digest: Some(digest),
            config_digest: Some(descriptor.digest),
            platform: platform.or(config.platform),
            config: config.config,
            layers: layers.collect::<Result<_, _>>()?,
            annotations,
        })
    }

    /// An error for what is no image.
    pub fn check_image(&self) -> Result<(), ImageError> {
        if !self.manifest.is_artifact() {
            return Ok(());
        }
        let Manifest { artifact_type, config, layers, .. } = &*self.manifest;
        let layer = layers.first().map_or("", |layer| &layer.media_type);
        let kind = match (artifact_type.as_str(), config.media_type.as_str()) {
            ("", config) if config.contains("image.config") || config.contains("container.image") => layer,
            ("", config) => config,
            (artifact_type, _) => artifact_type,
        };
        let why = format!("it is no image but of the type {kind}");
        Err(ImageError::Malformed { what: format!("the manifest {}", self.digest), why })
    }
}

/// A diff id for each of so many layers: all, or none where the config is silent.
pub(crate) fn match_up(layers: usize, diff_ids: Option<Vec<Digest>>) -> Result<Vec<Option<Digest>>, String> {
    match diff_ids {
        None => Ok(vec![None; layers]),
        Some(ids) if ids.len() == layers => Ok(ids.into_iter().map(Some).collect()),
        Some(ids) => Err(format!("it has {layers} layers, but its config names {}", ids.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEX: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const INDEX: &str = "application/vnd.oci.image.index.v1+json";

    fn manifest() -> String {
        format!(
            r#"{{"schemaVersion":2,"config":{{"digest":"sha256:{HEX}","size":2,"mediaType":"application/vnd.oci.image.config.v1+json"}},
            "layers":[{{"digest":"sha256:{HEX}","size":3,"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip"}}],
            "annotations":{{"a":"b","c":1}}}}"#
        )
    }

    #[test]
    fn documents_are_told_by_what_they_hold() {
        let Ok(Document::Manifest(read)) = parse(manifest().as_bytes(), "") else { panic!("not a manifest") };
        assert_eq!((read.config.digest.hex(), read.config.size, read.layers[0].size), (HEX, 2, 3));
        assert_eq!(read.annotations, BTreeMap::from([("a".to_owned(), "b".to_owned())]));
        assert_eq!(parse(br#"{"schemaVersion":2,"manifests":null}"#, ""), Ok(Document::Index(Vec::new())));
        let index = format!(
            r#"{{"Manifests":[{{"digest":"sha256:{HEX}","size":1,"platform":{{"os":"unknown","architecture":"unknown"}}}},
            {{"digest":"sha256:{HEX}","size":2,"platform":{{"os":"Linux","architecture":"arm64","variant":"v8"}}}},
            {{"digest":"sha256:{HEX}","size":2,"platform":null}}],"layers":null}}"#
        );
        let Ok(Document::Index(list)) = parse(index.as_bytes(), INDEX) else { panic!("not an index") };
        let attestations: Vec<bool> = list.iter().map(Descriptor::is_attestation).collect();
        assert_eq!(attestations, [true, false, false]);
        assert_eq!((&list[1].platform, &list[2].platform), (&Platform::parse("linux/arm64/v8"), &None));
    }

    #[test]
    fn what_is_no_manifest_is_said() {
        let check = |text: &str, media_type: &str, why: &str| {
            let error = parse(text.as_bytes(), media_type).expect_err(text);
            assert!(error.contains(why), "{error} should say {why}");
        };
        check("", "", "EOF");
        check("null", "", "no JSON object");
        check("[]", "", "no JSON object");
        check("{}", "", "neither");
        check(r#"{"layers":[]}"#, "", "neither");
        check(r#"{"manifests":{}}"#, "", "manifests is no list");
        check(r#"{"manifests":[1]}"#, "", "manifests[0]: it is no descriptor");
        check(r#"{"manifests":[{"digest":"sha256:1","size":1}]}"#, "", "not a sha256");
        check(&manifest().replace("\"size\":3", "\"size\":-3"), "", "layers[0]: its size");
        check(&manifest().replace("\"size\":2,", ""), "", "config: its size");
        check(&manifest().replace("sha256:a", "sha256:../"), "", "not a sha256");
        check(&manifest().replace("\"layers\"", "\"manifests\""), "", "at once");
        check(r#"{"manifests":[],"Layers":[]}"#, "", "at once");
        check(r#"{"schemaVersion":1,"fsLayers":[]}"#, "", "schema 1");
        check("{}", "application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1");
        check(&manifest(), INDEX, "it says it is");
        check(r#"{"manifests":[]}"#, "application/vnd.docker.distribution.manifest.v2+json", "it says it is");
    }

    #[test]
    fn artifacts_are_told_from_images() {
        let check = |config: &str, layers: &[&str], is_artifact: bool| {
            let descriptor = |kind: &str| Descriptor {
                digest: format!("sha256:{HEX}").parse().expect("a digest"),
                size: 1,
                media_type: kind.to_owned(),
                platform: None,
                annotations: BTreeMap::new(),
                artifact_type: String::new(),
                urls: Vec::new(),
            };
            let (annotations, artifact_type) = (BTreeMap::new(), String::new());
            let (config, layers) = (descriptor(config), layers.iter().map(|kind| descriptor(kind)).collect());
            let manifest = Manifest { config, layers, annotations, artifact_type };
            assert_eq!(manifest.is_artifact(), is_artifact, "{manifest:?}");
        };
        let image = "application/vnd.oci.image.config.v1+json";
        check(image, &["application/vnd.oci.image.layer.v1.tar+zstd"], false);
        check(image, &[], false);
        check("", &[""], false);
        check(image, &["application/x-tar"], false);
        check("application/x", &["application/vnd.docker.image.rootfs.diff.tar.gzip"], false);
        check(image, &["application/vnd.dev.cosign.simplesigning.v1+json"], true);
        check("application/vnd.oci.empty.v1+json", &[], true);
        check(
            "application/vnd.cncf.helm.config.v1+json",
            &["application/vnd.cncf.helm.chart.content.v1.tar+gzip"],
            true,
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered(bytes: Vec<u8>, at in any::<prop::sample::Index>(), byte: u8) {
            let _ = parse(&bytes, "");
            let mut text = manifest().into_bytes();
            let at = at.index(text.len());
            text[at] = byte;
            let _ = parse(&text, "");
        }
    }
}
