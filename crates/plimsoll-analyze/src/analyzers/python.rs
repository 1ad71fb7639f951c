//! Packages of Python: installed ones, eggs and wheels, and those that lock files pin.

mod archive;
mod manifests;
mod metadata;
mod pipfile;
mod record;
mod requirements;
mod toml_locks;

pub use {
    archive::parse as parse_archive, manifests::parse_pyproject, manifests::parse_setup_cfg,
    manifests::parse_setup_py, metadata::parse as parse_metadata, pipfile::parse as parse_pipfile_lock,
    record::parse as parse_record, requirements::parse as parse_requirements, toml_locks::parse_pdm_lock,
    toml_locks::parse_poetry_lock, toml_locks::parse_pylock, toml_locks::parse_uv_lock,
};

pub(super) use record::Record;

use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};

/// The metadata of installed packages, eggs and wheels.
pub(super) struct Installed;

impl Analyzer for Installed {
    fn name(&self) -> &'static str {
        "python"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        // Python's own tests bring archives that are test data.
        let is_real_archive =
            || is_archive(entry.file_name()) && head.starts_with(b"PK") && !is_test(&entry.path);
        is_metadata(&entry.path) || is_real_archive()
    }

    fn read(&self, file: &File<'_>) -> Findings {
        if is_archive(file.entry.file_name()) && file.content.starts_with(b"PK") {
            return archive::parse(file.content, file.limits);
        }
        let folder = file.entry.path.strip_suffix("/METADATA").or(file.entry.path.strip_suffix("/PKG-INFO"));
        let folder = folder.unwrap_or(&file.entry.path).rsplit('/').next().unwrap_or("");
        Findings::of(metadata::parse(file.content, folder).map(|component| vec![component]))
    }
}

/// Lock files, without what only developers need. Those shipped inside an installed package are not read: they say what
/// its authors work with.
pub(super) struct Lock;

impl Analyzer for Lock {
    fn name(&self) -> &'static str {
        "python-lock"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        let is_lock = matches!(entry.file_name(), "Pipfile.lock" | "poetry.lock" | "uv.lock" | "pdm.lock")
            || matches!(entry.file_name(), "pyproject.toml" | "setup.cfg" | "setup.py")
            || entry.path.ends_with(".py.lock")
            || is_pylock(entry.file_name())
            || is_requirements(entry.file_name());
        is_lock && !["/site-packages/", "/dist-packages/"].iter().any(|folder| entry.path.contains(folder))
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(match file.entry.file_name() {
            "Pipfile.lock" => pipfile::parse(file.content),
            "poetry.lock" => parse_poetry_lock(file.content),
            "uv.lock" => parse_uv_lock(file.content),
            "pdm.lock" => parse_pdm_lock(file.content),
            "pyproject.toml" => parse_pyproject(file.content),
            "setup.cfg" => parse_setup_cfg(file.content),
            "setup.py" => parse_setup_py(file.content),
            // Uv's, of a script.
            name if name.ends_with(".py.lock") => parse_uv_lock(file.content),
            name if is_pylock(name) => parse_pylock(file.content),
            _ => requirements::parse(file.content),
        })
    }
}

/// `X.dist-info/METADATA`, `X.egg-info/PKG-INFO`, `X.egg-info`, `EGG-INFO/PKG-INFO`, in any case (packaging.python.org,
/// "Recording installed projects"; setuptools, "Python egg formats").
///
/// Not `lib-dynload/Python-X.egg-info`: the interpreter describes itself there, and comes from no package index.
fn is_metadata(path: &str) -> bool {
    if path.contains("/lib-dynload/") {
        return false;
    }
    let ends_with = |text: &str, suffix: &str| {
        text.len() > suffix.len()
            && text.as_bytes()[text.len() - suffix.len()..].eq_ignore_ascii_case(suffix.as_bytes())
    };
    ends_with(path, ".dist-info/METADATA")
        || ends_with(path, ".egg-info/PKG-INFO")
        || ends_with(path, ".egg-info")
        || ends_with(path, "/EGG-INFO/PKG-INFO")
}

fn is_test(path: &str) -> bool {
    path.contains("/test/") || path.contains("/tests/")
}

fn is_archive(file_name: &str) -> bool {
    [".egg", ".whl"].iter().any(|suffix| file_name.ends_with(suffix))
}

/// `pylock.toml` and `pylock.NAME.toml` (PEP 751, "File Name").
fn is_pylock(file_name: &str) -> bool {
    let name = file_name.strip_prefix("pylock.").and_then(|rest| rest.strip_suffix("toml"));
    name.is_some_and(|name| name.is_empty() || name.ends_with('.'))
}

/// `requirements.txt`, `requirements-prod.txt`, `base-requirements.txt`, `requirements.lock` (rye); not `dev-requirements.txt`.
fn is_requirements(file_name: &str) -> bool {
    let mut words = file_name.split(['-', '_', '.']);
    let is_for_developers =
        |word| matches!(word, "dev" | "develop" | "development" | "doc" | "docs" | "lint" | "test" | "tests");
    [".txt", ".lock"].iter().any(|end| file_name.ends_with(end))
        && file_name.contains("requirements")
        && !words.any(is_for_developers)
}

/// A component of this name and version; `None` when they plainly are none.
fn component(name: &str, version: &str) -> Option<Component> {
    let (name, version) = (name.trim(), version.trim());
    // Names: PyPA specifications, "Names and normalization". Versions only need to be one word here.
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = !name.is_empty() && name.chars().all(is_name) && !version.is_empty();
    let is_word = !version.contains(|c: char| c.is_whitespace() || c.is_control());
    (fits && is_word).then(|| Component::new(PurlType::Pypi, "", name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn files_are_known_by_their_paths() {
        let check = |path: &str, installed: bool, locked: bool| {
            let found = (testing::wants(&Installed, path, b"PK"), testing::wants(&Lock, path, b"PK"));
            assert_eq!(found, (installed, locked), "{path}");
        };
        check("/usr/lib/python3/dist-packages/six-1.16.0.dist-info/METADATA", true, false);
        check("/usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO", true, false);
        check("/usr/lib/python3/dist-packages/six-1.16.0.egg-info", true, false);
        check("/x/Six-1.16.0.Dist-Info/metadata", true, false);
        check("/x/six-1.16.0-py3.11.egg/EGG-INFO/PKG-INFO", true, false);
        check("/x/six-1.16.0-py3.11.egg", true, false);
        check("/usr/share/python-wheels/pip-23.0.1-py3-none-any.whl", true, false);
        check("/x/six.egg-info/requires.txt", false, false);
        check("/usr/lib/python2.7/lib-dynload/Python-2.7.egg-info", false, false);
        check("/usr/lib/python3.11/test/test_importlib/data/example-21.12-py3-none-any.whl", false, false);
        check("/x/METADATA", false, false);
        check("/app/requirements.txt", false, true);
        check("/app/requirements-prod.txt", false, true);
        check("/app/base_requirements.txt", false, true);
        check("/app/requirements-dev.txt", false, false);
        check("/app/script.py.lock", false, true);
        check("/app/setup.py", false, true);
        check("/app/poetry.lock", false, true);
        check("/app/pylock.toml", false, true);
        check("/app/pylock.prod.toml", false, true);
        check("/app/pylocktoml", false, false);
        check("/usr/lib/python3/site-packages/x/requirements.txt", false, false);
    }
}
