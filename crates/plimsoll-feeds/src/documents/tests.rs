//! Documents of publishers, real and made up.

use super::*;
use crate::osv::Record;
use crate::unpack::{Stream, Tar, is_tar, unpacked};
use plimsoll_model::{Affected, Event, KeyKind, Lifecycle, PackageKey};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What documents held.
#[derive(Default)]
struct Read {
    records: Vec<Record>,
    left: BTreeMap<Left, usize>,
    refused: Vec<String>,
}

impl Read {
    fn add(&mut self, at: &str, bytes: &[u8]) {
        let head = bytes.get(..512).unwrap_or(bytes);
        read(&mut &*bytes, head, at, &mut |parsed| match parsed {
            Ok(Parsed::Taken(record)) => self.records.push(*record),
            Ok(Parsed::Left(why)) => *self.left.entry(why).or_default() += 1,
            Err(why) => self.refused.push(why),
        });
    }

    fn file(&mut self, path: &Path) {
        let packed: Stream = Box::new(std::io::Cursor::new(std::fs::read(path).expect("a file")));
        let at = path.display().to_string();
        let (mut stream, head) = match unpacked(packed) {
            Ok(stream) => stream,
            Err(error) => return self.refused.push(error.to_string()),
        };
        if !is_tar(&head) {
            let mut bytes = Vec::new();
            if let Err(error) = stream.read_to_end(&mut bytes) {
                return self.refused.push(error.to_string());
            }
            return self.add(&at, &bytes);
        }
        let mut tar = Tar::new(stream);
        loop {
            match tar.next() {
                Ok(Some(entry)) => {
                    let mut bytes = Vec::new();
                    if let Err(error) = tar.read(&mut bytes) {
                        return self.refused.push(error.to_string());
                    }
                    self.add(&entry.name, &bytes);
                }
                Ok(None) => return,
                Err(error) => return self.refused.push(error.to_string()),
            }
        }
    }
}

/// The shared feeds, if they are there.
#[allow(clippy::print_stderr, reason = "a skipped test says so")]
fn shared() -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/feeds"));
    if !path.is_dir() {
        eprintln!("skipped: no shared data");
        return None;
    }
    Some(path)
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

#[test]
fn dump() {
    let Some(feeds) = shared() else { return };
    let mut all = Vec::new();
    for feed in ["amazon", "openeuler", "oracle", "photon", "redhat-csaf", "suse"] {
        files(&feeds.join(feed).join("samples"), &mut all);
    }
    for path in all {
        let mut got = Read::default();
        got.file(&path);
        let name = path.strip_prefix(&feeds).expect("inside").display().to_string();
        let rows: usize = got.records.iter().flat_map(|r| r.packages.values()).map(Vec::len).sum();
        eprintln!(
            "{name}: {} records, {} packages, {rows} rows, left {:?}, refused {:?}",
            got.records.len(),
            got.records.iter().map(|r| r.packages.len()).sum::<usize>(),
            got.left,
            got.refused
        );
        for record in got.records.iter().take(2) {
            eprintln!(
                "    {} {} {:?} {:?} {:?} {:?}",
                record.feed,
                record.id,
                record.vulnerabilities.iter().take(4).collect::<Vec<_>>(),
                record.published,
                record.modified,
                record.ratings
            );
            for (key, list) in record.packages.iter().take(2) {
                for a in list.iter().take(3) {
                    eprintln!(
                        "        {} {}: {} {:?} {:?} {:?} {:?} {:?} {:?}",
                        key.ecosystem,
                        key.name,
                        a.release,
                        a.key,
                        a.lifecycle,
                        a.arches,
                        a.module,
                        a.ranges.iter().map(|r| &r.events).collect::<Vec<_>>(),
                        a.versions
                    );
                }
            }
        }
    }
}
