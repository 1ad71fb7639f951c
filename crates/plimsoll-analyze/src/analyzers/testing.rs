//! What the tests of analyzers share.

use super::{Analyzer, File, Findings};
use plimsoll_model::{Entry, EntryKind, Fact, Limits};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// What the analyzer reads in this file.
pub(crate) fn read(analyzer: &dyn Analyzer, path: &str, content: &[u8]) -> Findings {
    analyzer.read(&File { entry: &sized_entry(path, content.len()), content, limits: &Limits::default() })
}

/// Does the analyzer want this file?
pub(crate) fn wants(analyzer: &dyn Analyzer, path: &str, content: &[u8]) -> bool {
    analyzer.wants(&sized_entry(path, content.len()), &content[..content.len().min(4096)])
}

/// The file is wanted and gives exactly these components: `name version` or `name version [licence, licence]`, an
/// unknown version being `?`.
#[track_caller]
pub(crate) fn check(analyzer: &dyn Analyzer, path: &str, content: impl AsRef<[u8]>, expected: &[&str]) {
    let content = content.as_ref();
    assert!(wants(analyzer, path, content), "{path} is not wanted");
    let findings = read(analyzer, path, content);
    assert_eq!(findings.unread, [], "{path}");
    assert_eq!(lines(&findings), expected, "{path}");
}

/// The components of findings, one a line as in [`check`].
pub(crate) fn lines(findings: &Findings) -> Vec<String> {
    let components = findings.facts.iter().map(|(_, fact)| match fact {
        Fact::Component(component) => component,
        other => panic!("not a component: {other:?}"),
    });
    components
        .map(|component| {
            let version = if component.version.is_empty() { "?" } else { &component.version };
            let licenses = component.licenses.join(", ");
            let licenses = if licenses.is_empty() { licenses } else { format!(" [{licenses}]") };
            format!("{} {version}{licenses}", component.full_name())
        })
        .collect()
}

