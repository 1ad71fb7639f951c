//! `pnpm-lock.yaml`, lock file versions 5, 6 and 9 (github.com/pnpm/spec, `lockfile`).

use super::{component, split_at_version};
use crate::analyzers::text;
use plimsoll_model::Component;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};

/// Nodes of the largest lock file; ten times those of large monorepos.
const MAX_NODES: usize = 4_000_000;

/// What is pinned, each once, without what only `devDependencies` bring.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_nodes: MAX_NODES, max_events: 2 * MAX_NODES },
    };
    let text = text::text(content)?;
    // pnpm 10.9 and newer may put the lock of its own tools into a document before the project's.
    let documents: Vec<Lock> = serde_saphyr::from_multiple_with_options(&text, options)
        .map_err(|error| format!("not the expected YAML: {error}"))?;
    let mut found = BTreeMap::new();
    for lock in documents {
        let needed = lock.snapshots.as_ref().map(|snapshots| lock.needed(snapshots));
        for (key, package) in lock.packages.iter().flatten() {
            let key = without_peers(key.trim_start_matches('/'));
            let is_needed = needed.as_ref().is_none_or(|needed| needed.contains(key));
            if package.dev || !is_needed || package.resolution.is_folder() {
                continue;
            }
            let (name, version) = identity(key);
            let name = package.name.as_deref().unwrap_or(name);
            let version = package.version.as_deref().unwrap_or(version);
            found.extend(component(name, version).map(|it| ((it.full_name(), it.version.clone()), it)));
        }
    }
    Ok(found.into_values().collect())
}

/// Name and version of a key without leading slash and peers: `@s/a@1.0.0`, or `@s/a/1.0.0` in version 5.
fn identity(key: &str) -> (&str, &str) {
    if let Some((name, version)) = split_at_version(key) {
        return (name, version);
    }
    let (name, version) = key.rsplit_once('/').unwrap_or((key, ""));
    // Version 5 writes peers behind an underscore, which no version has.
    (name, version.split('_').next().unwrap_or(version))
}

/// Cuts `(peer@1.0.0)`, and of version 5 `_peer@1.0.0`, which would else look like `name@version`.
fn without_peers(key: &str) -> &str {
    let key = key.split('(').next().unwrap_or(key);
    let (start, last) = key.rsplit_once('/').map_or((0, key), |(before, last)| (before.len() + 1, last));
    match last.find('_') {
        Some(at) if last.starts_with(|c: char| c.is_ascii_digit()) => &key[..start + at],
        _ => key,
    }
}

#[derive(Deserialize)]
struct Lock {
    importers: Option<BTreeMap<String, Importer>>,
    packages: Option<BTreeMap<String, Package>>,
    /// Version 9: the dependencies between packages, which no longer say `dev`.
    snapshots: Option<BTreeMap<String, Option<Snapshot>>>,
}

impl Lock {
    /// Keys, without peers, of the packages that something other than `devDependencies` leads to.
    fn needed<'lock>(
        &'lock self,
        snapshots: &'lock BTreeMap<String, Option<Snapshot>>,
    ) -> HashSet<&'lock str> {
        let mut seen: HashSet<&str> = HashSet::new();
        let mut open: Vec<&str> = Vec::new();
        for importer in self.importers.iter().flat_map(BTreeMap::values) {
            let wanted = importer.dependencies.iter().chain(&importer.optional_dependencies).flatten();
            for (name, wanted) in wanted {
                if let Wanted::Pinned { version } = wanted {
                    open.extend(find(snapshots, name, version));
                }
            }
        }
        while let Some(key) = open.pop() {
            if !seen.insert(key) {
                continue;
            }
            let Some(Some(snapshot)) = snapshots.get(key) else { continue };
            for (name, version) in
                snapshot.dependencies.iter().chain(&snapshot.optional_dependencies).flatten()
            {
                open.extend(find(snapshots, name, version));
            }
        }
        seen.into_iter().map(without_peers).collect()
    }
}

/// The key of a dependency: `name@version`, or the version alone when it is another package's key (an alias, a tarball).
fn find<'lock>(
    snapshots: &'lock BTreeMap<String, Option<Snapshot>>,
    name: &str,
    version: &str,
) -> Option<&'lock str> {
    let usual = snapshots.get_key_value(&format!("{name}@{version}"));
    usual.or_else(|| snapshots.get_key_value(version)).map(|(key, _)| key.as_str())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Importer {
    dependencies: Option<BTreeMap<String, Wanted>>,
    optional_dependencies: Option<BTreeMap<String, Wanted>>,
}

/// Before version 6 a mere version; only version 9 needs it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Wanted {
    Pinned { version: String },
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize)]
struct Package {
    name: Option<String>,
    version: Option<String>,
    #[serde(default)]
    dev: bool,
    #[serde(default)]
    resolution: Resolution,
}

