//! Overlay again, slowly and plainly, to be compared with; and the examples of its rules.

use super::fixture::{components, entry, layer, layers, tree};
use super::overlay;
use plimsoll_model::{Contents, Entry, EntryKind, LayerFacts};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// A path's state: kind, layer, size of what is seen there, link target, the file whose bytes it shows.
#[derive(Clone, Debug, PartialEq)]
struct Spot {
    kind: EntryKind,
    layer: u32,
    size: u64,
    link: String,
    content: Option<(u32, usize)>,
}

/// The same rules on a plain map of whole paths.
#[derive(Default)]
struct Naive {
    spots: BTreeMap<String, Spot>,
}

impl Naive {
    fn apply(&mut self, layers: &[LayerFacts]) {
        for (number, layer) in layers.iter().enumerate() {
            let number = number as u32;
            let folders: Vec<&str> =
                layer.entries.iter().filter(|e| e.kind == EntryKind::Dir).map(|e| &*e.path).collect();
            let mut hidden = Vec::new();
            for entry in &layer.entries {
                if entry.kind == EntryKind::Opaque {
                    hidden.extend(self.existing(&entry.path, &folders).map(|folder| (folder, true)));
                }
                if entry.kind == EntryKind::Whiteout {
                    let (folder, name) = entry.path.rsplit_once('/').expect("absolute");
                    let folder = self.existing(folder, &folders);
                    hidden.extend(folder.map(|folder| (format!("{folder}/{name}"), false)));
                }
            }
            for (path, only_below) in hidden {
                self.drop_below(&path);
                if !only_below {
                    self.spots.remove(&path);
                }
            }
            for (index, entry) in layer.entries.iter().enumerate() {
                if !matches!(entry.kind, EntryKind::Whiteout | EntryKind::Opaque) {
                    self.place(entry, number, index);
                }
            }
        }
    }

    fn place(&mut self, entry: &Entry, layer: u32, index: usize) {
        let mut spot =
            Spot { kind: entry.kind, layer, size: entry.size, link: entry.link.clone(), content: None };
        if entry.kind == EntryKind::File {
            spot.content = Some((layer, index));
        }
        if entry.kind == EntryKind::Hardlink {
            let (folder, name) = entry.link.rsplit_once('/').expect("absolute");
            let target =
                self.existing(folder, &[]).and_then(|folder| self.spots.get(&format!("{folder}/{name}")));
            match target {
                Some(target) if target.kind == EntryKind::Symlink => {
                    (spot.kind, spot.link) = (EntryKind::Symlink, target.link.clone());
                }
                Some(target) if target.kind != EntryKind::Dir => {
                    (spot.size, spot.content) = (target.size, target.content);
                }
                _ => {}
            }
        }
        let (folder, name) = entry.path.rsplit_once('/').expect("absolute");
        let Some(folder) = self.resolve(folder, &[]) else { return };
        let parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
        for depth in 1..=parts.len() {
            let path = format!("/{}", parts[..depth].join("/"));
            if self.spots.get(&path).is_none_or(|spot| spot.kind != EntryKind::Dir) {
                let made = Spot { kind: EntryKind::Dir, layer, size: 0, link: String::new(), content: None };
                self.spots.insert(path, made);
            }
        }
        let path = format!("{folder}/{name}");
        if spot.kind != EntryKind::Dir {
            self.drop_below(&path);
        }
        self.spots.insert(path, spot);
    }

    /// Where a path leads, whether it exists or not; `None` for too many links.
    fn resolve(&self, path: &str, folders: &[&str]) -> Option<String> {
        let mut rest: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
        let (mut at, mut links, mut written) = (String::new(), 0, Some(String::new()));
        while let Some(part) = rest.pop() {
            if part.is_empty() || part == "." {
                continue;
            }
            if part == ".." {
                at = at.rsplit_once('/').map_or(String::new(), |(parent, _)| parent.to_owned());
                continue;
            }
            written = written.map(|written| format!("{written}/{part}"));
            let next = format!("{at}/{part}");
            match self.spots.get(&next) {
                Some(spot) if spot.kind == EntryKind::Symlink => {
                    if written.as_deref().is_some_and(|written| folders.contains(&written)) {
                        return None;
                    }
                    written = None;
                    links += 1;
                    if links > 40 {
                        return None;
                    }
                    if spot.link.starts_with('/') {
                        at.clear();
                    }
                    rest.extend(spot.link.split('/').rev().map(str::to_owned));
                }
                _ => at = next,
            }
        }
        Some(at)
    }

