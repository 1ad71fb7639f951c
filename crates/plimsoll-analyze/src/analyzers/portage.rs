//! Portage's package database (Gentoo, ChromeOS): a folder `var/db/pkg/CATEGORY/NAME-VERSION/` for each package.

use super::owned::{OwnedPaths, TRUNCATED};
use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};

/// The analyzer of portage's files. One file is seen at a time, so the package's identity is read from its path; each
/// file adds to it what it holds.
pub(super) struct Portage;

impl Analyzer for Portage {
    fn name(&self) -> &'static str {
        "portage"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        place(&entry.path).is_some()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        let Some(place) = place(&file.entry.path) else { return Findings::default() };
        match place.file {
            "CONTENTS" => parse_contents(file.content, place.category, place.name, place.version),
            _ => {
                let license = String::from_utf8_lossy(file.content);
                let license = license.split_whitespace().collect::<Vec<_>>().join(" ");
                let mut component =
                    Component::new(PurlType::Ebuild, place.category, place.name, place.version);
                component.licenses.extend((!license.is_empty()).then_some(license));
                Findings::of(Ok(vec![component]))
            }
        }
    }
}

/// What a path says.
struct Place<'a> {
    category: &'a str,
    name: &'a str,
    version: &'a str,
    file: &'a str,
}

fn place(path: &str) -> Option<Place<'_>> {
    let (folder, file) = path.rsplit_once('/')?;
    if !matches!(file, "CONTENTS" | "LICENSE") {
        return None;
    }
    let (rest, package) = folder.rsplit_once('/')?;
    let (database, category) = rest.rsplit_once('/')?;
    // While a package is merged its folder is called `-MERGING-NAME-VERSION`.
    if !database.ends_with("/var/db/pkg") || package.starts_with('-') {
        return None;
    }
    let (name, version) = split(package)?;
    Some(Place { category, name, version, file })
}

/// Name and version, with its revision, of `NAME-VERSION[-rN]`: the version begins with a digit and has no hyphen
/// (package manager specification 8, 3.1.2 and 3.2).
fn split(package: &str) -> Option<(&str, &str)> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let revision = package.rsplit_once('-').filter(|(_, last)| last.strip_prefix('r').is_some_and(is_number));
    let base = revision.map_or(package, |(base, _)| base);
    let (name, version) = base.rsplit_once('-')?;
    let fits = !name.is_empty() && version.starts_with(|c: char| c.is_ascii_digit());
    fits.then(|| (name, &package[name.len() + 1..]))
}

/// Reads `CONTENTS`: `obj PATH MD5 MTIME`, `sym PATH -> TARGET MTIME`, `dir PATH`; paths may hold blanks.
pub(crate) fn parse_contents(content: &[u8], category: &str, name: &str, version: &str) -> Findings {
    let mut owned = OwnedPaths::new();
    for line in String::from_utf8_lossy(content).lines() {
        let path = match line.split_once(' ') {
            Some(("obj", rest)) => rest.rsplitn(3, ' ').nth(2),
            Some(("sym", rest)) => rest.split_once(" -> ").map(|(path, _)| path),
            _ => None,
        };
        if let Some(path) = path {
            owned.add("", path);
        }
    }
    let mut found = Findings::of(Ok(vec![Component::new(PurlType::Ebuild, category, name, version)]));
    found.facts.extend(owned.take(name, None).map(|fact| (String::new(), fact)));
    if owned.truncated {
        found.unread.push((String::new(), TRUNCATED.to_owned()));
    }
    found
}

/// Container-Optimized OS is built of ebuilds and drops portage's database for a list: `etc/cos-package-info.json`.
pub(super) struct CosPackages;

impl Analyzer for CosPackages {
    fn name(&self) -> &'static str {
        "cos-packages"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _head: &[u8]) -> bool {
        entry.path.ends_with("/etc/cos-package-info.json")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse_cos(file.content))
    }
}

/// Reads the list of what is installed; what was only used to build is left out.
pub(crate) fn parse_cos(content: &[u8]) -> Result<Vec<Component>, String> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Document {
        installed_packages: Vec<Package>,
    }
    #[derive(serde::Deserialize)]
    struct Package {
        #[serde(default)]
        category: String,
        name: String,
        #[serde(default)]
        version: String,
        #[serde(default)]
        ebuild_version: String,
    }
    let document: Document = super::text::json(content)?;
    let component = |package: Package| {
        let version = if package.version.is_empty() { package.ebuild_version } else { package.version };
        Component::new(PurlType::Ebuild, &package.category, &package.name, &version)
    };
    Ok(document.installed_packages.into_iter().map(component).collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, os_lines, read_wanted, survives, wants};
    use super::*;

    const CONTENTS: &[u8] = b"dir /usr/bin\nobj /usr/bin/a b 0123456789abcdef0123456789abcdef 1700000000\n\
        sym /usr/lib/x.so -> x.so.1 1700000000\n";

    #[test]
    fn packages_are_split_into_name_and_version() {
        let check = |package: &str, expected: Option<(&str, &str)>| assert_eq!(split(package), expected);
        check("bash-5.2_p26-r1", Some(("bash", "5.2_p26-r1")));
        check("gtk+-3.24.41", Some(("gtk+", "3.24.41")));
        check("font-misc-misc-1.1.3", Some(("font-misc-misc", "1.1.3")));
        check("x-r1", None);
        check("x", None);
        check("-1", None);
    }

    #[test]
    fn packages_and_their_files_are_read() {
        let at = |file: &str| format!("/var/db/pkg/app-shells/bash-5.2_p26-r1/{file}");
        let found = read_wanted(&Portage, &at("CONTENTS"), CONTENTS);
        assert_eq!(os_lines(&found), ["bash 5.2_p26-r1 -", "bash owns /usr/bin/a b /usr/lib/x.so"]);
        let license = b"GPL-3+  MIT\n";
        check(&Portage, &at("LICENSE"), license, &["app-shells/bash 5.2_p26-r1 [GPL-3+ MIT]"]);
        assert!(!wants(&Portage, &at("SLOT"), b""));
        assert!(!wants(&Portage, "/var/db/pkg/app-shells/-MERGING-bash-5.2/CONTENTS", b""));
        survives(&Portage, &at("CONTENTS"), CONTENTS);
    }

    #[test]
    fn the_list_of_container_optimized_os_is_read() {
        let list = br#"{"installedPackages":[{"category":"app-arch","name":"gzip","version":"1.9","ebuild_version":"1.9-r1"},
            {"category":"dev-libs","name":"x","ebuild_version":"2-r1"}],
            "buildTimePackages":[{"category":"a","name":"b","version":"1"}]}"#;
        let path = "/etc/cos-package-info.json";
        check(&CosPackages, path, list, &["app-arch/gzip 1.9", "dev-libs/x 2-r1"]);
        survives(&CosPackages, path, list);
    }
}
