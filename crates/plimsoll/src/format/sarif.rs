//! SARIF 2.1.0 (OASIS): a rule a vulnerability, a result a finding.

use crate::document::Document;
use plimsoll_model::{Finding, RiskKind, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;

/// Writes the document.
pub fn write(document: &Document, out: &mut dyn Write) -> std::io::Result<()> {
    let mut rules: BTreeMap<&str, Value> = BTreeMap::new();
    let mut results = Vec::new();
    for image in &document.images {
        for finding in &image.findings {
            rules.entry(&finding.id).or_insert_with(|| rule(finding));
            results.push(result(&image.name, finding));
        }
    }
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "plimsoll",
                "version": document.plimsoll.version,
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "results": results,
        }],
    });
    serde_json::to_writer_pretty(&mut *out, &sarif)?;
    out.write_all(b"\n")
}

fn rule(finding: &Finding) -> Value {
    let score = finding.details.cvss.first().map_or(middle(finding.severity), |cvss| cvss.score);
    json!({
        "id": finding.id,
        "shortDescription": {"text": finding.title},
        "fullDescription": {"text": finding.details.description.clone().unwrap_or_else(|| finding.title.clone())},
        "helpUri": finding.references.iter().find(|reference| reference.starts_with("https://")),
        "defaultConfiguration": {"level": level(finding.severity)},
        "properties": {"security-severity": format!("{score:.1}"), "tags": ["security", finding.kind]},
    })
}

fn result(image: &str, finding: &Finding) -> Value {
    let component = finding.component.clone().unwrap_or_default();
    let message = match (finding.kind, &finding.fixed) {
        (RiskKind::Vulnerability, Some(fixed)) => {
            format!("{}: {component} in {image}; fixed in {fixed}", finding.title)
        }
        (RiskKind::Vulnerability, None) => format!("{}: {component} in {image}; no fix yet", finding.title),
        _ => format!("{} in {image}", finding.title),
    };
    let path = finding.evidence.first().map_or("", |evidence| evidence.path.trim_start_matches('/'));
    json!({
        "ruleId": finding.id,
        "level": level(finding.severity),
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(path)},
            "region": {"startLine": finding.evidence.first().and_then(|evidence| evidence.line).unwrap_or(1)},
        }}],
        "partialFingerprints": {"finding/v1": format!("{}|{component}|{path}", finding.id)},
    })
}

/// A relative URI of a path: spaces and what RFC 3986 reserves are percent-encoded.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    path.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => {
                out.push(byte as char)
            }
            _ => drop(write!(out, "%{byte:02X}")),
        }
        out
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Unknown => "note",
    }
}

/// A score in the middle of a grade, for findings that have none of their own.
fn middle(severity: Severity) -> f64 {
    match severity {
        Severity::Critical => 9.5,
        Severity::High => 8.0,
        Severity::Medium => 5.5,
        Severity::Low => 2.0,
        Severity::Unknown => 0.0,
    }
}
