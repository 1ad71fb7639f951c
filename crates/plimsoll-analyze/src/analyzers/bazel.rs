//! What Bazel fetches: modules of its registry, and Maven artifacts and Go modules its builds name.

use super::documents::{Documents, Word, component, is_exact, is_fetched, small_text, unique};
use super::text;
use super::tokens::{Syntax, Token, tokens};
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `MODULE.bazel`, `MODULE.bazel.lock`, `WORKSPACE`, and the lock file of rules_jvm_external.
pub(super) const LOCK: Documents = Documents {
    name: "bazel-lock",
    edition: 1,
    wants: |entry, _| {
        let name = entry.file_name();
        (matches!(name, "MODULE.bazel" | "MODULE.bazel.lock" | "WORKSPACE" | "WORKSPACE.bazel")
            || name.ends_with("maven_install.json"))
            && !is_fetched(&entry.path)
    },
    parse: |file| match file.entry.file_name() {
        "MODULE.bazel.lock" => parse_module_lock(file.content),
        "MODULE.bazel" | "WORKSPACE" | "WORKSPACE.bazel" => parse_build_file(file.content),
        _ => parse_maven_install(file.content),
    },
};

const STARLARK: Syntax = Syntax {
    comments: &["#"],
    long_comments: &[],
    raw: &[("\"\"\"", "\"\"\""), ("'''", "'''")],
    quotes: &['"', '\''],
    word: &['.'],
};

/// The selected modules: each has its `source.json` fetched, while the `MODULE.bazel` of every one that was considered
/// is; before Bazel 7.2 the graph of modules is written out (bazel.build, "Bazel Lockfile").
pub fn parse_module_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let lock: ModuleLock = text::json(content)?;
    let fetched = lock.registry_file_hashes.keys().filter_map(|address| {
        let mut parts = address.strip_suffix("/source.json")?.rsplit('/');
        let (version, name) = (parts.next()?, parts.next()?);
        module(name, version)
    });
    let listed =
        lock.module_dep_graph.values().filter_map(|listed| module(&listed.name.0, &listed.version.0));
    Ok(unique(fetched.chain(listed)))
}

/// What the calls of `MODULE.bazel` and `WORKSPACE` name with one version: `bazel_dep`, `single_version_override`,
/// `maven_install` with `maven.artifact`, `go_repository`.
pub fn parse_build_file(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let mut found = Vec::new();
    each_call(&tokens(&text, &STARLARK), |call| {
        if call.is_for_developers {
            return;
        }
        let argument =
            |name: &str| call.arguments.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value);
        match call.function {
            "bazel_dep" => found.extend(module(argument("name"), argument("version"))),
            "single_version_override" => found.extend(module(argument("module_name"), argument("version"))),
            "go_repository" => found.extend(go_module(argument("importpath"), argument("version"))),
            name if name.starts_with("maven") => {
                found.extend(maven(argument("group"), argument("artifact"), argument("version")));
                let listed = call.arguments.iter().filter(|(key, _)| *key == "artifacts");
                found.extend(listed.filter_map(|(_, coordinates)| maven_coordinates(coordinates)));
            }
            _ => {}
        }
    });
    Ok(unique(found))
}

/// What rules_jvm_external resolved, in the forms of all its versions.
pub fn parse_maven_install(content: &[u8]) -> Result<Vec<Component>, String> {
    let install: MavenInstall = text::json(content)?;
    let resolved = install.artifacts.iter().filter_map(|(name, artifact)| {
        let mut parts = name.split(':');
        maven(parts.next()?, parts.next()?, &artifact.version.0)
    });
    let tree = install.dependency_tree.unwrap_or_default();
    let listed = tree.dependencies.iter().filter_map(|dependency| maven_coordinates(&dependency.coord.0));
    Ok(unique(resolved.chain(listed)))
}

fn module(name: &str, version: &str) -> Option<Component> {
    is_exact(version, 0).then(|| component(PurlType::Bazel, "", name, version)).flatten()
}

fn maven(group: &str, artifact: &str, version: &str) -> Option<Component> {
    let fits = !group.is_empty()
        && version.contains(|c: char| c.is_ascii_digit())
        && !version.contains(['[', ',', '+']);
    fits.then(|| component(PurlType::Maven, group, artifact, version)).flatten()
}

/// `group:artifact:version`, `group:artifact:packaging:version`, `group:artifact:packaging:classifier:version`.
fn maven_coordinates(text: &str) -> Option<Component> {
    let parts: Vec<&str> = text.split(':').collect();
    match parts[..] {
        [group, artifact, version] | [group, artifact, _, version] => maven(group, artifact, version),
        [_, _, _, "sources" | "javadoc", _] => None,
        [group, artifact, _, _, version] => maven(group, artifact, version),
        _ => None,
    }
}

fn go_module(path: &str, version: &str) -> Option<Component> {
    let (namespace, name) = path.rsplit_once('/')?;
    version.starts_with('v').then(|| component(PurlType::Golang, namespace, name, version)).flatten()
}

/// A call with the strings given to its named arguments, those of lists one by one.
#[derive(Default)]
struct Call<'text> {
    function: &'text str,
    arguments: Vec<(&'text str, String)>,
    is_for_developers: bool,
}

