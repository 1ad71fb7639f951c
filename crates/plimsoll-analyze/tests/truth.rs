//! Real images and rpm databases, compared with their published package lists. Skipped where the data is missing.

#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use plimsoll_analyze::{Detectors, LayerReader, overlay};
use plimsoll_model::{Component, Contents, Digest, Entry, EntryKind, LayerFacts, Limits};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::PathBuf;

fn truth(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/truth")).join(folder);
    if !path.is_dir() {
        eprintln!("skipped: no shared data");
    }
    path.is_dir().then_some(path)
}

fn expected(path: &std::path::Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("readable")).expect("JSON")
}

/// The facts of a layer. Names are taken as they are: the corpora hold no hostile ones.
fn layer(tar: &[u8]) -> LayerFacts {
    let mut reader = LayerReader::new(Limits::default(), Detectors::default());
    let mut entries = Vec::new();
    for file in tar::Archive::new(tar).entries().expect("a tar") {
        let mut file = file.expect("an entry");
        let name = file.path().expect("a path").to_string_lossy().trim_matches(['.', '/']).to_owned();
        let link =
            file.link_name().expect("a link").map_or(String::new(), |l| l.to_string_lossy().into_owned());
        let kind = match file.header().entry_type() {
            tar::EntryType::Directory => EntryKind::Dir,
            tar::EntryType::Symlink => EntryKind::Symlink,
            tar::EntryType::Link => EntryKind::Hardlink,
            tar::EntryType::Char => EntryKind::Char,
            _ => EntryKind::File,
        };
        let entry = Entry {
            path: format!("/{name}"),
            kind,
            mode: file.header().mode().expect("a mode"),
            uid: 0,
            gid: 0,
            size: if kind == EntryKind::File { file.size() } else { 0 },
            link: if kind == EntryKind::Hardlink {
                format!("/{}", link.trim_matches(['.', '/']))
            } else {
                link
            },
            mtime: 0,
            capability: None,
            sha256: None,
        };
        let mut content = Vec::new();
        file.read_to_end(&mut content).expect("content");
        if reader.wants(&entry, &content[..content.len().min(4096)]) {
            reader.read(entries.len() as u32, &entry, &content);
        }
        entries.push(entry);
    }
    LayerFacts {
        digest: None,
        diff_id: Digest::sha256(&[0; 32]),
        size: 0,
        unpacked_size: 0,
        entries,
        files: reader.files,
        unread: reader.unread,
    }
}

fn check_os(case: &str, contents: &Contents, expected: &Value) {
    let os = contents.os.as_ref();
    if expected["os"].is_null() {
        assert!(os.is_none(), "{case}");
        return;
    }
    let os = os.unwrap_or_else(|| panic!("{case}: no distribution"));
    assert_eq!(Some(&*os.id), expected["os"]["id"].as_str(), "{case}");
    assert_eq!(os.version_id.as_deref(), expected["os"]["version_id"].as_str(), "{case}");
}

/// `name epoch version release arch`, epoch 0 where there is none.
fn rpm_key(component: &Component) -> String {
    let release = component.release.clone().unwrap_or_default();
    let version = component.version.strip_suffix(&format!("-{release}")).unwrap_or("?");
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    let arch = component.arch.as_deref().unwrap_or("-");
    format!("{} {} {version} {release} {arch}", component.name, component.epoch.unwrap_or(0))
}

