//! OpenVEX (<https://github.com/openvex/spec>, versions 0.0.1 to 0.2.0).

use super::{Name, Product, Statement, Status, VexError, objects, one_line, text, texts, time};
use serde_json::{Map, Value};

pub(super) fn is_one(document: &Map<String, Value>) -> bool {
    let context =
        |value: &Value| value.as_str().is_some_and(|text| text.starts_with("https://openvex.dev/ns"));
    match document.get("@context") {
        Some(Value::Array(list)) => list.iter().any(context),
        Some(value) => context(value),
        None => false,
    }
}

pub(super) fn read(document: &Map<String, Value>) -> Result<Vec<Statement>, VexError> {
    if !document.get("statements").is_some_and(Value::is_array) {
        return Err(VexError::Invalid("it is OpenVEX without statements".into()));
    }
    // A statement without a time has the document's.
    let time = time(document, &["last_updated", "timestamp"]);
    let statements = objects(document.get("statements")).enumerate();
    statements.map(|(at, of)| statement(of, time).map_err(|why| invalid(at, &why))).collect()
}

fn invalid(at: usize, why: &str) -> VexError {
    VexError::Invalid(format!("statements[{at}]: {why}"))
}

fn statement(of: &Map<String, Value>, document_time: Option<i64>) -> Result<Statement, String> {
    let status = match text(of, "status") {
        Some("not_affected") => Status::NotAffected,
        Some("fixed") => Status::Fixed,
        Some("affected") => Status::Affected,
        Some("under_investigation") => Status::UnderInvestigation,
        Some(other) => return Err(format!("there is no status `{other}`")),
        None => return Err("it has no status".into()),
    };
    let vulnerabilities = vulnerabilities(of);
    if vulnerabilities.is_empty() {
        return Err("it names no vulnerability".into());
    }
    let statements = ["justification", "impact_statement", "action_statement", "status_notes"];
    Ok(Statement {
        vulnerabilities,
        products: of.get("products").and_then(Value::as_array).into_iter().flatten().map(product).collect(),
        status,
        why: one_line(statements.map(|name| text(of, name))),
        time: time(of, &["last_updated", "timestamp", "action_statement_timestamp"]).or(document_time),
    })
}

/// An object with names since 0.2.0, a bare id before.
fn vulnerabilities(of: &Map<String, Value>) -> Vec<String> {
    let names: Vec<&str> = match of.get("vulnerability") {
        Some(Value::String(id)) => vec![id.trim()],
        Some(Value::Object(object)) => {
            let id = text(object, "@id").map(|id| id.rsplit('/').next().unwrap_or(id));
            [text(object, "name"), id].into_iter().flatten().chain(texts(object.get("aliases"))).collect()
        }
        _ => Vec::new(),
    };
    names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A component with its subcomponents, or before 0.2.0 a bare purl.
fn product(value: &Value) -> Product {
    let parts = value.as_object().into_iter().flat_map(|of| {
        of.get("subcomponents").and_then(Value::as_array).into_iter().flatten().flat_map(names)
    });
    Product { names: names(value), subcomponents: parts.collect(), within: Vec::new() }
}

fn names(value: &Value) -> Vec<Name> {
    let of = match value {
        Value::String(id) => return vec![Name::parse(id)],
        Value::Object(of) => of,
        _ => return Vec::new(),
    };
    let identifiers = of.get("identifiers").and_then(Value::as_object);
    let identifiers = identifiers.into_iter().flatten().filter_map(|(_, value)| value.as_str());
    let mut names: Vec<Name> = text(of, "@id").into_iter().chain(identifiers).map(Name::parse).collect();
    let hashes = of.get("hashes").and_then(Value::as_object);
    names
        .extend(hashes.into_iter().flatten().filter_map(|(kind, value)| Name::digest(kind, value.as_str()?)));
    names
}
