//! .NET: what NuGet installed, as builds and runtimes record it.

mod bundle;
mod pe;
mod projects;

pub(crate) use pe::DotnetPe;
pub(crate) use projects::NUGET_PROJECT;

use crate::analyzers::xml;
use crate::analyzers::{Analyzer, File, Findings, executable};
use plimsoll_model::{Component, Entry, Fact, PurlType};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::{BTreeMap, BTreeSet};

/// Reads `*.deps.json`, which lies beside every built application and in every shared framework, or in the application
/// itself when that is a single file.
pub(crate) struct DotnetDeps;

/// Reads packages.lock.json, NuGet's lock file.
pub(crate) struct NugetLock;

/// Reads packages.config, the list of packages of older projects.
pub(crate) struct NugetConfig;

impl Analyzer for DotnetDeps {
    fn name(&self) -> &'static str {
        "dotnet-deps"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        entry.path.ends_with(".deps.json") || executable::is_executable(head)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let is_program = executable::is_executable(file.content);
        match if is_program { bundle::deps(file.content) } else { Some(file.content) } {
            Some(deps) => findings(parse_deps(deps)),
            None => Findings::default(),
        }
    }
}

impl Analyzer for NugetLock {
    fn name(&self) -> &'static str {
        "nuget-lock"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        let name = entry.file_name();
        // Projects that share a folder have `packages.NAME.lock.json`.
        name.starts_with("packages.") && name.ends_with(".lock.json") || name == "packages.lock.json"
    }

    fn read(&self, file: &File<'_>) -> Findings {
        findings(parse_lock(file.content))
    }
}

impl Analyzer for NugetConfig {
    fn name(&self) -> &'static str {
        "nuget-config"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        entry.file_name() == "packages.config"
    }

    fn read(&self, file: &File<'_>) -> Findings {
        findings(parse_config(file.content))
    }
}

/// The parsers of what builds leave beside projects, and of programs that hold a whole application.
#[doc(hidden)]
pub mod fuzz {
    use super::{bundle, projects};

    pub fn assets(bytes: &[u8]) {
        let _ = projects::parse_assets(bytes);
    }

    pub fn bundle(bytes: &[u8]) {
        bundle::deps(bytes);
    }

    pub fn libman(bytes: &[u8]) {
        let _ = projects::parse_libman(bytes);
    }

    pub fn paket(bytes: &[u8]) {
        let _ = (projects::parse_paket_lock(bytes), projects::parse_paket_dependencies(bytes));
    }

    pub fn project(bytes: &[u8]) {
        let _ = projects::parse_project(bytes);
    }
}

fn findings(components: Result<Vec<Component>, String>) -> Findings {
    match components {
        Ok(components) => {
            let facts = components.into_iter().map(|it| (String::new(), Fact::Component(it)));
            Findings { facts: facts.collect(), unread: Vec::new() }
        }
        Err(reason) => Findings { facts: Vec::new(), unread: vec![(String::new(), reason)] },
    }
}

/// A `*.deps.json` (dotnet/sdk documentation, "Runtime Configuration Files", `[appname].deps.json`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Deps {
    #[serde(default)]
    targets: BTreeMap<String, BTreeMap<String, Assets>>,
    #[serde(default)]
    libraries: BTreeMap<String, Library>,
}

#[derive(Deserialize)]
struct Library {
    #[serde(default, rename = "type")]
    kind: String,
}

/// The files a library brings, by path.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assets {
    #[serde(default)]
    runtime: BTreeMap<String, IgnoredAny>,
    #[serde(default)]
    native: BTreeMap<String, IgnoredAny>,
    #[serde(default)]
    runtime_targets: BTreeMap<String, IgnoredAny>,
}

impl Assets {
    /// Does it bring a file that runs? `_._` stands for none.
    fn any(&self) -> bool {
        let all = [&self.runtime, &self.native, &self.runtime_targets];
        all.into_iter().flat_map(BTreeMap::keys).any(|path| !path.ends_with("_._"))
    }
}

/// The packages whose files lie beside a `*.deps.json`. Those that only the compiler needed, and those whose files the
/// shared framework replaces, bring none.
pub(crate) fn parse_deps(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let deps: Deps = json(bytes)?;
    let stated: BTreeSet<&String> = deps.targets.values().flat_map(BTreeMap::keys).collect();
    let present: BTreeSet<&String> = deps
        .targets
        .values()
        .flat_map(|target| target.iter().filter(|(_, assets)| assets.any()).map(|(name, _)| name))
        .collect();
    let libraries = deps.libraries.iter().filter(|(name, library)| {
        let is_package = matches!(library.kind.as_str(), "package" | "runtimepack");
        is_package && (present.contains(name) || !stated.contains(name))
    });
    let components = libraries.filter_map(|(name, _)| {
        let (name, version) = name.strip_prefix("runtimepack.").unwrap_or(name).split_once('/')?;
        package(name, version)
    });
    Ok(components.collect())
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    dependencies: BTreeMap<String, BTreeMap<String, Locked>>,
}

