//! `go.mod` (go.dev/ref/mod, "go.mod files").

use super::{component, is_folder};
use crate::analyzers::text;
use plimsoll_model::Component;
use std::collections::{BTreeMap, HashMap};

/// What is required, also indirectly, as replaced. They are least versions: what is built may be newer.
pub fn parse(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = text::text(content)?;
    let mut required: Vec<(&str, &str)> = Vec::new();
    let mut replaced: HashMap<(&str, Option<&str>), (&str, &str)> = HashMap::new();
    let mut block = "";
    for line in text.lines() {
        let line = line.split("//").next().unwrap_or("");
        let words: Vec<&str> = line.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        match (block, words.as_slice()) {
            ("", &[directive, "("]) => block = directive,
            ("", [directive, _, ..]) => directive_line(directive, &words[1..], &mut required, &mut replaced),
            (_, [")"]) => block = "",
            (_, [_, ..]) => directive_line(block, &words, &mut required, &mut replaced),
            _ => {}
        }
    }
    let found = required.into_iter().filter_map(|(path, version)| {
        // A replacement of one version goes before one of all ("replace directive").
        let replacement = replaced.get(&(path, Some(version))).or_else(|| replaced.get(&(path, None)));
        let (path, version) = match replacement {
            Some((folder, _)) if is_folder(folder) => (path, ""),
            Some(&replacement) => replacement,
            None => (path, version),
        };
        component(path, version)
    });
    let found: BTreeMap<(String, String), Component> =
        found.map(|it| ((it.full_name(), it.version.clone()), it)).collect();
    Ok(found.into_values().collect())
}

fn directive_line<'text>(
    directive: &str,
    words: &[&'text str],
    required: &mut Vec<(&'text str, &'text str)>,
    replaced: &mut HashMap<(&'text str, Option<&'text str>), (&'text str, &'text str)>,
) {
    match (directive, words) {
        ("require", &[path, version]) => required.push((path, version)),
        ("replace", &[old, "=>", new]) => drop(replaced.insert((old, None), (new, ""))),
        ("replace", &[old, "=>", new, version]) => drop(replaced.insert((old, None), (new, version))),
        ("replace", &[old, of, "=>", new]) => drop(replaced.insert((old, Some(of)), (new, ""))),
        ("replace", &[old, of, "=>", new, version]) => drop(replaced.insert((old, Some(of)), (new, version))),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{go::Mod, testing};

    const MOD: &str = r#"module example.com/app // comment

go 1.22

toolchain go1.22.5

require example.com/a v1.0.0
require "example.com/quoted" v1.0.0 // indirect
require (
	example.com/b/v2 v2.0.0
	// example.com/no v1.0.0
	example.com/c v0.0.0-20200622213623-75b288015ac9 // indirect
	example.com/local v1.0.0
	example.com/old v1.0.0
	example.com/other v1.5.0
)

exclude example.com/a v0.9.0

replace example.com/local => ./local

replace (
	example.com/old => example.com/new v3.0.0
	example.com/other v1.4.0 => example.com/new v9.0.0
)

retract [v1.0.0, v1.1.0]
"#;

    #[test]
    fn requirements_are_read() {
        let expected = [
            "example.com/a v1.0.0",
            "example.com/b/v2 v2.0.0",
            "example.com/c v0.0.0-20200622213623-75b288015ac9",
            "example.com/local ?",
            "example.com/new v3.0.0",
            "example.com/other v1.5.0",
            "example.com/quoted v1.0.0",
        ];
        testing::check(&Mod, "/src/go.mod", MOD, &expected);
        testing::check(&Mod, "/src/go.mod", MOD.replace('\n', "\r\n"), &expected);
        testing::survives(&Mod, "/src/go.mod", MOD.as_bytes());
    }
}
