//! Packages of Haskell that `cabal freeze` and Stack pin.

use super::documents::{Documents, component, is_exact, is_fetched, small_text, unique};
use plimsoll_model::{Component, PurlType};

/// `cabal.project.freeze`, `stack.yaml` and `stack.yaml.lock`.
pub(super) const LOCK: Documents = Documents {
    name: "hackage-lock",
    edition: 1,
    wants: |entry, _| {
        matches!(entry.file_name(), "cabal.project.freeze" | "stack.yaml" | "stack.yaml.lock")
            && !is_fetched(&entry.path)
    },
    parse: |file| match file.entry.file_name() {
        "cabal.project.freeze" => parse_freeze(file.content),
        _ => parse_stack(file.content),
    },
};

/// `constraints: any.aeson ==2.0.3.0,` (Cabal user guide, "cabal v2-freeze"); flags have no `==`.
pub fn parse_freeze(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("--"));
    let constraints = lines.flat_map(|line| line.split(','));
    Ok(unique(constraints.filter_map(|constraint| {
        let (name, version) = constraint.split_once("==")?;
        let name = name.trim().trim_start_matches("constraints:").trim();
        let version = version.trim();
        // `any.` is whatever asks for it, `setup.` and `pkg:setup.` what builds it.
        let name = name.strip_prefix("any.").unwrap_or(name);
        let is_plain = !name.contains([':', '.']) && is_exact(version, 0);
        is_plain.then(|| component(PurlType::Hackage, "", name, version)).flatten()
    })))
}

/// The packages of Hackage that are named with their version: `aeson-2.0.3.0@sha256:…,1234` (Stack, "stack.yaml",
/// `extra-deps`; "Lock files"). What a snapshot adds is not in these files.
pub fn parse_stack(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let found = text.lines().filter_map(|line| {
        // An item of a list, or the value of `hackage:`, never indented so deep that it could be text.
        let line = line.split(" #").next().unwrap_or("").trim();
        let line = line.strip_prefix("- ").unwrap_or(line).trim();
        let line = line.strip_prefix("hackage:").unwrap_or(line).trim().trim_matches(['\'', '"']);
        let package = line.split('@').next().unwrap_or("");
        let (name, version) = package.rsplit_once('-')?;
        let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let is_version = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_checked = line.len() == package.len()
            || line[package.len()..].starts_with("@sha256:")
            || line[package.len()..].starts_with("@rev:");
        (is_name && is_version && is_checked && is_exact(version, 1) && !is_snapshot(name))
            .then(|| component(PurlType::Hackage, "", name, version))
            .flatten()
    });
    Ok(unique(found))
}

/// `resolver: lts-21.25` and `ghc-9.4.7` name snapshots and compilers.
fn is_snapshot(name: &str) -> bool {
    matches!(name, "lts" | "nightly" | "ghc")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn freeze_files_are_read() {
        let content = "active-repositories: hackage.haskell.org:merge\nconstraints: any.Cabal ==3.6.3.0,\n             any.aeson ==2.0.3.0,\n             aeson -bytestring-builder +ordered-keymap,\n             text ==2.0.2,\n             any.ranged >=1 && <2\n             -- any.gone ==1.0\nindex-state: hackage.haskell.org 2023-01-01T00:00:00Z\n";
        let expected = ["Cabal 3.6.3.0", "aeson 2.0.3.0", "text 2.0.2"];
        testing::check(&LOCK, "/app/cabal.project.freeze", content, &expected);
        testing::survives(&LOCK, "/app/cabal.project.freeze", content.as_bytes());
    }

    #[test]
    fn stack_is_read() {
        let project = "resolver: lts-21.25\npackages:\n- .\n- lib-1\nextra-deps:\n- acme-missiles-0.3 # not in lts-1.2\n- 'async-2.2.5@sha256:abc,1234'\n- git: https://host/x-1.0.git\n  commit: abc\n- ./local-1.0/x\n";
        testing::check(&LOCK, "/app/stack.yaml", project, &["acme-missiles 0.3", "async 2.2.5"]);
        let lock = "packages:\n- completed:\n    hackage: fuzzyset-0.2.4@sha256:f1b6,1634\n    pantry-tree:\n      sha256: 0e6c\n      size: 574\n  original:\n    hackage: fuzzyset-0.2.4\nsnapshots:\n- completed:\n    size: 1\n  original: lts-22.5\n";
        testing::check(&LOCK, "/app/stack.yaml.lock", lock, &["fuzzyset 0.2.4"]);
        testing::survives(&LOCK, "/app/stack.yaml.lock", lock.as_bytes());
    }
}
