//! Which distribution is this, where are its advisories, and how do they name its packages and releases?
//!
//! The facts are the text files in this folder, read once.

mod packagers;
mod release;

pub use packagers::Packager;
pub(crate) use packagers::packager;
pub(crate) use release::{Release, Stream, build_minor};

use crate::versions::Scheme;
use plimsoll_model::{Component, KeyKind, OsRelease, PurlType};
use release::ReleaseRule;
use std::sync::OnceLock;

/// The ecosystem of EPEL's advisories; OSV has none.
pub(crate) const EPEL: &str = "EPEL";

/// A distribution whose advisories we know where to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Distribution {
    /// ID of the row that speaks for it: `ubuntu`, also for Linux Mint.
    pub id: &'static str,
    /// Base ecosystem of its advisories, in OSV's words: `Red Hat` for `centos`.
    pub ecosystem: &'static str,
    /// Which name of a package its advisories are usually keyed by; never [`KeyKind::Usual`].
    pub key: KeyKind,
    /// The order of its versions.
    pub scheme: Scheme,
    /// The name its own severities carry in [`plimsoll_model::Rating::source`].
    pub ratings: &'static str,
    /// Was it found by ID_LIKE or by the table of derivatives, rather than by its own ID?
    pub derived: bool,
    also: &'static [Neighbour],
    release: Release,
}

/// Another ecosystem to look in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Neighbour {
    pub(crate) ecosystem: &'static str,
    /// Does its word count only where the distribution's own is silent?
    pub(crate) borrowed: bool,
}

impl Distribution {
    /// The distribution of an image; `None` when nobody we know publishes advisories for it.
    pub fn of(os: &OsRelease) -> Option<Distribution> {
        let id = os.id.to_ascii_lowercase();
        // Some writers put the codename behind it: `2 (Karoo)`.
        let version =
            os.version_id.as_deref().and_then(|version| version.split_whitespace().next()).unwrap_or("");
        let made = |row: &'static Row, id: &str, version: &str, derived: bool| Distribution {
            id: row.ids.iter().find(|known| **known == id).or(row.ids.first()).copied().unwrap_or_default(),
            ecosystem: row.ecosystem,
            key: row.key,
            scheme: row.scheme,
            ratings: row.ratings,
            derived,
            also: &row.also,
            release: row.release.read(id, &known_version(id, version, os), os),
        };
        if let Some((base, base_version)) = derivative(&id, version) {
            return row(base).map(|row| made(row, base, base_version, true));
        }
        if let Some(row) = row(&id) {
            return Some(made(row, &id, version, false));
        }
        let like = os.like.iter().map(|like| like.to_ascii_lowercase());
        let mut like = like.filter_map(|like| row(&like).map(|row| (row, like)));
        like.next().map(|(row, like)| made(row, &like, version, true))
    }

    /// Is this a package of this distribution, so that its advisories speak of it?
    pub fn speaks_of(&self, component: &Component) -> bool {
        self.installs(component.kind) && !component.is_foreign()
    }

    /// Does this distribution install packages of that type?
    pub fn installs(&self, kind: PurlType) -> bool {
        matches!(
            (kind, self.scheme),
            (PurlType::Deb, Scheme::Dpkg)
                | (PurlType::Apk, Scheme::Apk)
                | (PurlType::Rpm, Scheme::Rpm)
                | (PurlType::Alpm, Scheme::Pacman)
                | (PurlType::Ebuild, Scheme::Portage)
        )
    }

    /// What an advisory's release is to this image: the part behind the colon of an OSV ecosystem.
    pub(crate) fn stream(&self, ecosystem: &str, release: &str) -> Option<Stream> {
        match ecosystem {
            // A neighbour numbers releases in its own words; all neighbours of today share the major version.
            EPEL => self.release.as_epel().stream(release),
            "Red Hat" if self.ecosystem != "Red Hat" => self.release.as_red_hat().stream(release),
            _ => self.release.stream(release),
        }
    }

    /// Ecosystems to look in beside the own one.
    pub(crate) fn neighbours(&self) -> &'static [Neighbour] {
        self.also
    }

    /// The minor release of the image, where the distribution has minor releases.
    pub(crate) fn minor(&self) -> Option<u32> {
        self.release.minor()
    }

    /// Is this a package of Fedora's Extra Packages for Enterprise Linux, whose advisories are Fedora's?
    pub(crate) fn is_epel(&self, component: &Component) -> bool {
        let vendor = component.vendor.as_deref().unwrap_or("");
        component.kind == PurlType::Rpm && self.has_minor_streams() && vendor.contains("Fedora Project")
    }

    /// Does this distribution keep fixing several minor releases at once, each with builds of its own (`.el9_4`)?
    pub(crate) fn has_minor_streams(&self) -> bool {
        matches!(self.ecosystem, "Red Hat" | "AlmaLinux" | "Rocky Linux" | "Oracle Linux")
    }
}

