//! `openapi.json` is the one the code gives.

use serde_json::Value;
use std::path::Path;

#[test]
fn the_committed_document_is_the_one_the_code_gives() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    let now = serde_json::to_string_pretty(&plimsoll_server::openapi()).expect("it is JSON") + "\n";
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &now).expect("the file can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == now,
        "openapi.json is not of this code: run the test with UPDATE_OPENAPI=1 and look at the difference"
    );
}

#[test]
fn every_reference_leads_somewhere() {
    let document = plimsoll_server::openapi();
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| match value.as_str() {
            Some(to) if key == "$ref" => references.push(to.to_owned()),
            _ => collect(value, references),
        }),
        Value::Array(values) => values.iter().for_each(|value| collect(value, references)),
        _ => {}
    }
}
