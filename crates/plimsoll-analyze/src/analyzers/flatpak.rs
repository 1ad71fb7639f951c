//! Flatpak applications and runtimes: the AppStream document each exports.

use super::{Analyzer, File, Findings, xml};
use plimsoll_model::{Component, Entry, PurlType};

/// The analyzer of `flatpak/app/ID/…/share/metainfo/ID.metainfo.xml` and the older `…/appdata/ID.appdata.xml`.
pub(super) struct Flatpak;

impl Analyzer for Flatpak {
    fn name(&self) -> &'static str {
        "flatpak"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        let name = entry.file_name();
        (name.ends_with(".metainfo.xml") || name.ends_with(".appdata.xml"))
            && ["/flatpak/app/", "/flatpak/runtime/"].iter().any(|folder| entry.path.contains(folder))
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse(file.content).map(|component| component.into_iter().collect()))
    }
}

/// Reads the component (AppStream specification 1.0, "Upstream metadata"); `None` when it names no release.
pub(crate) fn parse(content: &[u8]) -> Result<Option<Component>, String> {
    let root = xml::parse(content)?;
    let id = root.text_of("id").map(|id| id.strip_suffix(".desktop").unwrap_or(id));
    let Some(id) = id.filter(|_| matches!(root.name.as_str(), "component" | "application")) else {
        return Err("not a component of AppStream: it has no id".to_owned());
    };
    // Releases are listed from the newest on; what is newer than the application is not in its document.
    let releases = root.child("releases");
    let version = releases.and_then(|it| it.all("release").find_map(|release| release.attribute("version")));
    let Some(version) = version else { return Ok(None) };
    let mut component = Component::new(PurlType::Flatpak, "", id, version);
    component.licenses.extend(root.text_of("project_license").map(str::to_owned));
    let developer = root.child("developer").and_then(|it| it.text_of("name"));
    component.vendor = developer.or(root.text_of("developer_name")).map(str::to_owned);
    Ok(Some(component))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, survives, wants};
    use super::*;

    #[test]
    fn applications_are_read() {
        let path = "/var/lib/flatpak/app/org.gimp.GIMP/current/active/export/share/metainfo/org.gimp.GIMP.metainfo.xml";
        let document = r#"<?xml version="1.0"?><component type="desktop"><id>org.gimp.GIMP.desktop</id>
            <name>GIMP</name><project_license>GPL-3.0+</project_license>
            <releases><release version="2.10.36" date="2023-11-05"/><release version="2.10.34"/></releases></component>"#;
        check(&Flatpak, path, document, &["org.gimp.GIMP 2.10.36 [GPL-3.0+]"]);
        check(&Flatpak, path, "<component><id>a</id></component>", &[]);
        assert!(parse(b"<x/>").is_err());
        assert!(!wants(&Flatpak, "/usr/share/metainfo/org.gimp.GIMP.metainfo.xml", b""));
        survives(&Flatpak, path, document.as_bytes());
    }
}