    fn existing(&self, path: &str, folders: &[&str]) -> Option<String> {
        self.resolve(path, folders).filter(|path| path.is_empty() || self.spots.contains_key(path))
    }

    fn drop_below(&mut self, folder: &str) {
        let prefix = format!("{folder}/");
        self.spots.retain(|path, _| !path.starts_with(&prefix));
    }
}

fn compare(layers: &[LayerFacts]) -> Result<(), TestCaseError> {
    let contents = overlay(layers);
    let mut naive = Naive::default();
    naive.apply(layers);
    let expected: Vec<(String, Spot)> = naive.spots.into_iter().collect();
    let got: Vec<(String, EntryKind, u32, u64, String)> = contents
        .files
        .iter()
        .map(|f| (f.entry.path.clone(), f.entry.kind, f.layer, f.entry.size, f.entry.link.clone()))
        .collect();
    let wanted: Vec<(String, EntryKind, u32, u64, String)> =
        expected.iter().map(|(path, s)| (path.clone(), s.kind, s.layer, s.size, s.link.clone())).collect();
    prop_assert_eq!(got, wanted);
    let mut visible: Vec<(u32, usize)> = expected.iter().filter_map(|(_, spot)| spot.content).collect();
    visible.sort_unstable();
    visible.dedup();
    let size = |&(layer, entry): &(u32, usize)| layers[layer as usize].entries[entry].size;
    let all: u64 = layers.iter().flat_map(|l| &l.entries).map(|e| e.size).sum();
    prop_assert_eq!(contents.wasted_bytes, all - visible.iter().map(size).sum::<u64>());
    Ok(())
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "c", "a-b"]), 1..4)
        .prop_map(|parts| format!("/{}", parts.join("/")))
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let target =
        prop_oneof![path(), path().prop_map(|p| format!("..{p}")), path().prop_map(|p| p[1..].into())];
    prop_oneof![
        4 => (path(), 1..9u64).prop_map(|(p, size)| entry(&p, EntryKind::File, size, "")),
        3 => path().prop_map(|p| entry(&p, EntryKind::Dir, 0, "")),
        2 => (path(), target).prop_map(|(p, t)| entry(&p, EntryKind::Symlink, 0, &t)),
        2 => (path(), path()).prop_map(|(p, t)| entry(&p, EntryKind::Hardlink, 0, &t)),
        2 => path().prop_map(|p| entry(&p, EntryKind::Whiteout, 0, "")),
        1 => path().prop_map(|p| entry(&p, EntryKind::Opaque, 0, "")),
    ]
}

fn any_layers() -> impl Strategy<Value = Vec<LayerFacts>> {
    prop::collection::vec(prop::collection::vec(any_entry(), 0..9).prop_map(with_facts), 1..5)
}

/// Every file tells of a component of its size, and half of them of one more.
fn with_facts(entries: Vec<Entry>) -> LayerFacts {
    let mut layer = layer(entries);
    for (index, entry) in layer.entries.iter().enumerate().filter(|(_, e)| e.kind == EntryKind::File) {
        let mut text = format!("layer\n+ /x file 1 deb:p={} npm:q={}", entry.size % 3, entry.size % 2);
        if entry.size % 2 == 0 {
            text.push_str(" owns:p=/a/b,/a/c,/b/a npm:always=1");
        }
        for mut file in layers(&text).remove(0).files {
            file.entry = index as u32;
            layer.files.push(file);
        }
    }
    layer
}

