//! Layers and trees in one string, for tests.
//!
//! ```text
//! layer
//! + /etc dir
//! + /etc/db file 12 deb:bash=5 owns:bash=/bin/bash,/etc/x npm:left-pad=1 os:debian channels:esm-infra
//! + /a.spdx file 12 deb:ubuntu/bash=5          of a distribution, as a document says
//! @ /bin -> usr/bin            a symbolic link
//! = /etc/db2 -> /etc/db        a hard link
//! - /etc/old                   a whiteout
//! o /opt                       an opaque folder
//! ```

use plimsoll_model::{
    Component, Contents, Digest, Entry, EntryKind, Fact, FileFacts, LayerFacts, OsRelease, Owned, PurlType,
};

pub(super) fn layers(text: &str) -> Vec<LayerFacts> {
    let mut layers: Vec<LayerFacts> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line == "layer" {
            layers.push(layer(Vec::new()));
            continue;
        }
        let layer = layers.last_mut().expect("`layer` comes first");
        let words: Vec<&str> = line.split_whitespace().collect();
        let entry = match words[0] {
            "+" if words[2] == "dir" => entry(words[1], EntryKind::Dir, 0, ""),
            "+" => entry(words[1], EntryKind::File, words[3].parse().expect("a size"), ""),
            "@" => entry(words[1], EntryKind::Symlink, 0, words[3]),
            "=" => entry(words[1], EntryKind::Hardlink, 0, words[3]),
            "-" => entry(words[1], EntryKind::Whiteout, 0, ""),
            "o" => entry(words[1], EntryKind::Opaque, 0, ""),
            other => panic!("{other}"),
        };
        if entry.kind == EntryKind::File {
            for fact in &words[4..] {
                let (analyzer, fact) = self::fact(fact);
                layer.files.push(FileFacts {
                    entry: layer.entries.len() as u32,
                    inner_path: String::new(),
                    analyzer: analyzer.to_owned(),
                    facts: vec![fact],
                });
            }
        }
        layer.entries.push(entry);
    }
    layers
}

fn fact(text: &str) -> (&'static str, Fact) {
    let (kind, rest) = text.split_once(':').expect("KIND:…");
    let pair = || rest.split_once('=').expect("NAME=…");
    match kind {
        "os" => ("os-release", Fact::Os(OsRelease { id: rest.to_owned(), ..OsRelease::default() })),
        "channels" => ("ubuntu-pro", Fact::Channels(rest.split(',').map(str::to_owned).collect())),
        "note" => {
            let ((namespace, name), version) = (pair().0.split_once('/').expect("OS/…"), pair().1);
            ("elf-package", Fact::Component(Component::new(PurlType::Rpm, namespace, name, version)))
        }
        "licenses" => ("dpkg", Fact::Licenses(rest.split(',').map(str::to_owned).collect())),
        "owns" => {
            let (package, paths) = pair();
            let paths: Vec<String> = paths.split(',').map(str::to_owned).collect();
            (
                "dpkg",
                Fact::Owned(Owned {
                    package: package.to_owned(),
                    arch: None,
                    digests: vec![None; paths.len()],
                    paths,
                }),
            )
        }
        _ => {
            let kind = PurlType::parse(kind).expect("a purl type");
            let analyzer = if kind == PurlType::Deb { "dpkg" } else { "other" };
            let (namespace, name) = pair().0.split_once('/').unwrap_or(("", pair().0));
            (analyzer, Fact::Component(Component::new(kind, namespace, name, pair().1)))
        }
    }
}

pub(super) fn layer(entries: Vec<Entry>) -> LayerFacts {
    LayerFacts {
        digest: None,
        diff_id: Digest::sha256(&[0; 32]),
        size: 0,
        unpacked_size: 0,
        entries,
        files: Vec::new(),
        unread: Vec::new(),
    }
}

pub(super) fn entry(path: &str, kind: EntryKind, size: u64, link: &str) -> Entry {
    Entry {
        path: path.to_owned(),
        kind,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size,
        link: link.to_owned(),
        mtime: 0,
        capability: None,
        sha256: None,
    }
}

/// The tree in lines `KIND PATH SIZE LAYER`, links `@ PATH -> TARGET LAYER`.
pub(super) fn tree(contents: &Contents) -> String {
    let lines = contents.files.iter().map(|file| {
        let Entry { path, kind, size, link, .. } = &file.entry;
        match kind {
            EntryKind::Dir => format!("+ {path} dir L{}\n", file.layer),
            EntryKind::File => format!("+ {path} file {size} L{}\n", file.layer),
            EntryKind::Symlink => format!("@ {path} -> {link} L{}\n", file.layer),
            EntryKind::Hardlink => format!("= {path} {size} L{}\n", file.layer),
            other => format!("? {path} {other:?}\n"),
        }
    });
    lines.collect()
}

/// The components in lines `[-]KIND:[NAMESPACE/]NAME=VERSION LAYER PATHS [owned by NAME]`.
pub(super) fn components(contents: &Contents) -> String {
    let lines = contents.components.iter().map(|installed| {
        let Component { kind, namespace, name, version, .. } = &installed.component;
        let slash = if namespace.is_empty() { "" } else { "/" };
        let hidden = if installed.present { "" } else { "-" };
        let owner = installed.owned_by.map(|owner| &contents.components[owner as usize].component.name);
        let owner = owner.map_or(String::new(), |owner| format!(" owned by {owner}"));
        let paths = installed.paths.join(",");
        format!(
            "{hidden}{}:{namespace}{slash}{name}={version} L{} {paths}{owner}\n",
            kind.as_str(),
            installed.layer
        )
    });
    lines.collect()
}
