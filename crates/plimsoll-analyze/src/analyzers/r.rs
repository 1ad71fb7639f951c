//! Packages of R: installed ones, and those renv's lock file pins.

use super::documents::{Documents, Word, component, is_fetched, licensed, paragraphs, small_text, unique};
use super::text;
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `DESCRIPTION`, which every package has ("Writing R Extensions", section 1.1.1).
pub(super) const INSTALLED: Documents = Documents {
    name: "cran",
    edition: 1,
    wants: |entry, head| entry.file_name() == "DESCRIPTION" && is_description(head),
    parse: |file| parse_description(file.content).map(|component| component.into_iter().collect()),
};

/// `renv.lock`, and the older `packrat.lock`.
pub(super) const LOCK: Documents = Documents {
    name: "cran-lock",
    edition: 1,
    wants: |entry, _| matches!(entry.file_name(), "renv.lock" | "packrat.lock") && !is_fetched(&entry.path),
    parse: |file| match file.entry.file_name() {
        "renv.lock" => parse_renv_lock(file.content),
        _ => parse_packrat_lock(file.content),
    },
};

/// Others call a file so too; R's has the field `Package`, nearly always first.
fn is_description(head: &[u8]) -> bool {
    head.starts_with(b"Package:") || memchr::memmem::find(head, b"\nPackage:").is_some()
}

/// The package; `None` where there is no name and version.
pub fn parse_description(content: &[u8]) -> Result<Option<Component>, String> {
    let text = small_text(content)?;
    let Some(fields) = paragraphs(&text).into_iter().next() else { return Ok(None) };
    let field = |name: &str| fields.get(name).map_or("", String::as_str);
    let found = component(PurlType::Cran, "", field("Package"), field("Version"));
    Ok(found
        .filter(|found| !found.version.is_empty())
        .map(|found| licensed(found, licenses(field("License")))))
}

/// `MIT + file LICENSE`, `GPL-2 | GPL-3`: either, with files that say more. An entry that is only a file names none.
fn licenses(field: &str) -> Vec<String> {
    let choices = field.split('|').map(|choice| choice.split(" + file ").next().unwrap_or("").trim());
    choices.filter(|choice| !choice.starts_with("file ")).map(str::to_owned).collect()
}

/// What renv pins.
pub fn parse_renv_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: RenvLock = text::json(content)?;
    let found = lock.packages.iter().filter_map(|(key, package)| {
        let name = if package.package.0.is_empty() { key } else { &package.package.0 };
        component(PurlType::Cran, "", name, &package.version.0).filter(|found| !found.version.is_empty())
    });
    Ok(unique(found))
}

/// What Packrat pins: a paragraph for itself, and one for each package.
pub fn parse_packrat_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    Ok(unique(
        paragraphs(&text).iter().filter_map(|fields| {
            component(PurlType::Cran, "", fields.get("Package")?, fields.get("Version")?)
        }),
    ))
}

#[derive(Deserialize)]
struct RenvLock {
    #[serde(default, rename = "Packages")]
    packages: BTreeMap<String, Locked>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Locked {
    #[serde(default)]
    package: Word,
    #[serde(default)]
    version: Word,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn descriptions_are_read() {
        let path = "/usr/local/lib/R/site-library/curl/DESCRIPTION";
        let check = |content: &str, expected: &[&str]| testing::check(&INSTALLED, path, content, expected);
        let curl = "Package: curl\nType: Package\nTitle: A\n  Package: no\nVersion: 5.0.0-1\nLicense: MIT + file LICENSE\nBuilt: R 4.2.2; x; unix\n";
        check(curl, &["curl 5.0.0-1 [MIT]"]);
        check(
            "Title: x\r\nPackage: a\r\nVersion: 1.0\r\nLicense: GPL-2 | GPL (>= 3)\r\n",
            &["a 1.0 [GPL-2, GPL (>= 3)]"],
        );
        check("Package: a\nVersion: 1\nLicense: file LICENSE\n", &["a 1"]);
        check("Package: a\n", &[]);
        assert!(!testing::wants(&INSTALLED, "/x/DESCRIPTION", b"A pear package\n"));
        testing::survives(&INSTALLED, path, curl.as_bytes());
    }

    #[test]
    fn lock_files_are_read() {
        let content = r#"{"R":{"Version":"4.3.1"},"Packages":{"R6":{"Package":"R6","Version":"2.5.1","Source":"Repository"},
            "Biobase":{"Version":"2.60.0","Source":"Bioconductor"},"x":{"Package":"x"}}}"#;
        testing::check(&LOCK, "/app/renv.lock", content, &["Biobase 2.60.0", "R6 2.5.1"]);
        testing::survives(&LOCK, "/app/renv.lock", content.as_bytes());
        let packrat = "PackratFormat: 1.4\nRVersion: 3.5.2\n\nPackage: markdown\nSource: CRAN\nVersion: 1.0\nHash: 8d\n";
        testing::check(&LOCK, "/app/packrat/packrat.lock", packrat, &["markdown 1.0"]);
    }
}
