//! Modules of Go: those built into an executable, and those a `go.mod` requires.

mod build_info;
mod go_mod;
mod modules;
mod vendor;

pub(crate) use vendor::VENDOR;
pub use {go_mod::parse as parse_go_mod, vendor::parse as parse_go_vendor};

use super::{Analyzer, File, Findings, executable};
use plimsoll_model::{Component, Entry, PurlType};

/// The build info Go puts into every executable, for what `go version -m` shows.
pub(super) struct Binary;

impl Analyzer for Binary {
    fn name(&self) -> &'static str {
        "go-binary"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, _: &Entry, head: &[u8]) -> bool {
        executable::is_executable(head)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(parse_executable(file.content))
    }
}

/// `go.mod` of a project. Those in the module cache and those Go itself passes over are not read (`go help packages`:
/// `testdata`, names that begin with `.` or `_`; `vendor`).
pub(super) struct Mod;

impl Analyzer for Mod {
    fn name(&self) -> &'static str {
        "go-mod"
    }

    fn edition(&self) -> u32 {
        1
    }

    fn wants(&self, entry: &Entry, _: &[u8]) -> bool {
        let is_passed_over = |part: &str| {
            matches!(part, "testdata" | "vendor") || part.starts_with('.') || part.starts_with('_')
        };
        entry.file_name() == "go.mod"
            && !entry.path.contains("/pkg/mod/")
            && !entry.path.split('/').any(is_passed_over)
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(go_mod::parse(file.content))
    }
}

/// The modules and the standard library in an executable; none when it is not Go's.
pub fn parse_executable(content: &[u8]) -> Result<Vec<Component>, String> {
    let mut found = Vec::new();
    for executable in executable::architectures(content) {
        let Some(info) = build_info::read(executable)? else { continue };
        for component in modules::components(&info) {
            if !found.contains(&component) {
                found.push(component);
            }
        }
    }
    Ok(found)
}

/// A component of this module; `None` when it plainly is no module path.
fn component(path: &str, version: &str) -> Option<Component> {
    let is_word = |text: &str| !text.contains(|c: char| c.is_whitespace() || c.is_control());
    let (namespace, name) = path.rsplit_once('/').unwrap_or(("", path));
    (!name.is_empty() && is_word(path) && is_word(version))
        .then(|| Component::new(PurlType::Golang, namespace, name, version))
}

/// Is this replacement a folder instead of a module (go.dev/ref/mod, "replace directive")? What lies there is not said.
fn is_folder(path: &str) -> bool {
    path.starts_with("./") || path.starts_with("../") || path.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyzers::testing;

    #[test]
    fn module_files_of_dependencies_are_not_read() {
        let check =
            |path: &str, expected: bool| assert_eq!(testing::wants(&Mod, path, b""), expected, "{path}");
        check("/src/go.mod", true);
        check("/root/go/pkg/mod/golang.org/x/text@v0.3.0/go.mod", false);
        check("/src/vendor/x/go.mod", false);
        check("/src/testdata/go.mod", false);
        check("/src/_examples/go.mod", false);
    }
}
