//! Our own rules, as far as a machine can check them. Each test says what to do when it fails.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

fn metadata() -> Metadata {
    MetadataCommand::new().current_dir(root()).no_deps().exec().expect("cargo metadata works here")
}

/// Every file git knows, with its text; binary files are left out.
fn texts() -> Vec<(String, String)> {
    let output = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git is there");
    let list = String::from_utf8(output.stdout).expect("paths are UTF-8");
    list.lines()
        .filter_map(|path| {
            Some((path.to_owned(), String::from_utf8(fs::read(root().join(path)).ok()?).ok()?))
        })
        .collect()
}

fn sources() -> Vec<(String, String)> {
    texts().into_iter().filter(|(path, _)| path.ends_with(".rs")).collect()
}

/// The part of a source file that is not its tests.
fn without_tests(text: &str) -> &str {
    text.split("\n#[cfg(test)]").next().unwrap_or(text)
}

/// ARCHITECTURE.md has a table of crates: `| crate | question | may import |`. It is the law.
#[test]
fn the_star_of_crates_is_the_one_in_the_architecture() {
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the map is there");
    let mut law: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `plimsoll")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let names = |cell: &str| -> Vec<String> {
            cell.split('`')
                .skip(1)
                .step_by(2)
                .map(|name| format!("plimsoll-{name}").replace("plimsoll-plimsoll", "plimsoll"))
                .collect()
        };
        law.insert(cells[1].trim_matches('`').to_owned(), names(cells[3]).into_iter().collect());
    }
    for package in metadata().packages.iter().filter(|package| package.name.as_str() != "xtask") {
        let allowed = law.get(package.name.as_str()).unwrap_or_else(|| {
            panic!("{} is not in the table of ARCHITECTURE.md: add its line there first", package.name)
        });
        let ours = package.dependencies.iter().filter(|dependency| {
            dependency.kind == DependencyKind::Normal && dependency.name.starts_with("plimsoll")
        });
        for dependency in ours {
            assert!(
                allowed.contains(&dependency.name),
                "{} imports {}, which ARCHITECTURE.md does not allow: change the page first, alone",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn every_source_file_begins_with_what_it_is_for() {
    // The tests of a module, where they are a file of their own, are named by where they lie.
    for (path, text) in sources().into_iter().filter(|(path, _)| !path.ends_with("/tests.rs")) {
        let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!"));
        assert!(
            first.is_some_and(|line| line.starts_with("//!")),
            "{path}: begin with a `//!` sentence of purpose"
        );
    }
}

#[test]
fn files_have_one_topic() {
    for (path, text) in sources() {
        let lines = without_tests(&text).lines().count();
        assert!(lines <= 900, "{path} has {lines} lines without its tests: it is two topics");
    }
}

#[test]
fn crates_keep_to_their_side_of_the_doors() {
    let check = |needle: &str, allowed: &[&str], why: &str| {
        for (path, text) in
            sources().iter().filter(|(path, _)| path.contains("/src/") && !path.ends_with("/tests.rs"))
        {
            if allowed.iter().any(|place| path.starts_with(place)) {
                continue;
            }
            let code = without_tests(text);
            assert!(!code.contains(needle), "{path} mentions `{needle}`: {why}");
        }
    };
    check("use tar::", &["crates/plimsoll-image/", "xtask/"], "nothing outside image opens a tar");
    check(
        "rusqlite",
        &[
            "crates/plimsoll-feeds/",
            "crates/plimsoll-store/",
            "crates/plimsoll-analyze/src/analyzers/",
            "xtask/",
        ],
        "SQL lives in feeds and store; analyzers read SQLite files as bytes of an image",
    );
    check("sqlx::", &["crates/plimsoll-store/"], "the platform's SQL lives in store");
    check("use axum", &["crates/plimsoll-server/"], "only the server serves HTTP");
    check(
        "reqwest",
        &["crates/plimsoll-image/", "crates/plimsoll-feeds/", "xtask/"],
        "only the two doors meet the network",
    );
    check(
        "Instant::now",
        &[
            "crates/plimsoll-image/",
            "crates/plimsoll-feeds/",
            "crates/plimsoll-cli/",
            "crates/plimsoll/",
            "crates/plimsoll-server/",
            "xtask/",
        ],
        "minds have no clock",
    );
    check(
        "SystemTime::now",
        &["crates/plimsoll-feeds/", "crates/plimsoll-image/", "crates/plimsoll-cli/", "xtask/"],
        "minds have no clock",
    );
}

#[test]
fn dependencies_say_why_they_are_here() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the manifest is there");
    let table = manifest.split("[workspace.dependencies]").nth(1).expect("the table is there");
    let table = table.split("\n[").next().unwrap_or(table);
    for line in table
        .lines()
        .filter(|line| line.contains(" = ") && !line.starts_with("plimsoll") && !line.starts_with('#'))
    {
        let reason = line.rsplit_once('#').map(|(_, reason)| reason.trim());
        assert!(reason.is_some_and(|reason| !reason.is_empty()), "Cargo.toml: `{line}` has no `# why`");
    }
}

#[test]
fn every_crate_takes_the_workspace_lints() {
    for package in metadata().packages {
        let manifest = fs::read_to_string(&package.manifest_path).expect("a manifest is a file");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{}: take the workspace lints", package.name);
    }
}

#[test]
fn nothing_names_the_machine_it_was_made_on() {
    let words = [concat!("/wor", "k/"), concat!("/home/", "user"), concat!("/ro", "ot/")];
    for (path, text) in texts() {
        if path.ends_with(".lock") || path.contains("/testdata/") {
            continue;
        }
        for word in &words[..2] {
            assert!(!text.contains(word), "{path} names a path of a machine: {word}");
        }
    }
}

#[test]
fn links_in_the_docs_lead_somewhere() {
    for (path, text) in texts().into_iter().filter(|(path, _)| path.ends_with(".md")) {
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or(link);
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let folder = Path::new(&path).parent().unwrap_or(Path::new(""));
            assert!(
                root().join(folder).join(target).exists(),
                "{path} links to {target}, which is not there"
            );
        }
    }
}
