//! Packages of npm, yarn, pnpm and bun: installed ones and those that lock files pin.

mod bun;
mod package_json;
mod package_lock;
mod pnpm;
mod yarn;

pub use {
    bun::parse as parse_bun_lock, package_json::parse as parse_package_json,
    package_lock::parse as parse_package_lock, pnpm::parse as parse_pnpm_lock,
    yarn::parse as parse_yarn_lock,
};

pub(super) use package_json::is_package_root;

use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};
use serde::Deserialize;

/// `package.json` of installed packages and of applications.
pub(super) struct Installed;

impl Analyzer for Installed {
    fn name(&self) -> &'static str {
        "npm"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        entry.file_name() == "package.json" && is_package_root(&entry.path)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(package_json::parse(file.content).map(|component| component.into_iter().collect()))
    }
}

/// Lock files, without what only developers need. Those inside an installed package are not read: npm does not either.
pub(super) struct Lock;

impl Analyzer for Lock {
    fn name(&self) -> &'static str {
        "npm-lock"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        matches!(
            entry.file_name(),
            "package-lock.json"
                | "npm-shrinkwrap.json"
                | "yarn.lock"
                | "pnpm-lock.yaml"
                | "bun.lock"
                | "bun.lockb"
        ) && !entry.path.contains("/node_modules/")
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(match file.entry.file_name() {
            "yarn.lock" => yarn::parse(file.content),
            "pnpm-lock.yaml" => pnpm::parse(file.content),
            "bun.lock" => bun::parse(file.content),
            "bun.lockb" => Err("the binary form of bun's lock file is not read, only bun.lock".to_owned()),
            _ => package_lock::parse(file.content),
        })
    }
}

/// A component of this package; `None` when either is missing or plainly not a name or a version.
pub(super) fn component(full_name: &str, version: &str) -> Option<Component> {
    let (scope, name) = match full_name.split_once('/') {
        Some((scope, name)) => (scope, name),
        None => ("", full_name),
    };
    let scope_fits = scope.is_empty() || (scope.len() > 1 && scope.starts_with('@'));
    let word = |text: &str| !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let name_fits = word(name) && !name.contains(['/', '@', ':']) && !name.starts_with('.');
    (scope_fits && name_fits && word(version) && version.contains(|c: char| c.is_ascii_digit()))
        .then(|| Component::new(PurlType::Npm, scope, name, version))
}

/// Splits `name@rest` and `@scope/name@rest`.
pub(super) fn split_at_version(text: &str) -> Option<(&str, &str)> {
    let start = usize::from(text.starts_with('@'));
    let at = text.get(start..)?.find('@')? + start;
    Some((&text[..at], &text[at + 1..]))
}

/// The package an alias stands for: `real`, `1.0` of `npm:real@1.0` ("npm install", `<alias>@npm:<name>`).
fn alias(range: &str) -> Option<(&str, &str)> {
    split_at_version(range.strip_prefix("npm:")?)
}

/// Does this range name a folder of the same project?
fn is_local(range: &str) -> bool {
    ["file:", "link:", "portal:", "workspace:"].iter().any(|protocol| range.starts_with(protocol))
}

/// What a package states about its licences: `license`, or the older `licenses`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Licenses {
    One(String),
    Typed { r#type: String },
    Many(Vec<Licenses>),
    Other(serde::de::IgnoredAny),
}

impl Licenses {
    fn into_vec(self) -> Vec<String> {
        match self {
            Licenses::One(text) | Licenses::Typed { r#type: text } => {
                let text = text.trim();
                if text.is_empty() { Vec::new() } else { vec![text.to_owned()] }
            }
            Licenses::Many(many) => many.into_iter().flat_map(Licenses::into_vec).collect(),
            Licenses::Other(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn lock_files_of_installed_packages_are_not_read() {
        assert!(testing::wants(&Lock, "/app/package-lock.json", b""));
        assert!(!testing::wants(&Lock, "/app/node_modules/x/package-lock.json", b""));
        assert!(!testing::wants(&Lock, "/app/node_modules/.package-lock.json", b""));
    }

    #[test]
    fn names_are_split() {
        let check = |text: &str, expected: Option<(&str, &str)>| assert_eq!(split_at_version(text), expected);
        check("a@1", Some(("a", "1")));
        check("@a/b@npm:c@1", Some(("@a/b", "npm:c@1")));
        check("@a/b", None);
        check("", None);
        assert_eq!(alias("npm:@a/b@^1"), Some(("@a/b", "^1")));
        assert_eq!(alias("npm:^1"), None);
    }

    #[test]
    fn a_binary_lock_file_is_said_to_be_unread() {
        assert_eq!(testing::read(&Lock, "/app/bun.lockb", b"#!/usr/bin/env bun").unread.len(), 1);
    }
}