/// Shows every call, inner ones first.
fn each_call<'text>(tokens: &[Token<'text>], mut show: impl FnMut(&Call<'text>)) {
    let mut open: Vec<(Call<'text>, &'text str)> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match (token, at.checked_sub(1).map(|before| &tokens[before])) {
            (Token::Sign('('), Some(Token::Word(function))) => {
                open.push((Call { function, ..Call::default() }, ""));
            }
            (Token::Sign('('), _) => open.push((Call::default(), "")),
            (Token::Sign(')'), _) => {
                if let Some((call, _)) = open.pop() {
                    show(&call);
                }
            }
            (Token::Sign('='), Some(Token::Word(key))) => {
                if let Some((_, argument)) = open.last_mut() {
                    *argument = key;
                }
            }
            (Token::Word("True"), _) => {
                if let Some((call, "dev_dependency" | "testonly")) =
                    open.last_mut().map(|(call, key)| (call, *key))
                {
                    call.is_for_developers = true;
                }
            }
            (Token::Text(text), _) => {
                if let Some((call, argument)) = open.last_mut() {
                    call.arguments.push((argument, text.clone()));
                }
            }
            _ => {}
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModuleLock {
    #[serde(default)]
    registry_file_hashes: BTreeMap<String, serde::de::IgnoredAny>,
    #[serde(default)]
    module_dep_graph: BTreeMap<String, Listed>,
}

#[derive(Deserialize)]
struct Listed {
    #[serde(default)]
    name: Word,
    #[serde(default)]
    version: Word,
}

#[derive(Deserialize)]
struct MavenInstall {
    #[serde(default)]
    artifacts: BTreeMap<String, Artifact>,
    dependency_tree: Option<DependencyTree>,
}

#[derive(Deserialize)]
struct Artifact {
    #[serde(default)]
    version: Word,
}

#[derive(Default, Deserialize)]
struct DependencyTree {
    #[serde(default)]
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    #[serde(default)]
    coord: Word,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn build_files_are_read() {
        let module = r#"module(name = "app", version = "1.0")
bazel_dep(name = "rules_go", version = "0.41.0")  # bazel_dep(name = "no", version = "1")
bazel_dep(name = "gtest", version = "1.14.0", dev_dependency = True)
bazel_dep(name = "unpinned")
maven = use_extension("@rules_jvm_external//:extensions.bzl", "maven")
maven.install(
    artifacts = ["com.google.guava:guava:31.1-jre", "junit:junit:[4,)"],
    repositories = ["https://repo1.maven.org/maven2"],
)
maven.artifact(group = "io.netty", artifact = "netty", version = "4.1.0", exclusions = ["a:b"])
"#;
        let expected = ["com.google.guava:guava 31.1-jre", "io.netty:netty 4.1.0", "rules_go 0.41.0"];
        testing::check(&LOCK, "/src/MODULE.bazel", module, &expected);
        let workspace = r#"maven_install(artifacts = ["a.b:c:1.0", maven.artifact("x", "y", "2.0", testonly = True)])
go_repository(name = "x", importpath = "golang.org/x/text", version = "v0.3.0", sum = "h1:")
"#;
        testing::check(&LOCK, "/src/WORKSPACE", workspace, &["a.b:c 1.0", "golang.org/x/text v0.3.0"]);
        testing::survives(&LOCK, "/src/MODULE.bazel", module.as_bytes());
        testing::read(&LOCK, "/src/WORKSPACE", "a(".repeat(100_000).as_bytes());
    }

    #[test]
    fn lock_files_are_read() {
        let lock = r#"{"lockFileVersion":11,"registryFileHashes":{"https://bcr.bazel.build/modules/abseil-cpp/20210324.2/MODULE.bazel":"x",
            "https://bcr.bazel.build/modules/abseil-cpp/20230802.0/source.json":"y","https://bcr.bazel.build/bazel_registry.json":null},
            "moduleDepGraph":{"<root>":{"name":"","version":""},"zlib@1.3":{"name":"zlib","version":"1.3"}}}"#;
        testing::check(&LOCK, "/src/MODULE.bazel.lock", lock, &["abseil-cpp 20230802.0", "zlib 1.3"]);
        testing::survives(&LOCK, "/src/MODULE.bazel.lock", lock.as_bytes());
        let maven = r#"{"artifacts":{"a.b:c":{"shasums":{"jar":"x"},"version":"1.0"},"a.b:d:aar":{"version":"2.0"}},"version":"2"}"#;
        testing::check(&LOCK, "/src/maven_install.json", maven, &["a.b:c 1.0", "a.b:d 2.0"]);
        let tree = r#"{"dependency_tree":{"dependencies":[{"coord":"a:b:1.0"},{"coord":"a:b:jar:sources:1.0"},{"coord":"a:c:jar:linux:2.0"}]}}"#;
        testing::check(&LOCK, "/src/app_maven_install.json", tree, &["a:b 1.0", "a:c 2.0"]);
        testing::survives(&LOCK, "/src/maven_install.json", tree.as_bytes());
    }
}
