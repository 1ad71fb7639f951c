//! Applications of Erlang and packages of Hex: `*.app`, `rebar.lock`, Elixir's `mix.lock`, Gleam's `manifest.toml`.

use super::documents::{Documents, component, is_exact, is_fetched, licensed, small_text, unique};
use super::text;
use super::tokens::{Syntax, Token, strings, tokens};
use plimsoll_model::{Component, PurlType};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Application resource files, which lie beside the compiled modules of every application of Erlang, Elixir and Gleam
/// (Erlang/OTP, app(4)).
pub(super) const APPLICATION: Documents = Documents {
    name: "otp",
    edition: 1,
    wants: |entry, head| entry.path.ends_with(".app") && memchr::memmem::find(head, b"application").is_some(),
    parse: |file| parse_application(file.content).map(|component| component.into_iter().collect()),
};

/// Lock files of Hex packages.
pub(super) const LOCK: Documents = Documents {
    name: "hex-lock",
    edition: 1,
    wants: |entry, head| {
        let is_gleam = || memchr::memmem::find(head, b"otp_app").is_some();
        (matches!(entry.file_name(), "mix.lock" | "rebar.lock" | "gleam.toml")
            || entry.file_name() == "manifest.toml" && is_gleam())
            && !is_fetched(&entry.path)
    },
    parse: |file| match file.entry.file_name() {
        "mix.lock" => parse_mix_lock(file.content),
        "rebar.lock" => parse_rebar_lock(file.content),
        "manifest.toml" => parse_gleam_manifest(file.content),
        _ => parse_gleam_toml(file.content),
    },
};

const ERLANG: Syntax =
    Syntax { comments: &["%"], long_comments: &[], raw: &[], quotes: &['"', '\''], word: &['@', '.'] };
const ELIXIR: Syntax =
    Syntax { comments: &["#"], long_comments: &[], raw: &[], quotes: &['"'], word: &['@'] };

/// The application of `{application, NAME, [{vsn, "VERSION"}, …]}.`; `None` when there is no version.
pub fn parse_application(content: &[u8]) -> Result<Option<Component>, String> {
    let text = small_text(content)?;
    let tokens = tokens(&text, &ERLANG);
    let start = tokens.iter().position(|token| token.is("application"));
    let start = start.ok_or("not an application resource file")?;
    let Some(name) = tokens.get(start + 2).and_then(Token::value) else { return Ok(None) };
    let (mut version, mut licenses) = (None, Vec::new());
    // The tuple of the application, its list, the tuple of a key.
    let mut depth = 1;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        depth += token.step();
        let (3, Token::Word(key), [Token::Sign(','), value @ ..]) = (depth, token, &tokens[at + 1..]) else {
            continue;
        };
        match *key {
            "vsn" => version = version.or(value.first().and_then(Token::text)),
            // Hex writes it, for packages of its own.
            "licenses" if licenses.is_empty() => licenses = strings(value),
            _ => {}
        }
    }
    let found = version.filter(|version| !version.is_empty());
    let found = found.and_then(|version| component(PurlType::Otp, "", name, version));
    Ok(found.map(|found| licensed(found, licenses)))
}

/// What `rebar.lock` pins: `{<<"app">>,{pkg,<<"name">>,<<"1.0.0">>},0}`. Of repositories the version is unknown.
pub fn parse_rebar_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let mut tokens = tokens(&text, &ERLANG);
    tokens.retain(|token| !matches!(token, Token::Sign('<' | '>' | ',')));
    let found = tokens.windows(6).filter_map(|window| match window {
        [Token::Sign('{'), Token::Text(app), Token::Sign('{'), kind, Token::Text(name), rest] => {
            match (kind.value()?, rest) {
                ("pkg", Token::Text(version)) => component(PurlType::Hex, "", name, version),
                ("git" | "git_subdir" | "hg", _) => component(PurlType::Hex, "", app, ""),
                _ => None,
            }
        }
        _ => None,
    });
    Ok(unique(found))
}

/// What `mix.lock` pins: `"app": {:hex, :name, "1.0.0", "checksum", …, "hexpm", …}`. Of repositories the version is
/// unknown.
pub fn parse_mix_lock(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let mut tokens = tokens(&text, &ELIXIR);
    tokens.retain(|token| !matches!(token, Token::Sign(',' | '=' | '>')));
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let [app, Token::Sign(':'), Token::Sign('{'), Token::Sign(':'), kind, rest @ ..] = &tokens[at..]
        else {
            continue;
        };
        found.extend(match (kind.value(), rest) {
            (Some("hex"), [Token::Sign(':'), name, Token::Text(version), rest @ ..]) => {
                name.value().and_then(|name| component(PurlType::Hex, organization(rest), name, version))
            }
            (Some("git"), _) => app.value().and_then(|app| component(PurlType::Hex, "", app, "")),
            _ => None,
        });
    }
    Ok(unique(found))
}

