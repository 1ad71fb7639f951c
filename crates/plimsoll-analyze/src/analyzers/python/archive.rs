//! Eggs and wheels: zip archives with their metadata inside.

use super::metadata;
use crate::analyzers::Findings;
use plimsoll_model::Limits;
use std::io::{Cursor, Read};

/// Bytes of metadata; long descriptions have some hundred KiB.
const MAX_METADATA_BYTES: u64 = 8 << 20;

/// The packages in an egg (`EGG-INFO/PKG-INFO`) or a wheel (`X.dist-info/METADATA`), each with its path inside.
pub fn parse(content: &[u8], limits: &Limits) -> Findings {
    let mut findings = Findings::default();
    if let Err(reason) = read(content, limits, &mut findings) {
        findings.unread.push((String::new(), reason));
    }
    findings
}

fn read(content: &[u8], limits: &Limits, findings: &mut Findings) -> Result<(), String> {
    // The central directory is read into memory at once, so its entries are counted before: each has this signature.
    let entries = memchr::memmem::find_iter(content, b"PK\x01\x02").count() as u64;
    limits
        .check("nested-entries", entries, || "the number of files in the archive".to_owned())
        .map_err(|error| error.to_string())?;
    let mut archive =
        zip::ZipArchive::new(Cursor::new(content)).map_err(|error| format!("not a zip archive: {error}"))?;
    let names: Vec<String> =
        archive.file_names().filter_map(Result::ok).map(|name| name.into_owned()).collect();
    for name in names.into_iter().filter(|name| is_metadata(name)) {
        let component = member(&mut archive, &name).and_then(|content| {
            let folder = name.split('/').next().unwrap_or("");
            metadata::parse(&content, folder)
        });
        match component {
            Ok(component) => findings.add(&name, vec![component]),
            Err(reason) => findings.unread.push((name, reason)),
        }
    }
    Ok(())
}

/// At the top of the archive only: what lies deeper was vendored by the package and is found when it is installed.
fn is_metadata(name: &str) -> bool {
    let folder = name.strip_suffix("/METADATA").and_then(|folder| folder.strip_suffix(".dist-info"));
    name == "EGG-INFO/PKG-INFO" || folder.is_some_and(|folder| !folder.contains('/'))
}

fn member(archive: &mut zip::ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Vec<u8>, String> {
    let member = archive.by_name(name).map_err(|error| error.to_string())?;
    let mut content = Vec::new();
    member.take(MAX_METADATA_BYTES + 1).read_to_end(&mut content).map_err(|error| error.to_string())?;
    if content.len() as u64 > MAX_METADATA_BYTES {
        return Err(format!("larger than the {} MiB metadata may have", MAX_METADATA_BYTES >> 20));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{python::Installed, testing};
    use std::io::{Cursor, Write};

    fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a member");
            writer.write_all(content).expect("its content");
        }
        writer.finish().expect("an archive").into_inner()
    }

    #[test]
    fn archives_are_read() {
        let wheel = zip(&[
            ("six.py", b""),
            ("six-1.16.0.dist-info/METADATA", b"Name: six\nVersion: 1.16.0\nLicense: MIT\n"),
            ("six/_vendor/a-1.0.dist-info/METADATA", b"Name: a\nVersion: 1.0\n"),
        ]);
        testing::check(&Installed, "/w/six-1.16.0-py2.py3-none-any.whl", &wheel, &["six 1.16.0 [MIT]"]);
        let findings = testing::read(&Installed, "/w/six.whl", &wheel);
        assert_eq!(findings.facts[0].0, "six-1.16.0.dist-info/METADATA");
        let egg = zip(&[("EGG-INFO/PKG-INFO", b"Name: a\nVersion: 2.0\n")]);
        testing::check(&Installed, "/w/a-2.0-py3.11.egg", &egg, &["a 2.0"]);
    }

    #[test]
    fn bad_archives_are_said() {
        let check =
            |content: &[u8]| assert_eq!(testing::read(&Installed, "/w/x.whl", content).unread.len(), 1);
        check(b"PK\x03\x04 and no more");
        check(&zip(&[("x-1.dist-info/METADATA", &vec![b' '; 9 << 20])]));
        testing::survives(
            &Installed,
            "/w/x.whl",
            &zip(&[("x-1.dist-info/METADATA", b"Name: x\nVersion: 1\n")]),
        );
    }

    #[test]
    fn entries_are_counted_before_the_directory_is_read() {
        let content = b"PK\x01\x02".repeat(11);
        let limits = plimsoll_model::Limits { nested_entries: 10, ..Default::default() };
        let findings = super::parse(&content, &limits);
        assert!(findings.unread[0].1.contains("nested-entries (10)"), "{findings:?}");
    }
}
