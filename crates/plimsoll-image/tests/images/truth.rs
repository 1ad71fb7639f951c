//! The shared truth: archives made by others, and the tree each must give.

use super::build::{open_all, paths, read};
use plimsoll_image::Image;
use plimsoll_model::{Entry, EntryKind};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[allow(clippy::print_stderr, reason = "a test says that it was skipped")]
fn shared(folder: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/truth")).join(folder);
    if !path.is_dir() {
        eprintln!("skipped: no shared data");
        return None;
    }
    Some(path)
}

fn cases(folder: &Path) -> Vec<Value> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable") {
        let path = entry.expect("readable").path();
        if path.to_str().is_some_and(|path| path.ends_with(".expected.json")) {
            cases.push(serde_json::from_slice(&std::fs::read(path).expect("readable")).expect("JSON"));
        }
    }
    cases
}

fn list<'a>(of: &'a Value, name: &str) -> &'a [Value] {
    of[name].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_default()
}

/// The tree of an image after all layers, the plainest way: path to kind, and digest or link.
fn tree(image: &Image) -> BTreeMap<String, (EntryKind, String)> {
    let mut tree: BTreeMap<String, (EntryKind, String)> = BTreeMap::new();
    for index in 0..image.manifest.layers.len() {
        let (layer, _) = read(image, index).expect("readable");
        let below = |path: &str, other: &str| {
            other.strip_prefix(path).is_some_and(|rest| path == "/" || rest.starts_with('/'))
        };
        for entry in &layer.entries {
            match entry.kind {
                EntryKind::Whiteout => {
                    tree.retain(|path, _| *path != entry.path && !below(&entry.path, path))
                }
                EntryKind::Opaque => tree.retain(|path, _| !below(&entry.path, path)),
                _ => {}
            }
        }
        for entry in layer.entries.iter().filter(|entry| entry.path != "/") {
            let value = match entry.kind {
                EntryKind::Whiteout | EntryKind::Opaque => continue,
                EntryKind::Hardlink => tree.get(&entry.link).cloned().expect("the linked file"),
                kind => (kind, content(entry)),
            };
            if entry.kind != EntryKind::Dir {
                tree.retain(|path, _| !below(&entry.path, path));
            }
            let mut parent = entry.path.as_str();
            while let Some((folder, _)) = parent.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()) {
                tree.entry(folder.to_owned()).or_insert((EntryKind::Dir, String::new()));
                parent = folder;
            }
            tree.insert(entry.path.clone(), value);
        }
    }
    tree
}

fn content(entry: &Entry) -> String {
    entry.sha256.map_or(entry.link.clone(), hex::encode)
}

fn expected_tree(image: &Value) -> BTreeMap<String, (EntryKind, String)> {
    let one = |file: &Value| {
        let (kind, content) = match text(file, "type") {
            "file" => (EntryKind::File, text(file, "sha256")),
            "symlink" => (EntryKind::Symlink, text(file, "link")),
            "dir" => (EntryKind::Dir, ""),
            other => panic!("{other}"),
        };
        (format!("/{}", text(file, "path")), (kind, content.to_owned()))
    };
    list(image, "files").iter().map(one).collect()
}

#[test]
fn archives_give_the_expected_trees() {
    let Some(folder) = shared("image-formats") else { return };
    for case in cases(&folder) {
        let (id, path) = (text(&case, "id"), folder.join(text(&case, "file")));
        let target = path.to_str().expect("text");
        match text(&case, "outcome") {
            "image" => {
                let images = open_all(target).unwrap_or_else(|error| panic!("{id}: {error}"));
                assert_eq!(images.len(), list(&case, "images").len(), "{id}");
                for (image, expected) in images.iter().zip(list(&case, "images")) {
                    assert_eq!(tree(image), expected_tree(expected), "{id}");
                    for (index, layer) in list(expected, "layers").iter().enumerate() {
                        let (read, _) = read(image, index).expect("readable");
                        assert_eq!(read.diff_id.as_str(), text(layer, "diff_id"), "{id}");
                        assert_eq!(
                            read.digest.as_ref() == Some(&read.diff_id),
                            text(layer, "compression") == "none",
                            "{id}"
                        );
                        assert_eq!(read.unread, [], "{id}");
                    }
                    let tags = list(expected, "tags");
                    if images.len() > 1 {
                        assert_eq!(Some(image.manifest.name.as_str()), tags[0].as_str(), "{id}");
                    }
                }
            }
            "layer" => {
                let (read, _) = read(&open_all(target).expect("a layer")[0], 0).expect("readable");
                let of = |wanted: fn(EntryKind) -> bool| {
                    let mut paths: Vec<_> = read
                        .entries
                        .iter()
                        .filter(|e| wanted(e.kind))
                        .map(|e| e.relative().to_owned())
                        .collect();
                    paths.sort();
                    paths
                };
                let whiteouts: Vec<_> =
                    list(&case, "whiteouts").iter().map(|whiteout| text(whiteout, "path")).collect();
                assert_eq!(of(|kind| kind == EntryKind::Whiteout), whiteouts, "{id}");
                let entries: Vec<_> = list(&case, "entries").iter().filter_map(Value::as_str).collect();
                assert_eq!(of(|kind| kind != EntryKind::Whiteout), entries, "{id}");
            }
            "contain" => {
                let (read, keep) = read(&open_all(target).expect("a layer")[0], 0).expect("readable");
                assert_eq!(read.entries.len(), list(&case, "entries").len(), "{id}");
                assert_eq!(keep.files.len(), 1, "{id}: only the file the archive itself holds");
            }
            "refuse" => {
                let error = paths(target).expect_err(id);
                assert!(!error.is_empty(), "{id}");
            }
            other => panic!("{other}"),
        }
    }
}

#[test]
fn real_base_images_have_the_expected_digests() {
    let Some(folder) = shared("images") else { return };
    for case in cases(&folder) {
        let id = text(&case, "id");
        let path = folder.join(text(&case, "file"));
        let images = open_all(path.to_str().expect("text")).unwrap_or_else(|error| panic!("{id}: {error}"));
        assert_eq!(images.len(), 1, "{id}");
        let manifest = &images[0].manifest;
        let shown = |digest: &Option<plimsoll_model::Digest>| {
            digest.as_ref().map(|digest| digest.to_string()).unwrap_or_default()
        };
        assert_eq!(shown(&manifest.digest), text(&case, "manifest_digest"), "{id}");
        assert_eq!(shown(&manifest.config_digest), text(&case, "config_digest"), "{id}");
        assert_eq!(
            manifest.platform.as_ref().map_or("", |platform| &platform.arch),
            text(&case, "architecture"),
            "{id}"
        );
        for (index, layer) in list(&case, "layers").iter().enumerate() {
            let (read, _) = read(&images[0], index).unwrap_or_else(|error| panic!("{id}: {error}"));
            assert_eq!(
                (shown(&read.digest).as_str(), read.diff_id.as_str()),
                (text(layer, "digest"), text(layer, "diff_id")),
                "{id}"
            );
            assert_eq!(read.unread, [], "{id}");
        }
    }
}
