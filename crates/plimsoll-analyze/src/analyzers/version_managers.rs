//! Runtimes that the files of version managers name: asdf, mise, nvm, pyenv, rbenv.

use super::documents::{Documents, component, is_exact, is_fetched, small_text, unique};
use super::text;
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// They say what developers use; what is installed is read from the programs themselves, so no advisories are looked up.
pub(super) const NAMED: Documents = Documents {
    name: "version-managers",
    edition: 1,
    wants: |entry, _| {
        let name = entry.file_name();
        let is_mise = || (name.starts_with("mise.") || name.starts_with(".mise.")) && name.ends_with(".toml");
        (name == ".tool-versions" || runtime(name).is_some() || is_mise()) && !is_fetched(&entry.path)
    },
    parse: |file| match file.entry.file_name() {
        ".tool-versions" => parse_tool_versions(file.content),
        name => match runtime(name) {
            Some(runtime) => parse_single(file.content, runtime),
            None => parse_mise(file.content),
        },
    },
};

/// The runtime whose version a file of this name holds.
fn runtime(file_name: &str) -> Option<&'static str> {
    Some(match file_name {
        ".go-version" => "golang",
        ".java-version" => "java",
        ".node-version" | ".nvmrc" => "nodejs",
        ".python-version" => "python",
        ".ruby-version" => "ruby",
        ".terraform-version" => "terraform",
        _ => return None,
    })
}

/// Lines `NAME VERSION [VERSION…]` (asdf documentation, ".tool-versions").
pub fn parse_tool_versions(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or(""));
    Ok(unique(lines.flat_map(|line| {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or("");
        words.filter_map(move |version| named(name, version, 1))
    })))
}

/// A file that holds one version, or one a line.
pub fn parse_single(content: &[u8], runtime: &str) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    Ok(unique(text.lines().filter_map(|line| {
        let version = line.split('#').next().unwrap_or("").trim();
        // `ruby-3.2.1` is rbenv's, `v20.1.0` nvm's way of writing.
        let version = version.strip_prefix(runtime).map_or(version, |rest| rest.trim_start_matches('-'));
        named(runtime, version.strip_prefix('v').unwrap_or(version), 2)
    })))
}

/// The `[tools]` of a `mise.toml` (mise documentation, "Configuration").
pub fn parse_mise(content: &[u8]) -> Result<Vec<Component>, String> {
    let config: Mise = text::toml(content)?;
    let mut found = Vec::new();
    for (name, wanted) in &config.tools {
        let one = |value: &toml::Value| {
            let version = value.as_str().or_else(|| value.get("version")?.as_str());
            version.and_then(|version| named(name, version, 2))
        };
        match wanted {
            toml::Value::Array(versions) => found.extend(versions.iter().filter_map(one)),
            version => found.extend(one(version)),
        }
    }
    Ok(unique(found))
}

/// A shortened version means the newest that begins so, and names none; asdf knows only whole ones.
fn named(name: &str, version: &str, dots: usize) -> Option<Component> {
    // Plugins of other registries have addresses: `npm:prettier`, `ubi:owner/name`.
    let is_plain = !name.contains([':', '/']);
    (is_plain && is_exact(version, dots)).then(|| component(PurlType::Asdf, "", name, version)).flatten()
}

#[derive(Deserialize)]
struct Mise {
    #[serde(default)]
    tools: BTreeMap<String, toml::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn runtimes_are_read() {
        let check =
            |path: &str, content: &str, expected: &[&str]| testing::check(&NAMED, path, content, expected);
        check(
            "/app/.tool-versions",
            "nodejs 20.1.0 18.2.0 # x\nerlang 26.2\npython latest\nruby ref:abc\n",
            &["erlang 26.2", "nodejs 18.2.0", "nodejs 20.1.0"],
        );
        check("/app/.nvmrc", "v20.1.0\n", &["nodejs 20.1.0"]);
        check("/app/.nvmrc", "lts/*\n", &[]);
        check("/app/.node-version", "20\n", &[]);
        check("/app/.python-version", "3.12.1\n3.11.7\nsystem\n", &["python 3.11.7", "python 3.12.1"]);
        check("/app/.ruby-version", "ruby-3.2.1\n", &["ruby 3.2.1"]);
        let mise = "[env]\nA = 1\n[tools]\nnode = \"20.1.0\"\ngo = ['1.22.1', '1.21']\npython = { version = \"3.12.1\", virtualenv = \".venv\" }\n\"npm:prettier\" = \"3.0.0\"\n";
        check("/app/mise.toml", mise, &["go 1.22.1", "node 20.1.0", "python 3.12.1"]);
        check("/app/.mise.local.toml", "", &[]);
        testing::survives(&NAMED, "/app/mise.toml", mise.as_bytes());
        testing::survives(&NAMED, "/app/.tool-versions", b"nodejs 20.1.0 18.2.0 # x\n");
    }
}