/// The organization whose private package it is: the `acme` of the repository `hexpm:acme`, which stands behind the
/// checksum, the build tools and the dependencies.
fn organization<'tokens>(rest: &'tokens [Token<'_>]) -> &'tokens str {
    let mut depth = 0;
    for token in rest.iter().take(1000) {
        depth += token.step();
        if depth < 0 {
            break;
        }
        if let (0, Some(organization)) = (depth, token.text().and_then(|text| text.strip_prefix("hexpm:"))) {
            return organization;
        }
    }
    ""
}

/// What Gleam's `manifest.toml` pins, without folders of the project.
pub fn parse_gleam_manifest(content: &[u8]) -> Result<Vec<Component>, String> {
    let manifest: Manifest = text::toml(content)?;
    let packages = manifest.packages.into_iter().filter(|package| package.source.as_deref() != Some("local"));
    Ok(unique(packages.filter_map(|package| {
        let version = if package.source.as_deref() == Some("git") { String::new() } else { package.version };
        component(PurlType::Hex, "", &package.name, &version)
    })))
}

/// What `gleam.toml` pins to one version.
pub fn parse_gleam_toml(content: &[u8]) -> Result<Vec<Component>, String> {
    let project: GleamToml = text::toml(content)?;
    Ok(unique(project.dependencies.iter().filter_map(|(name, wanted)| {
        let version = wanted.as_str()?.trim();
        let version = version.strip_prefix("==").unwrap_or(version).trim();
        is_exact(version, 2).then(|| component(PurlType::Hex, "", name, version)).flatten()
    })))
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    source: Option<String>,
}

#[derive(Deserialize)]
struct GleamToml {
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn applications_are_read() {
        let path = "/app/lib/phoenix-1.7.0/ebin/phoenix.app";
        let check = |content: &str, expected: &[&str]| testing::check(&APPLICATION, path, content, expected);
        let content = "%% x\n{application, phoenix,\n [{description, \"{vsn, \\\"0\\\"}\"},\n  {env, [{vsn, \"0\"}]},\n  {vsn, \"1.7.0\"},\n  {modules, ['Elixir.Phoenix']}]}.\n";
        check(content, &["phoenix 1.7.0"]);
        check("{application,'my-app',[{vsn,\"1.0\"},{licenses,[\"MIT\"]}]}.", &["my-app 1.0 [MIT]"]);
        check("{application, x, [{vsn, git}]}.", &[]);
        check("{application, x", &[]);
        assert!(!testing::wants(&APPLICATION, "/x/y.app", b"MZ"));
        testing::survives(&APPLICATION, path, content.as_bytes());
    }

    #[test]
    fn rebar_locks_are_read() {
        let content = "{\"1.2.0\",\n[{<<\"certifi\">>,{pkg,<<\"certifi\">>,<<\"2.9.0\">>},1},\n {<<\"app\">>,{pkg,<<\"renamed\">>,<<\"1.0.0\">>,<<\"HASH\">>},0},\n {<<\"fork\">>,{git,\"https://host/fork.git\",{ref,\"0123\"}},0}]}.\n[\n{pkg_hash,[\n {<<\"certifi\">>, <<\"6F2A\">>}]}].\n";
        testing::check(&LOCK, "/app/rebar.lock", content, &["certifi 2.9.0", "fork ?", "renamed 1.0.0"]);
        testing::check(&LOCK, "/app/rebar.lock", "[].\n", &[]);
        testing::survives(&LOCK, "/app/rebar.lock", content.as_bytes());
    }

    #[test]
    fn mix_locks_are_read() {
        let content = r#"%{
  "cowboy": {:hex, :cowboy, "2.9.0", "865dd", [:make, :rebar3], [{:cowlib, "2.11.0", [hex: :cowlib, repo: "hexpm:x", optional: false]}], "hexpm", "2c729"},
  "fork": {:git, "https://host/fork.git", "0123", [branch: "main"]},
  "old" => {:hex, :"renamed", "1.0.0"},
  "private": {:hex, :private, "0.1.0", "aa", [:mix], [], "hexpm:acme", "bb"},
}
"#;
        let content = content.replace("\"old\" =>", "\"old\":");
        let expected = ["acme/private 0.1.0", "cowboy 2.9.0", "fork ?", "renamed 1.0.0"];
        testing::check(&LOCK, "/app/mix.lock", &content, &expected);
        testing::survives(&LOCK, "/app/mix.lock", content.as_bytes());
    }

    #[test]
    fn gleam_is_read() {
        let manifest = "# This file was generated by Gleam\npackages = [\n  { name = \"gleam_stdlib\", version = \"0.34.0\", build_tools = [\"gleam\"], requirements = [], otp_app = \"gleam_stdlib\", source = \"hex\", outer_checksum = \"1F\" },\n  { name = \"local\", version = \"1.0.0\", build_tools = [\"gleam\"], requirements = [], source = \"local\", path = \"../l\" },\n]\n[requirements]\ngleam_stdlib = { version = \"~> 0.34\" }\n";
        testing::check(&LOCK, "/app/manifest.toml", manifest, &["gleam_stdlib 0.34.0"]);
        assert!(!testing::wants(&LOCK, "/app/manifest.toml", b"[package]\n"));
        let project = "name = \"app\"\nversion = \"1.0.0\"\n[dependencies]\na = \"== 1.2.3\"\nb = \">= 0.34.0 and < 2.0.0\"\nc = { path = \"x\" }\n";
        testing::check(&LOCK, "/app/gleam.toml", project, &["a 1.2.3"]);
        testing::survives(&LOCK, "/app/manifest.toml", manifest.as_bytes());
        testing::survives(&LOCK, "/app/gleam.toml", project.as_bytes());
    }
}