/// What must hold of any answer.
fn lawful(contents: &Contents) -> Result<(), TestCaseError> {
    for installed in &contents.components {
        prop_assert!(!installed.paths.is_empty());
        prop_assert!(installed.paths.is_sorted());
        if installed.present {
            for path in &installed.paths {
                prop_assert!(contents.files.iter().any(|file| file.entry.path == *path), "{path}");
            }
        }
        if let Some(owner) = installed.owned_by {
            prop_assert!(contents.components[owner as usize].present);
            prop_assert!(contents.components[owner as usize].component.kind.is_os());
        }
    }
    let mut names: Vec<_> = contents
        .components
        .iter()
        .map(|c| (c.component.kind, &c.component.name, &c.component.version, c.owned_by, c.present))
        .collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    prop_assert_eq!(all, names.len(), "each component once");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5000))]

    #[test]
    fn like_the_naive_twin(layers in any_layers()) {
        compare(&layers)?;
        lawful(&overlay(&layers))?;
    }

    #[test]
    fn an_empty_layer_changes_nothing(mut layers in any_layers()) {
        let before = overlay(&layers);
        layers.push(layer(Vec::new()));
        prop_assert_eq!(before, overlay(&layers));
    }

    #[test]
    fn whiteouts_have_no_order(layers in any_layers()) {
        let before = overlay(&layers);
        let mut moved = layers;
        for layer in &mut moved {
            // To the end of the layer, and backwards; facts follow their entries.
            let is_white = |e: &Entry| matches!(e.kind, EntryKind::Whiteout | EntryKind::Opaque);
            let mut order: Vec<usize> = (0..layer.entries.len()).filter(|&i| !is_white(&layer.entries[i])).collect();
            order.extend((0..layer.entries.len()).rev().filter(|&i| is_white(&layer.entries[i])));
            for file in &mut layer.files {
                file.entry = order.iter().position(|&i| i == file.entry as usize).expect("moved") as u32;
            }
            layer.entries = order.iter().map(|&i| layer.entries[i].clone()).collect();
        }
        prop_assert_eq!(before, overlay(&moved));
    }
}

#[track_caller]
fn check(text: &str, expected_tree: &str, expected_components: &str) {
    let contents = overlay(&layers(text));
    let trim =
        |text: &str| text.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join("\n");
    if !expected_tree.is_empty() {
        assert_eq!(trim(&tree(&contents)), trim(expected_tree));
    }
    assert_eq!(trim(&components(&contents)), trim(expected_components));
}

#[test]
fn whiteouts_hide_only_what_is_below() {
    check(
        "layer
         + /a/x file 1
         + /a/y file 1
         + /b/x file 1
         layer
         + /a/x file 2
         - /a/x
         - /a/y
         - /b
         - /no/such",
        "+ /a dir L0
         + /a/x file 2 L1",
        "",
    );
    check(
        "layer
         + /a/x file 1
         + /a/d/y file 1
         layer
         + /a/n file 2
         o /a",
        "+ /a dir L0
         + /a/n file 2 L1",
        "",
    );
}

#[test]
fn whiteouts_mean_the_tree_below_not_each_other() {
    for (first, second) in [("/a", "/a/x"), ("/a/x", "/a")] {
        let text = format!("layer\n + /b/x file 1\n @ /a -> b\n layer\n - {first}\n - {second}");
        check(&text, "+ /b dir L0", "");
    }
}

#[test]
fn another_type_buries_the_subtree() {
    check(
        "layer
         + /a/x file 1 npm:x=1
         + /b file 1 npm:b=1
         layer
         + /a file 3
         + /b/c file 1",
        "+ /a file 3 L1
         + /b dir L1
         + /b/c file 1 L1",
        "-npm:b=1 L0 /b
         -npm:x=1 L0 /a/x",
    );
}

#[test]
fn hidden_in_a_folder_is_not_hidden_through_the_link_it_replaces() {
    check(
        "layer
         @ /lib -> usr/lib
         + /usr/lib/x file 1
         layer
         o /lib
         - /lib/x
         + /lib dir",
        "+ /lib dir L1
         + /usr dir L0
         + /usr/lib dir L0
         + /usr/lib/x file 1 L0",
        "",
    );
}

#[test]
fn parents_may_be_links() {
    check(
        "layer
         + /usr/bin/sh file 1
         @ /bin -> usr/bin
         @ /loop -> /loop
         layer
         + /bin/sh file 5
         + /loop/x file 1 npm:lost=1
         + /bin/../x file 7
         layer
         - /bin/no
         - /bin/sh",
        "@ /bin -> usr/bin L0
         @ /loop -> /loop L0
         + /usr dir L0
         + /usr/bin dir L0
         + /usr/x file 7 L1",
        "-npm:lost=1 L1 /loop/x",
    );
}

#[test]
fn hard_links_keep_the_content() {
    check(
        "layer
         + /a file 9 npm:x=1
         = /b -> /a
         layer
         = /c -> /a
         = /no -> /nothing
         layer
         - /a
         - /b",
        "= /c 9 L1
         = /no 0 L1",
        "npm:x=1 L1 /c",
    );
}

