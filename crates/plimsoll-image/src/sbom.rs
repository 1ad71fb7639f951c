//! SBOMs as targets: one made-up file, read by the analyzer of SBOMs.

use crate::ImageError;
use crate::archive::open_file;
use crate::source::{Image, LayerStream, Source};
use plimsoll_model::{ImageConfig, ImageManifest, LayerRef, Limits};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// The "image" whose only layer is the document.
pub(crate) fn open(path: &Path, name: &str, limits: &Limits) -> Result<Image, ImageError> {
    let (file, bytes) = read(path, limits)?;
    let size = bytes.len() as u64;
    let manifest = ImageManifest {
        name: name.to_owned(),
        digest: None,
        config_digest: None,
        platform: None,
        config: ImageConfig::default(),
        layers: vec![LayerRef { digest: None, diff_id: None, size: Some(size), media_type: String::new() }],
        annotations: BTreeMap::new(),
    };
    Ok(Image { manifest, source: Arc::new(Document { file, bytes }) })
}

/// The name the document has as a file of the image, and its bytes.
pub(crate) fn read(path: &Path, limits: &Limits) -> Result<(&'static str, Vec<u8>), ImageError> {
    let what = format!("the SBOM {}", path.display());
    let mut bytes = Vec::new();
    let read = open_file(path)?.take(limits.manifest_bytes.saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|source| ImageError::File { path: path.to_owned(), source })?;
    limits.check("manifest-bytes", bytes.len() as u64, || what.clone())?;
    match kind(&bytes) {
        Ok(file) => Ok((file, bytes)),
        Err(why) => Err(ImageError::Malformed { what, why }),
    }
}

/// Could a file that begins so be an SBOM? Only then is it read whole.
pub(crate) fn might_be(head: &[u8]) -> bool {
    let head = text(head);
    head.starts_with('{') || is_cyclonedx_xml(&head) || is_tag_value(&head)
}

/// The form of a document, as the name of a file (CycloneDX 1.6 "bomFormat"; SPDX 2.3 clause 6.1, SPDX 3.0 "@context").
pub(crate) fn kind(bytes: &[u8]) -> Result<&'static str, String> {
    #[derive(Deserialize)]
    struct Marks {
        #[serde(rename = "bomFormat")]
        bom_format: Option<String>,
        #[serde(rename = "spdxVersion")]
        spdx_version: Option<String>,
        #[serde(rename = "@context")]
        context: Option<IgnoredAny>,
        #[serde(rename = "@graph")]
        graph: Option<IgnoredAny>,
    }
    let head = text(&bytes[..bytes.len().min(4096)]);
    if head.starts_with('{') {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let marks: Marks = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        return match marks {
            Marks { bom_format: Some(format), .. } if format == "CycloneDX" => Ok("/sbom.cdx.json"),
            Marks { spdx_version: Some(version), .. } if version.starts_with("SPDX-") => {
                Ok("/sbom.spdx.json")
            }
            Marks { context: Some(_), graph: Some(_), .. } if head.contains("spdx.org/rdf/3.") => {
                Ok("/sbom.spdx.json")
            }
            _ => Err("it is JSON, but neither CycloneDX nor SPDX".to_owned()),
        };
    }
    match () {
        () if is_cyclonedx_xml(&head) => Ok("/sbom.cdx.xml"),
        () if is_tag_value(&head) => Ok("/sbom.spdx"),
        () => Err("it is neither CycloneDX (JSON, XML) nor SPDX (JSON, tag-value)".to_owned()),
    }
}

fn is_cyclonedx_xml(head: &str) -> bool {
    head.starts_with('<') && head.contains("cyclonedx.org/schema/bom")
}

fn is_tag_value(head: &str) -> bool {
    head.lines().any(|line| line.starts_with("SPDXVersion:"))
}

fn text(head: &[u8]) -> String {
    String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_owned()
}

struct Document {
    file: &'static str,
    bytes: Vec<u8>,
}

impl Source for Document {
    fn layer(&self, _: usize, _: &LayerRef) -> Result<LayerStream, ImageError> {
        Ok(LayerStream::File(self.file.to_owned(), self.bytes.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told() {
        for (document, file) in [
            (
                r#"{"specVersion":"1.6","components":[{"name":"bomFormat"}],"bomFormat":"CycloneDX"}"#,
                "/sbom.cdx.json",
            ),
            ("\u{feff} {\"spdxVersion\":\"SPDX-2.3\"}", "/sbom.spdx.json"),
            (
                r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}"#,
                "/sbom.spdx.json",
            ),
            (
                "<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"/>",
                "/sbom.cdx.xml",
            ),
            ("# comment\nSPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0", "/sbom.spdx"),
        ] {
            assert!(might_be(document.as_bytes()), "{document}");
            assert_eq!(kind(document.as_bytes()), Ok(file), "{document}");
        }
        for other in ["", "{}", "{\"bomFormat\":\"x\"}", "{", "<html/>", "text"] {
            assert!(kind(other.as_bytes()).is_err(), "{other}");
        }
    }
}
