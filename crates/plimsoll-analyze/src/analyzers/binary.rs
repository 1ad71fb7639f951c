//! Programs outside package managers: known by the name of a file and by the version in its bytes.
//!
//! What is known is data: `data/binaries.toml` names the programs and explains their patterns.

mod program;
#[cfg(test)]
mod tests;

use super::{Analyzer, File, Findings};
use plimsoll_model::{Component, Entry, PurlType};

/// Executables, scripts and small files that tell the version of the program they belong to.
pub(super) struct Binary;

impl Analyzer for Binary {
    fn name(&self) -> &'static str {
        "binary"
    }

    fn edition(&self) -> u32 {
        2
    }

    fn wants(&self, entry: &Entry, head: &[u8]) -> bool {
        program::named(entry.file_name()).any(|program| program.kind.fits(entry.size, head))
    }

    fn read(&self, file: &File<'_>) -> Findings {
        Findings::of(Ok(parse(file.entry.file_name(), file.content)))
    }
}

/// The programs that a file of this name and content is.
pub fn parse(file_name: &str, content: &[u8]) -> Vec<Component> {
    let mut found: Vec<Component> = Vec::new();
    for program in program::named(file_name) {
        let Some(version) = program.version(file_name, content) else { continue };
        let mut component = Component::new(PurlType::Generic, "", &program.name, &version);
        component.cpes.clone_from(&program.cpes);
        component.vendor = program.vendor(content);
        if !found.contains(&component) {
            found.push(component);
        }
    }
    found
}
