//! The lock files in TOML: `poetry.lock`, `uv.lock`, `pdm.lock`, `pylock.toml`.

use super::component;
use crate::analyzers::text;
use plimsoll_model::Component;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Names by convention of groups that only developers install. The lock does not say which groups were asked for.
const DEVELOPER_GROUPS: &[&str] =
    &["dev", "develop", "development", "doc", "docs", "lint", "test", "tests", "typing"];

/// What `poetry.lock` pins, without `category = "dev"` (before poetry 1.5) and developers' `groups` (from poetry 2.0).
pub fn parse_poetry_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = text::toml(content)?;
    let needed = |package: &&Package| {
        let source = package.source.as_ref().and_then(|source| source.r#type.as_deref());
        package.category.as_deref() != Some("dev")
            && !package.is_for_developers()
            && source != Some("directory")
    };
    Ok(components(lock.package.iter().filter(needed)))
}

/// What `pdm.lock` pins, without developers' `groups` and folders.
pub fn parse_pdm_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = text::toml(content)?;
    let needed = |package: &&Package| !package.is_for_developers() && package.path.is_none();
    Ok(components(lock.package.iter().filter(needed)))
}

/// What `pylock.toml` pins (PEP 751, "packages"), without folders.
pub fn parse_pylock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = text::toml(content)?;
    Ok(components(lock.packages.iter().filter(|package| package.directory.is_none())))
}

/// What `uv.lock` pins, without the project itself and what only its `dev-dependencies` bring.
pub fn parse_uv_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = text::toml(content)?;
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, package) in lock.package.iter().enumerate() {
        by_name.entry(&package.name).or_default().push(index);
    }
    let members = (0..lock.package.len()).filter(|&index| lock.package[index].is_folder());
    let mut open: Vec<usize> = members.collect();
    // A lock file without a project (of a script) has no roots: all of it is needed.
    if open.is_empty() {
        return Ok(components(lock.package.iter()));
    }
    let mut seen: HashSet<usize> = HashSet::new();
    // A dependency without a version leads to every version of that name, so each such name is followed only once.
    let mut followed: HashSet<&str> = HashSet::new();
    while let Some(index) = open.pop() {
        if !seen.insert(index) {
            continue;
        }
        let package = &lock.package[index];
        let optional = package.optional_dependencies.values().flatten();
        for dependency in package.dependencies.listed().chain(optional) {
            let all = by_name.get(dependency.name.as_str()).map_or(&[] as &[usize], Vec::as_slice);
            match &dependency.version {
                Some(version) => {
                    let is_it = |&&index: &&usize| lock.package[index].version.as_ref() == Some(version);
                    open.extend(all.iter().take(MAX_VERSIONS).find(is_it));
                }
                None if followed.insert(&dependency.name) => open.extend(all),
                None => {}
            }
        }
    }
    let needed = lock
        .package
        .iter()
        .enumerate()
        .filter(|(index, package)| seen.contains(index) && !package.is_folder());
    Ok(components(needed.map(|(_, package)| package)))
}

/// Versions of one name that are looked through; a lock file has a handful.
const MAX_VERSIONS: usize = 1000;

fn components<'lock>(packages: impl Iterator<Item = &'lock Package>) -> Vec<Component> {
    let found = packages.filter_map(|package| component(&package.name, package.version.as_deref()?));
    let found: BTreeMap<(String, String), Component> =
        found.map(|it| ((it.name.clone(), it.version.clone()), it)).collect();
    found.into_values().collect()
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
    /// `pylock.toml`'s name of it.
    #[serde(default)]
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: Option<String>,
    category: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    source: Option<Source>,
    path: Option<String>,
    directory: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    dependencies: Dependencies,
    #[serde(default, rename = "optional-dependencies")]
    optional_dependencies: BTreeMap<String, Vec<Dependency>>,
}

impl Package {
    fn is_for_developers(&self) -> bool {
        let is_for_developers = |group: &String| DEVELOPER_GROUPS.contains(&group.as_str());
        !self.groups.is_empty() && self.groups.iter().all(is_for_developers)
    }

