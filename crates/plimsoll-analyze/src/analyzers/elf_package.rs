//! The note a distribution's programs carry about the package they belong to: `.note.package`.

use super::{Analyzer, File, Findings, executable};
use object::{Object, ObjectSection};
use plimsoll_model::{Component, Entry, OsRelease, PurlType};
use serde::Deserialize;

/// Executables and libraries with a note (systemd, "Package metadata for executable files"). What a package database
/// owns is not listed by its note: the database says it better.
pub(super) struct ElfPackage;

/// Bytes of a note; real ones have some hundred.
const MAX_NOTE_BYTES: usize = 64 << 10;
/// The type of the note in its section (the same document, "Well-known format").
const PACKAGE_METADATA: u32 = 0xCAFE_1A7E;

impl Analyzer for ElfPackage {
    fn name(&self) -> &'static str {
        "elf-package"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        head.starts_with(b"\x7FELF") && executable::is_executable(head) && entry.size > 64
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(Ok(parse(file.content).into_iter().collect()))
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Note {
    r#type: String,
    name: String,
    version: String,
    architecture: Option<String>,
    os: String,
    os_cpe: String,
}

/// The package a program says it belongs to, if it says.
pub(crate) fn parse(content: &[u8]) -> Option<Component> {
    let file = object::File::parse(content).ok()?;
    let section = file.section_by_name_bytes(b".note.package")?.data().ok()?;
    let text = note(section, file.is_little_endian())?;
    let note: Note = serde_json::from_slice(text).ok()?;
    if note.name.is_empty() || note.version.is_empty() {
        return None;
    }
    let kind = match note.r#type.as_str() {
        "arch" | "pacman" => PurlType::Alpm,
        kind => PurlType::parse(kind).unwrap_or(PurlType::Generic),
    };
    // Never the image's own namespace: what a program says is not what the image's package manager knows.
    let os = note.os_cpe.split(':').nth(2).filter(|os| !os.is_empty() && kind.is_os());
    let named = Some(note.os.as_str()).filter(|os| !os.is_empty() && kind.is_os());
    let namespace = os.map(distribution).or(named.map(OsRelease::id_of));
    let unknown = if kind.is_os() { Component::UNKNOWN_DISTRIBUTION } else { "" };
    let namespace = namespace.unwrap_or_else(|| unknown.to_owned());
    let mut component = Component::new(kind, &namespace, &note.name, &note.version);
    if kind == PurlType::Rpm {
        component.set_rpm_version(&note.version, None);
    }
    component.arch = note.architecture;
    Some(component)
}

/// The distribution whose vendor this is in `cpe:/o:VENDOR:…`.
fn distribution(vendor: &str) -> String {
    match vendor {
        "fedoraproject" => "fedora".to_owned(),
        "archlinux" => "arch".to_owned(),
        "canonical" => "ubuntu".to_owned(),
        "microsoft" => "azurelinux".to_owned(),
        other => OsRelease::id_of(other),
    }
}

/// The text of the first package note of a section of notes (ELF gABI, "Note Section").
fn note(mut notes: &[u8], is_little: bool) -> Option<&[u8]> {
    let word = |bytes: &[u8], at: usize| {
        let bytes: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    };
    loop {
        let (name, text, kind) = (word(notes, 0)?, word(notes, 4)?, word(notes, 8)?);
        let at = 12 + (name as usize).checked_next_multiple_of(4)?;
        let end = at.checked_add(text as usize)?;
        let found = notes.get(at..end)?;
        if kind == PACKAGE_METADATA {
            let found = &found[..found.len().min(MAX_NOTE_BYTES)];
            return found.split(|&byte| byte == 0).next();
        }
        notes = notes.get(end.checked_next_multiple_of(4)?..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{elf, survives, wants};
    use super::*;

    fn program(text: &str) -> Vec<u8> {
        let mut note = Vec::new();
        let mut add = |kind: u32, name: &[u8], text: &[u8]| {
            for number in [name.len() as u32, text.len() as u32, kind] {
                note.extend(number.to_le_bytes());
            }
            for part in [name, text] {
                note.extend(part);
                note.resize(note.len().next_multiple_of(4), 0);
            }
        };
        add(3, b"GNU\0", b"12345");
        add(PACKAGE_METADATA, b"FDO\0", format!("{text}\0\0").as_bytes());
        elf(".note.package", &note, 0)
    }

    #[test]
    fn notes_are_read() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(parse(&program(text)).map(|it| it.purl(None)).as_deref(), expected, "{text}");
        };
        check(
            r#"{"type":"rpm","name":"coreutils","version":"9.4-6.fc40","architecture":"x86_64","osCpe":"cpe:/o:fedoraproject:fedora:40"}"#,
            Some("pkg:rpm/fedora/coreutils@9.4-6.fc40?arch=x86_64"),
        );
        check(
            r#"{"type":"deb","os":"debian","name":"systemd","version":"255.4-1","architecture":"amd64"}"#,
            Some("pkg:deb/debian/systemd@255.4-1?arch=amd64"),
        );
        check(r#"{"type":"rpm","name":"x","version":"1-2"}"#, Some("pkg:rpm/x@1-2"));
        check(r#"{"type":"other","name":"x","version":"1-2"}"#, Some("pkg:generic/x@1-2"));
        check(r#"{"type":"rpm","name":"x"}"#, None);
        check("no JSON", None);
        assert!(wants(&ElfPackage, "/usr/bin/x", &program("{}")));
        assert!(!wants(&ElfPackage, "/usr/bin/x", b"#!/bin/sh"));
        survives(&ElfPackage, "/usr/bin/x", &program(r#"{"type":"rpm","name":"x","version":"1-2"}"#));
    }
}
