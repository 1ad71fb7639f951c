//! CycloneDX 1.2 to 1.7 (ECMA-424), in JSON and XML.

use super::{Document, Stated, stated_os, word};
use crate::analyzers::xml::{self, Element};
use serde_json::Value;

/// Components inside components; more deeply nested ones are not looked for.
const MAX_DEPTH: usize = 32;
/// Purl types of whole images, which name what a document is about.
const IMAGES: &[&str] = &["pkg:oci/", "pkg:docker/"];

/// Reads a document in XML.
pub(super) fn parse_xml(bytes: &[u8]) -> Result<Document, String> {
    let bom = xml::parse(bytes)?;
    let namespace =
        bom.attribute("xmlns").or(bom.attributes.iter().map(|(_, value)| value.as_str()).find(is_schema));
    if bom.name != "bom" || !namespace.is_some_and(|namespace| is_schema(&namespace)) {
        return Err("not a CycloneDX document in XML".to_owned());
    }
    let mut document = Document::default();
    if let Some(metadata) = bom.child("metadata") {
        for component in metadata.all("component") {
            subject(&component_of_xml(component), &mut document);
        }
    }
    components_of_xml(&bom, 0, &mut document);
    Ok(document)
}

fn is_schema(namespace: &&str) -> bool {
    namespace.contains("cyclonedx.org/schema/bom")
}

/// A component, with the kind CycloneDX gives it and its version.
struct Found {
    kind: String,
    version: String,
    stated: Stated,
}

/// Reads the `metadata` of a JSON document, which names what the document is about.
pub(super) fn metadata(metadata: &Value, document: &mut Document) {
    subject(&component_of_json(&metadata["component"]), document);
    components_of_json(&metadata["component"]["components"], 1, document);
}

/// Reads one of the `components` of a JSON document, and what is nested in it.
pub(super) fn component(component: &Value, document: &mut Document) {
    add(component_of_json(component), document);
    components_of_json(&component["components"], 1, document);
}

fn components_of_json(list: &Value, depth: usize, document: &mut Document) {
    if depth > MAX_DEPTH {
        return;
    }
    for component in list.as_array().into_iter().flatten() {
        add(component_of_json(component), document);
        components_of_json(&component["components"], depth + 1, document);
    }
}

fn components_of_xml(parent: &Element, depth: usize, document: &mut Document) {
    if depth > MAX_DEPTH {
        return;
    }
    for component in parent.all("components").flat_map(|components| components.all("component")) {
        add(component_of_xml(component), document);
        components_of_xml(component, depth + 1, document);
    }
}

/// What a document is about is a package too, when it is an application, and the distribution, when it is a system.
fn subject(found: &Found, document: &mut Document) {
    let purl = &found.stated.purl;
    if found.kind == "operating-system" {
        let stated = &found.stated;
        document.stated_os = stated_os(&stated.name, &found.version, &stated.properties);
    } else if !purl.is_empty() && !IMAGES.iter().any(|image| purl.starts_with(image)) {
        document.add(Stated {
            name: found.stated.name.clone(),
            purl: purl.clone(),
            vendor: found.stated.vendor.clone(),
            licenses: found.stated.licenses.clone(),
            ..Stated::default()
        });
    }
}

fn add(found: Found, document: &mut Document) {
    let Found { kind, version, stated } = found;
    if kind == "operating-system" {
        let os = stated_os(&stated.name, &version, &stated.properties);
        document.stated_os = document.stated_os.take().or(os);
        return;
    }
    // Trivy lists the lock files it read as applications: they are files, not packages.
    let is_lock_file = stated.property(&["aquasecurity:trivy:Class"]).is_some();
    let is_package = matches!(kind.as_str(), "application" | "framework" | "library") && !is_lock_file;
    if is_package || !stated.purl.is_empty() {
        document.add(stated);
    }
}

fn component_of_json(component: &Value) -> Found {
    let text = |value: &Value| word(value.as_str().unwrap_or(""));
    let licenses = component["licenses"].as_array().into_iter().flatten().map(|license| {
        let named = ["id", "name"].iter().find_map(|key| license["license"][key].as_str());
        word(named.or(license["expression"].as_str()).unwrap_or(""))
    });
    let properties = component["properties"].as_array().into_iter().flatten();
    let properties = properties.map(|property| (text(&property["name"]), text(&property["value"])));
    let publisher = text(&component["publisher"]);
    Found {
        kind: text(&component["type"]),
        version: text(&component["version"]),
        stated: Stated {
            name: text(&component["name"]),
            purl: text(&component["purl"]),
            cpe: text(&component["cpe"]),
            vendor: if publisher.is_empty() { text(&component["supplier"]["name"]) } else { publisher },
            licenses: licenses.collect(),
            properties: properties.collect(),
            source_info: String::new(),
        },
    }
}

fn component_of_xml(component: &Element) -> Found {
    let text = |name: &str| word(component.text_of(name).unwrap_or(""));
    let licenses = component.all("licenses").flat_map(|licenses| &licenses.children).map(|license| {
        let named =
            if license.name == "expression" { Some(license.text.as_str()) } else { license.text_of("id") };
        word(named.or(license.text_of("name")).unwrap_or(""))
    });
    let properties = component.all("properties").flat_map(|properties| properties.all("property"));
    let properties = properties.map(|it| (word(it.attribute("name").unwrap_or("")), word(&it.text)));
    let supplier = component.child("supplier").and_then(|supplier| supplier.text_of("name")).unwrap_or("");
    let publisher = text("publisher");
    Found {
        kind: word(component.attribute("type").unwrap_or("")),
        version: text("version"),
        stated: Stated {
            name: text("name"),
            purl: text("purl"),
            cpe: text("cpe"),
            vendor: if publisher.is_empty() { word(supplier) } else { publisher },
            licenses: licenses.collect(),
            properties: properties.collect(),
            source_info: String::new(),
        },
    }
}
