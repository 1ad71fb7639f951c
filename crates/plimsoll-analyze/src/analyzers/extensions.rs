//! Extensions of Visual Studio Code and its kin, and of Chromium's browsers.

use super::{Analyzer, File, Findings, text};
use plimsoll_model::{Component, Entry, Limits, PurlType};
use serde::Deserialize;
use std::io::{Cursor, Read};

/// Installed extensions of editors, `extensions/PUBLISHER.NAME-VERSION/package.json`, and packed ones, `*.vsix`.
pub(super) struct Vscode;

/// Bytes of an extension's manifest: of the largest some hundred KiB.
const MAX_MANIFEST_BYTES: u64 = 8 << 20;

impl Analyzer for Vscode {
    fn name(&self) -> &'static str {
        "vscode-extension"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        is_installed(&entry.path) || (entry.file_name().ends_with(".vsix") && head.starts_with(b"PK"))
    }

    fn read(&self, file: &File<'_>) -> Findings {
        if is_installed(&file.entry.path) {
            return Findings::of(parse_vscode(file.content).map(|it| it.into_iter().collect()));
        }
        let inner = "extension/package.json";
        let mut found = Findings::default();
        match vsix(file.content, file.limits, inner).and_then(|manifest| parse_vscode(&manifest)) {
            Ok(component) => found.add(inner, component.into_iter().collect()),
            Err(reason) => found.unread.push((String::new(), reason)),
        }
        found
    }
}

/// Is this the manifest at the top of an extension's folder?
fn is_installed(path: &str) -> bool {
    let Some(folder) = path.strip_suffix("/package.json") else { return false };
    let Some((parent, _)) = folder.rsplit_once('/') else { return false };
    parent.ends_with("/extensions")
}

/// Reads an extension's manifest; `None` when the package is none (VS Code API, "Extension Manifest": `engines.vscode`
/// is required).
pub(crate) fn parse_vscode(content: &[u8]) -> Result<Option<Component>, String> {
    #[derive(Deserialize)]
    struct Manifest {
        name: Option<String>,
        publisher: Option<String>,
        version: Option<String>,
        #[serde(default)]
        license: serde_json::Value,
        #[serde(default)]
        engines: serde_json::Value,
    }
    let manifest: Manifest = text::json(content)?;
    let (Some(name), Some(publisher), Some(version)) = (manifest.name, manifest.publisher, manifest.version)
    else {
        return Ok(None);
    };
    // What comes with the editor has its publisher's name and the editor's version.
    if manifest.engines.get("vscode").is_none() || name.is_empty() || publisher.is_empty() {
        return Ok(None);
    }
    let mut component = Component::new(PurlType::VscodeExtension, &publisher, &name, &version);
    component.licenses.extend(manifest.license.as_str().map(str::to_owned));
    Ok(Some(component))
}

fn vsix(content: &[u8], limits: &Limits, inner: &str) -> Result<Vec<u8>, String> {
    // The central directory is read into memory at once, so its entries are counted before.
    let entries = memchr::memmem::find_iter(content, b"PK\x01\x02").count() as u64;
    let what = || "the number of files in the archive".to_owned();
    limits.check("nested-entries", entries, what).map_err(|error| error.to_string())?;
    let mut archive =
        zip::ZipArchive::new(Cursor::new(content)).map_err(|error| format!("not a zip archive: {error}"))?;
    let member = archive.by_name(inner).map_err(|error| format!("{inner}: {error}"))?;
    let mut manifest = Vec::new();
    member.take(MAX_MANIFEST_BYTES).read_to_end(&mut manifest).map_err(|error| error.to_string())?;
    Ok(manifest)
}

/// Installed extensions of browsers: `Extensions/ID/VERSION/manifest.json`.
pub(super) struct Chrome;

impl Analyzer for Chrome {
    fn name(&self) -> &'static str {
        "chrome-extension"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        chrome_id(&entry.path).is_some()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let Some(id) = chrome_id(&file.entry.path) else { return Findings::default() };
        Findings::of(parse_chrome(file.content, id).map(|component| vec![component]))
    }
}

/// The extension's id: 32 letters from a to p.
fn chrome_id(path: &str) -> Option<&str> {
    let folder = path.strip_suffix("/manifest.json")?;
    let (extension, _version) = folder.rsplit_once('/')?;
    let (parent, id) = extension.rsplit_once('/')?;
    let is_id = id.len() == 32 && id.bytes().all(|byte| matches!(byte, b'a'..=b'p'));
    (is_id && parent.ends_with("/Extensions")).then_some(id)
}

/// Reads the manifest (Chrome for developers, "Manifest file format").
pub(crate) fn parse_chrome(content: &[u8], id: &str) -> Result<Component, String> {
    #[derive(Deserialize)]
    struct Manifest {
        version: String,
        #[serde(default)]
        author: serde_json::Value,
    }
    let manifest: Manifest = text::json(content)?;
    let mut component = Component::new(PurlType::ChromeExtension, "", id, &manifest.version);
    let author = manifest.author.as_str().or(manifest.author["email"].as_str());
    component.vendor = author.map(str::to_owned);
    Ok(component)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, survives, wants};
    use super::*;
    use std::io::Write;

    const PYTHON: &str = r#"{"name":"python","publisher":"ms-python","version":"2024.4.0","license":"MIT",
        "engines":{"vscode":"^1.86.0"}}"#;

    #[test]
    fn extensions_of_editors_are_read() {
        let path = "/root/.vscode-server/extensions/ms-python.python-2024.4.0/package.json";
        check(&Vscode, path, PYTHON, &["ms-python/python 2024.4.0 [MIT]"]);
        check(&Vscode, path, r#"{"name":"x","publisher":"y","version":"1"}"#, &[]);
        assert!(!wants(&Vscode, "/app/node_modules/x/package.json", b""));
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        writer
            .start_file("extension/package.json", zip::write::SimpleFileOptions::default())
            .expect("a member");
        writer.write_all(PYTHON.as_bytes()).expect("its content");
        let vsix = writer.finish().expect("an archive").into_inner();
        check(&Vscode, "/x/python.vsix", &vsix, &["ms-python/python 2024.4.0 [MIT]"]);
        survives(&Vscode, path, PYTHON.as_bytes());
        survives(&Vscode, "/x/python.vsix", &vsix);
    }

    #[test]
    fn extensions_of_browsers_are_read() {
        let id = "cjpalhdlnbpafiamejdnhcphjbkeiagm";
        let path = format!("/root/.config/google-chrome/Default/Extensions/{id}/1.57.2_0/manifest.json");
        let manifest = r#"{"name":"__MSG_extName__","version":"1.57.2","author":{"email":"a@example.org"}}"#;
        check(&Chrome, &path, manifest, &[&format!("{id} 1.57.2")]);
        assert!(!wants(&Chrome, "/x/Extensions/short/1/manifest.json", b""));
        survives(&Chrome, &path, manifest.as_bytes());
    }
}
