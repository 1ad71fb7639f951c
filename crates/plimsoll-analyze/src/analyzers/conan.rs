//! Packages of C and C++ of Conan: those in its cache, and those lock files and recipes pin.

use super::documents::{Documents, component, is_exact, is_fetched, small_text, unique};
use super::text;
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `conaninfo.txt`, which lies in the cache beside every built package (Conan documentation, "Package ID").
pub(super) const INSTALLED: Documents = Documents {
    name: "conan",
    edition: 1,
    wants: |entry, _| entry.file_name() == "conaninfo.txt",
    parse: |file| parse_info(file.content, &file.entry.path),
};

/// `conan.lock` of versions 1 and 2, `conanfile.txt`.
pub(super) const LOCK: Documents = Documents {
    name: "conan-lock",
    edition: 1,
    wants: |entry, _| matches!(entry.file_name(), "conan.lock" | "conanfile.txt") && !is_fetched(&entry.path),
    parse: |file| match file.entry.file_name() {
        "conan.lock" => parse_lock(file.content),
        _ => parse_conanfile(file.content),
    },
};

/// What is required, without what only builds need.
pub fn parse_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = text::json(content)?;
    let nodes = lock.graph_lock.map(|graph| graph.nodes).unwrap_or_default();
    // Of a profile for the machine that builds; the project itself has a path.
    let nodes =
        nodes.into_values().filter(|node| node.context.as_deref() != Some("build") && node.path.is_none());
    let references = nodes.filter_map(|node| node.r#ref.or(node.pref)).chain(lock.requires);
    Ok(unique(references.filter_map(|reference| package(&reference))))
}

/// What the section `requires` of a `conanfile.txt` pins.
pub fn parse_conanfile(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    Ok(unique(section(&text, &["[requires]"]).filter_map(package)))
}

/// The package whose folder of version 1's cache this is
/// (`data/NAME/VERSION/USER/CHANNEL/package/ID/conaninfo.txt`), and what it was linked against.
pub fn parse_info(content: &[u8], path: &str) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let parts: Vec<&str> = path.rsplit('/').take(7).collect();
    let own = match parts[..] {
        [_, _, "package", _, _, version, name] => package(&format!("{name}/{version}")),
        _ => None,
    };
    let required = section(&text, &["[full_requires]", "[requires]"]).filter_map(package);
    Ok(unique(own.into_iter().chain(required)))
}

/// The lines of the sections of these names.
fn section<'text>(text: &'text str, names: &'static [&str]) -> impl Iterator<Item = &'text str> {
    let mut inside = false;
    text.lines().map(str::trim).filter(move |line| {
        if line.starts_with('[') {
            inside = names.contains(line);
            return false;
        }
        inside && !line.is_empty() && !line.starts_with('#')
    })
}

/// The package of `name/version@user/channel#revision%time:id`; `None` of a range, `name/[>1.0]`, and of the pattern
/// `1.2.Z`.
fn package(reference: &str) -> Option<Component> {
    let (name, rest) = reference.trim().split_once('/')?;
    let version = rest.split(['@', '#', '%', ':', ' ']).next()?;
    let is_version = is_exact(version, 0) || version.starts_with("cci.");
    let is_pattern = version.split('.').any(|part| matches!(part, "Y" | "Z"));
    (is_version && !is_pattern).then(|| component(PurlType::Conan, "", name, version)).flatten()
}

#[derive(Deserialize)]
struct Lock {
    graph_lock: Option<GraphLock>,
    #[serde(default)]
    requires: Vec<String>,
}

#[derive(Deserialize)]
struct GraphLock {
    #[serde(default)]
    nodes: BTreeMap<String, Node>,
}

#[derive(Deserialize)]
struct Node {
    r#ref: Option<String>,
    pref: Option<String>,
    path: Option<String>,
    context: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn lock_files_are_read() {
        let check =
            |content: &str, expected: &[&str]| testing::check(&LOCK, "/app/conan.lock", content, expected);
        let second = r#"{"version":"0.5","requires":["zlib/1.2.13#13c9%1673","pkg/cci.20200101@user/stable#ab%1","odd"],
            "build_requires":["cmake/3.25.3#x%1"],"python_requires":[]}"#;
        check(second, &["pkg cci.20200101", "zlib 1.2.13"]);
        let first = r#"{"graph_lock":{"nodes":{"0":{"ref":"app/1.0","path":"conanfile.txt","requires":["1"]},
            "1":{"ref":"openssl/1.1.1t#rev","context":"host"},"2":{"ref":"cmake/3.1","context":"build"},
            "3":{"pref":"zlib/1.2.11:6af9"}}},"version":"0.4"}"#;
        check(first, &["openssl 1.1.1t", "zlib 1.2.11"]);
        testing::survives(&LOCK, "/app/conan.lock", first.as_bytes());
    }

    #[test]
    fn recipes_and_caches_are_read() {
        let recipe = "[requires]\nzlib/1.2.13\nfmt/[>=9.0]\n# x/1.0\nboost/1.81.0@user/channel\n[tool_requires]\ncmake/3.1.0\n";
        testing::check(&LOCK, "/app/conanfile.txt", recipe, &["boost 1.81.0", "zlib 1.2.13"]);
        let info = "[settings]\n    os=Linux\n\n[requires]\n    zlib/1.2.Z\n\n[full_requires]\n    zlib/1.2.13:6af9\n";
        let path = "/root/.conan/data/libpng/1.6.39/_/_/package/abc/conaninfo.txt";
        testing::check(&INSTALLED, path, info, &["libpng 1.6.39", "zlib 1.2.13"]);
        testing::check(&INSTALLED, "/root/.conan2/p/b/x/p/conaninfo.txt", info, &["zlib 1.2.13"]);
        testing::survives(&INSTALLED, path, info.as_bytes());
        testing::survives(&LOCK, "/app/conanfile.txt", recipe.as_bytes());
    }
}