fn check_rpms(case: &str, contents: &Contents, expected: &Value) {
    let found: HashMap<String, &Component> = contents
        .components
        .iter()
        .filter(|i| i.found_by == "rpm")
        .map(|i| (rpm_key(&i.component), &i.component))
        .collect();
    let text = |package: &Value, field: &str| package[field].as_str().map(str::to_owned);
    let packages = expected["packages"].as_array().expect("packages");
    let wanted: HashMap<String, &Value> = packages
        .iter()
        .map(|package| {
            let field = |name: &str| text(package, name).unwrap_or_else(|| "-".to_owned());
            let epoch = package["epoch"].as_u64().unwrap_or(0);
            let key = format!(
                "{} {epoch} {} {} {}",
                field("name"),
                field("version"),
                field("release"),
                field("arch")
            );
            (key, package)
        })
        .collect();
    let keys = |keys: Vec<&String>| keys.into_iter().cloned().collect::<BTreeSet<_>>();
    assert_eq!(keys(found.keys().collect()), keys(wanted.keys().collect()), "{case}");
    let mut fields = 0;
    for (key, component) in &found {
        let package = wanted[key];
        let source =
            component.source.as_ref().map(|source| format!("{}-{}.src.rpm", source.name, source.version));
        for (field, value) in [
            ("sourcerpm", &source),
            ("license", &component.licenses.first().cloned()),
            ("vendor", &component.vendor),
            ("modularity", &component.modularity),
        ] {
            // Where the published list is silent the database may still speak.
            if let Some(wanted) = text(package, field) {
                assert_eq!(value.as_ref(), Some(&wanted), "{case}: {key}: {field}");
                fields += 1;
            }
        }
    }
    eprintln!("{case}: {} packages and {fields} of their fields equal", found.len());
}

#[test]
fn rpm_databases() {
    let Some(folder) = truth("rpmdb") else { return };
    for file in std::fs::read_dir(&folder).expect("readable").map(|file| file.expect("a file").path()) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let Some(case) = name.strip_suffix(".tar.zst") else { continue };
        let tar = zstd::decode_all(&*std::fs::read(&file).expect("readable")).expect("zstd");
        let contents = overlay(&[layer(&tar)]);
        assert_eq!(contents.unread, [], "{case}");
        let expected = expected(&folder.join(format!("{case}.expected.json")));
        check_rpms(case, &contents, &expected);
        if !expected["os"].is_null() {
            check_os(case, &contents, &expected);
        }
    }
}

#[test]
fn base_images() {
    let Some(folder) = truth("images") else { return };
    for case in [
        "alpine-3.18.9-x86_64",
        "alpine-3.20.3-x86_64",
        "almalinux-9.3-micro-aarch64",
        "busybox-1.38.0-glibc-amd64",
    ] {
        let mut blobs = HashMap::new();
        let archive = std::fs::read(folder.join(format!("{case}.oci.tar"))).expect("readable");
        for file in tar::Archive::new(&*archive).entries().expect("a tar") {
            let mut file = file.expect("an entry");
            let name =
                file.path().expect("a path").file_name().unwrap_or_default().to_string_lossy().into_owned();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).expect("content");
            blobs.insert(name, bytes);
        }
        let expected = expected(&folder.join(format!("{case}.expected.json")));
        let layers = expected["layers"].as_array().expect("layers").iter().map(|layer_ref| {
            let digest =
                layer_ref["digest"].as_str().and_then(|digest| digest.split_once(':')).expect("a digest").1;
            let mut tar = Vec::new();
            flate2::read::MultiGzDecoder::new(&*blobs[digest]).read_to_end(&mut tar).expect("gzip");
            layer(&tar)
        });
        let layers: Vec<LayerFacts> = layers.collect();
        let contents = overlay(&layers);
        assert_eq!(contents.unread, [], "{case}");
        check_os(case, &contents, &expected);
        let packages = expected["packages"].as_array().expect("packages");
        let of_type = |kind: &str| packages.iter().filter(|package| package["type"] == kind).count();
        if of_type("rpm") > 0 {
            check_rpms(case, &contents, &expected);
        }
        let found: BTreeSet<String> = contents
            .components
            .iter()
            .filter(|installed| installed.found_by == "apk")
            .map(|installed| {
                let c = &installed.component;
                let origin = c.source.as_ref().map_or("-", |source| &source.name);
                format!(
                    "{} {} {} {origin} {:?}",
                    c.name,
                    c.version,
                    c.arch.as_deref().unwrap_or("-"),
                    c.licenses
                )
            })
            .collect();
        let wanted: BTreeSet<String> = packages
            .iter()
            .filter(|package| package["type"] == "apk")
            .map(|package| {
                let field = |name: &str| package[name].as_str().unwrap_or("-");
                let licenses = vec![field("license")];
                format!(
                    "{} {} {} {} {licenses:?}",
                    field("name"),
                    field("version"),
                    field("arch"),
                    field("origin")
                )
            })
            .collect();
        assert_eq!(found, wanted, "{case}");
        eprintln!("{case}: {} apk packages equal, {} files", found.len(), contents.files.len());
    }
}
