//! Packages of conda: installed ones, and those an environment file pins.

use super::documents::{Documents, Word, component, is_exact, is_fetched, licensed, small_text, unique};
use super::{python, text};
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;

/// What conda notes of each package it installed into an environment (conda documentation, "conda-meta").
pub(super) const INSTALLED: Documents = Documents {
    name: "conda",
    edition: 1,
    wants: |entry, _| entry.path.ends_with(".json") && entry.path.contains("/conda-meta/"),
    parse: |file| parse_package(file.content).map(|component| component.into_iter().collect()),
};

/// `environment.yml`, as far as it names one version, `conda-lock.yml`, and lists of addresses (`@EXPLICIT`).
pub(super) const LOCK: Documents = Documents {
    name: "conda-lock",
    edition: 1,
    wants: |entry, _| {
        let name = entry.file_name();
        let is_list = || name.starts_with("conda") && name.ends_with(".lock");
        (matches!(name, "environment.yml" | "environment.yaml" | "conda-lock.yml" | "conda-lock.yaml")
            || is_list())
            && !is_fetched(&entry.path)
    },
    parse: |file| match file.entry.file_name() {
        name if name.ends_with(".lock") => parse_explicit(file.content),
        name if name.starts_with("conda-lock") => parse_conda_lock(file.content),
        _ => parse_environment(file.content),
    },
};

/// The package of a `conda-meta/NAME-VERSION-BUILD.json`; `None` for conda's other notes.
pub fn parse_package(content: &[u8]) -> Result<Option<Component>, String> {
    let package: Package = text::json(content)?;
    let found = component(PurlType::Conda, "", &package.name.0, &package.version.0);
    Ok(found.filter(|found| !found.version.is_empty()).map(|found| licensed(found, [package.license.0])))
}

/// What an environment file pins, with the packages pip is to install.
pub fn parse_environment(content: &[u8]) -> Result<Vec<Component>, String> {
    let environment: Environment = text::yaml(content)?;
    let mut found = Vec::new();
    let mut pip = String::new();
    for wanted in environment.dependencies.into_iter().flatten() {
        match wanted {
            Wanted::Conda(spec) => found.extend(pinned(&spec)),
            Wanted::Pip { pip: requirements } => requirements.into_iter().for_each(|requirement| {
                pip.push_str(&requirement);
                pip.push('\n');
            }),
            Wanted::Other(_) => {}
        }
    }
    found.extend(python::parse_requirements(pip.as_bytes())?);
    Ok(unique(found))
}

/// What conda-lock pins for any platform, without the categories only developers need.
pub fn parse_conda_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: CondaLock = text::yaml(content)?;
    let needed = lock
        .package
        .into_iter()
        .flatten()
        .filter(|package| !matches!(package.category.as_deref(), Some("dev" | "docs" | "test")));
    Ok(unique(needed.filter_map(|package| {
        let is_pip = package.manager.as_deref() == Some("pip");
        component(if is_pip { PurlType::Pypi } else { PurlType::Conda }, "", &package.name, &package.version)
    })))
}

/// Addresses that end in `NAME-VERSION-BUILD.conda` or `.tar.bz2` (`conda list --explicit`).
pub fn parse_explicit(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    Ok(unique(text.lines().filter_map(|line| {
        let address = line.trim().split('#').next()?;
        let file_name =
            address.strip_suffix(".conda").or(address.strip_suffix(".tar.bz2"))?.rsplit('/').next()?;
        let (rest, _build) = file_name.rsplit_once('-')?;
        let (name, version) = rest.rsplit_once('-')?;
        is_exact(version, 0).then(|| component(PurlType::Conda, "", name, version)).flatten()
    })))
}