#[test]
fn a_database_rewritten_in_every_layer() {
    check(
        "layer
         + /var/db file 1 deb:bash=1 deb:old=1
         layer
         + /var/db file 2 deb:bash=1 deb:old=1 deb:curl=1
         layer
         + /var/db file 3 deb:bash=2 deb:curl=1
         layer
         + /other file 1",
        "",
        "-deb:bash=1 L0 /var/db
         deb:bash=2 L2 /var/db
         deb:curl=1 L1 /var/db
         -deb:old=1 L0 /var/db",
    );
    // Gone for a layer is gone: the one that brings it back introduces it.
    check(
        "layer
         + /db file 1 deb:a=1
         layer
         - /db
         layer
         + /db file 1 deb:a=1",
        "",
        "deb:a=1 L2 /db",
    );
    // Hidden and written again by the same layer is a rewrite.
    check(
        "layer
         + /v/db file 1 deb:a=1
         layer
         o /v
         + /v/db file 1 deb:a=1",
        "",
        "deb:a=1 L0 /v/db",
    );
    // An empty database holds nothing, and says so.
    check(
        "layer
         + /db file 1 deb:a=1
         layer
         + /db file 0",
        "",
        "-deb:a=1 L0 /db",
    );
}

#[test]
fn one_component_at_several_paths_is_one() {
    check(
        "layer
         + /x/p file 1 npm:left-pad=1
         layer
         + /y/p file 1 npm:left-pad=1
         + /z/p file 1 npm:left-pad=2",
        "",
        "npm:left-pad=1 L0 /x/p,/y/p
         npm:left-pad=2 L1 /z/p",
    );
}

#[test]
fn owned_across_layers_and_through_links() {
    check(
        "layer
         @ /lib -> usr/lib
         + /var/lib/dpkg/status file 1 deb:py=1 deb:other=1
         layer
         + /var/lib/dpkg/info/py.list file 1 owns:py=/lib/python/six/METADATA owns:gone=/opt/six
         layer
         + /usr/lib/python/six/METADATA file 1 pypi:six=1
         + /opt/six file 1 pypi:six=1",
        "",
        "deb:other=1 L0 /var/lib/dpkg/status
         deb:py=1 L0 /var/lib/dpkg/status
         pypi:six=1 L2 /opt/six
         pypi:six=1 L2 /usr/lib/python/six/METADATA owned by py",
    );
}

#[test]
fn a_hard_link_to_an_owned_file_is_owned() {
    check(
        "layer
         + /status file 1 deb:busybox=1 owns:busybox=/bin/busybox
         + /bin/busybox file 1 generic:busybox=1.36
         = /bin/ash -> /bin/busybox",
        "",
        "deb:busybox=1 L0 /status
         generic:busybox=1.36 L0 /bin/ash,/bin/busybox owned by busybox",
    );
}

#[test]
fn links_do_not_multiply_components() {
    let mut text = "layer\n + /db file 1".to_owned();
    text.extend((0..2_000).map(|i| format!(" npm:p{i}=1")));
    text.extend((0..20_000).map(|i| format!("\n = /l{i} -> /db")));
    text.push_str("\n layer\n - /db\n layer");
    text.extend((0..19_999).map(|i| format!("\n - /l{i}")));
    let contents = overlay(&layers(&text));
    assert_eq!(contents.components.len(), 2_000);
    assert!(contents.components.iter().all(|installed| installed.present && installed.paths == ["/l19999"]));
}

#[test]
fn the_distribution_is_found_behind_links_and_in_any_layer() {
    let id = |text: &str| overlay(&layers(text)).os.map(|os| os.id);
    let check = |text: &str, expected: Option<&str>| assert_eq!(id(text).as_deref(), expected, "{text}");
    check(
        "layer\n + /usr/lib/os-release file 1 os:a\n @ /etc/os-release -> ../usr/lib/os-release",
        Some("a"),
    );
    check("layer\n + /etc/redhat-release file 1 os:rhel\n + /etc/os-release file 1 os:rocky", Some("rocky"));
    check(
        "layer\n + /nix/x-os-release file 1 os:nixos\n layer\n @ /etc/os-release -> /nix/x-os-release",
        Some("nixos"),
    );
    check("layer\n + /etc/os-release file 1 os:a\n layer\n - /etc/os-release", None);
    check("layer\n @ /etc/os-release -> os-release\n + /etc/debian_version file 1 os:debian", Some("debian"));
}

