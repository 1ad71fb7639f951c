//! Nix's store: folders `nix/store/HASH-NAME-VERSION`, and `nix/var/nix/db/db.sqlite`, which lists them.

use super::{Analyzer, File, Findings, sqlite};
use plimsoll_model::{Component, Entry, PurlType};

/// The analyzer of the store. Every file of a store path tells the same, so the first is enough.
pub(super) struct Nix;

/// Bytes of the largest file that is asked for: every store path but those of lone huge files has a smaller one.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// Paths of the database that are read.
const MAX_PATHS: usize = 200_000;
/// Digits of a store path's hash, in Nix's base 32 (Nix manual, "Store path").
const HASH_DIGITS: usize = 32;

impl Analyzer for Nix {
    fn name(&self) -> &'static str {
        "nix"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        is_db(&entry.path)
            || (entry.size <= MAX_FILE_BYTES
                && store_path(&entry.path)
                    .is_some_and(|(name, has_more)| has_more && component(name).is_some()))
    }

    fn tells_once(&self) -> bool {
        true
    }

    fn read(&self, file: &File<'_>) -> Findings {
        if is_db(&file.entry.path) {
            return Findings::of(parse_db(file.content));
        }
        let name = store_path(&file.entry.path).map(|(name, _)| name);
        Findings::of(Ok(name.and_then(component).into_iter().collect()))
    }
}

fn is_db(path: &str) -> bool {
    path.ends_with("/nix/var/nix/db/db.sqlite")
}

/// The name of the store path a path lies in, and whether it lies below it.
fn store_path(path: &str) -> Option<(&str, bool)> {
    let (_, rest) = path.split_once("/nix/store/")?;
    let (folder, more) = rest.split_once('/').map_or((rest, false), |(folder, _)| (folder, true));
    let (hash, name) = folder.split_at_checked(HASH_DIGITS)?;
    let is_digit = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    Some((name.strip_prefix('-').filter(|_| hash.bytes().all(is_digit))?, more))
}

/// The package of `NAME-VERSION[-OUTPUT]`: the version begins at the first hyphen before something that is no letter
/// (Nix manual, `builtins.parseDrvName`). What has no version (scripts, profiles, hooks) and what only builds
/// (derivations, sources, patches) is no package.
fn component(store_name: &str) -> Option<Component> {
    const NO_PACKAGES: &[&str] = &[
        ".drv", ".tar", ".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".zip", ".patch", ".diff", ".lock", ".sh",
        ".json", ".src", "-source",
    ];
    if NO_PACKAGES.iter().any(|end| store_name.ends_with(end)) {
        return None;
    }
    let bytes = store_name.as_bytes();
    let at = (1..bytes.len().saturating_sub(1))
        .find(|&at| bytes[at] == b'-' && !bytes[at + 1].is_ascii_alphabetic())?;
    let (name, version) = (&store_name[..at], &store_name[at + 1..]);
    let version = without_output(version);
    version
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| Component::new(PurlType::Nix, "", name, version))
}

/// The version without the output's name, which Nix appends to all but the first.
fn without_output(version: &str) -> &str {
    const OUTPUTS: &[&str] = &[
        "-bin",
        "-data",
        "-debug",
        "-dev",
        "-devdoc",
        "-dist",
        "-doc",
        "-getent",
        "-info",
        "-lib",
        "-libgcc",
        "-man",
        "-out",
        "-py",
        "-static",
        "-terminfo",
        "-tools",
        "-xz",
    ];
    OUTPUTS.iter().find_map(|output| version.strip_suffix(output)).unwrap_or(version)
}

/// Reads the paths the store knows to be complete.
pub(crate) fn parse_db(content: &[u8]) -> Result<Vec<Component>, String> {
    let rows = sqlite::rows(content, &["ValidPaths"], "SELECT path FROM ValidPaths", MAX_PATHS)?;
    let names = rows.iter().flatten().filter_map(|path| store_path(path));
    let mut found: Vec<Component> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for component in names.filter_map(|(name, _)| component(name)) {
        if known.insert((component.name.clone(), component.version.clone())) {
            found.push(component);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, survives, wants};
    use super::*;

    #[test]
    fn store_paths_are_packages() {
        let at = |name: &str| format!("/nix/store/0c7c96gikmzv87i7lv3vq5s1cmfjd6zf-{name}");
        let package = |name: &str, expected: &str| {
            check(&Nix, &at(&format!("{name}/bin/x")), b"", &[expected]);
        };
        package("glibc-2.38-44", "glibc 2.38-44");
        package("glibc-2.38-44-bin", "glibc 2.38-44");
        package("openssl-3.0.13-dev", "openssl 3.0.13");
        package("python3.11-requests-2.31.0", "python3.11-requests 2.31.0");
        package("nss-cacert-3.98", "nss-cacert 3.98");
        package("bash-5.2p26", "bash 5.2p26");
        for name in ["bash-5.2p26.drv", "stdenv-linux", "hook.sh", "x-1.0.patch", "x-1.0-source", "x-"] {
            assert!(!wants(&Nix, &at(&format!("{name}/x")), b""), "{name}");
        }
        assert!(!wants(&Nix, &at("bash-5.2p26"), b""), "a lone file is not known to be a package");
        assert!(!wants(&Nix, "/nix/store/short-bash-5.2/x", b""));
        assert!(!wants(&Nix, "/nix/store/é", b""));
    }

    #[test]
    fn the_database_is_read() {
        let db = sqlite::made(
            "CREATE TABLE ValidPaths (id INTEGER PRIMARY KEY, path TEXT);
             INSERT INTO ValidPaths (path) VALUES
             ('/nix/store/0c7c96gikmzv87i7lv3vq5s1cmfjd6zf-glibc-2.38-44'),
             ('/nix/store/1c7c96gikmzv87i7lv3vq5s1cmfjd6zf-glibc-2.38-44-bin'), ('x'), (NULL);",
        );
        check(&Nix, "/nix/var/nix/db/db.sqlite", &db, &["glibc 2.38-44"]);
        assert!(parse_db(b"nothing").is_err());
        survives(&Nix, "/nix/var/nix/db/db.sqlite", &db);
    }
}
