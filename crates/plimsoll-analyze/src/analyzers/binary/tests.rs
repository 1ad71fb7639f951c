use super::*;
use crate::analyzers::testing;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[test]
fn every_example_gives_its_version() {
    let mut wrong = Vec::new();
    for program in program::all() {
        assert!(!program.examples.is_empty(), "{} has no examples", program.name);
        for (file_name, text, expected) in &program.examples {
            let is_named = program::named(file_name).any(|it| std::ptr::eq(it, program));
            let found = is_named.then(|| program.version(file_name, &latin1(text))).flatten();
            if found.as_deref().unwrap_or("") != expected {
                wrong.push(format!("{} {file_name} {text:?}: {found:?}, not {expected:?}", program.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_product_is_a_vendor_and_a_product() {
    for program in program::all() {
        let fits = |cpe: &String| matches!(cpe.split(':').collect::<Vec<_>>()[..], [vendor, product] if !vendor.is_empty() && !product.is_empty());
        assert!(program.cpes.iter().all(fits), "{}: {:?}", program.name, program.cpes);
    }
    let found = parse("memcached", b"\0memcached 1.6.18\n\0");
    assert_eq!(found[0].cpes, ["memcached:memcached"]);
    let found = parse("release", b"IMPLEMENTOR=\"Eclipse Adoptium\"\nJAVA_VERSION=\"25.0.3\"\n");
    assert_eq!(found[0].vendor.as_deref(), Some("Eclipse Adoptium"));
}

#[test]
fn every_pattern_is_one() {
    for program in program::all() {
        for pattern in program.patterns() {
            assert!(pattern.regex().is_some(), "{}: {pattern:?}", program.name);
        }
    }
}

#[test]
fn files_are_known_by_name_and_look() {
    let check = |path: &str, content: &[u8], expected: bool| {
        assert_eq!(testing::wants(&Binary, path, content), expected, "{path}");
    };
    let elf = testing::elf(".data", b"", 0);
    check("/usr/local/bin/python3.12", &elf, true);
    check("/usr/local/lib/libpython3.12.so.1.0", &elf, true);
    check("/usr/local/bin/python3.12", b"#!/bin/sh", false);
    check("/usr/local/bin/unknown", &elf, false);
    check("/usr/local/bin/wp", b"#!/usr/bin/env php", true);
    check("/usr/local/bin/wp", &elf, false);
    check("/usr/local/go/VERSION", b"go1.26.8\n", true);
    check("/opt/java/release", &[b' '; 70_000], false);
}

#[test]
fn a_file_may_be_several_products() {
    let elf = testing::elf(".rodata", b"\x005.7.33-ndb-7.6.17\0", 0);
    testing::check(&Binary, "/usr/sbin/mysqld", &elf, &["mysql 5.7.33", "mysql-cluster 7.6.17"]);
    testing::check(&Binary, "/usr/sbin/mysqld", testing::elf(".rodata", b"", 0), &[]);
}

#[test]
fn hostile_files_are_survived() {
    for program in program::all() {
        let (file_name, text, _) = &program.examples[0];
        testing::survives(&Binary, &format!("/bin/{file_name}"), &latin1(text));
    }
}

/// Snippets of real programs (the shared data's binaries/README.md): the set of products and versions of each folder.
#[test]
#[allow(clippy::print_stderr, reason = "says when it was skipped, and how many are right")]
fn real_programs_are_known() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/truth/binaries"));
    let (Ok(expected), Ok(snippets)) =
        (std::fs::read(folder.join("expected.json")), std::fs::File::open(folder.join("snippets.tar.zst")))
    else {
        eprintln!("skipped: no shared data");
        return;
    };
    let cases: Vec<Case> = serde_json::from_slice(&expected).expect("the expectations");
    let unpacked = tempfile::tempdir().expect("a folder");
    let tar = zstd::Decoder::new(snippets).expect("zstd");
    tar::Archive::new(tar).unpack(unpacked.path()).expect("a tar");

    let mut wrong = Vec::new();
    for case in &cases {
        let expected: BTreeSet<(String, String)> =
            case.packages.iter().map(|it| (ours(&it.name).to_owned(), it.version.clone())).collect();
        let found: BTreeSet<(String, String)> = files(&unpacked.path().join(&case.id))
            .iter()
            .flat_map(|path| {
                let file_name = path.file_name().and_then(|name| name.to_str()).expect("a name");
                parse(file_name, &std::fs::read(path).expect("a file"))
            })
            .map(|component| (component.name, component.version))
            .collect();
        if found != expected {
            wrong.push(format!("{}: {found:?}, not {expected:?}", case.id));
        }
    }
    eprintln!("{} of {} folders are right", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[derive(Deserialize)]
struct Case {
    id: String,
    packages: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
    version: String,
}

/// Our name of a product that Syft calls so.
fn ours(name: &str) -> &str {
    match name {
        "github.com/hashicorp/vault" => "vault",
        "haskell/cabal" => "cabal",
        "haskell/ghc" => "ghc",
        "mysql-server" => "mysql",
        "pilot-agent" | "pilot-discovery" => "istio",
        _ => name,
    }
}

/// The file, or every file below the folder.
fn files(path: &Path) -> Vec<PathBuf> {
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flat_map(|entry| files(&entry.expect("an entry").path())).collect(),
        Err(_) => vec![path.to_owned()],
    }
}

/// A byte for every character.
fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(u32::from(c)).expect("a character of one byte")).collect()
}