/// Arbitrary bytes, and the valid file with some bytes changed, removed or repeated, never make the analyzer panic.
pub(crate) fn survives(analyzer: &dyn Analyzer, path: &str, valid: &[u8]) {
    let len = valid.len().max(1);
    let edit = (0..len, any::<u8>(), 0..3u8, 0..64usize);
    let edits = prop::collection::vec(edit, 1..8);
    let arbitrary = prop::collection::vec(any::<u8>(), 0..512);
    TestRunner::new(Config { cases: 128, failure_persistence: None, ..Config::default() })
        .run(&(edits, arbitrary), |(edits, arbitrary)| {
            read(analyzer, path, &arbitrary);
            let mut mutated = valid.to_vec();
            for (at, byte, kind, count) in edits {
                let at = at.min(mutated.len());
                let end = (at + count).min(mutated.len());
                match kind {
                    0 if at < mutated.len() => mutated[at] = byte,
                    1 => drop(mutated.drain(at..end)),
                    _ => drop(mutated.splice(at..at, mutated[at..end].to_vec())),
                }
            }
            read(analyzer, path, &mutated);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{path}: {error}"));
}

/// What an analyzer finds in this content; it must want it.
#[track_caller]
pub(crate) fn read_wanted(analyzer: &dyn Analyzer, path: &str, content: &[u8]) -> Findings {
    assert!(wants(analyzer, path, content), "{} does not want {path}", analyzer.name());
    read(analyzer, path, content)
}

/// Facts in one line each: `NAME VERSION ARCH SOURCE=VERSION`, `PACKAGE owns PATHS`.
pub(crate) fn os_lines(found: &Findings) -> Vec<String> {
    let line = |(_, fact): &(String, Fact)| match fact {
        Fact::Component(c) => {
            let source = c.source.as_ref().map(|source| format!(" {}={}", source.name, source.version));
            let arch = c.arch.as_deref().unwrap_or("-");
            format!("{} {} {arch}{}", c.name, c.version, source.unwrap_or_default())
        }
        Fact::Owned(owned) => {
            let arch = owned.arch.as_ref().map_or(String::new(), |arch| format!(":{arch}"));
            format!("{}{arch} owns {}", owned.package, owned.paths.join(" "))
        }
        other => format!("{other:?}"),
    };
    found.facts.iter().map(line).collect()
}

/// A regular file of this path.
pub(crate) fn entry(path: &str) -> Entry {
    sized_entry(path, 1)
}

/// A regular file of this path and size.
pub(crate) fn sized_entry(path: &str, size: usize) -> Entry {
    Entry {
        path: path.to_owned(),
        kind: EntryKind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: size as u64,
        link: String::new(),
        mtime: 0,
        capability: None,
        sha256: None,
    }
}

/// A small 64-bit little-endian ELF executable with one section of this name, loaded at `address` (ELF gABI, "Object
/// Files").
pub(crate) fn elf(section: &str, content: &[u8], address: u64) -> Vec<u8> {
    elf_with_symbols(section, content, address, &[])
}

/// The same with symbols at these addresses.
pub(crate) fn elf_with_symbols(
    section: &str,
    content: &[u8],
    address: u64,
    symbols: &[(&str, u64)],
) -> Vec<u8> {
    const HEADER: usize = 64;
    const PROGRAM: usize = 56;
    let content_at = HEADER + PROGRAM;
    let names = [b"\0".as_slice(), section.as_bytes(), b"\0.shstrtab\0"].concat();
    let names_at = content_at + content.len();
    let mut texts = vec![0];
    let mut table = vec![0; 24];
    for (name, address) in symbols {
        table.extend((texts.len() as u32).to_le_bytes());
        table.extend([0x11, 0, 1, 0]); // A global object of section 1.
        table.extend(address.to_le_bytes());
        table.extend([0; 8]);
        texts.extend([name.as_bytes(), b"\0"].concat());
    }
    let table_at = names_at + names.len();
    let texts_at = table_at + table.len();
    let sections_at = texts_at + texts.len();
    let mut out = b"\x7FELF\x02\x01\x01".to_vec();
    out.resize(16, 0);
    let half = |out: &mut Vec<u8>, value: u16| out.extend(value.to_le_bytes());
    let word = |out: &mut Vec<u8>, value: u32| out.extend(value.to_le_bytes());
    let long =
        |out: &mut Vec<u8>, values: &[u64]| out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    half(&mut out, 2); // ET_EXEC
    half(&mut out, 62); // x86-64
    word(&mut out, 1);
    long(&mut out, &[0, HEADER as u64, sections_at as u64]);
    word(&mut out, 0);
    [HEADER, PROGRAM, 1, 64, if symbols.is_empty() { 3 } else { 5 }, 2]
        .into_iter()
        .for_each(|value| half(&mut out, value as u16));
    // One writable PT_LOAD segment: the content.
    word(&mut out, 1);
    word(&mut out, 6);
    let len = content.len() as u64;
    long(&mut out, &[content_at as u64, address, address, len, len, 16]);
    out.extend(content);
    out.extend(&names);
    out.extend(&table);
    out.extend(&texts);
    out.extend([0; 64]);
    let mut section =
        |name: u32, kind: u32, flags: u64, address: u64, at: usize, len: usize, link: u64, each: u64| {
            word(&mut out, name);
            word(&mut out, kind);
            long(&mut out, &[flags, address, at as u64, len as u64, link, 1, each]);
        };
    section(1, 1, 3, address, content_at, content.len(), 0, 0);
    section(names.len() as u32 - 10, 3, 0, 0, names_at, names.len(), 0, 0);
    if !symbols.is_empty() {
        // SHT_SYMTAB, whose link is the section of its texts and whose info the first global symbol.
        section(0, 2, 0, 0, table_at, table.len(), 4 | 1 << 32, 24);
        section(0, 3, 0, 0, texts_at, texts.len(), 0, 0);
    }
    out
}
