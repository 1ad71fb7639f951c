//! `bun.lock`: JSON with trailing commas and comments (bun.sh/docs, "Lockfile").

use super::{alias, component, is_local, split_at_version};
use crate::analyzers::text;
use plimsoll_model::Component;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};

/// Bytes of a key below which packages are looked up.
const MAX_KEY_BYTES: usize = 4096;

/// What is pinned, each once, without what only `devDependencies` bring.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = text::jsonc(content)?;
    let mut found = BTreeMap::new();
    for key in lock.needed() {
        let Some((name, version)) = lock.packages.get(key).and_then(Package::identity) else { continue };
        let (name, version) = alias(version).unwrap_or((name, version));
        if !is_local(version) && !version.contains([':', '#']) {
            found.extend(component(name, version).map(|it| ((it.full_name(), it.version.clone()), it)));
        }
    }
    Ok(found.into_values().collect())
}

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    workspaces: BTreeMap<String, Dependencies>,
    #[serde(default)]
    packages: BTreeMap<String, Package>,
}

impl Lock {
    /// Keys of the packages that something other than `devDependencies` leads to.
    fn needed(&self) -> HashSet<&str> {
        let mut seen = HashSet::new();
        let mut open: Vec<&str> = Vec::new();
        for workspace in self.workspaces.values() {
            let at = workspace.name.as_deref().unwrap_or("");
            open.extend(workspace.names().filter_map(|name| self.find(at, name)));
        }
        while let Some(key) = open.pop() {
            if !seen.insert(key) {
                continue;
            }
            let dependencies = self.packages.get(key).and_then(Package::dependencies);
            open.extend(
                dependencies.iter().flat_map(Dependencies::names).filter_map(|name| self.find(key, name)),
            );
        }
        seen
    }

    /// The key of a dependency: the nearest of `a/b/name`, `a/name`, `name`.
    fn find(&self, from: &str, name: &str) -> Option<&str> {
        // A key is as long as the path of the longest installed package at most; longer ones would cost quadratic time.
        let mut from = if from.len() <= MAX_KEY_BYTES { from } else { "" };
        loop {
            let key = if from.is_empty() { name.to_owned() } else { format!("{from}/{name}") };
            if let Some((key, _)) = self.packages.get_key_value(&key) {
                return Some(key);
            }
            if from.is_empty() {
                return None;
            }
            from = from.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dependencies {
    name: Option<String>,
    dependencies: Option<BTreeMap<String, String>>,
    optional_dependencies: Option<BTreeMap<String, String>>,
    peer_dependencies: Option<BTreeMap<String, String>>,
    /// Names among the peers that are used only where something else brings them.
    #[serde(default)]
    optional_peers: HashSet<String>,
}

impl Dependencies {
    fn names(&self) -> impl Iterator<Item = &String> {
        let peers = self.peer_dependencies.iter().flat_map(BTreeMap::keys);
        let dependencies =
            self.dependencies.iter().chain(&self.optional_dependencies).flat_map(BTreeMap::keys);
        dependencies.chain(peers.filter(|&name| !self.optional_peers.contains(name)))
    }
}

/// `["name@version", …, {dependencies}, …]`.
#[derive(Deserialize)]
struct Package(Vec<serde_json::Value>);

impl Package {
    fn identity(&self) -> Option<(&str, &str)> {
        split_at_version(self.0.first()?.as_str()?)
    }

    fn dependencies(&self) -> Option<Dependencies> {
        let object = self.0.iter().find(|value| value.is_object())?;
        Dependencies::deserialize(object).ok()
    }
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{npm::Lock, testing};

    const LOCK: &str = r#"{
  "lockfileVersion": 1, // a comment
  "workspaces": {
    "": {
      "name": "app",
      "dependencies": { "a": "^1.0.0", "@s/b": "^2.0.0", "alias": "npm:real@4", "member": "workspace:*", },
      "devDependencies": { "dev": "1.0.0" },
    },
    "packages/member": { "name": "member", "version": "0.1.0", "dependencies": { "c": "^6.0.0" } },
  },
  "packages": {
    "@s/b": ["@s/b@2.0.0", "", {}, "sha512-x=="],
    "a": ["a@1.0.0", "", { "dependencies": { "c": "^5.0.0", "d": "1" }, "peerDependencies": { "dev": "*" }, "optionalPeers": ["dev"], "bin": { "a": "cli.js" } }, "sha512-x=="],
    "a/c": ["c@5.0.0", "", {}, "sha512-x=="],
    "alias": ["real@4.0.0", "", {}, "sha512-x=="],
    "c": ["c@6.0.0", "", {}, "sha512-x=="],
    "d": ["d@github:owner/d#0123456", {}, "owner-d-0123456"],
    "dev": ["dev@1.0.0", "", { "dependencies": { "dev-only": "*" } }, "sha512-x=="],
    "dev-only": ["dev-only@1.0.0", "", {}, "sha512-x=="],
    "member": ["member@workspace:packages/member"],
  }
}
"#;

    #[test]
    fn a_lock_file_is_read() {
        let expected = ["@s/b 2.0.0", "a 1.0.0", "c 5.0.0", "c 6.0.0", "real 4.0.0"];
        testing::check(&Lock, "/app/bun.lock", LOCK, &expected);
    }

    #[test]
    fn hostile_files_are_survived() {
        testing::survives(&Lock, "/bun.lock", LOCK.as_bytes());
    }
}
