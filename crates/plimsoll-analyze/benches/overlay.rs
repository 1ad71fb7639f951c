//! How long laying layers over each other takes: 100,000 entries in ten layers, with 400 packages, their file lists
//! and 2,000 language packages to be owned. Budget: 30 ms.

use plimsoll_analyze::overlay;
use plimsoll_model::{Component, Digest, Entry, EntryKind, Fact, FileFacts, LayerFacts, Owned, PurlType};

fn main() {
    divan::main();
}

#[divan::bench]
fn hundred_thousand_entries(bencher: divan::Bencher<'_, '_>) {
    let layers = layers();
    bencher.bench(|| overlay(divan::black_box(&layers)));
}

fn layers() -> Vec<LayerFacts> {
    let mut layers: Vec<LayerFacts> = (0..10).map(layer).collect();
    for (number, layer) in layers.iter_mut().enumerate() {
        let entry = layer.entries.len() as u32;
        layer.entries.push(self::entry("/var/lib/dpkg/status", EntryKind::File, ""));
        let packages = (0..400).map(|package| {
            Fact::Component(Component::new(PurlType::Deb, "", &format!("package-{package}"), "1"))
        });
        let owned = (0..400).map(|package| {
            let paths: Vec<String> = (0..250).map(|file| path(0, package * 25 + file)).collect();
            Fact::Owned(Owned {
                package: format!("package-{package}"),
                arch: None,
                digests: vec![None; paths.len()],
                paths,
            })
        });
        layer.files.push(FileFacts {
            entry,
            inner_path: String::new(),
            analyzer: "dpkg".to_owned(),
            facts: packages.chain(owned.take(if number == 9 { 400 } else { 0 })).collect(),
        });
    }
    layers
}

fn layer(number: usize) -> LayerFacts {
    let mut entries = Vec::new();
    if number == 0 {
        entries.push(entry("/lib", EntryKind::Symlink, "usr/lib"));
    }
    for file in 0..10_000 {
        let mut entry = entry(&path(number, file), EntryKind::File, "");
        if file % 50 == 49 {
            entry.kind = EntryKind::Whiteout;
            entry.path = path(number.saturating_sub(1), file - 1);
        }
        entries.push(entry);
    }
    let files = (0..10_000).step_by(50).map(|index| FileFacts {
        entry: index as u32,
        inner_path: String::new(),
        analyzer: "npm".to_owned(),
        facts: vec![Fact::Component(Component::new(
            PurlType::Npm,
            "",
            &format!("module-{number}-{index}"),
            "1.0.0",
        ))],
    });
    LayerFacts {
        digest: None,
        diff_id: Digest::sha256(&[0; 32]),
        size: 0,
        unpacked_size: 0,
        files: files.collect(),
        entries,
        unread: Vec::new(),
    }
}

fn path(layer: usize, file: usize) -> String {
    let module = file / 20;
    let prefix = if module.is_multiple_of(3) { "/lib" } else { "/usr/lib" };
    format!("{prefix}/node-{layer}/module-{module}/sub/file-{file}.js")
}

fn entry(path: &str, kind: EntryKind, link: &str) -> Entry {
    Entry {
        path: path.to_owned(),
        kind,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: 1,
        link: link.to_owned(),
        mtime: 0,
        capability: None,
        sha256: None,
    }
}
