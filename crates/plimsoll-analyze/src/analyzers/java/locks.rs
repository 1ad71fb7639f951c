//! The files beside a build in which sbt and Gradle name versions: `build.sbt.lock`, `verification-metadata.xml`,
//! `libs.versions.toml`.

use super::Coordinates;
use crate::analyzers::documents::{Documents, Word, is_fetched, unique};
use crate::analyzers::{text, xml};
use plimsoll_model::Component;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Reads them.
pub(crate) const MAVEN_LOCK: Documents = Documents {
    name: "maven-lock",
    edition: 1,
    wants: |entry, _| {
        (matches!(entry.file_name(), "build.sbt.lock" | "verification-metadata.xml")
            || entry.file_name().ends_with(".versions.toml"))
            && !is_fetched(&entry.path)
    },
    parse: |file| match file.entry.file_name() {
        "build.sbt.lock" => sbt(file.content),
        "verification-metadata.xml" => verification(file.content),
        _ => catalog(file.content),
    },
};

/// What sbt-dependency-lock pins, without what only tests use.
pub(crate) fn sbt(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let lock: SbtLock = text::json(bytes)?;
    let needed = lock.dependencies.iter().filter(|dependency| {
        let is_test = |word: &Word| word.0.contains("test");
        dependency.configurations.is_empty() || !dependency.configurations.iter().all(is_test)
    });
    Ok(unique(needed.filter_map(|it| component(&it.org.0, &it.name.0, &it.version.0))))
}

/// The artifacts Gradle was told to trust, of builds and tests too: the file does not tell them apart (Gradle user
/// manual, "Verifying dependencies").
pub(crate) fn verification(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let root = xml::parse(bytes)?;
    let components = root.all("components").flat_map(|components| components.all("component"));
    Ok(unique(
        components.filter_map(|it| {
            component(it.attribute("group")?, it.attribute("name")?, it.attribute("version")?)
        }),
    ))
}

/// The libraries of a version catalog that have one version, itself or by reference (Gradle user manual, "Version
/// Catalogs", "The version catalog TOML file format").
pub(crate) fn catalog(bytes: &[u8]) -> Result<Vec<Component>, String> {
    let catalog: Catalog = text::toml(bytes)?;
    Ok(unique(catalog.libraries.values().filter_map(|library| {
        if let Some(coordinates) = library.as_str() {
            let mut parts = coordinates.split(':');
            return component(parts.next()?, parts.next()?, parts.next()?);
        }
        let text = |key: &str| library.get(key).and_then(toml::Value::as_str);
        let (group, name) = match text("module") {
            Some(module) => module.split_once(':')?,
            None => (text("group")?, text("name")?),
        };
        let version = library.get("version")?;
        let version = match version.get("ref").and_then(toml::Value::as_str) {
            Some(reference) => catalog.versions.get(reference)?,
            None => version,
        };
        let rich = ["strictly", "require", "prefer"].into_iter().find_map(|key| version.get(key));
        component(group, name, rich.unwrap_or(version).as_str()?)
    })))
}

/// The artifact, unless its version is a range or moves: `[1,2)`, `1.+`, `latest.release`.
fn component(group: &str, name: &str, version: &str) -> Option<Component> {
    let version = version.trim_end_matches("!!");
    let is_one =
        version.contains(|c: char| c.is_ascii_digit()) && !version.contains(['[', ']', '(', ',', '+']);
    is_one.then(|| Coordinates::new(group, name, version)).flatten().map(|found| found.component(Vec::new()))
}

#[derive(Deserialize)]
struct SbtLock {
    #[serde(default)]
    dependencies: Vec<SbtDependency>,
}

#[derive(Deserialize)]
struct SbtDependency {
    #[serde(default)]
    org: Word,
    #[serde(default)]
    name: Word,
    #[serde(default)]
    version: Word,
    #[serde(default)]
    configurations: Vec<Word>,
}

#[derive(Deserialize)]
struct Catalog {
    #[serde(default)]
    versions: BTreeMap<String, toml::Value>,
    #[serde(default)]
    libraries: BTreeMap<String, toml::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    fn check(path: &str, content: &str, expected: &[&str]) {
        testing::check(&MAVEN_LOCK, path, content, expected);
        testing::survives(&MAVEN_LOCK, path, content.as_bytes());
    }

    #[test]
    fn sbt_locks_are_read() {
        check(
            "/src/build.sbt.lock",
            r#"{"lockVersion":1,"configurations":["compile","test"],"dependencies":[
                {"org":"org.a","name":"b_2.13","version":"1.0","artifacts":[],"configurations":["compile","test"]},
                {"org":"org.t","name":"t","version":"1.0","configurations":["test"]}]}"#,
            &["org.a:b_2.13 1.0"],
        );
    }

    #[test]
    fn verified_artifacts_are_read() {
        check(
            "/src/gradle/verification-metadata.xml",
            "<verification-metadata xmlns='https://schema.gradle.org/x'><configuration/><components><component group='org.a' name='b' version='1.0'><artifact name='b-1.0.jar'><sha256 value='x'/></artifact></component></components></verification-metadata>",
            &["org.a:b 1.0"],
        );
    }

    #[test]
    fn catalogs_are_read() {
        check(
            "/src/gradle/libs.versions.toml",
            r#"
[versions]
a = "1.0"
b = { strictly = "[2.0, 3.0[", prefer = "2.5" }
c = { strictly = "3.0" }
[libraries]
a = { module = "org.a:a", version.ref = "a" }
b = { module = "org.b:b", version.ref = "b" }
c = { group = "org.c", name = "c", version = { ref = "c" } }
d = "org.d:d:4.0"
e = { module = "org.e:e" }
f = { module = "org.f:f", version = "5.+" }
g = { module = "org.g:g", version = "6.0" }
[plugins]
x = { id = "x", version = "1.0" }
"#,
            &["org.a:a 1.0", "org.c:c 3.0", "org.d:d 4.0", "org.g:g 6.0"],
        );
    }
}
