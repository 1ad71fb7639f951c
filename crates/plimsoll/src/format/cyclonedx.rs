//! CycloneDX 1.6: components and vulnerabilities (<https://cyclonedx.org/docs/1.6/json/>).
//! A document holds one image; several images are joined under one made-up root.

use crate::document::{ComponentReport, Document, ImageReport};
use plimsoll_model::{Finding, RiskKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// Writes the document.
pub fn write(document: &Document, out: &mut dyn Write) -> std::io::Result<()> {
    let name = match document.images.as_slice() {
        [image] => image.name.clone(),
        images => format!("{} images", images.len()),
    };
    let components: Vec<Value> = document.images.iter().flat_map(components).collect();
    let vulnerabilities: Vec<Value> = document.images.iter().flat_map(vulnerabilities).collect();
    let bom = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {"components": [
                {"type": "application", "name": "plimsoll", "version": document.plimsoll.version}
            ]},
            "component": {"type": "container", "bom-ref": "root", "name": name},
        },
        "components": components,
        "vulnerabilities": vulnerabilities,
    });
    serde_json::to_writer_pretty(&mut *out, &bom)?;
    out.write_all(b"\n")
}

fn components(image: &ImageReport) -> Vec<Value> {
    let os = image.os.iter().map(|os| {
        json!({
            "type": "operating-system",
            "bom-ref": reference(image, &format!("os:{}", os.id)),
            "name": os.id,
            "version": os.version_id.clone().unwrap_or_default(),
            "description": os.pretty_name.clone().unwrap_or_default(),
        })
    });
    os.chain(image.components.iter().filter(|component| component.present).map(|each| component(image, each)))
        .collect()
}

fn component(image: &ImageReport, component: &ComponentReport) -> Value {
    let licenses: Vec<Value> =
        component.licenses.iter().map(|license| json!({"license": {"name": license}})).collect();
    let mut properties = vec![
        json!({"name": "plimsoll:found_by", "value": component.found_by}),
        json!({"name": "plimsoll:layer", "value": component.layer.to_string()}),
    ];
    properties
        .extend(component.paths.iter().take(20).map(|path| json!({"name": "plimsoll:path", "value": path})));
    let mut value = json!({
        "type": "library",
        "bom-ref": reference(image, &component.purl),
        "name": component.name,
        "version": component.version,
        "purl": component.purl,
        "properties": properties,
    });
    if !licenses.is_empty() {
        value["licenses"] = Value::Array(licenses);
    }
    if let Some(vendor) = &component.vendor {
        value["publisher"] = json!(vendor);
    }
    value
}

/// One vulnerability with all it affects.
fn vulnerabilities(image: &ImageReport) -> Vec<Value> {
    let mut by_id: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in image.findings.iter().filter(|finding| finding.kind == RiskKind::Vulnerability) {
        by_id.entry(&finding.id).or_default().push(finding);
    }
    by_id
        .into_iter()
        .map(|(id, findings)| {
            let details = &findings[0].details;
            let mut ratings: Vec<Value> = details
                .cvss
                .iter()
                .map(|cvss| {
                    let method = match cvss.version.as_str() {
                        "2.0" => "CVSSv2",
                        "3.0" => "CVSSv3",
                        "3.1" => "CVSSv31",
                        _ => "CVSSv4",
                    };
                    json!({"source": {"name": cvss.source}, "score": cvss.score, "method": method, "vector": cvss.vector})
                })
                .collect();
            ratings.push(json!({"severity": findings[0].severity, "method": "other"}));
            let affects: Vec<Value> = findings
                .iter()
                .filter_map(|finding| {
                    let purl = finding.component.as_deref()?;
                    let version = finding.installed.clone().unwrap_or_default();
                    Some(json!({
                        "ref": reference(image, purl),
                        "versions": [{"version": version, "status": "affected"}],
                    }))
                })
                .collect();
            let cwes: Vec<u32> = details
                .cwes
                .iter()
                .filter_map(|cwe| cwe.strip_prefix("CWE-").and_then(|number| number.parse().ok()))
                .collect();
            let advisories: Vec<Value> = findings[0].references.iter().map(|url| json!({"url": url})).collect();
            let recommendation = findings[0].fixed.as_ref().map(|fixed| format!("upgrade to {fixed}"));
            let mut value = json!({
                "bom-ref": reference(image, id),
                "id": id,
                "ratings": ratings,
                "cwes": cwes,
                "description": details.description.clone().unwrap_or_else(|| findings[0].title.clone()),
                "advisories": advisories,
                "affects": affects,
            });
            if let Some(text) = recommendation {
                value["recommendation"] = json!(text);
            }
            if let Some(published) = &details.published {
                value["published"] = json!(published);
            }
            value
        })
        .collect()
}

/// References are unique in a document: those of one image carry its digest.
fn reference(image: &ImageReport, of: &str) -> String {
    match image.digest.as_deref().and_then(|digest| digest.get(7..19)) {
        Some(short) => format!("{of}#{short}"),
        None => of.to_owned(),
    }
}
