//! `package-lock.json` and `npm-shrinkwrap.json`, lock file versions 1 to 3 (docs.npmjs.com, "package-lock.json").

use super::{Licenses, alias, component, is_local};
use crate::analyzers::text;
use plimsoll_model::Component;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What is pinned, each once, without what only `devDependencies` bring.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: Lock = text::json(content)?;
    let mut found = BTreeMap::new();
    match lock.packages {
        Some(packages) => packages.into_iter().for_each(|(path, package)| {
            // The root is "", members of a workspace are `packages/a`; both are described by their own package.json.
            let Some((_, folder)) = path.rsplit_once("node_modules/") else { return };
            let name = package.name.as_deref().unwrap_or(folder);
            if package.dev || package.link || package.extraneous {
                return;
            }
            if let Some(mut package_found) = package.version.and_then(|version| component(name, &version)) {
                package_found.licenses = package.license.map_or(Vec::new(), Licenses::into_vec);
                found.insert((package_found.full_name(), package_found.version.clone()), package_found);
            }
        }),
        None => add_tree(lock.dependencies.unwrap_or_default(), &mut found),
    }
    Ok(found.into_values().collect())
}

/// Version 1: a tree. serde_json bounds its depth.
fn add_tree(tree: BTreeMap<String, Dependency>, found: &mut BTreeMap<(String, String), Component>) {
    for (name, dependency) in tree {
        if dependency.dev {
            continue;
        }
        let (name, version) = match alias(&dependency.version) {
            Some((name, version)) => (name.to_owned(), version.to_owned()),
            None => (name, dependency.version),
        };
        // The version of a git or tarball dependency is its address: which version lies there is not said.
        if !is_local(&version) && !version.contains("://") && !version.contains('#') {
            let package = component(&name, &version);
            found.extend(package.map(|it| ((it.full_name(), it.version.clone()), it)));
        }
        add_tree(dependency.dependencies.unwrap_or_default(), found);
    }
}

#[derive(Deserialize)]
struct Lock {
    packages: Option<BTreeMap<String, Package>>,
    dependencies: Option<BTreeMap<String, Dependency>>,
}

#[derive(Deserialize)]
struct Package {
    name: Option<String>,
    version: Option<String>,
    license: Option<Licenses>,
    #[serde(default)]
    dev: bool,
    #[serde(default)]
    link: bool,
    #[serde(default)]
    extraneous: bool,
}

#[derive(Deserialize)]
struct Dependency {
    #[serde(default)]
    version: String,
    #[serde(default)]
    dev: bool,
    dependencies: Option<BTreeMap<String, Dependency>>,
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{npm::Lock, testing};

    const V1: &str = r#"{"lockfileVersion":1,"dependencies":{
        "a":{"version":"1.0.0","dependencies":{"b":{"version":"2.0.0"}}},
        "b":{"version":"1.0.0"},
        "alias":{"version":"npm:@s/real@3.0.0"},
        "dev":{"version":"1.0.0","dev":true},
        "local":{"version":"file:packages/local"},
        "git":{"version":"git+ssh://git@host/x.git#0123456"}}}"#;

    #[test]
    fn every_version_is_read() {
        let check = |content: &str, expected: &[&str]| {
            testing::check(&Lock, "/app/package-lock.json", content, expected)
        };
        check(V1, &["@s/real 3.0.0", "a 1.0.0", "b 1.0.0", "b 2.0.0"]);
        check(
            r#"{"lockfileVersion":2,"packages":{
                "":{"name":"root","version":"9.0.0"},
                "packages/member":{"version":"8.0.0"},
                "node_modules/member":{"resolved":"packages/member","link":true},
                "node_modules/a":{"version":"1.0.0","license":"MIT"},
                "node_modules/a/node_modules/@s/b":{"version":"2.0.0","license":["MIT","ISC"]},
                "node_modules/alias":{"name":"real","version":"3.0.0"},
                "node_modules/either":{"version":"1.0.0","devOptional":true},
                "node_modules/git":{"version":"4.0.0","resolved":"git+ssh://git@host/x.git#0123456"},
                "node_modules/dev":{"version":"1.0.0","dev":true}},
              "dependencies":{"ignored":{"version":"1.0.0"}}}"#,
            &["@s/b 2.0.0 [MIT, ISC]", "a 1.0.0 [MIT]", "either 1.0.0", "git 4.0.0", "real 3.0.0"],
        );
        check(r#"{"lockfileVersion":3,"packages":{}}"#, &[]);
        check("{}", &[]);
        testing::check(
            &Lock,
            "/app/npm-shrinkwrap.json",
            V1,
            &["@s/real 3.0.0", "a 1.0.0", "b 1.0.0", "b 2.0.0"],
        );
    }

    #[test]
    fn hostile_files_are_survived() {
        testing::survives(&Lock, "/package-lock.json", V1.as_bytes());
        let deep = r#"{"dependencies":{"a":"#.repeat(100_000);
        assert_eq!(testing::read(&Lock, "/package-lock.json", deep.as_bytes()).unread.len(), 1);
    }
}
