//! VEX documents handed to a scan.

use crate::support::{DEBIAN_12, Layer, Place, dpkg};
use serde_json::{Value, json};
use std::fs;

const CVE: &str = "CVE-2021-23337";

fn image(place: &Place) -> String {
    let layer = Layer::new()
        .file("etc/os-release", DEBIAN_12)
        .file("var/lib/dpkg/status", dpkg("openssl", "3.0.1-1"))
        .file("app/node_modules/lodash/package.json", r#"{"name": "lodash", "version": "4.17.20"}"#);
    place.layout(&[layer]).to_str().unwrap().to_owned()
}

fn openvex(place: &Place, name: &str, product: &str, status: &str, time: &str) {
    let path = place.path(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let document = json!({"@context": "https://openvex.dev/ns/v0.2.0", "@id": "https://example.org/1", "author": "A",
        "timestamp": time, "version": 1, "statements": [{"vulnerability": {"name": CVE},
            "products": [{"@id": product}], "status": status, "justification": "vulnerable_code_not_present"}]});
    fs::write(path, document.to_string()).unwrap();
}

fn scan(place: &Place, arguments: &[&str]) -> (Value, String) {
    let image = image(place);
    let output =
        place.plimsoll(&[&["scan", "--format", "json", "--no-progress", &image], arguments].concat());
    assert_eq!(output.code, 0, "{}", output.err);
    (serde_json::from_str(&output.out).unwrap(), output.err)
}

fn found(document: &Value) -> Option<&Value> {
    document["images"][0]["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == CVE)
}

#[test]
fn what_is_not_affected_is_no_finding() {
    let place = Place::new();
    openvex(&place, "app.json", "pkg:npm/lodash", "not_affected", "2024-01-01T00:00:00Z");
    let (document, said) = scan(&place, &["--vex", "app.json", "--explain"]);
    assert_eq!(found(&document), None);
    assert!(
        !said.contains("speaks of no finding") && said.contains("1 finding was left out by VEX"),
        "{said}"
    );
    let dismissed = document["images"][0]["details"]["dismissed"].as_array().unwrap();
    let reason = dismissed.iter().find(|one| one["reason"]["source"] == "vex").expect("it is said why");
    assert_eq!(reason["component"], "pkg:npm/lodash@4.17.20");
    assert_eq!(reason["reason"]["why"], "VEX: app.json says not_affected: vulnerable_code_not_present");
    let (document, _) = scan(&place, &["--vex", "app.json"]);
    assert_eq!((found(&document), &document["images"][0]["details"]), (None, &Value::Null));
}

#[test]
fn the_newest_of_several_decides() {
    let place = Place::new();
    openvex(&place, "vex/old.json", "pkg:npm/lodash", "not_affected", "2024-01-01T00:00:00Z");
    openvex(&place, "new.json", "pkg:npm/lodash@4.17.20", "affected", "2024-02-01T00:00:00Z");
    fs::write(place.path("vex/other.json"), "{}").unwrap();
    let (document, said) = scan(&place, &["--vex", "new.json", "--vex", "vex"]);
    let finding = found(&document).expect("affected");
    assert_eq!(finding["details"]["vex"], "VEX: new.json says affected: vulnerable_code_not_present");
    assert_eq!(finding["state"], "fixed");
    assert!(said.contains("other.json is not VEX, passed over"), "{said}");
}

#[test]
fn a_document_about_something_else_is_remarked_upon() {
    let place = Place::new();
    openvex(&place, "app.json", "pkg:npm/underscore", "not_affected", "2024-01-01T00:00:00Z");
    let (document, said) = scan(&place, &["--vex", "app.json", "--vex", "oci"]);
    assert!(found(&document).is_some());
    assert!(said.contains("the VEX document app.json speaks of no finding"), "{said}");
    assert!(said.contains("no VEX document is attached"), "{said}");
}

#[test]
fn bad_documents_end_the_scan() {
    let place = Place::new();
    let image = image(&place);
    let check = |content: Option<&str>, why: &str| {
        if let Some(content) = content {
            fs::write(place.path("bad.json"), content).unwrap();
        }
        let output = place.plimsoll(&["scan", "-q", "--vex", "bad.json", &image]);
        assert_eq!((output.code, output.out.as_str()), (2, ""), "{}", output.err);
        assert!(output.err.contains("bad.json") && output.err.contains(why), "{}", output.err);
    };
    check(None, "cannot read");
    check(Some("{"), "not JSON");
    check(Some("{}"), "neither OpenVEX, CSAF, nor CycloneDX");
    check(
        Some(r#"{"@context":"https://openvex.dev/ns","statements":[{"vulnerability":"x"}]}"#),
        "has no status",
    );
}
