//! Crates of Rust: those in an executable built with cargo-auditable, and those a lock file pins.

use super::documents::{is_exact, is_fetched};
use super::{Analyzer, File, Findings, executable, text};
use plimsoll_model::{Component, Entry, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Bytes of the unpacked list in an executable; cargo-auditable's own limit.
const MAX_LIST_BYTES: usize = 8 << 20;

/// The list cargo-auditable puts into executables (rust-secure-code/cargo-auditable, PARSING.md).
pub(super) struct Auditable;

impl Analyzer for Auditable {
    fn name(&self) -> &'static str {
        "cargo-auditable"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, _: &Entry, head: &[u8]) -> bool {
        executable::is_executable(head) || head.starts_with(b"\0asm")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse_executable(file.content))
    }
}

/// Lock files, versions 1 to 4, and what manifests pin. Those in cargo's caches are not read: they belong to dependencies, and cargo does not
/// read them either.
pub(super) struct Lock;

impl Analyzer for Lock {
    fn name(&self) -> &'static str {
        "cargo-lock"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        let is_cache = ["/registry/src/", "/git/checkouts/"].iter().any(|folder| entry.path.contains(folder));
        matches!(entry.file_name(), "Cargo.lock" | "Cargo.toml") && !is_cache && !is_fetched(&entry.path)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(match file.entry.file_name() {
            "Cargo.lock" => parse_lock(file.content),
            _ => parse_manifest(file.content),
        })
    }
}

/// The crates in an executable, without what only its build needed. None when it has no list. Crates of the project
/// itself are in it too: the root is what the executable is.
pub fn parse_executable(content: &[u8]) -> Result<Vec<Component>, String> {
    let mut found = BTreeMap::new();
    for executable in executable::architectures(content) {
        // Executables that the reader cannot take apart are no list either: very many files only begin like one.
        let list = match auditable_info::json_from_slice(executable, MAX_LIST_BYTES) {
            Ok(list) => list,
            Err(auditable_info::Error::NoAuditData | auditable_info::Error::BinaryParsing(_)) => continue,
            Err(error) => return Err(format!("cannot unpack the list of crates: {error}")),
        };
        let list: List = text::json(list.as_bytes())?;
        let packages = list.packages.into_iter().filter(|package| package.kind.as_deref() != Some("build"));
        found.extend(packages.filter_map(|it| component(&it.name, &it.version)));
    }
    Ok(found.into_values().collect())
}

/// The crates of a lock file that come from somewhere. Those without a source are folders of the project, whose names
/// may be anybody's on crates.io.
pub fn parse_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: LockToml = text::toml(content)?;
    let packages = lock.package.into_iter().filter(|package| package.source.is_some());
    let found: BTreeMap<_, _> = packages.filter_map(|it| component(&it.name, &it.version)).collect();
    Ok(found.into_values().collect())
}

/// The dependencies of a manifest that allow one version only, `=1.2.3`; the others are ranges, and what only tests and
/// builds need is left out (The Cargo Book, "Specifying Dependencies").
pub fn parse_manifest(content: &[u8]) -> Result<Vec<Component>, String> {
    let manifest: Manifest = text::toml(content)?;
    let targets = manifest.target.values().filter_map(|target| target.get("dependencies")?.as_table());
    let workspace =
        manifest.workspace.as_ref().and_then(|workspace| workspace.get("dependencies")?.as_table());
    let wanted = manifest.dependencies.iter().chain(targets.flatten()).chain(workspace.into_iter().flatten());
    let found: BTreeMap<_, _> = wanted
        .filter_map(|(name, wanted)| {
            let version = wanted.as_str().or_else(|| wanted.get("version")?.as_str())?;
            let renamed = wanted.get("package").and_then(toml::Value::as_str);
            let version = version.trim().strip_prefix('=')?.trim();
            is_exact(version, 2).then(|| component(renamed.unwrap_or(name), version)).flatten()
        })
        .collect();
    Ok(found.into_values().collect())
}

/// The component of a crate under its name and version.
fn component(name: &str, version: &str) -> Option<((String, String), Component)> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let fits =
        !name.is_empty() && name.chars().all(is_name) && version.starts_with(|c: char| c.is_ascii_digit());
    let component = fits.then(|| Component::new(PurlType::Cargo, "", name, version))?;
    Some(((name.to_owned(), version.to_owned()), component))
}

#[derive(Deserialize)]
struct List {
    packages: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    version: String,
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    dependencies: toml::Table,
    #[serde(default)]
    target: toml::Table,
    workspace: Option<toml::Value>,
}

#[derive(Deserialize)]
struct LockToml {
    #[serde(default)]
    package: Vec<Locked>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    source: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;
    use std::io::Write;

    const LIST: &str = r#"{"packages":[
        {"name":"app","version":"0.1.0","source":"local","root":true,"dependencies":[1]},
        {"name":"libc","version":"0.2.1","source":"crates.io"},
        {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"}]}"#;

    #[test]
    fn executables_are_read() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        zlib.write_all(LIST.as_bytes()).expect("in memory");
        let list = zlib.finish().expect("in memory");
        let elf = testing::elf(".dep-v0", &list, 0x1000);
        testing::check(&Auditable, "/bin/app", &elf, &["app 0.1.0", "libc 0.2.1"]);
        testing::survives(&Auditable, "/bin/app", &elf);
        testing::check(&Auditable, "/bin/other", testing::elf(".other", b"", 0x1000), &[]);
        let broken = testing::elf(".dep-v0", b"not zlib", 0x1000);
        assert_eq!(testing::read(&Auditable, "/bin/app", &broken).unread.len(), 1);
    }

    #[test]
    fn manifests_are_read() {
        let content = "[package]\nname = \"app\"\nversion = \"0.1.0\"\n[dependencies]\na = \"=1.2.3\"\nb = \"1.2.3\"\nc = { version = \"= 2.0.0\", package = \"real\" }\nd = { path = \"d\" }\n[target.'cfg(unix)'.dependencies]\ne = \"=3.0.0\"\n[workspace.dependencies]\nf = \"=4.0.0-rc.1\"\n[dev-dependencies]\ng = \"=5.0.0\"\n";
        let expected = ["a 1.2.3", "e 3.0.0", "f 4.0.0-rc.1", "real 2.0.0"];
        testing::check(&Lock, "/app/Cargo.toml", content, &expected);
        testing::survives(&Lock, "/app/Cargo.toml", content.as_bytes());
    }

    #[test]
    fn lock_files_are_read() {
        let check =
            |content: &str, expected: &[&str]| testing::check(&Lock, "/app/Cargo.lock", content, expected);
        check(
            r#"version = 4
[[package]]
name = "app"
version = "0.1.0"
dependencies = ["libc"]
[[package]]
name = "fork"
version = "2.0.0"
source = "git+https://host/fork#0123456"
[[package]]
name = "libc"
version = "0.2.1"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "00"
"#,
            &["fork 2.0.0", "libc 0.2.1"],
        );
        // Version 1 has its checksums in a table of their own.
        check(
            "[root]\nname = \"app\"\nversion = \"0.1.0\"\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n[metadata]\n\"checksum a 1.0.0 (registry+x)\" = \"00\"\n",
            &["a 1.0.0"],
        );
        assert!(!testing::wants(&Lock, "/root/.cargo/registry/src/index/a-1.0.0/Cargo.lock", b""));
        testing::survives(
            &Lock,
            "/Cargo.lock",
            b"[[package]]\nname = \"a\"\nversion = \"1\"\nsource = \"x\"\n",
        );
    }
}
