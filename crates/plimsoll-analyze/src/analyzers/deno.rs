//! Packages Deno fetches: from npm and from JSR.

use super::documents::{Documents, component, is_exact, is_fetched, unique};
use super::{npm, text};
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `deno.lock` of versions 2 to 5, `deno.json`.
pub(super) const LOCK: Documents = Documents {
    name: "deno-lock",
    edition: 1,
    wants: |entry, _| {
        matches!(entry.file_name(), "deno.lock" | "deno.json" | "deno.jsonc") && !is_fetched(&entry.path)
    },
    parse: |file| match file.entry.file_name() {
        "deno.lock" => parse_lock(file.content),
        _ => parse_config(file.content),
    },
};

/// What is pinned, for developers too: the lock file does not tell them apart.
pub fn parse_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = text::json(content)?;
    let packages = lock.packages.unwrap_or_default();
    let npm = [lock.npm, packages.npm].into_iter().flat_map(Section::into_names);
    let jsr = [lock.jsr, packages.jsr].into_iter().flat_map(Section::into_names);
    let npm = npm.filter_map(|key| {
        // Peers stand behind the version: `a@1.0.0_b@2.0.0`.
        let (name, version) = npm::split_at_version(&key)?;
        npm::component(name, version.split('_').next()?)
    });
    let jsr = jsr.filter_map(|key| {
        let (name, version) = npm::split_at_version(&key)?;
        jsr_component(name, version)
    });
    Ok(unique(npm.chain(jsr)))
}

/// The imports that name one version: `npm:chalk@5.3.0`, `jsr:@std/path@1.0.0`.
pub fn parse_config(content: &[u8]) -> Result<Vec<Component>, String> {
    let config: Config = text::jsonc(content)?;
    let found = config.imports.values().filter_map(|import| {
        let import = import.as_str()?;
        let (registry, package) = import.split_once(':')?;
        let (name, rest) = npm::split_at_version(package.trim_start_matches('/'))?;
        // A path inside the package may follow.
        let version = rest.split('/').next()?;
        match registry {
            _ if !is_exact(version, 2) => None,
            "npm" => npm::component(name, version),
            "jsr" => jsr_component(name, version),
            _ => None,
        }
    });
    Ok(unique(found))
}

fn jsr_component(full_name: &str, version: &str) -> Option<Component> {
    let (scope, name) = full_name.split_once('/')?;
    is_exact(version, 1).then(|| component(PurlType::Jsr, scope, name, version)).flatten()
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    npm: Section,
    #[serde(default)]
    jsr: Section,
    /// Version 3.
    packages: Option<Packages>,
}

#[derive(Default, Deserialize)]
struct Packages {
    #[serde(default)]
    npm: Section,
    #[serde(default)]
    jsr: Section,
}

/// Packages by name and version; in version 2 one level deeper, beside what was asked for.
#[derive(Default, Deserialize)]
struct Section(BTreeMap<String, serde_json::Value>);

impl Section {
    fn into_names(self) -> Vec<String> {
        match self.0.get("packages").and_then(serde_json::Value::as_object) {
            Some(packages) => packages.keys().cloned().collect(),
            None => self.0.into_keys().collect(),
        }
    }
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    imports: BTreeMap<String, serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn lock_files_are_read() {
        let check =
            |content: &str, expected: &[&str]| testing::check(&LOCK, "/app/deno.lock", content, expected);
        let fifth = r#"{"version":"5","specifiers":{"npm:chalk@5":"5.3.0"},"jsr":{"@std/path@1.0.8":{"integrity":"x"}},
            "npm":{"chalk@5.3.0":{"integrity":"x"},"@a/b@1.0.0_chalk@5.3.0":{}},"remote":{"https://deno.land/x/a.ts":"y"}}"#;
        check(fifth, &["@a/b 1.0.0", "@std/path 1.0.8", "chalk 5.3.0"]);
        check(
            r#"{"version":"3","packages":{"specifiers":{},"npm":{"chalk@5.3.0":{}}},"remote":{}}"#,
            &["chalk 5.3.0"],
        );
        check(
            r#"{"version":"2","npm":{"specifiers":{"chalk":"chalk@5.0.1"},"packages":{"chalk@5.0.1":{}}}}"#,
            &["chalk 5.0.1"],
        );
        testing::survives(&LOCK, "/app/deno.lock", fifth.as_bytes());
    }

    #[test]
    fn imports_are_read() {
        let content = r#"{ // x
            "imports":{"a":"npm:chalk@5.3.0","b":"npm:/@x/y@1.0.0/sub","c":"npm:react@^18.0.0","d":"jsr:@std/path@1.0.8",
            "e":"https://deno.land/std@0.1.0/x.ts","f":"npm:lodash"}}"#;
        testing::check(&LOCK, "/app/deno.json", content, &["@std/path 1.0.8", "@x/y 1.0.0", "chalk 5.3.0"]);
        testing::survives(&LOCK, "/app/deno.json", content.as_bytes());
    }
}