/// `channel::name=1.2.3=build`, `name==1.2`, `name 1.2 build` (conda documentation, "Package match specifications"). A
/// single `=` is a prefix, which `conda env export --no-builds` writes of whole versions: of three parts it counts.
fn pinned(spec: &str) -> Option<Component> {
    let spec = spec.rsplit_once("::").map_or(spec, |(_, spec)| spec).trim();
    let end = spec.find(|c: char| c.is_whitespace() || "=<>!~[".contains(c))?;
    let (name, rest) = (&spec[..end], spec[end..].trim());
    let (version, dots) = match rest.strip_prefix("==").or((!rest.starts_with('=')).then_some(rest)) {
        Some(exact) => (exact.trim().split(['=', ' ']).next()?, 0),
        None => match rest[1..].split_once('=') {
            Some((version, _)) => (version, 0),
            None => (&rest[1..], 2),
        },
    };
    let version = version.trim();
    is_exact(version, dots).then(|| component(PurlType::Conda, "", &name.to_lowercase(), version)).flatten()
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    name: Word,
    #[serde(default)]
    version: Word,
    #[serde(default)]
    license: Word,
}

#[derive(Deserialize)]
struct CondaLock {
    package: Option<Vec<Locked>>,
}

#[derive(Deserialize)]
struct Locked {
    name: String,
    version: String,
    manager: Option<String>,
    category: Option<String>,
}

#[derive(Deserialize)]
struct Environment {
    dependencies: Option<Vec<Wanted>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Wanted {
    Conda(String),
    Pip { pip: Vec<String> },
    Other(serde::de::IgnoredAny),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn installed_packages_are_read() {
        let path = "/opt/conda/envs/x/conda-meta/openssl-3.0.8-h0b41bf4_0.json";
        let content = r#"{"build":"h0b41bf4_0","channel":"https://conda.anaconda.org/conda-forge/linux-64",
            "files":["bin/openssl"],"license":"Apache-2.0","name":"openssl","version":"3.0.8"}"#;
        testing::check(&INSTALLED, path, content, &["openssl 3.0.8 [Apache-2.0]"]);
        testing::check(&INSTALLED, path, r#"{"name":"x","version":"1","license":null}"#, &["x 1"]);
        testing::check(&INSTALLED, "/opt/conda/conda-meta/pinned.json", "{}", &[]);
        assert_eq!(testing::read(&INSTALLED, path, b"[").unread.len(), 1);
        testing::survives(&INSTALLED, path, content.as_bytes());
    }

    #[test]
    fn environments_are_read() {
        let content = "name: x\nchannels: [conda-forge]\ndependencies:\n  - python=3.11\n  - numpy=1.26.4=py311_0\n  - conda-forge::Scipy=1.11.0\n  - a==1.0\n  - b>=2.0\n  - c\n  - d 1.0 py_0\n  - e=1.*\n  - pip:\n    - flask==2.0\n    - -r x.txt\n";
        let expected = ["a 1.0", "d 1.0", "flask 2.0", "numpy 1.26.4", "scipy 1.11.0"];
        testing::check(&LOCK, "/app/environment.yml", content, &expected);
        testing::check(&LOCK, "/app/environment.yaml", "name: x\n", &[]);
        testing::survives(&LOCK, "/app/environment.yml", content.as_bytes());
        let explicit = "# platform: linux-64\n@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/linux-64/libgcc-ng-11.2.0-h1_0.tar.bz2#9abc\nhttps://x/noarch/six-1.16.0-py_0.conda\n";
        testing::check(&LOCK, "/app/conda-linux-64.lock", explicit, &["libgcc-ng 11.2.0", "six 1.16.0"]);
        let lock = "version: 1\nmetadata: {}\npackage:\n- name: zlib\n  version: 1.2.13\n  manager: conda\n  platform: linux-64\n  category: main\n- name: zlib\n  version: 1.2.13\n  manager: conda\n  platform: osx-64\n- name: flask\n  version: '2.0'\n  manager: pip\n- name: pytest\n  version: '8.0'\n  manager: conda\n  category: dev\n";
        testing::check(&LOCK, "/app/conda-lock.yml", lock, &["flask 2.0", "zlib 1.2.13"]);
        testing::survives(&LOCK, "/app/conda-lock.yml", lock.as_bytes());
        testing::survives(&LOCK, "/app/conda.lock", explicit.as_bytes());
        assert!(!testing::wants(&LOCK, "/x/site-packages/a/environment.yml", b""));
    }
}
