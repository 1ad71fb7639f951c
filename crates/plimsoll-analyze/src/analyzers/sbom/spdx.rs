//! SPDX 2.2 and 2.3 (ISO/IEC 5962), in JSON and tag-value.

use super::{Document, Stated, stated_os, word};
use serde_json::Value;

/// A package with the purpose and version SPDX gives it.
#[derive(Default)]
struct Found {
    purpose: String,
    version: String,
    stated: Stated,
}

/// Reads one of the `packages` of a JSON document.
pub(super) fn package(package: &Value, document: &mut Document) {
    let text = |key: &str| word(package[key].as_str().unwrap_or(""));
    let mut found =
        Found { purpose: text("primaryPackagePurpose"), version: text("versionInfo"), ..Found::default() };
    found.stated.name = text("name");
    found.stated.vendor = vendor(&text("supplier"));
    found.stated.source_info = text("sourceInfo");
    for reference in package["externalRefs"].as_array().into_iter().flatten() {
        if reference["referenceType"] == "purl" && found.stated.purl.is_empty() {
            found.stated.purl = word(reference["referenceLocator"].as_str().unwrap_or(""));
        }
        if is_cpe(reference["referenceType"].as_str().unwrap_or("")) && found.stated.cpe.is_empty() {
            found.stated.cpe = word(reference["referenceLocator"].as_str().unwrap_or(""));
        }
    }
    found.stated.licenses =
        license(&text("licenseDeclared")).or(license(&text("licenseConcluded"))).into_iter().collect();
    add(found, document);
}

/// Reads a document of `Tag: value` lines (SPDX 2.3, annex "Tag:value").
pub(super) fn parse_tags(bytes: &[u8]) -> Result<Document, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut document = Document::default();
    let mut version = None;
    let mut found: Option<Found> = None;
    let mut concluded = String::new();
    for (tag, value) in Tags(text.lines()) {
        match (tag, &mut found) {
            ("SPDXVersion", _) => version = Some(value),
            ("PackageName", _) => {
                let next = Found { stated: Stated { name: value, ..Stated::default() }, ..Found::default() };
                finish(found.replace(next), &mut concluded, &mut document);
            }
            // These begin sections of another kind (SPDX 2.3, clauses 8 to 12).
            ("FileName" | "SnippetSPDXID" | "LicenseID" | "Relationship" | "Annotator", _) => {
                finish(found.take(), &mut concluded, &mut document);
            }
            (_, None) => {}
            ("PackageVersion", Some(found)) => found.version = value,
            ("PackageSupplier", Some(found)) => found.stated.vendor = vendor(&value),
            ("PackageSourceInfo", Some(found)) => found.stated.source_info = value,
            ("PrimaryPackagePurpose", Some(found)) => found.purpose = value,
            ("PackageLicenseConcluded", Some(_)) => concluded = value,
            ("PackageLicenseDeclared", Some(found)) => {
                found.stated.licenses = license(&value).into_iter().collect()
            }
            ("ExternalRef", Some(found)) => {
                let mut parts = value.split_whitespace().skip(1);
                let stated = &mut found.stated;
                match (parts.next(), parts.next()) {
                    (Some("purl"), Some(purl)) if stated.purl.is_empty() => stated.purl = purl.to_owned(),
                    (Some(kind), Some(cpe)) if is_cpe(kind) && stated.cpe.is_empty() => {
                        stated.cpe = word(cpe)
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    finish(found, &mut concluded, &mut document);
    match version {
        Some(version) if version.starts_with("SPDX-2.") => Ok(document),
        Some(version) => Err(format!("the version `{version:.20}` of SPDX is not read")),
        None => Err("neither CycloneDX nor SPDX 2".to_owned()),
    }
}

/// `cpe22Type`, `cpe23Type`; some writers put the place they are defined at before it.
fn is_cpe(kind: &str) -> bool {
    kind.ends_with("cpe23Type") || kind.ends_with("cpe22Type")
}

fn finish(found: Option<Found>, concluded: &mut String, document: &mut Document) {
    let concluded = std::mem::take(concluded);
    let Some(mut found) = found else { return };
    if found.stated.licenses.is_empty() {
        found.stated.licenses = license(&concluded).into_iter().collect();
    }
    add(found, document);
}

fn add(found: Found, document: &mut Document) {
    let Found { purpose, version, stated } = found;
    let has_purl = !stated.purl.is_empty();
    match purpose.as_str() {
        // Trivy and our own documents say it so; the standard has no place for a distribution.
        "OPERATING-SYSTEM" | "OPERATING_SYSTEM" if !has_purl => {
            document.stated_os = document.stated_os.take().or(stated_os(&stated.name, &version, &[]));
        }
        // What the document is about.
        "CONTAINER" => {}
        "ARCHIVE" | "DEVICE" | "FILE" | "SOURCE" if !has_purl => {}
        // Trivy lists the lock files it read as applications without a version.
        "APPLICATION" if !has_purl && version.is_empty() => {}
        _ => document.add(stated),
    }
}

/// `Organization: Debian` and `Person: Jane (jane@example.org)` without the word before.
fn vendor(text: &str) -> String {
    let bare = ["Organization:", "Person:", "Tool:"].iter().find_map(|kind| text.strip_prefix(kind));
    match bare.unwrap_or(text).trim() {
        "NOASSERTION" => String::new(),
        vendor => vendor.to_owned(),
    }
}

fn license(text: &str) -> Option<String> {
    (!matches!(text, "" | "NOASSERTION" | "NONE")).then(|| text.to_owned())
}

/// Tags with their values; `<text>` values go over several lines.
struct Tags<'a>(std::str::Lines<'a>);

impl<'a> Iterator for Tags<'a> {
    type Item = (&'a str, String);

    fn next(&mut self) -> Option<(&'a str, String)> {
        loop {
            let line = self.0.next()?;
            let Some((tag, value)) = line.split_once(':') else { continue };
            let is_tag = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !is_tag {
                continue;
            }
            let Some(first) = value.trim_start().strip_prefix("<text>") else {
                return Some((tag, word(value)));
            };
            let mut text = String::new();
            let mut line = Some(first);
            while let Some(part) = line {
                let (part, is_last) =
                    part.split_once("</text>").map_or((part, false), |(part, _)| (part, true));
                if text.len() <= super::WORD_BYTES {
                    text.push_str(part);
                    text.push('\n');
                }
                line = if is_last { None } else { self.0.next() };
            }
            return Some((tag, word(&text)));
        }
    }
}