#[derive(Default, Deserialize)]
struct Resolution {
    r#type: Option<String>,
}

impl Resolution {
    fn is_folder(&self) -> bool {
        self.r#type.as_deref() == Some("directory")
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot {
    dependencies: Option<BTreeMap<String, String>>,
    optional_dependencies: Option<BTreeMap<String, String>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::{npm::Lock, testing};

    const V5: &str = "
lockfileVersion: 5.4
specifiers:
  a: ^1.0.0
dependencies:
  a: 1.0.0_b@2.0.0
packages:
  /a/1.0.0_b@2.0.0:
    resolution: {integrity: sha512-x}
    dev: false
  /@s/b/2.0.0-beta.1:
    resolution: {integrity: sha512-x}
  /dev/1.0.0:
    resolution: {integrity: sha512-x}
    dev: true
  github.com/owner/fork/0123456:
    resolution: {tarball: https://codeload.github.com/owner/fork/tar.gz/0123456}
    name: fork
    version: 3.0.0
  file:local:
    resolution: {directory: local, type: directory}
    name: local
    version: 1.0.0
";

    const V6: &str = "
lockfileVersion: '6.0'
dependencies:
  a:
    specifier: ^1.0.0
    version: 1.0.0(@s/b@2.0.0)
packages:
  /a@1.0.0(@s/b@2.0.0):
    resolution: {integrity: sha512-x}
    dev: false
  /@s/b@2.0.0:
    resolution: {integrity: sha512-x}
  /dev@1.0.0:
    resolution: {integrity: sha512-x}
    dev: true
";

    const V9: &str = "
lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a:
        specifier: ^1.0.0
        version: 1.0.0(@s/b@2.0.0)
      alias:
        specifier: npm:real@4
        version: real@4.0.0
      fork:
        specifier: github:owner/fork
        version: https://codeload.github.com/owner/fork/tar.gz/0123456
    devDependencies:
      dev:
        specifier: 1.0.0
        version: 1.0.0
packages:
  a@1.0.0:
    resolution: {integrity: sha512-x}
  '@s/b@2.0.0':
    resolution: {integrity: sha512-x}
  c@5.0.0:
    resolution: {integrity: sha512-x}
  dev@1.0.0:
    resolution: {integrity: sha512-x}
  real@4.0.0:
    resolution: {integrity: sha512-x}
  fork@https://codeload.github.com/owner/fork/tar.gz/0123456:
    resolution: {tarball: https://codeload.github.com/owner/fork/tar.gz/0123456}
    version: 3.0.0
snapshots:
  a@1.0.0(@s/b@2.0.0):
    dependencies:
      '@s/b': 2.0.0
    optionalDependencies:
      c: 5.0.0
  '@s/b@2.0.0': {}
  c@5.0.0:
    optional: true
  dev@1.0.0:
    dependencies:
      c: 5.0.0
  real@4.0.0: {}
  fork@https://codeload.github.com/owner/fork/tar.gz/0123456: {}
";

    #[test]
    fn every_version_is_read() {
        let check = |content: &str, expected: &[&str]| {
            testing::check(&Lock, "/app/pnpm-lock.yaml", content, expected)
        };
        check(V5, &["@s/b 2.0.0-beta.1", "a 1.0.0", "fork 3.0.0"]);
        check(V6, &["@s/b 2.0.0", "a 1.0.0"]);
        check(V9, &["@s/b 2.0.0", "a 1.0.0", "c 5.0.0", "fork 3.0.0", "real 4.0.0"]);
        check(
            &format!("---\nlockfileVersion: '9.0'\n---{V9}"),
            &["@s/b 2.0.0", "a 1.0.0", "c 5.0.0", "fork 3.0.0", "real 4.0.0"],
        );
    }

    #[test]
    fn keys_are_split() {
        let check = |key: &str, expected: (&str, &str)| assert_eq!(identity(without_peers(key)), expected);
        check("a/1.0.0", ("a", "1.0.0"));
        check("@s/a/1.0.0_@t+b@2.0.0", ("@s/a", "1.0.0"));
        check("@s/a@1.0.0(@t/b@2.0.0)(c@3.0.0)", ("@s/a", "1.0.0"));
        check("lodash_es@1.0.0", ("lodash_es", "1.0.0"));
        check("", ("", ""));
    }

    #[test]
    fn hostile_files_are_survived() {
        for valid in [V5, V6, V9] {
            testing::survives(&Lock, "/pnpm-lock.yaml", valid.as_bytes());
        }
        let bomb =
            "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\npackages: {c: *b, d: [*b,*b]}\n";
        testing::read(&Lock, "/pnpm-lock.yaml", bomb.as_bytes());
    }
}
