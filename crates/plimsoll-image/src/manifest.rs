//! Manifests and indexes, OCI's and Docker's (OCI image spec 1.1, "Image Manifest", "Image Index"; distribution
//! manifest schema 2).

use crate::config::{get, labels, platform, text, texts};
use plimsoll_model::{Digest, Platform};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a manifest points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub digest: Digest,
    pub size: u64,
    pub media_type: String,
    pub platform: Option<Platform>,
    pub annotations: BTreeMap<String, String>,
    pub artifact_type: String,
    pub urls: Vec<String>,
}

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

/// Reads a manifest or an index; told by what it holds, since the media type is often left out. `Err` says why it
/// is neither.
pub(crate) fn parse(bytes: &[u8]) -> Result<Document, String> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let Value::Object(document) = value else { return Err("it is no JSON object".to_owned()) };
    let has = |name| get(&document, name).is_some_and(|value| !value.is_null());
    if get(&document, "schemaVersion").and_then(Value::as_u64) == Some(1) || has("fsLayers") {
        return Err(
            "it is a schema 1 manifest, which registries gave up years ago; push the image again".to_owned()
        );
    }
    let (manifests, layers) = (get(&document, "manifests"), get(&document, "layers"));
    // A document that is both is seen differently by different readers (CVE-2021-41190).
    if has("manifests") && (has("layers") || has("config")) {
        return Err("it is an index and a manifest at once".to_owned());
    }
    if has("config") {
        let config =
            get(&document, "config").and_then(Value::as_object).ok_or("its config is no descriptor")?;
        return Ok(Document::Manifest(Box::new(Manifest {
            config: descriptor(config)?,
            layers: descriptors(layers)?,
            annotations: labels(get(&document, "annotations")),
            artifact_type: text(get(&document, "artifactType")).unwrap_or_default(),
        })));
    }
    match manifests {
        Some(_) => Ok(Document::Index(descriptors(manifests)?)),
        None => Err("it has neither manifests nor a config".to_owned()),
    }
}

fn descriptors(list: Option<&Value>) -> Result<Vec<Descriptor>, String> {
    match list {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(list)) => list
            .iter()
            .map(|item| {
                item.as_object().ok_or_else(|| "a descriptor is no object".to_owned()).and_then(descriptor)
            })
            .collect(),
        Some(_) => Err("its descriptors are no list".to_owned()),
    }
}

fn descriptor(of: &Map<String, Value>) -> Result<Descriptor, String> {
    let digest = get(of, "digest").and_then(Value::as_str).ok_or("a descriptor has no digest")?;
    Ok(Descriptor {
        digest: digest.parse().map_err(|error| format!("{error}"))?,
        size: get(of, "size")
            .and_then(Value::as_u64)
            .ok_or_else(|| format!("the size of {digest} is no number"))?,
        media_type: text(get(of, "mediaType")).unwrap_or_default(),
        platform: get(of, "platform").and_then(Value::as_object).and_then(platform),
        annotations: labels(get(of, "annotations")),
        artifact_type: text(get(of, "artifactType")).unwrap_or_default(),
        urls: texts(get(of, "urls")),
    })
}

impl Descriptor {
    /// Is it a note about another manifest, as BuildKit adds them, rather than an image?
    pub fn is_attestation(&self) -> bool {
        self.annotations.get("vnd.docker.reference.type").is_some_and(|kind| kind == "attestation-manifest")
            || self
                .platform
                .as_ref()
                .is_some_and(|platform| platform.os == "unknown" && platform.arch == "unknown")
    }

    /// Are its bytes kept outside registries, as those of Windows base layers are?
    pub fn is_foreign(&self) -> bool {
        !self.urls.is_empty()
            || self.media_type.contains("nondistributable")
            || self.media_type.contains("foreign")
    }
}

impl Manifest {
    /// Is it something else that is kept like an image: a chart, a signature, an SBOM?
    pub fn is_artifact(&self) -> bool {
        let image = [
            "",
            "application/vnd.oci.image.config.v1+json",
            "application/vnd.docker.container.image.v1+json",
            "application/json",
            "application/octet-stream",
        ];
        let tar = |layer: &Descriptor| {
            let kind = layer.media_type.as_str();
            kind.is_empty() || kind.contains("tar") || kind.contains("image.layer")
        };
        !image.contains(&self.config.media_type.as_str()) && !self.layers.iter().any(tar)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEX: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn manifest() -> String {
        format!(
            r#"{{"schemaVersion":2,"config":{{"digest":"sha256:{HEX}","size":2,"mediaType":"application/vnd.oci.image.config.v1+json"}},
            "layers":[{{"digest":"sha256:{HEX}","size":3,"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip"}}]}}"#
        )
    }

    #[test]
    fn documents_are_told_by_what_they_hold() {
        assert!(
            matches!(parse(manifest().as_bytes()), Ok(Document::Manifest(manifest)) if manifest.layers.len() == 1 && !manifest.is_artifact())
        );
        assert_eq!(parse(br#"{"schemaVersion":2,"manifests":null}"#), Ok(Document::Index(Vec::new())));
        let index = format!(
            r#"{{"manifests":[{{"digest":"sha256:{HEX}","size":1,"platform":{{"os":"unknown","architecture":"unknown"}}}}]}}"#
        );
        assert!(matches!(parse(index.as_bytes()), Ok(Document::Index(list)) if list[0].is_attestation()));
        for (bad, why) in [
            ("null", "no JSON object"),
            ("{}", "neither"),
            (r#"{"schemaVersion":1,"fsLayers":[]}"#, "schema 1"),
            (&manifest().replace("\"layers\"", "\"manifests\""), "at once"),
            (&manifest().replace("\"size\":3", "\"size\":-3"), "no number"),
            (&manifest().replace("sha256:a", "sha256:../"), "not a sha256"),
        ] {
            let error = parse(bad.as_bytes()).expect_err(why);
            assert!(error.contains(why), "{error}");
        }
    }

    proptest! {
        #[test]
        fn mutated_manifests_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut bytes = manifest().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = parse(&bytes);
        }
    }
}
