//! Package managers of Windows: Chocolatey's `lib/ID/ID.nuspec` and WinGet's `installed.db`.

use super::{Analyzer, File, Findings, sqlite, xml};
use plimsoll_model::{Component, Entry, PurlType};

/// Installed packages of Chocolatey.
pub(super) struct Chocolatey;

impl Analyzer for Chocolatey {
    fn name(&self) -> &'static str {
        "chocolatey"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        let lower = || entry.path.to_ascii_lowercase();
        entry.file_name().len() > 7
            && entry.path.ends_with(".nuspec")
            && lower().split_once("/chocolatey/lib/").is_some_and(|(_, rest)| rest.matches('/').count() == 1)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse_nuspec(file.content).map(|component| vec![component]))
    }
}

/// Reads the manifest of a package (nuspec reference, "Required metadata elements").
pub(crate) fn parse_nuspec(content: &[u8]) -> Result<Component, String> {
    let root = xml::parse(content)?;
    let metadata = root.child("metadata").ok_or("not a nuspec: it has no metadata")?;
    let (Some(id), Some(version)) = (metadata.text_of("id"), metadata.text_of("version")) else {
        return Err("not a nuspec: it has no id and version".to_owned());
    };
    let mut component = Component::new(PurlType::Chocolatey, "", id, version);
    component.vendor = metadata.text_of("authors").map(str::to_owned);
    let license = metadata.child("license").filter(|it| it.attribute("type") == Some("expression"));
    component.licenses.extend(license.map(|license| license.text.clone()).filter(|text| !text.is_empty()));
    Ok(component)
}

/// Installed packages of WinGet.
pub(super) struct Winget;

/// Packages that are read.
const MAX_PACKAGES: usize = 100_000;

impl Analyzer for Winget {
    fn name(&self) -> &'static str {
        "winget"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        entry.file_name() == "installed.db"
            && entry.path.to_ascii_lowercase().contains("/microsoft.")
            && head.starts_with(sqlite::MAGIC)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse_winget(file.content))
    }
}

/// Reads the index of what WinGet installed: its rows point to the texts of ids and versions.
pub(crate) fn parse_winget(content: &[u8]) -> Result<Vec<Component>, String> {
    let query = "SELECT DISTINCT ids.id, versions.version FROM manifest JOIN ids ON ids.rowid = manifest.id \
        JOIN versions ON versions.rowid = manifest.version";
    let rows = sqlite::rows(content, &["manifest", "ids", "versions"], query, MAX_PACKAGES)?;
    let component = |row: Vec<String>| {
        let [id, version] = <[String; 2]>::try_from(row).ok()?;
        (!id.is_empty()).then(|| Component::new(PurlType::Winget, "", &id, &version))
    };
    Ok(rows.into_iter().filter_map(component).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, survives, wants};
    use super::*;

    #[test]
    fn packages_of_chocolatey_are_read() {
        let path = "/ProgramData/chocolatey/lib/git.install/git.install.nuspec";
        let nuspec = r#"<package xmlns="http://schemas.microsoft.com/packaging/2015/06/nuspec.xsd"><metadata>
            <id>git.install</id><version>2.44.0</version><authors>Git</authors>
            <license type="expression">GPL-2.0</license></metadata></package>"#;
        check(&Chocolatey, path, nuspec, &["git.install 2.44.0 [GPL-2.0]"]);
        assert!(wants(&Chocolatey, "/Files/ProgramData/Chocolatey/lib/a/a.nuspec", b""));
        assert!(!wants(&Chocolatey, "/ProgramData/chocolatey/lib/a/tools/b.nuspec", b""));
        assert!(!wants(&Chocolatey, "/root/.nuget/packages/a/1/a.nuspec", b""));
        survives(&Chocolatey, path, nuspec.as_bytes());
    }

    #[test]
    fn packages_of_winget_are_read() {
        let db = sqlite::made(
            "CREATE TABLE ids (id TEXT); CREATE TABLE versions (version TEXT);
             CREATE TABLE manifest (id INT64, name INT64, version INT64);
             INSERT INTO ids VALUES ('Git.Git'); INSERT INTO versions VALUES ('2.50.1');
             INSERT INTO manifest VALUES (1, 1, 1), (1, 2, 1), (9, 9, 9);",
        );
        let path = "/Users/a/AppData/Local/Packages/Microsoft.DesktopAppInstaller_8wekyb3d8bbwe/LocalState/\
            Microsoft.Winget.Source_8wekyb3d8bbwe/installed.db";
        check(&Winget, path, &db, &["Git.Git 2.50.1"]);
        survives(&Winget, path, &db);
    }
}
