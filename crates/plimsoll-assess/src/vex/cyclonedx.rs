//! CycloneDX VEX (<https://cyclonedx.org/docs/1.6/json/>): `vulnerabilities[]` with an `analysis`.

use super::{Name, Product, Statement, Status, VexError, objects, one_line, text, texts, time};
use plimsoll_model::percent_decoded;
use serde_json::{Map, Value};
use std::collections::HashMap;

pub(super) fn is_one(document: &Map<String, Value>) -> bool {
    text(document, "bomFormat") == Some("CycloneDX")
        && document.get("vulnerabilities").is_some_and(Value::is_array)
}

pub(super) fn read(document: &Map<String, Value>) -> Result<Vec<Statement>, VexError> {
    let mut components: HashMap<&str, Vec<Name>> = HashMap::new();
    collect(document.get("components"), &mut components);
    let metadata = document.get("metadata").and_then(Value::as_object);
    let root = metadata.and_then(|metadata| metadata.get("component")).and_then(Value::as_object);
    if let Some(root) = root {
        add(root, &mut components);
    }
    let document_time = metadata.and_then(|metadata| time(metadata, &["timestamp"]));
    let mut statements = Vec::new();
    for (at, of) in objects(document.get("vulnerabilities")).enumerate() {
        // Without an analysis it is what a scanner found, not what anybody says of it.
        let Some(analysis) = of.get("analysis").and_then(Value::as_object) else { continue };
        let Some(state) = text(analysis, "state") else { continue };
        let status = status(state).ok_or_else(|| {
            VexError::Invalid(format!("vulnerabilities[{at}]: there is no state `{state}`"))
        })?;
        let references = objects(of.get("references")).filter_map(|reference| text(reference, "id"));
        let vulnerabilities: Vec<String> =
            text(of, "id").into_iter().chain(references).map(str::to_owned).collect();
        if vulnerabilities.is_empty() {
            return Err(VexError::Invalid(format!("vulnerabilities[{at}]: it has no id")));
        }
        let products = match of.get("affects") {
            Some(affects) => affected(affects, status, &components),
            None => {
                root.map(|root| Product { names: names(root), ..Product::default() }).into_iter().collect()
            }
        };
        let response = texts(analysis.get("response")).collect::<Vec<_>>().join(", ");
        let told = [text(analysis, "justification"), text(analysis, "detail"), Some(response.as_str())];
        statements.push(Statement {
            vulnerabilities,
            products,
            status,
            why: one_line(told.into_iter().chain([text(of, "recommendation").filter(|_| !status.clears())])),
            time: time(analysis, &["lastUpdated", "firstIssued"])
                .or_else(|| time(of, &["updated", "published"]))
                .or(document_time),
        });
    }
    if statements.is_empty() { Err(VexError::NotVex) } else { Ok(statements) }
}

fn status(state: &str) -> Option<Status> {
    Some(match state {
        "exploitable" => Status::Affected,
        "in_triage" => Status::UnderInvestigation,
        "not_affected" | "false_positive" => Status::NotAffected,
        "resolved" | "resolved_with_pedigree" => Status::Fixed,
        _ => return None,
    })
}

/// Every component by its reference; those inside others too.
fn collect<'a>(components: Option<&'a Value>, into: &mut HashMap<&'a str, Vec<Name>>) {
    let mut open: Vec<&'a Value> = components.into_iter().collect();
    while let Some(list) = open.pop() {
        for component in objects(Some(list)) {
            add(component, into);
            open.extend(component.get("components"));
        }
    }
}

fn add<'a>(component: &'a Map<String, Value>, into: &mut HashMap<&'a str, Vec<Name>>) {
    if let Some(reference) = text(component, "bom-ref") {
        into.insert(reference, names(component));
    }
}

fn names(component: &Map<String, Value>) -> Vec<Name> {
    let ids = ["purl", "cpe"].iter().filter_map(|name| text(component, name)).map(Name::parse);
    let hashes = objects(component.get("hashes"))
        .filter_map(|hash| Name::digest(text(hash, "alg")?, text(hash, "content")?));
    ids.chain(hashes).collect()
}

/// What an entry affects. A version told apart for it narrows the product; where several are, only those it says are
/// affected (or, of a statement that clears, all it names). Ranges of versions name no product that can be compared.
fn affected(affects: &Value, status: Status, components: &HashMap<&str, Vec<Name>>) -> Vec<Product> {
    let mut products = Vec::new();
    for of in objects(Some(affects)) {
        let Some(reference) = text(of, "ref") else { continue };
        let names = resolve(reference, components);
        let versions: Vec<&str> = objects(of.get("versions"))
            .filter(|version| {
                status.clears() || text(version, "status").is_none_or(|status| status == "affected")
            })
            .filter_map(|version| text(version, "version"))
            .collect();
        if versions.is_empty() && of.get("versions").and_then(Value::as_array).is_none_or(Vec::is_empty) {
            products.push(Product { names, ..Product::default() });
            continue;
        }
        for version in versions {
            let names = names.iter().filter_map(|name| name.with_version(version)).collect();
            products.push(Product { names, ..Product::default() });
        }
    }
    products
}

/// What a reference means: a component of this BOM, one of another (`urn:cdx:serial/version#ref`), or a purl itself.
fn resolve(reference: &str, components: &HashMap<&str, Vec<Name>>) -> Vec<Name> {
    if let Some(names) = components.get(reference) {
        return names.clone();
    }
    let linked = reference.strip_prefix("urn:cdx:").and_then(|link| link.split_once('#'));
    let Some((_, fragment)) = linked else { return vec![Name::parse(reference)] };
    if let Some(names) = components.get(fragment) {
        return names.clone();
    }
    match Name::parse(fragment) {
        // The fragment of a link may be escaped once more.
        Name::Text(text) => vec![Name::parse(&percent_decoded(&text))],
        name => vec![name],
    }
}
