//! The programs we know, and how each tells its version.

use crate::analyzers::executable;
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

/// Bytes of the largest file read as text. The `release` files of Java, the largest of these, have 2 KiB.
const MAX_TEXT_BYTES: u64 = 64 << 10;
/// Version-like strings of one file that are looked at; real ones have some dozens.
const MAX_CANDIDATES: usize = 4096;

/// The programs a file of this name may be, in the order of the data file.
pub(super) fn named(file_name: &str) -> impl Iterator<Item = &'static Program> + use<'_> {
    let catalog = &*CATALOG;
    let exact = catalog.by_name.get(file_name).map_or(&[][..], Vec::as_slice).iter().copied();
    let starred = catalog.starred.iter().filter(move |it| it.fits(file_name)).map(|it| it.program);
    exact.chain(starred).map(|index| &catalog.programs[index])
}

/// One table of the data file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Program {
    /// Name of its component.
    pub name: String,
    /// What its files look like.
    #[serde(default)]
    pub kind: Kind,
    /// `vendor:product` of a CPE.
    #[serde(default)]
    pub cpes: Vec<String>,
    files: Vec<String>,
    #[serde(default)]
    versions: Vec<Pattern>,
    #[serde(default)]
    lone: Vec<Pattern>,
    name_has: Option<Pattern>,
    needs: Option<Pattern>,
    unless: Option<Pattern>,
    vendor: Option<Pattern>,
    #[cfg_attr(not(test), expect(dead_code, reason = "the tests read them"))]
    pub examples: Vec<(String, String, String)>,
}

impl Program {
    /// Its version, when this file is one of its own.
    pub fn version(&self, file_name: &str, content: &[u8]) -> Option<String> {
        let series = match &self.name_has {
            None => None,
            Some(pattern) => Some(pattern.versions(file_name.as_bytes()).next()?),
        };
        let fits = |version: &&str| series.is_none_or(|series| continues(version, series));
        let found = self
            .versions
            .iter()
            .find_map(|pattern| pattern.versions(content).find(fits))
            .or_else(|| self.lone_version(content))?;
        let is_other = self.needs.as_ref().is_some_and(|pattern| !pattern.is_match(content))
            || self.unless.as_ref().is_some_and(|pattern| pattern.is_match(content));
        (!is_other).then(|| found.to_owned())
    }

    /// Who made it, where the file says.
    pub fn vendor(&self, content: &[u8]) -> Option<String> {
        self.vendor.as_ref()?.versions(content).next().map(str::to_owned)
    }

    /// Version-like strings lie in most programs for the libraries in them: without other words, they are believed only
    /// when there is no choice.
    fn lone_version<'a>(&self, content: &'a [u8]) -> Option<&'a str> {
        let pattern = self.lone.iter().find(|pattern| pattern.is_match(content))?;
        let mut versions = pattern.versions(content);
        let first = versions.next()?;
        versions.all(|version| version == first).then_some(first)
    }

    #[cfg(test)]
    pub fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let others = [&self.name_has, &self.needs, &self.unless, &self.vendor];
        self.versions.iter().chain(&self.lone).chain(others.into_iter().flatten())
    }
}

/// What the files of a program look like.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// Whatever they look like.
    Any,
    /// ELF, PE, Mach-O.
    #[default]
    Executable,
    /// It begins with `#!`.
    Script,
    /// A small file.
    Text,
}

impl Kind {
    /// Does a file of this size and beginning look so?
    pub fn fits(self, size: u64, head: &[u8]) -> bool {
        match self {
            Kind::Any => true,
            Kind::Executable => executable::is_executable(head),
            Kind::Script => head.starts_with(b"#!"),
            Kind::Text => size <= MAX_TEXT_BYTES,
        }
    }
}

/// A pattern over bytes, compiled when first used: most images hold few of the programs.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(super) struct Pattern {
    text: String,
    regex: OnceLock<Option<Regex>>,
}

impl Pattern {
    /// The pattern; `None` when it is none, which the tests exclude.
    pub fn regex(&self) -> Option<&Regex> {
        let compile = || RegexBuilder::new(&self.text).unicode(false).build().ok();
        self.regex.get_or_init(compile).as_ref()
    }

    fn is_match(&self, content: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(content))
    }

    /// The versions it captures, from the first on. What follows a version may be what precedes the next.
    fn versions<'a>(&self, content: &'a [u8]) -> impl Iterator<Item = &'a str> {
        let mut at = 0;
        let next = move || {
            let found = self.regex()?.captures_at(content, at)?.name("version")?;
            at = found.end();
            Some(found.as_bytes())
        };
        std::iter::from_fn(next).take(MAX_CANDIDATES).filter_map(|version| str::from_utf8(version).ok())
    }
}

impl From<String> for Pattern {
    fn from(text: String) -> Pattern {
        let text = text
            .replace("<V3>", r"(?<version>\d{1,5}\.\d{1,5}\.\d{1,5})")
            .replace("<V>", r"(?<version>\d{1,5}(?:\.\d{1,5}){1,3})");
        Pattern { text, regex: OnceLock::new() }
    }
}

/// Is this version the series itself or one of it: `3.11.2` of `3.11`, not of `3.1`?
fn continues(version: &str, series: &str) -> bool {
    version.strip_prefix(series).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The data file, by file name.
struct Catalog {
    programs: Vec<Program>,
    by_name: HashMap<String, Vec<usize>>,
    starred: Vec<Starred>,
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct Document {
        program: Vec<Program>,
    }
    let document: Document = toml::from_str(include_str!("../../../data/binaries.toml"))
        .expect("the data file is part of the program and read by its tests");
    let programs = document.program;
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    let mut starred = Vec::new();
    for (program, file) in
        programs.iter().enumerate().flat_map(|(index, it)| it.files.iter().map(move |file| (index, file)))
    {
        match file.split_once('*') {
            Some((prefix, suffix)) => {
                starred.push(Starred { prefix: prefix.to_owned(), suffix: suffix.to_owned(), program });
            }
            None => by_name.entry(file.clone()).or_default().push(program),
        }
    }
    Catalog { programs, by_name, starred }
});

/// A file name with a star in it.
struct Starred {
    prefix: String,
    suffix: String,
    program: usize,
}

impl Starred {
    /// Does the name fit? A second star at the end stands for anything, too: `libpython*.so*`.
    fn fits(&self, file_name: &str) -> bool {
        let Some(rest) = file_name.strip_prefix(self.prefix.as_str()) else { return false };
        match self.suffix.strip_suffix('*') {
            Some(middle) => rest.contains(middle),
            None => rest.ends_with(self.suffix.as_str()),
        }
    }
}

#[cfg(test)]
pub(super) fn all() -> &'static [Program] {
    &CATALOG.programs
}
