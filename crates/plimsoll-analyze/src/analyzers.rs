//! The family of analyzers. To add one: a file in `analyzers/`, a `mod` line and a line in [`all`], test data.

mod dotnet;
mod java;
mod sbom;
mod xml;

use plimsoll_model::{Entry, Fact, Limits};

/// A file as an analyzer sees it.
pub struct File<'a> {
    /// Path, mode, size. In an archive inside an image, the archive's entry.
    pub entry: &'a Entry,
    /// The whole content.
    pub content: &'a [u8],
    /// Bounds for what is unpacked out of it.
    pub limits: &'a Limits,
}

/// What an analyzer found in one file.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Facts, each with the path inside the file it came from: empty for the file itself, `BOOT-INF/lib/x.jar` for an
    /// archive member, nested ones joined by `!/`.
    pub facts: Vec<(String, Fact)>,
    /// What could not be examined: path inside the file (empty for the whole file), and why.
    pub unread: Vec<(String, String)>,
}

/// Reads one kind of file. A bad file is never an error: it is a line in [`Findings::unread`].
pub trait Analyzer: Sync {
    /// Its name, as `found_by` shows it: `dpkg`, `rpm`, `npm-lock`.
    fn name(&self) -> &'static str;

    /// Raised whenever the same bytes would now give other facts.
    fn edition(&self) -> u32;

    /// Does it want the content of this file? `head` is the first bytes, at most 4096. Must be quick: it is asked for
    /// every file of every layer.
    fn wants(&self, entry: &Entry, head: &[u8]) -> bool;

    /// Reads the file.
    fn read(&self, file: &File<'_>) -> Findings;
}

/// Every analyzer, alphabetical by name.
pub fn all() -> &'static [&'static dyn Analyzer] {
    &[
        &dotnet::DotnetDeps,
        &dotnet::DotnetPe,
        &java::GradleLock,
        &java::Jar,
        &dotnet::NugetConfig,
        &dotnet::NugetLock,
        &java::PomXml,
        &sbom::Sbom,
    ]
}
