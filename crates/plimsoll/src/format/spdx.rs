//! SPDX 2.3 (<https://spdx.github.io/spdx-spec/v2.3/>): packages and what contains them.

use crate::document::{Document, ImageReport};
use serde_json::{Value, json};
use std::io::Write;

/// Writes the document.
pub fn write(document: &Document, out: &mut dyn Write) -> std::io::Result<()> {
    let name = document.images.first().map_or("images", |image| image.name.as_str());
    let created = document.images.first().and_then(|image| image.created.clone());
    let digest = document.images.first().and_then(|image| image.digest.clone()).unwrap_or_default();
    let mut packages = Vec::new();
    let mut relationships = Vec::new();
    for (index, image) in document.images.iter().enumerate() {
        add_image(index, image, &mut packages, &mut relationships);
    }
    let spdx = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": format!("https://plimsoll.invalid/spdx/{}", digest.replace(':', "-")),
        "creationInfo": {
            "created": created.as_deref().and_then(seconds).unwrap_or_else(|| "1970-01-01T00:00:00Z".to_owned()),
            "creators": [format!("Tool: plimsoll-{}", document.plimsoll.version)],
        },
        "packages": packages,
        "relationships": relationships,
    });
    serde_json::to_writer_pretty(&mut *out, &spdx)?;
    out.write_all(b"\n")
}

fn add_image(index: usize, image: &ImageReport, packages: &mut Vec<Value>, relationships: &mut Vec<Value>) {
    let root = format!("SPDXRef-Image-{index}");
    packages.push(json!({
        "SPDXID": root,
        "name": image.name,
        "versionInfo": image.digest.clone().unwrap_or_default(),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "primaryPackagePurpose": "CONTAINER",
    }));
    relationships.push(json!({
        "spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": root,
    }));
    for (number, component) in image.components.iter().filter(|component| component.present).enumerate() {
        let id = format!("SPDXRef-Package-{index}-{number}");
        packages.push(json!({
            "SPDXID": id,
            "name": component.name,
            "versionInfo": component.version,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": false,
            "licenseDeclared": "NOASSERTION",
            "licenseComments": component.licenses.join("; "),
            "supplier": component.vendor.as_ref().map_or("NOASSERTION".to_owned(), |vendor| format!("Organization: {vendor}")),
            "externalRefs": [{
                "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": component.purl,
            }],
        }));
        relationships.push(json!({
            "spdxElementId": root, "relationshipType": "CONTAINS", "relatedSpdxElement": id,
        }));
    }
}

/// SPDX wants whole seconds, `YYYY-MM-DDThh:mm:ssZ` (clause 6.9).
fn seconds(rfc3339: &str) -> Option<String> {
    let time = chrono::DateTime::parse_from_rfc3339(rfc3339).ok()?;
    Some(time.to_utc().to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}
