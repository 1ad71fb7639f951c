//! Packages of PHP's Composer: installed ones and those that lock files pin (getcomposer.org, "composer.lock").

use super::{Analyzer, File, Findings, text};
use plimsoll_model::{Component, Entry, PurlType};
use serde::Deserialize;

/// What Composer notes of what it installed, packages for developers too: they are there.
pub(super) struct Composer;

impl Analyzer for Composer {
    fn name(&self) -> &'static str {
        "composer"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        entry.path.ends_with("/composer/installed.json")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse_installed(file.content))
    }
}

/// Lock files, without what only developers need. Those of installed packages are not read: Composer does not either.
pub(super) struct Lock;

impl Analyzer for Lock {
    fn name(&self) -> &'static str {
        "composer-lock"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        entry.file_name() == "composer.lock" && !entry.path.contains("/vendor/")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse_lock(file.content))
    }
}

/// The packages of an `installed.json`: a list (Composer 1), or an object with one (Composer 2).
pub fn parse_installed(content: &[u8]) -> Result<Vec<Component>, String> {
    let packages = match text::json(content)? {
        InstalledJson::Composer1(packages) | InstalledJson::Composer2 { packages } => packages,
    };
    Ok(components(packages))
}

/// The `packages` of a `composer.lock`, without its `packages-dev`.
pub fn parse_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: LockJson = text::json(content)?;
    Ok(components(lock.packages))
}

fn components(packages: Vec<Package>) -> Vec<Component> {
    packages.into_iter().filter_map(component).collect()
}

fn component(package: Package) -> Option<Component> {
    let (vendor, name) = package.name.split_once('/')?;
    let fits = !vendor.is_empty() && !name.is_empty() && !name.contains('/') && !package.version.is_empty();
    fits.then(|| {
        let mut component = Component::new(PurlType::Composer, vendor, name, &package.version);
        component.licenses = match package.license {
            Licenses::Many(licenses) => licenses,
            Licenses::One(license) => vec![license],
            Licenses::None | Licenses::Other(_) => Vec::new(),
        };
        component
    })
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "neither a list of packages nor an object with one")]
enum InstalledJson {
    Composer1(Vec<Package>),
    Composer2 { packages: Vec<Package> },
}

#[derive(Deserialize)]
struct LockJson {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    license: Licenses,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Licenses {
    Many(Vec<String>),
    One(String),
    #[default]
    #[serde(skip)]
    None,
    Other(serde::de::IgnoredAny),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    const PACKAGES: &str = r#"[{"name":"symfony/console","version":"v5.4.1","license":["MIT"]},
        {"name":"a/b","version":"dev-master","license":"BSD-3-Clause"},
        {"name":"a/c","version":"1.0","license":["GPL-2.0-only","MIT"]},
        {"name":"no-vendor","version":"1"}, {"name":"a/no-version"}]"#;
    const EXPECTED: &[&str] =
        &["symfony/console v5.4.1 [MIT]", "a/b dev-master [BSD-3-Clause]", "a/c 1.0 [GPL-2.0-only, MIT]"];

    #[test]
    fn packages_are_read() {
        let path = "/app/vendor/composer/installed.json";
        testing::check(&Composer, path, PACKAGES, EXPECTED);
        testing::check(&Composer, path, format!(r#"{{"packages":{PACKAGES},"dev":true}}"#), EXPECTED);
        let lock = format!(r#"{{"packages":{PACKAGES},"packages-dev":[{{"name":"d/d","version":"1"}}]}}"#);
        testing::check(&Lock, "/app/composer.lock", &lock, EXPECTED);
        assert!(!testing::wants(&Lock, "/app/vendor/a/b/composer.lock", lock.as_bytes()));
        testing::survives(&Lock, "/app/composer.lock", lock.as_bytes());
        testing::survives(&Composer, path, PACKAGES.as_bytes());
        assert_eq!(testing::read(&Composer, path, b"{}").unread.len(), 1);
    }
}
