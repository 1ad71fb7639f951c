//! `package.json` (docs.npmjs.com, "package.json").

use super::{Licenses, component};
use crate::analyzers::text;
use plimsoll_model::Component;
use serde::Deserialize;

/// Is this `package.json` the one of a package? Below `node_modules` only `node_modules/NAME` and
/// `node_modules/@SCOPE/NAME` are packages; the others there mark folders (`dist/esm`) or are test data. Elsewhere it may
/// be an application's, or a package in a tree of another kind such as Debian's `/usr/share/nodejs`.
pub fn is_package_root(path: &str) -> bool {
    let Some((folder, _)) = path.rsplit_once('/') else { return false };
    match folder.rsplit_once("/node_modules/") {
        Some((_, package)) => {
            let scoped = package.starts_with('@');
            !package.starts_with('.') && package.matches('/').count() == usize::from(scoped)
        }
        None => !folder
            .split('/')
            .any(|part| matches!(part, "test" | "tests" | "__tests__" | "fixtures" | "testdata")),
    }
}

/// The package; `None` where the file has no name and version and so only configures a folder.
pub fn parse(content: &[u8]) -> Result<Option<Component>, String> {
    let package: Package = text::json(content)?;
    let (Some(name), Some(version)) = (package.name, package.version) else { return Ok(None) };
    // An extension of an editor, whose name means nothing to npm.
    if package.publisher.is_some() && package.engines.get("vscode").is_some() {
        return Ok(None);
    }
    let Some(mut found) = component(name.trim(), version.trim()) else { return Ok(None) };
    let licenses = package.license.into_iter().chain(package.licenses).flat_map(Licenses::into_vec);
    licenses.for_each(|license| {
        if !found.licenses.contains(&license) {
            found.licenses.push(license);
        }
    });
    Ok(Some(found))
}

#[derive(Deserialize)]
struct Package {
    name: Option<String>,
    version: Option<String>,
    license: Option<Licenses>,
    licenses: Option<Licenses>,
    publisher: Option<serde::de::IgnoredAny>,
    #[serde(default)]
    engines: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::{npm::Installed, testing};

    #[test]
    fn packages_are_read() {
        let check = |content: &str, expected: &[&str]| {
            testing::check(&Installed, "/app/node_modules/x/package.json", content, expected);
        };
        check(r#"{"name":"left-pad","version":"1.3.0","license":"WTFPL"}"#, &["left-pad 1.3.0 [WTFPL]"]);
        check(r#"{"name":"@babel/core","version":"7.0.0"}"#, &["@babel/core 7.0.0"]);
        check(r#"{"name":"x","version":"1.0.0","license":{"type":"MIT","url":"u"}}"#, &["x 1.0.0 [MIT]"]);
        check(
            r#"{"name":"x","version":"1.0.0","licenses":[{"type":"MIT"},"BSD-3-Clause",{"url":"u"},"MIT"]}"#,
            &["x 1.0.0 [MIT, BSD-3-Clause]"],
        );
        check(r#"{"name":"x","version":"1.0.0","license":[]}"#, &["x 1.0.0"]);
        check("\u{FEFF}{\"name\":\"x\",\"version\":\"1.0.0-rc.1+5\"}", &["x 1.0.0-rc.1+5"]);
        check(r#"{"type":"module"}"#, &[]);
        check(r#"{"name":"x"}"#, &[]);
        check(r#"{"name":"x","version":"1.0.0","publisher":"y","engines":{"vscode":"^1"}}"#, &[]);
        check(r#"{"name":"x","version":"1.0.0","engines":["node"]}"#, &["x 1.0.0"]);
        check(r#"{"name":"{{name}}/x/y","version":"1.0.0"}"#, &[]);
        check(r#"{"name":"x","version":"%VERSION%"}"#, &[]);
    }

    #[test]
    fn only_package_folders_count() {
        let check = |path: &str, expected: bool| assert_eq!(is_package_root(path), expected, "{path}");
        check("/usr/lib/node_modules/npm/package.json", true);
        check("/usr/lib/node_modules/npm/node_modules/@npmcli/arborist/package.json", true);
        check("/app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json", true);
        check("/app/package.json", true);
        check("/package.json", true);
        check("/usr/share/nodejs/semver/package.json", true);
        check("/app/node_modules/a/dist/esm/package.json", false);
        check("/app/node_modules/a/test/package.json", false);
        check("/app/node_modules/@scope/package.json", false);
        check("/app/node_modules/.cache/package.json", false);
        check("/app/node_modules/package.json", true);
        check("/usr/share/nodejs/resolve/test/resolver/package.json", false);
    }

    #[test]
    fn bad_files_are_said() {
        let findings = testing::read(&Installed, "/app/node_modules/x/package.json", b"{\"name\":");
        assert_eq!(findings.unread.len(), 1);
        assert!(findings.unread[0].1.starts_with("not the expected JSON: "));
        testing::survives(
            &Installed,
            "/package.json",
            br#"{"name":"x","version":"1","licenses":[{"type":"a"}]}"#,
        );
    }
}