/// A row of `distributions.txt`.
struct Row {
    ids: Vec<&'static str>,
    ecosystem: &'static str,
    key: KeyKind,
    scheme: Scheme,
    release: ReleaseRule,
    ratings: &'static str,
    also: Vec<Neighbour>,
}

fn row(id: &str) -> Option<&'static Row> {
    static ROWS: OnceLock<Vec<Row>> = OnceLock::new();
    let rows =
        ROWS.get_or_init(|| lines(include_str!("distro/distributions.txt")).filter_map(read_row).collect());
    rows.iter().find(|row| row.ids.contains(&id))
}

fn read_row(line: &'static str) -> Option<Row> {
    let mut columns = line.split('|').map(str::trim);
    Some(Row {
        ids: columns.next()?.split_whitespace().collect(),
        ecosystem: columns.next()?,
        key: match columns.next()? {
            "source" => KeyKind::Source,
            "binary" => KeyKind::Binary,
            _ => return None,
        },
        scheme: Scheme::parse(columns.next()?)?,
        release: ReleaseRule::parse(columns.next()?)?,
        ratings: columns.next()?,
        also: columns
            .next()?
            .split(',')
            .filter_map(|also| {
                let borrowed = also.trim().strip_prefix('~');
                let ecosystem = borrowed.or_else(|| also.trim().strip_prefix('='))?;
                Some(Neighbour { ecosystem, borrowed: borrowed.is_some() })
            })
            .collect(),
    })
}

/// The release a derivative with numbers of its own is built on.
fn derivative(id: &str, version: &str) -> Option<(&'static str, &'static str)> {
    lines(include_str!("distro/derivatives.txt")).find_map(|line| {
        let (own, base) = line.split_once('=')?;
        let (own_id, own_version) = own.trim().split_once(' ')?;
        let at = version.strip_prefix(own_version)?;
        (own_id == id && (at.is_empty() || at.starts_with('.'))).then(|| base.trim().split_once(' '))?
    })
}

/// VERSION_ID, or what the codename says where there is none.
fn known_version(id: &str, version: &str, os: &OsRelease) -> String {
    if !version.is_empty() {
        return version.to_owned();
    }
    let pretty = os.pretty_name.as_deref().unwrap_or("");
    let named = |codename: &str| {
        os.codename.as_deref() == Some(codename)
            || pretty.split(|c: char| !c.is_alphanumeric()).any(|word| word == codename)
    };
    lines(include_str!("distro/codenames.txt"))
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?, words.next()?, words.next()?))
        })
        .find(|(of, codename, _)| *of == id && named(codename))
        .map_or(String::new(), |(_, _, version)| version.to_owned())
}

/// The lines of a data file that say something.
fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(id: &str, version: &str) -> OsRelease {
        OsRelease {
            id: id.into(),
            version_id: (!version.is_empty()).then(|| version.into()),
            ..OsRelease::default()
        }
    }

    #[test]
    fn every_line_of_the_data_is_understood() {
        let text = include_str!("distro/distributions.txt");
        for line in lines(text) {
            assert!(read_row(line).is_some(), "{line}");
        }
        let mut ids: Vec<&str> =
            lines(text).flat_map(|line| line.split('|').next().unwrap_or("").split_whitespace()).collect();
        ids.sort_unstable();
        assert!(ids.windows(2).all(|pair| pair[0] != pair[1]), "an ID stands twice");
        for line in lines(include_str!("distro/derivatives.txt")) {
            let (own, base) = line.split_once('=').expect("an equals sign");
            let (id, version) = own.trim().split_once(' ').expect("id and version");
            let (base, base_version) = base.trim().split_once(' ').expect("id and version");
            assert_eq!(derivative(id, version), Some((base, base_version)));
            assert!(row(base).is_some(), "{line}");
        }
        for line in lines(include_str!("distro/codenames.txt")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            assert!(words.len() == 3 && row(words[0]).is_some(), "{line}");
        }
    }

    #[test]
    fn images_find_their_advisories() {
        let check = |id: &str, version: &str, ecosystem: &str, derived: bool| {
            let found = Distribution::of(&os(id, version)).unwrap_or_else(|| panic!("{id}"));
            assert_eq!((found.ecosystem, found.derived), (ecosystem, derived), "{id}");
        };
        check("debian", "12", "Debian", false);
        check("raspbian", "12", "Debian", false);
        check("centos", "7", "Red Hat", false);
        check("opensuse-leap", "15.6", "openSUSE", false);
        check("azurelinux", "3.0", "Azure Linux", false);
        check("linuxmint", "21.3", "Ubuntu", true);
        assert_eq!(Distribution::of(&os("plan9", "4")), None);
        let mut like = os("kali", "2024.1");
        like.like = vec!["debian".into()];
        assert!(Distribution::of(&like).is_some_and(|found| found.derived && found.ecosystem == "Debian"));
    }
}
