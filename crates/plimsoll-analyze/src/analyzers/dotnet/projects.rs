//! What builds of .NET name: `project.assets.json`, project and property files, Paket's and LibMan's files.

use super::{Library, package};
use crate::analyzers::documents::{Documents, is_exact, is_fetched, small_text, unique};
use crate::analyzers::xml::{self, Element};
use crate::analyzers::{npm, text};
use plimsoll_model::Component;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// Reads them.
pub(crate) const NUGET_PROJECT: Documents = Documents {
    name: "nuget-project",
    edition: 1,
    wants: |entry, _| {
        let name = entry.file_name();
        (matches!(name, "project.assets.json" | "paket.lock" | "paket.dependencies" | "libman.json")
            || is_project(name))
            && !is_fetched(&entry.path)
    },
    parse: |file| match file.entry.file_name() {
        "project.assets.json" => parse_assets(file.content),
        "paket.lock" => parse_paket_lock(file.content),
        "paket.dependencies" => parse_paket_dependencies(file.content),
        "libman.json" => parse_libman(file.content),
        _ => parse_project(file.content),
    },
};

/// `X.csproj` and its kin, `Directory.Packages.props` and other lists of central versions.
fn is_project(name: &str) -> bool {
    [".csproj", ".fsproj", ".vbproj", "Packages.props", "packages.props"]
        .iter()
        .any(|end| name.ends_with(end))
        || name.starts_with("Directory.") && name.ends_with(".props")
}

/// The packages a restore resolved to, without the projects among them.
pub(crate) fn parse_assets(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let assets: Assets = text::json(bytes)?;
    let packages = assets.libraries.iter().filter(|(_, library)| library.kind == "package");
    Ok(unique(packages.filter_map(|(name, _)| {
        let (name, version) = name.split_once('/')?;
        package(name, version)
    })))
}

/// The packages a project or a property file names with one version, the variables of the file filled in. A version
/// without brackets is the least allowed one, and the one NuGet chooses (NuGet documentation, "Dependency resolution").
/// What only developers use (`PrivateAssets="all"`: analyzers, build tools) is left out.
pub(crate) fn parse_project(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let root = xml::parse(bytes)?;
    let groups = || root.children.iter();
    let values: HashMap<&str, &str> = groups()
        .filter(|group| group.name == "PropertyGroup")
        .flat_map(|group| &group.children)
        .map(|property| (property.name.as_str(), property.text.as_str()))
        .collect();
    let items = groups().filter(|group| group.name == "ItemGroup").flat_map(|group| &group.children);
    let references = items.filter(|item| {
        let is_reference =
            matches!(item.name.as_str(), "GlobalPackageReference" | "PackageReference" | "PackageVersion");
        is_reference
            && !stated(item, "PrivateAssets").is_some_and(|assets| assets.eq_ignore_ascii_case("all"))
    });
    Ok(unique(references.filter_map(|item| {
        let name = item.attribute("Include").or_else(|| item.attribute("Update"))?;
        let version = stated(item, "VersionOverride").or_else(|| stated(item, "Version"))?;
        let version = match version.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')')) {
            Some(variable) => values.get(variable)?.trim(),
            None => version,
        };
        let version = version.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(version);
        is_exact(version, 0).then(|| package(name, version)).flatten()
    })))
}

/// An attribute, or the child element of that name.
fn stated<'a>(item: &'a Element, name: &str) -> Option<&'a str> {
    item.attribute(name).or_else(|| item.text_of(name)).map(str::trim)
}

/// What `paket.lock` pins from NuGet, without the groups only builds and tests use (Paket, "The paket.lock file").
pub(crate) fn parse_paket_lock(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(bytes)?;
    let (mut source, mut is_needed) = ("", true);
    let mut found = Vec::new();
    for line in text.lines() {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let line = line.trim();
        match indent {
            0 if line.starts_with("GROUP ") => {
                let group = line["GROUP ".len()..].trim().to_ascii_lowercase();
                (source, is_needed) = ("", !matches!(group.as_str(), "build" | "test" | "tests"));
            }
            0 => source = line,
            // A package stands at four spaces, what it depends on at six.
            4 if source == "NUGET" && is_needed => {
                let Some((name, rest)) = line.split_once(" (") else { continue };
                let version = rest.split(')').next().unwrap_or("");
                found.extend(package(name, version));
            }
            _ => {}
        }
    }
    Ok(unique(found))
}

