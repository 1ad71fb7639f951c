//! Packages of Julia: those in a depot, and those a manifest pins (Pkg.jl, "`Project.toml` and `Manifest.toml`").

use super::documents::{Documents, Word, component, is_exact, is_fetched, unique};
use super::text;
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `Project.toml`, which every package in a depot has. Others call a file so too: Julia's has an identifier.
pub(super) const PACKAGE: Documents = Documents {
    name: "julia",
    edition: 1,
    wants: |entry, head| {
        matches!(entry.file_name(), "Project.toml" | "JuliaProject.toml")
            && memchr::memmem::find(head, b"uuid").is_some()
            && !["/test/", "/docs/"].iter().any(|folder| entry.path.contains(folder))
    },
    parse: |file| parse_project(file.content).map(|component| component.into_iter().collect()),
};

/// `Manifest.toml`, also of one version of Julia (`Manifest-v1.11.toml`).
pub(super) const LOCK: Documents = Documents {
    name: "julia-lock",
    edition: 1,
    wants: |entry, _| {
        let name = entry.file_name();
        let name = name.strip_prefix("Julia").unwrap_or(name);
        let is_manifest =
            name == "Manifest.toml" || name.starts_with("Manifest-v") && name.ends_with(".toml");
        is_manifest && !is_fetched(&entry.path)
    },
    parse: |file| parse_manifest(file.content),
};

/// The package; `None` of an environment that is none.
pub fn parse_project(content: &[u8]) -> Result<Option<Component>, String> {
    let project: Project = text::toml(content)?;
    let fits = is_exact(&project.version.0, 1) && !project.uuid.0.is_empty();
    Ok(fits.then(|| component(PurlType::Julia, "", &project.name.0, &project.version.0)).flatten())
}

/// What is pinned, with the parts of Julia that have versions of their own and without folders of the project.
pub fn parse_manifest(content: &[u8]) -> Result<Vec<Component>, String> {
    let manifest: BTreeMap<String, toml::Value> = text::toml(content)?;
    // Format 2 puts the packages into a table; in format 1 they are the document.
    let packages = match manifest.get("deps") {
        Some(toml::Value::Table(packages)) => packages.iter().collect::<Vec<_>>(),
        _ => manifest.iter().collect(),
    };
    let entries = packages.into_iter().filter_map(|(name, entries)| Some((name, entries.as_array()?)));
    Ok(unique(entries.flat_map(|(name, entries)| {
        entries.iter().filter_map(move |entry| {
            let version = entry.get("version")?.as_str()?;
            let fits = entry.get("path").is_none() && is_exact(version, 1);
            fits.then(|| component(PurlType::Julia, "", name, version)).flatten()
        })
    })))
}

#[derive(Deserialize)]
struct Project {
    #[serde(default)]
    name: Word,
    #[serde(default)]
    uuid: Word,
    #[serde(default)]
    version: Word,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn packages_are_read() {
        let path = "/root/.julia/packages/HTTP/enKbm/Project.toml";
        let content = "name = \"HTTP\"\nuuid = \"cd3eb016\"\nversion = \"1.10.1\"\n[deps]\nURIs = \"5c2747f8\"\n[compat]\nURIs = \"1.3\"\n";
        testing::check(&PACKAGE, path, content, &["HTTP 1.10.1"]);
        testing::check(&PACKAGE, path, "[deps]\nuuid_x = \"5c2747f8\"\n", &[]);
        assert!(!testing::wants(&PACKAGE, "/x/Project.toml", b"[project]\nname = 'x'\n"));
        testing::survives(&PACKAGE, path, content.as_bytes());
    }

    #[test]
    fn manifests_are_read() {
        let second = "julia_version = \"1.9.0\"\nmanifest_format = \"2.0\"\n[[deps.HTTP]]\ndeps = [\"URIs\"]\ngit-tree-sha1 = \"x\"\nuuid = \"y\"\nversion = \"1.10.1\"\n[[deps.Dates]]\nuuid = \"z\"\n[[deps.Local]]\npath = \"x\"\nuuid = \"z\"\nversion = \"0.1.0\"\n[[deps.OpenSSL_jll]]\nversion = \"3.0.13+1\"\n";
        testing::check(&LOCK, "/app/Manifest.toml", second, &["HTTP 1.10.1", "OpenSSL_jll 3.0.13+1"]);
        let first = "[[HTTP]]\nuuid = \"y\"\nversion = \"0.9.17\"\n[[Dates]]\nuuid = \"z\"\n";
        testing::check(&LOCK, "/app/JuliaManifest.toml", first, &["HTTP 0.9.17"]);
        testing::check(&LOCK, "/app/Manifest-v1.11.toml", "manifest_format = \"2.0\"\n[deps]\n", &[]);
        testing::survives(&LOCK, "/app/Manifest.toml", second.as_bytes());
    }
}