#[derive(Deserialize)]
struct Locked {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    resolved: Option<String>,
}

/// The packages of a packages.lock.json, of all target frameworks (NuGet wiki, "Enable repeatable package restore").
pub(crate) fn parse_lock(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = json(bytes)?;
    let locked = lock.dependencies.into_values().flatten().filter(|(_, locked)| locked.kind != "Project");
    let all: BTreeSet<(String, String)> =
        locked.filter_map(|(name, locked)| Some((name, locked.resolved?))).collect();
    Ok(all.iter().filter_map(|(name, version)| package(name, version)).collect())
}

/// The packages of a packages.config (NuGet reference, "packages.config").
pub(crate) fn parse_config(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let root = xml::parse(bytes)?;
    if root.name != "packages" {
        return Err(format!("not a packages.config: the root element is {:.40}", root.name));
    }
    let packages = root.all("package").filter(|it| it.attribute("developmentDependency") != Some("true"));
    Ok(packages.filter_map(|it| package(it.attribute("id")?, it.attribute("version")?)).collect())
}

fn json<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).map_err(|error| format!("not as expected: {error}"))
}

/// A package, unless its name or version is none.
fn package(name: &str, version: &str) -> Option<Component> {
    let is_word =
        |text: &str| (1..=256).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    let starts = version.starts_with(|c: char| c.is_ascii_digit());
    (is_word(name) && is_word(version) && starts).then(|| Component::new(PurlType::Nuget, "", name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(found: Result<Vec<Component>, String>, expected: &[&str]) {
        let found = found.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(found.iter().map(|it| it.purl(None)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn deps_are_read() {
        check(
            parse_deps(
                br#"{"runtimeTarget":{"name":"net6.0"},"targets":{"net6.0":{
                "App/1.0.0":{"dependencies":{"A":"1.0.0"},"runtime":{"App.dll":{}}},
                "A/1.0.0":{"runtime":{"lib/A.dll":{"assemblyVersion":"1.0.0.0"}}},
                "CompileOnly/2.0.0":{"dependencies":{}},
                "Empty/2.0.0":{"runtime":{"lib/_._":{}}},
                "N/3.0.0":{"runtimeTargets":{"runtimes/linux/native/n.so":{"rid":"linux"}}}}},
                "libraries":{"App/1.0.0":{"type":"project"},"A/1.0.0":{"type":"package","path":"a/1.0.0"},
                "CompileOnly/2.0.0":{"type":"package"},"Empty/2.0.0":{"type":"package"},"N/3.0.0":{"type":"package"},
                "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/6.0.1":{"type":"runtimepack"},"odd":{"type":"package"}}}"#,
            ),
            &["pkg:nuget/A@1.0.0", "pkg:nuget/N@3.0.0", "pkg:nuget/Microsoft.NETCore.App.Runtime.linux-x64@6.0.1"],
        );
    }

    #[test]
    fn locks_are_read() {
        check(
            parse_lock(
                b"\xef\xbb\xbf{\"version\":1,\"dependencies\":{\"net6.0\":{\"A\":{\"type\":\"Direct\",\"requested\":\"[1, )\",\"resolved\":\"1.0\"},
                \"B\":{\"type\":\"Project\"}},\"net8.0\":{\"A\":{\"type\":\"Transitive\",\"resolved\":\"1.0\"}}}}",
            ),
            &["pkg:nuget/A@1.0"],
        );
    }

    #[test]
    fn configs_are_read() {
        check(
            parse_config(
                b"<?xml version='1.0'?><packages><package id='A' version='1.2' targetFramework='net45'/>
                <package id='B' version='2' developmentDependency='true' /><package id='C'/></packages>",
            ),
            &["pkg:nuget/A@1.2"],
        );
    }

    #[test]
    fn bad_files_are_said() {
        assert!(parse_deps(br#"{"libraries":[]}"#).is_err());
        assert!(parse_lock(b"{").is_err());
        assert!(parse_config(b"<project/>").is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (parse_deps(&bytes), parse_lock(&bytes), parse_config(&bytes));
        }

        #[test]
        fn arbitrary_names_never_panic(name in "\\PC{0,20}") {
            let text = serde_json::json!({"libraries": {name: {"type": "package"}}}).to_string();
            let _ = parse_deps(text.as_bytes());
        }
    }
}
