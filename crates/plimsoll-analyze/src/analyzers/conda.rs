//! Packages of conda: installed ones, and those an environment file pins.

use super::documents::{Documents, Word, component, is_exact, is_fetched, licensed, unique};
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

/// `environment.yml`, as far as it names one version.
pub(super) const LOCK: Documents = Documents {
    name: "conda-lock",
    edition: 1,
    wants: |entry, _| {
        matches!(entry.file_name(), "environment.yml" | "environment.yaml") && !is_fetched(&entry.path)
    },
    parse: |file| parse_environment(file.content),
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
        assert!(!testing::wants(&LOCK, "/x/site-packages/a/environment.yml", b""));
    }
}
