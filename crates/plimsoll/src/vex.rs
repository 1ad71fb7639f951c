//! VEX: where documents come from, and what they change in a report.

use crate::ScanError;
use crate::document::{Dismissed, ImageReport};
use plimsoll_assess::vex::{Document, ImageIdentity, VexError, apply, parse};
use plimsoll_image::Image;
use plimsoll_model::{OsRelease, Purl};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of one document: Red Hat's largest have some 40 MB.
const LARGEST: u64 = 128 << 20;
/// Files of one folder, and folders in folders.
const FILES: usize = 100_000;
const DEPTH: usize = 8;

/// VEX documents, and what lay beside them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// In the order they were named; of a folder by name.
    pub documents: Vec<Document>,
    /// What is not VEX, by name.
    pub passed_over: Vec<String>,
}

/// Reads a VEX file, or every `.json` file below a folder, where other JSON is passed over.
pub fn read(path: &Path) -> Result<Found, ScanError> {
    let unreadable = |source| ScanError::VexFile { path: path.to_owned(), source };
    let mut found = Found::default();
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        found.documents.push(read_file(path)?);
        return Ok(found);
    }
    let mut files = Vec::new();
    list(path, 0, &mut files)?;
    for file in files {
        match read_file(&file) {
            Ok(document) => found.documents.push(document),
            Err(ScanError::Vex { name, source: VexError::NotVex }) => found.passed_over.push(name),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

fn read_file(path: &Path) -> Result<Document, ScanError> {
    let unreadable = |source| ScanError::VexFile { path: path.to_owned(), source };
    let name = path.display().to_string();
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        let source = VexError::Invalid(format!("it is larger than {} MB", LARGEST >> 20));
        return Err(ScanError::Vex { name, source });
    }
    match parse(&bytes) {
        Ok(statements) => Ok(Document { name, statements }),
        Err(source) => Err(ScanError::Vex { name, source }),
    }
}

/// The `.json` files below a folder, by name.
fn list(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), ScanError> {
    let unreadable = |source| ScanError::VexFile { path: folder.to_owned(), source };
    let mut entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        // A link to a folder may lead round in circles; a link to a file may not.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            if depth < DEPTH {
                list(&path, depth + 1, files)?;
            }
        } else if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("json")) && path.is_file() {
            files.push(path);
        }
        if files.len() > FILES {
            let too_many = std::io::Error::other(format!("there are more than {FILES} files"));
            return Err(unreadable(too_many));
        }
    }
    Ok(())
}

/// The VEX documents attached to an image in its registry. Whoever may write to the repository may attach them: their
/// signatures are not checked.
pub fn attached(image: &Image) -> Result<Found, ScanError> {
    let mut found = Found::default();
    for attachment in image.source.attached(&image.manifest, &is_vex)? {
        let name = attachment.digest.to_string();
        match parse(&attachment.bytes) {
            Ok(statements) => found.documents.push(Document { name, statements }),
            Err(VexError::NotVex) => found.passed_over.push(name),
            Err(source) => return Err(ScanError::Vex { name, source }),
        }
    }
    Ok(found)
}

/// May something of this artifact, media or predicate type be VEX?
fn is_vex(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    // Wrappers that do not say what is in them, and the forms themselves.
    ["openvex", "csaf", "vex", "cyclonedx", "in-toto+json", "dsse.envelope", "sigstore.bundle"]
        .iter()
        .any(|word| kind.contains(word))
}

/// Takes away and marks the findings of a report that the documents speak of. What went is listed where the report
/// explains itself. Returns how many findings each document speaks of.
pub fn honour(report: &mut ImageReport, documents: &[&Document]) -> Vec<usize> {
    let at_digest = report.name.rsplit_once('@').map(|(_, digest)| digest.to_owned());
    let digests = [report.digest.clone(), report.config_digest.clone(), at_digest];
    let image = ImageIdentity {
        name: report.name.clone(),
        digests: digests.into_iter().flatten().collect(),
        os: report.os.as_ref().map(|os| OsRelease {
            id: os.id.clone(),
            version_id: os.version_id.clone(),
            ..OsRelease::default()
        }),
    };
    let purls: Vec<Purl> =
        report.components.iter().filter_map(|component| Purl::parse(&component.purl).ok()).collect();
    let applied = apply(&mut report.findings, &image, &purls, documents);
    if let Some(details) = &mut report.details {
        let dismissed = applied.dismissed.into_iter();
        details
            .dismissed
            .extend(dismissed.map(|one| Dismissed { component: one.component, reason: one.reason }));
    }
    applied.spoken_of
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [
        {"vulnerability": "CVE-2024-0001", "products": ["pkg:npm/x"], "status": "fixed"}]}"#;

    #[test]
    fn files_and_folders_are_read() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
            std::fs::write(&path, text).expect("a file");
            path
        };
        let one = write("b/one.json", DOCUMENT);
        write("a.openvex.JSON", DOCUMENT);
        let other = write("provider-metadata.json", "{}");
        write("index.txt", "one.json");
        let found = read(folder.path()).expect("a folder of VEX");
        let names: Vec<&str> = found.documents.iter().map(|document| document.name.as_str()).collect();
        assert!(names.len() == 2 && names[0].ends_with("a.openvex.JSON"), "{names:?}");
        assert_eq!(found.passed_over, [other.display().to_string()]);
        assert_eq!(read(&one).expect("VEX").documents.len(), 1);

        let fails = |path: &Path, why: &str| {
            let error = read(path).expect_err("no VEX").to_string();
            assert!(error.contains(why), "{error}");
        };
        fails(&other, "is neither OpenVEX");
        fails(&folder.path().join("none.json"), "cannot read");
        write("broken.json", "{");
        fails(folder.path(), "it is not JSON");
    }

    #[test]
    fn kinds_of_attachments() {
        for kind in
            ["application/vnd.openvex+json", "https://openvex.dev/ns/v0.2.0", "application/vnd.in-toto+json"]
        {
            assert!(is_vex(kind), "{kind}");
        }
        assert!(!is_vex("https://spdx.dev/Document") && !is_vex(""));
    }
}