/// `nuget NAME VERSION`, `nuget NAME == VERSION`: exact ones (Paket, "NuGet dependencies", "Version constraints").
pub(crate) fn parse_paket_dependencies(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(bytes)?;
    Ok(unique(text.lines().filter_map(|line| {
        let mut words = line.split_whitespace().filter(|word| !matches!(*word, "=" | "=="));
        let (keyword, name, version) = (words.next()?, words.next()?, words.next()?);
        let is_nuget = keyword.eq_ignore_ascii_case("nuget");
        (is_nuget && is_exact(version, 0)).then(|| package(name, version)).flatten()
    })))
}

/// The browser libraries LibMan fetches from mirrors of npm; the names of cdnjs are nearly always npm's.
pub(crate) fn parse_libman(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let libman: Libman = text::json(bytes)?;
    let usual = libman.default_provider.unwrap_or_default();
    Ok(unique(libman.libraries.iter().filter_map(|library| {
        let provider = library.provider.as_deref().unwrap_or(&usual);
        let (name, version) = npm::split_at_version(&library.name)?;
        let is_npm = matches!(provider, "cdnjs" | "jsdelivr" | "unpkg") && is_exact(version, 1);
        is_npm.then(|| npm::component(name, version)).flatten()
    })))
}

#[derive(Deserialize)]
struct Assets {
    #[serde(default)]
    libraries: BTreeMap<String, Library>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Libman {
    default_provider: Option<String>,
    #[serde(default)]
    libraries: Vec<BrowserLibrary>,
}

#[derive(Deserialize)]
struct BrowserLibrary {
    #[serde(default, rename = "library")]
    name: String,
    provider: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    fn check(path: &str, content: &str, expected: &[&str]) {
        testing::check(&NUGET_PROJECT, path, content, expected);
        testing::survives(&NUGET_PROJECT, path, content.as_bytes());
    }

    #[test]
    fn assets_are_read() {
        check(
            "/src/obj/project.assets.json",
            r#"{"version":3,"targets":{},"libraries":{"A/1.0.0":{"type":"package","path":"a/1.0.0"},"P/1.0.0":{"type":"project"}}}"#,
            &["A 1.0.0"],
        );
    }

    #[test]
    fn projects_are_read() {
        check(
            "/src/App.csproj",
            "<Project Sdk='Microsoft.NET.Sdk'><PropertyGroup><V>3.0.1</V></PropertyGroup><ItemGroup>
            <PackageReference Include='A' Version='1.0.0' /><PackageReference Include='B'><Version>2.0</Version></PackageReference>
            <PackageReference Include='C' Version='$(V)' /><PackageReference Include='D' Version='$(Other)' />
            <PackageReference Include='E' Version='5.*' /><PackageReference Include='F' Version='[6.0]' />
            <PackageReference Include='G' Version='[7.0,8.0)' /><PackageReference Include='H' />
            <PackageReference Include='I' Version='1.0' PrivateAssets='All' /></ItemGroup></Project>",
            &["A 1.0.0", "B 2.0", "C 3.0.1", "F 6.0"],
        );
        check(
            "/src/Directory.Packages.props",
            "<Project><ItemGroup><PackageVersion Include='A' Version='1.0.0' /></ItemGroup></Project>",
            &["A 1.0.0"],
        );
    }

    #[test]
    fn other_files_are_read() {
        let lock = "STORAGE: NONE\nNUGET\n  remote: https://api.nuget.org/v3/index.json\n    FSharp.Core (4.7) - restriction: >= net45\n      Dep (>= 1.0)\n    Dep (1.0.1)\nGITHUB\n  remote: a/b\n    x.fs (0123)\n\nGROUP Build\nNUGET\n  remote: x\n    Fake (5.0)\n";
        check("/src/paket.lock", lock, &["Dep 1.0.1", "FSharp.Core 4.7"]);
        let wanted = "source https://nuget.org/api/v2\nnuget A 1.0.0\nnuget B == 2.0\nnuget C ~> 3.0\nnuget D >= 4.0\nnuget E\n";
        check("/src/paket.dependencies", wanted, &["A 1.0.0", "B 2.0"]);
        let libman = r#"{"version":"1.0","defaultProvider":"cdnjs","libraries":[{"library":"jquery@3.6.0","destination":"x"},
            {"provider":"unpkg","library":"@a/b@1.0.0"},{"provider":"filesystem","library":"x@1.0"}]}"#;
        check("/src/libman.json", libman, &["@a/b 1.0.0", "jquery 3.6.0"]);
    }
}
