//! Snaps: `meta/snap.yaml` of a mounted or unpacked snap, and the Ubuntu packages that are in it.

use super::{Analyzer, File, Findings, text};
use plimsoll_model::{Component, Entry, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The analyzer of a snap's documents.
pub(super) struct Snap;

impl Analyzer for Snap {
    fn name(&self) -> &'static str {
        "snap"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        let ends =
            ["/meta/snap.yaml", "/snap/manifest.yaml", "/snap/snapcraft.yaml", "/usr/share/snappy/dpkg.yaml"];
        ends.iter().any(|end| entry.path.ends_with(end))
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse(file.content))
    }
}

/// What we read of any of the documents (snapcraft.io, "The snap format", "snapcraft.yaml schema").
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Document {
    name: Option<String>,
    version: Option<String>,
    license: Option<String>,
    architectures: Vec<serde_json::Value>,
    /// Of base snaps.
    packages: Vec<String>,
    primed_stage_packages: Vec<String>,
    parts: BTreeMap<String, Part>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Part {
    stage_packages: Vec<serde_json::Value>,
}

/// Reads one of the documents: the snap itself, and `NAME=VERSION` of the Ubuntu packages it was made of.
pub(crate) fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = text::text(content)?;
    let document: Document =
        serde_saphyr::from_str(&text).map_err(|error| format!("not the expected YAML: {error}"))?;
    let mut found = Vec::new();
    if let (Some(name), Some(version)) = (&document.name, &document.version) {
        let mut component = Component::new(PurlType::Snap, "", name, version);
        component.licenses.extend(document.license.clone());
        let arch = document.architectures.first().and_then(|arch| arch.as_str());
        component.arch = arch.map(str::to_owned);
        found.push(component);
    }
    let staged = document.parts.values().flat_map(|part| &part.stage_packages);
    let staged = staged.filter_map(|package| package.as_str());
    let listed = document.packages.iter().chain(&document.primed_stage_packages).map(String::as_str);
    for package in listed.chain(staged) {
        // Without a version it only says what was asked for.
        let Some((name, version)) = package.split_once('=') else { continue };
        let (name, arch) = name.split_once(':').map_or((name, None), |(name, arch)| (name, Some(arch)));
        // Of the base's Ubuntu, whatever the image is.
        let mut component = Component::new(PurlType::Deb, "ubuntu", name.trim(), version.trim());
        component.arch = arch.map(str::to_owned);
        if !component.name.is_empty() && !component.version.is_empty() && !found.contains(&component) {
            found.push(component);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{lines, read_wanted, survives};
    use super::*;

    #[test]
    fn snaps_and_their_packages_are_read() {
        let check = |path: &str, text: &str, expected: &[&str]| {
            let found = read_wanted(&Snap, path, text.as_bytes());
            assert_eq!(found.unread, []);
            assert_eq!(lines(&found), expected);
            survives(&Snap, path, text.as_bytes());
        };
        let meta = "name: jq\nversion: '1.5+dfsg-1'\nsummary: x\narchitectures:\n- amd64\nlicense: MIT\nconfinement: strict\n";
        check("/snap/jq/6/meta/snap.yaml", meta, &["jq 1.5+dfsg-1 [MIT]"]);
        let manifest = "name: jq\nversion: '1.5'\nbase: core18\nprimed-stage-packages:\n- libc6:amd64=2.27-3\nparts:\n  p:\n    \
            stage-packages:\n    - libonig4=6.7.0-1\n    - jq\n    plugin: nil\n";
        check("/snap/jq/6/snap/manifest.yaml", manifest, &["jq 1.5", "libc6 2.27-3", "libonig4 6.7.0-1"]);
        let base = "package-repositories:\n- type: apt\npackages:\n- adduser=3.118ubuntu2\n- apt=2.4.5\n";
        check("/snap/core22/1/usr/share/snappy/dpkg.yaml", base, &["adduser 3.118ubuntu2", "apt 2.4.5"]);
        // The recipe of a snap whose version is told elsewhere.
        check("/src/snap/snapcraft.yaml", "name: x\nadopt-info: p\n", &[]);
        assert!(parse(b"- a\n").is_err());
    }
}
