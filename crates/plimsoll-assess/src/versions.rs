//! Orders of version strings: which of two versions is the later one, by the rules of each ecosystem.
//!
//! Every scheme is one file with one `compare`; [`range`] lays a version against the ranges of an advisory. A scheme
//! reads whatever its native tool reads and, where publishers are careless, a little more.

mod apk;
mod cran;
mod digits;
mod dpkg;
mod generic;
mod golang;
mod hackage;
mod jvm;
mod maven;
mod nuget;
mod packagist;
mod pacman;
mod portage;
mod pub_dev;
mod pypi;
pub mod range;
mod rpm;
mod rubygems;
mod semver;

use std::cmp::Ordering;

/// An ecosystem's order of versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// Alpine, Wolfi, Chainguard: apk-tools.
    Apk,
    /// R packages.
    Cran,
    /// Debian, Ubuntu: dpkg.
    Dpkg,
    /// Go modules and the Go toolchain.
    Golang,
    /// Haskell packages.
    Hackage,
    /// Java runtimes.
    Jvm,
    /// Java artifacts.
    Maven,
    /// .NET packages.
    Nuget,
    /// PHP packages: Composer.
    Packagist,
    /// Arch Linux.
    Pacman,
    /// Gentoo.
    Portage,
    /// Dart packages: pub.dev.
    Pub,
    /// Python packages: PEP 440.
    Pypi,
    /// Red Hat, SUSE and their kin: rpm.
    Rpm,
    /// Ruby gems.
    RubyGems,
    /// npm, Cargo, Hex, Swift and whoever else follows semantic versioning.
    Semver,
    /// Software without a scheme of its own: a forgiving natural order.
    Generic,
}

impl Scheme {
    /// All, by name.
    pub const ALL: &[Scheme] = &[
        Scheme::Apk,
        Scheme::Cran,
        Scheme::Dpkg,
        Scheme::Generic,
        Scheme::Golang,
        Scheme::Hackage,
        Scheme::Jvm,
        Scheme::Maven,
        Scheme::Nuget,
        Scheme::Packagist,
        Scheme::Pacman,
        Scheme::Portage,
        Scheme::Pub,
        Scheme::Pypi,
        Scheme::Rpm,
        Scheme::RubyGems,
        Scheme::Semver,
    ];

    /// The scheme of this name; `npm` and `cargo` are names of semver too.
    pub fn parse(name: &str) -> Option<Scheme> {
        match name {
            "npm" | "cargo" => Some(Scheme::Semver),
            _ => Scheme::ALL.iter().copied().find(|scheme| scheme.as_str() == name),
        }
    }

    /// The scheme's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Apk => "apk",
            Scheme::Cran => "cran",
            Scheme::Dpkg => "dpkg",
            Scheme::Generic => "generic",
            Scheme::Golang => "golang",
            Scheme::Hackage => "hackage",
            Scheme::Jvm => "jvm",
            Scheme::Maven => "maven",
            Scheme::Nuget => "nuget",
            Scheme::Packagist => "packagist",
            Scheme::Pacman => "pacman",
            Scheme::Portage => "portage",
            Scheme::Pub => "pub",
            Scheme::Pypi => "pypi",
            Scheme::Rpm => "rpm",
            Scheme::RubyGems => "rubygems",
            Scheme::Semver => "semver",
        }
    }

    /// How `a` relates to `b`; `None` when either is not a version of the scheme.
    pub fn compare(self, a: &str, b: &str) -> Option<Ordering> {
        match self {
            Scheme::Apk => apk::compare(a, b),
            Scheme::Cran => cran::compare(a, b),
            Scheme::Dpkg => dpkg::compare(a, b),
            Scheme::Generic => generic::compare(a, b),
            Scheme::Golang => golang::compare(a, b),
            Scheme::Hackage => hackage::compare(a, b),
            Scheme::Jvm => jvm::compare(a, b),
            Scheme::Maven => maven::compare(a, b),
            Scheme::Nuget => nuget::compare(a, b),
            Scheme::Packagist => packagist::compare(a, b),
            Scheme::Pacman => pacman::compare(a, b),
            Scheme::Portage => portage::compare(a, b),
            Scheme::Pub => pub_dev::compare(a, b),
            Scheme::Pypi => pypi::compare(a, b),
            Scheme::Rpm => rpm::compare(a, b),
            Scheme::RubyGems => rubygems::compare(a, b),
            Scheme::Semver => semver::compare(a, b),
        }
    }

    /// Is it a version of this scheme at all?
    pub fn is_valid(self, text: &str) -> bool {
        self.compare(text, text).is_some()
    }

    /// Is it the name of a branch (`dev-main`), which has a place in the order but lies in no range?
    fn is_branch(self, text: &str) -> bool {
        self == Scheme::Packagist && packagist::is_branch(text)
    }
}
