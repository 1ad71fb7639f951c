//! `setup.py`, `setup.cfg` and `pyproject.toml`: only the requirements that name one version, and none is run.

use super::requirements;
use crate::analyzers::documents::{is_exact, small_text};
use crate::analyzers::text;
use crate::analyzers::tokens::{Syntax, Token, strings, tokens};
use plimsoll_model::Component;
use serde::Deserialize;
use std::collections::BTreeMap;

const PYTHON: Syntax = Syntax {
    comments: &["#"],
    long_comments: &[],
    raw: &[("\"\"\"", "\"\"\""), ("'''", "'''")],
    quotes: &['"', '\''],
    word: &[],
};

/// The pins of the literal list `install_requires` (setuptools, "Keywords").
pub fn parse_setup_py(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let tokens = tokens(&text, &PYTHON);
    let start = tokens.iter().position(|token| matches!(token.value(), Some("install_requires")));
    let given = start.and_then(|at| match tokens.get(at + 1) {
        Some(Token::Sign('=' | ':')) => tokens.get(at + 2..),
        _ => None,
    });
    pins(given.map(strings).unwrap_or_default())
}

/// The pins of `install_requires` in the section `options` (setuptools, "Configuring setuptools using setup.cfg").
pub fn parse_setup_cfg(content: &[u8]) -> Result<Vec<Component>, String> {
    let text = small_text(content)?;
    let (mut section, mut key) = ("", "");
    let mut found = Vec::new();
    for line in text.lines() {
        let value = if line.starts_with([' ', '\t']) {
            line
        } else if line.starts_with('[') {
            (section, key) = (line.trim(), "");
            continue;
        } else if let Some((name, value)) = line.split_once('=') {
            key = name.trim();
            value
        } else {
            continue;
        };
        if section == "[options]" && key == "install_requires" {
            found.push(value.trim().to_owned());
        }
    }
    pins(found)
}

/// The pins of the project and its extras (PyPA specifications, "pyproject.toml"), and those of Poetry, to whom a bare
/// version is an exact one. Groups of developers and what only builds need are left out.
pub fn parse_pyproject(content: &[u8]) -> Result<Vec<Component>, String> {
    let file: PyProject = text::toml(content)?;
    let project = file.project.unwrap_or_default();
    let extras = project.optional.values().filter_map(toml::Value::as_array).flatten();
    let wanted = project.dependencies.iter().chain(extras);
    let mut found = pins(wanted.filter_map(toml::Value::as_str).map(str::to_owned).collect())?;
    let poetry = file.tool.and_then(|tool| tool.poetry).unwrap_or_default();
    found.extend(poetry.dependencies.iter().filter_map(|(name, wanted)| {
        let version = wanted.as_str().or_else(|| wanted.get("version")?.as_str())?.trim();
        let version = version.trim_start_matches('=').trim();
        (name != "python" && is_exact(version, 1)).then(|| super::component(name, version)).flatten()
    }));
    Ok(found)
}

fn pins(requirements: Vec<String>) -> Result<Vec<Component>, String> {
    requirements::parse(requirements.join("\n").as_bytes())
}

#[derive(Deserialize)]
struct PyProject {
    project: Option<Project>,
    tool: Option<Tool>,
}

#[derive(Default, Deserialize)]
struct Project {
    #[serde(default)]
    dependencies: Vec<toml::Value>,
    #[serde(default, rename = "optional-dependencies")]
    optional: BTreeMap<String, toml::Value>,
}

#[derive(Deserialize)]
struct Tool {
    poetry: Option<Poetry>,
}

#[derive(Default, Deserialize)]
struct Poetry {
    #[serde(default)]
    dependencies: BTreeMap<String, toml::Value>,
}

#[cfg(test)]
mod tests {
    use crate::analyzers::{python::Lock, testing};

    fn check(path: &str, content: &str, expected: &[&str]) {
        testing::check(&Lock, path, content, expected);
        testing::survives(&Lock, path, content.as_bytes());
    }

    #[test]
    fn pins_are_read() {
        check(
            "/app/setup.py",
            "from setuptools import setup\nsetup(\n  name='app', version='1.0',\n  install_requires=[\n    'flask==2.0',  # 'no==1'\n    \"b>=1\", 'c[x]==3.0; python_version<\"3\"',\n  ],\n  extras_require={'dev': ['pytest==8.0']},\n)\n",
            &["c 3.0", "flask 2.0"],
        );
        check("/app/setup.py", "setup(install_requires=read('requirements.txt'))", &[]);
        check(
            "/app/setup.cfg",
            "[metadata]\nname = app\n[options]\ninstall_requires =\n    a==1.0\n    b>=2\npython_requires = >=3\n[options.extras_require]\ntest =\n    pytest==8.0\n",
            &["a 1.0"],
        );
        check(
            "/app/pyproject.toml",
            "[build-system]\nrequires = [\"setuptools==60.0\"]\n[project]\nname = \"app\"\nversion = \"1.0\"\ndependencies = [\"a==1.0\", \"b>=2\"]\n[project.optional-dependencies]\nx = [\"c==3.0\"]\n[dependency-groups]\ndev = [\"pytest==8.0\"]\n[tool.poetry.dependencies]\npython = \"3.11\"\nd = \"4.0.1\"\ne = \"^5.0\"\nf = { version = \"==6.0\", extras = [\"x\"] }\n",
            &["a 1.0", "c 3.0", "d 4.0.1", "f 6.0"],
        );
    }
}