#[test]
fn licences_come_from_the_copyright_file() {
    let contents = overlay(&layers(
        "layer
         + /var/lib/dpkg/status file 1 deb:libx-dev=1
         + /usr/share/doc/libx/copyright file 1 licenses:MIT,Zlib
         @ /usr/share/doc/libx-dev -> libx",
    ));
    assert_eq!(contents.components[0].component.licenses, ["MIT", "Zlib"]);
}

#[test]
fn hostile_layers_take_no_more_than_their_size() {
    // Forty links, each through many folders, in front of every entry.
    let mut entries = vec![entry("/d0", EntryKind::Dir, 0, "")];
    let long = format!("{}d0", "d0/../".repeat(600));
    for index in 1..40 {
        let target =
            long.replace("d0/..", &format!("d{}/..", index - 1)).replace("d0", &format!("d{}", index - 1));
        entries.push(entry(&format!("/d{index}"), EntryKind::Symlink, 0, &target));
    }
    entries.extend((0..20_000).map(|i| entry(&format!("/d39/{i}/x"), EntryKind::File, 1, "")));
    // Links that make paths ever longer.
    let deep = vec!["x"; 2000].join("/");
    entries.extend((0..40).map(|i| entry(&format!("{}/l", "/l".repeat(i)), EntryKind::Symlink, 0, &deep)));
    let white = (0..20_000).map(|i| entry(&format!("/d39/{i}"), EntryKind::Whiteout, 0, ""));
    let layers =
        [layer(entries), layer(white.collect()), layer(vec![entry("/d0", EntryKind::Opaque, 0, "")])];
    let begin = std::time::Instant::now();
    let contents = overlay(&layers);
    assert!(!contents.unread.is_empty());
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}

#[test]
fn packages_of_other_distributions_stay_theirs() {
    let check = |text: &str, expected: &[&str]| {
        let found = components(&overlay(&layers(text)));
        assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{text}");
    };
    // A document names a package the database knows, and one it does not.
    check(
        "layer\n+ /etc/os-release file 1 os:debian\n+ /db file 1 deb:bash=5\n\
        + /a/x.spdx file 1 deb:debian/bash=5 deb:debian/zlib=1 rpm:almalinux/z=1",
        &["deb:bash=5 L0 /a/x.spdx,/db", "deb:debian/zlib=1 L0 /a/x.spdx", "rpm:almalinux/z=1 L0 /a/x.spdx"],
    );
    // Without a database the document is all there is.
    check(
        "layer\n+ /etc/os-release file 1 os:wolfi\n+ /a/x.spdx file 1 apk:wolfi/zlib=1 apk:alpine/y=1",
        &["apk:zlib=1 L0 /a/x.spdx", "apk:alpine/y=1 L0 /a/x.spdx"],
    );
    // What a program says of itself is only listed when no database owns it.
    check(
        "layer\n+ /etc/os-release file 1 os:fedora\n+ /db file 1 deb:bash=5 owns:bash=/bin/bash\n\
        + /bin/bash file 1 note:fedora/bash=5\n+ /bin/other file 1 note:fedora/bash=5",
        &["deb:bash=5 L0 /db", "rpm:fedora/bash=5 L0 /bin/other"],
    );
    check(
        "layer\n+ /db file 1 rpm:bash=5\n+ /bin/bash file 1 note:fedora/bash=4\nlayer\n- /bin/bash",
        &["rpm:bash=5 L0 /db"],
    );
    // An archive for the image's package manager is for its distribution; another is for one unknown.
    check(
        "layer\n+ /db file 1 deb:bash=5\n+ /x.deb file 1 deb:unknown/zlib=1\n+ /x.rpm file 1 rpm:unknown/zlib=1",
        &["deb:bash=5 L0 /db", "deb:zlib=1 L0 /x.deb", "rpm:unknown/zlib=1 L0 /x.rpm"],
    );
}

#[test]
fn channels_are_those_of_present_files() {
    let check = |text: &str, expected: &[&str]| {
        assert_eq!(overlay(&layers(text)).channels, expected, "{text}");
    };
    check("layer\n+ /a file 1 channels:y,x\n+ /b file 1 channels:x,z", &["x", "y", "z"]);
    check("layer\n+ /a file 1 channels:x\nlayer\n- /a", &[]);
}