    /// Uv only: is it a folder of the project?
    fn is_folder(&self) -> bool {
        self.source.as_ref().is_some_and(|source| {
            source.editable.is_some() || source.r#virtual.is_some() || source.directory.is_some()
        })
    }
}

/// `type = "git"` in poetry; in uv one key for each kind.
#[derive(Deserialize)]
struct Source {
    r#type: Option<String>,
    editable: Option<String>,
    r#virtual: Option<String>,
    directory: Option<String>,
}

/// A list in uv; a table in poetry and strings in pdm, which are not looked at.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Dependencies {
    Listed(Vec<Dependency>),
    #[default]
    #[serde(skip)]
    None,
    Other(serde::de::IgnoredAny),
}

impl Dependencies {
    fn listed(&self) -> impl Iterator<Item = &Dependency> {
        match self {
            Dependencies::Listed(dependencies) => dependencies.iter(),
            Dependencies::None | Dependencies::Other(_) => [].iter(),
        }
    }
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    version: Option<String>,
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{python::Lock, testing};

    const UV: &str = r#"
version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "a" }, { name = "b", version = "2.0", source = { registry = "x" }, marker = "m" }]
[package.optional-dependencies]
extra = [{ name = "c" }]
[package.dev-dependencies]
dev = [{ name = "pytest" }]
[package.metadata]
requires-dist = [{ name = "a", specifier = ">=1" }]
[[package]]
name = "a"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://x" }
[[package]]
name = "b"
version = "1.0"
[[package]]
name = "b"
version = "2.0"
[[package]]
name = "c"
version = "3.0"
source = { git = "https://x?rev=1#0123456" }
[[package]]
name = "pytest"
version = "8.0"
"#;

    #[test]
    fn lock_files_are_read() {
        let poetry = r#"
[[package]]
name = "a"
version = "1.0"
description = "x"
optional = false
python-versions = ">=3.8"
[package.dependencies]
b = {version = ">=2", markers = "m"}
[[package]]
name = "old-dev"
version = "1.0"
category = "dev"
[[package]]
name = "new-dev"
version = "1.0"
groups = ["dev", "test"]
[[package]]
name = "both"
version = "2.0"
groups = ["main", "dev"]
[[package]]
name = "local"
version = "1.0"
[package.source]
type = "directory"
url = "local"
[metadata]
lock-version = "2.1"
"#;
        testing::check(&Lock, "/app/poetry.lock", poetry, &["a 1.0", "both 2.0"]);
        let pdm = r#"
[metadata]
groups = ["default", "dev"]
[[package]]
name = "a"
version = "1.0"
groups = ["default"]
dependencies = ["b>=2"]
[[package]]
name = "pytest"
version = "8.0"
groups = ["dev"]
[[package]]
name = "local"
version = "0.1.0"
editable = true
path = "./local"
"#;
        testing::check(&Lock, "/app/pdm.lock", pdm, &["a 1.0"]);
        let pylock = r#"
lock-version = '1.0'
[[packages]]
name = 'attrs'
version = '25.1.0'
wheels = [{name = 'x.whl', url = 'https://x', hashes = {sha256 = 'y'}}]
[[packages]]
name = 'unknown'
vcs = {type = 'git', url = 'https://x', commit-id = '1'}
[[packages]]
name = 'local'
version = '1'
directory = {path = '.'}
"#;
        testing::check(&Lock, "/app/pylock.toml", pylock, &["attrs 25.1.0"]);
        testing::check(&Lock, "/app/uv.lock", UV, &["a 1.0", "b 2.0", "c 3.0"]);
    }

    #[test]
    fn hostile_files_are_survived() {
        for path in ["/poetry.lock", "/uv.lock", "/pdm.lock", "/pylock.toml"] {
            testing::survives(&Lock, path, UV.as_bytes());
        }
        let deep = format!("a = {}", "[".repeat(100_000));
        assert_eq!(testing::read(&Lock, "/uv.lock", deep.as_bytes()).unread.len(), 1);
    }
}
