//! Packages of C and C++ of vcpkg: installed ones, and those a manifest pins.

use super::documents::{Documents, component, is_fetched, licensed, paragraphs, small_text, unique};
use super::text;
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;

/// `vcpkg/status` with its `updates`, and the `vcpkg.spdx.json` that lies beside every installed package's copyright
/// (vcpkg documentation, "vcpkg installed tree layout", "Software bill of materials").
pub(super) const INSTALLED: Documents = Documents {
    name: "vcpkg",
    edition: 1,
    wants: |entry, _| {
        let is_update = || entry.path.contains("/vcpkg/updates/");
        entry.path.ends_with("/vcpkg/status") || entry.file_name() == "vcpkg.spdx.json" || is_update()
    },
    parse: |file| match file.entry.file_name() {
        "vcpkg.spdx.json" => parse_spdx(file.content).map(|component| component.into_iter().collect()),
        _ => parse_status(file.content),
    },
};

/// `vcpkg.json` of a project: only its `overrides` name one version. Those of ports describe all there is.
pub(super) const LOCK: Documents = Documents {
    name: "vcpkg-lock",
    edition: 1,
    wants: |entry, _| {
        entry.file_name() == "vcpkg.json" && !entry.path.contains("/ports/") && !is_fetched(&entry.path)
    },
    parse: |file| parse_manifest(file.content),
};

/// The installed packages, without the paragraphs of their features.
pub fn parse_status(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let found = paragraphs(&text).into_iter().filter_map(|fields| {
        let field = |name: &str| fields.get(name).map_or("", String::as_str);
        let is_installed = field("Status") == "install ok installed" && field("Feature").is_empty();
        let version = match field("Port-Version") {
            "" | "0" => field("Version").to_owned(),
            revision => format!("{}#{revision}", field("Version")),
        };
        let fits = is_installed && !version.is_empty();
        fits.then(|| component(PurlType::Vcpkg, "", field("Package"), &version)).flatten()
    });
    Ok(unique(found))
}

/// The port an SPDX document of vcpkg describes.
pub fn parse_spdx(content: &[u8]) -> Result<Option<Component>, String> {
    let document: Spdx = text::json(content)?;
    let port = document.packages.into_iter().find(|package| package.id == "SPDXRef-port");
    Ok(port.and_then(|port| {
        let found = component(PurlType::Vcpkg, "", &port.name, &port.version)?;
        let is_stated = |license: &String| !matches!(license.as_str(), "NOASSERTION" | "NONE");
        (!found.version.is_empty()).then(|| licensed(found, port.license.filter(is_stated)))
    }))
}

/// What a manifest overrides.
pub fn parse_manifest(content: &[u8]) -> Result<Vec<Component>, String> {
    let manifest: Manifest = text::json(content)?;
    Ok(unique(manifest.overrides.iter().filter_map(|pin| {
        let version =
            pin.version.as_ref().or(pin.semver.as_ref()).or(pin.date.as_ref()).or(pin.string.as_ref())?;
        component(PurlType::Vcpkg, "", &pin.name, version)
    })))
}

#[derive(Deserialize)]
struct Spdx {
    #[serde(default)]
    packages: Vec<SpdxPackage>,
}

#[derive(Deserialize)]
struct SpdxPackage {
    #[serde(rename = "SPDXID")]
    id: String,
    name: String,
    #[serde(default, rename = "versionInfo")]
    version: String,
    #[serde(rename = "licenseConcluded")]
    license: Option<String>,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    overrides: Vec<Override>,
}

#[derive(Deserialize)]
struct Override {
    name: String,
    version: Option<String>,
    #[serde(rename = "version-semver")]
    semver: Option<String>,
    #[serde(rename = "version-date")]
    date: Option<String>,
    #[serde(rename = "version-string")]
    string: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn installed_packages_are_read() {
        let status = "Package: zlib\nVersion: 1.2.13\nPort-Version: 2\nArchitecture: x64-linux\nMulti-Arch: same\nStatus: install ok installed\n\nPackage: curl\nFeature: ssl\nArchitecture: x64-linux\nStatus: install ok installed\n\nPackage: gone\nVersion: 1.0\nStatus: purge ok not-installed\n";
        let path = "/app/vcpkg_installed/vcpkg/status";
        testing::check(&INSTALLED, path, status, &["zlib 1.2.13#2"]);
        let spdx = r#"{"spdxVersion":"SPDX-2.2","packages":[{"name":"zlib","SPDXID":"SPDXRef-port","versionInfo":"1.3","licenseConcluded":"Zlib"},
            {"name":"zlib:x64-linux","SPDXID":"SPDXRef-binary","versionInfo":"abc"}]}"#;
        let spdx_path = "/app/vcpkg_installed/x64-linux/share/zlib/vcpkg.spdx.json";
        testing::check(&INSTALLED, spdx_path, spdx, &["zlib 1.3 [Zlib]"]);
        testing::survives(&INSTALLED, path, status.as_bytes());
        testing::survives(&INSTALLED, spdx_path, spdx.as_bytes());
    }

    #[test]
    fn manifests_are_read() {
        let content = r#"{"name":"app","version":"1.0","dependencies":["zlib",{"name":"fmt","version>=":"9.0"}],
            "overrides":[{"name":"zlib","version":"1.2.13"},{"name":"x","version-date":"2020-01-01"}]}"#;
        testing::check(&LOCK, "/app/vcpkg.json", content, &["x 2020-01-01", "zlib 1.2.13"]);
        assert!(!testing::wants(&LOCK, "/opt/vcpkg/ports/zlib/vcpkg.json", b"{}"));
        testing::survives(&LOCK, "/app/vcpkg.json", content.as_bytes());
    }
}
