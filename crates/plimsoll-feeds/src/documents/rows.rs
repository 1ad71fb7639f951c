//! What a document says of packages, row by row, joined into a record.

use super::product::Product;
use crate::osv::{self, Left, Parsed, Record, Text};
use plimsoll_model::{Affected, Event, KeyKind, Lifecycle, PackageKey, Range, RangeKind, Rating};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Rows of one record: a kernel update of SUSE has some 100,000.
const ROWS: usize = 4_000_000;
/// Rows given for one record, repeated ones too: each product and architecture of a package is one.
const GIVEN: usize = 16 * ROWS;
const LONGEST_NAME: usize = 256;

/// Which versions a row speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Versions {
    /// All before this one.
    Before(String),
    /// All up to and with this one.
    UpTo(String),
    /// This one alone.
    Only(String),
    /// All.
    All,
}

/// One package of one product.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub product: Product,
    pub name: String,
    pub key: KeyKind,
    pub lifecycle: Lifecycle,
    pub arch: Option<String>,
    /// `name:stream`.
    pub module: Option<String>,
    pub versions: Versions,
}

impl Row {
    /// A binary package that is fixed by this version.
    pub(super) fn fixed(product: &Product, name: &str, evr: &str) -> Row {
        Row {
            product: product.clone(),
            name: name.to_owned(),
            key: KeyKind::Binary,
            lifecycle: Lifecycle::Ranges,
            arch: None,
            module: None,
            versions: Versions::Before(evr.to_owned()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    release: String,
    key: KeyKind,
    lifecycle: Lifecycle,
    module: Option<String>,
    versions: Versions,
}

/// Rows by package; rows that differ in nothing but the architecture are one.
#[derive(Debug, Default)]
pub(super) struct Rows {
    packages: BTreeMap<PackageKey, Vec<(Kind, BTreeSet<String>)>>,
    places: HashMap<(PackageKey, Kind), usize>,
    count: usize,
    given: usize,
}

impl Rows {
    pub(super) fn add(&mut self, row: Row) -> Result<(), String> {
        self.given += 1;
        if self.given > GIVEN {
            return Err(format!("it speaks more than {GIVEN} times of a package"));
        }
        let bad = |text: &str| {
            text.is_empty()
                || text.len() > LONGEST_NAME
                || text.chars().any(|c| c.is_whitespace() || c.is_control())
        };
        if bad(&row.name) || is_debug(&row.name) {
            return Ok(());
        }
        let versions = match row.versions {
            Versions::Before(version) => Versions::Before(plain(&version)),
            Versions::UpTo(version) => Versions::UpTo(plain(&version)),
            Versions::Only(version) => Versions::Only(plain(&version)),
            Versions::All => Versions::All,
        };
        if let Versions::Before(version) | Versions::UpTo(version) | Versions::Only(version) = &versions
            && bad(version)
        {
            return Ok(());
        }
        let key = PackageKey { ecosystem: row.product.ecosystem.to_owned(), name: row.name };
        let kind = Kind {
            release: row.product.release,
            key: row.key,
            lifecycle: row.lifecycle,
            module: row.module,
            versions,
        };
        let place = (key, kind);
        let index = match self.places.get(&place) {
            Some(index) => *index,
            None => {
                self.count += 1;
                if self.count > ROWS {
                    return Err(format!("it speaks of more than {ROWS} packages"));
                }
                let list = self.packages.entry(place.0.clone()).or_default();
                list.push((place.1.clone(), BTreeSet::new()));
                let index = list.len() - 1;
                self.places.insert(place.clone(), index);
                index
            }
        };
        let arch = row.arch.filter(|arch| !arch.is_empty() && arch.len() <= 32);
        if let (Some(arch), Some((_, arches))) =
            (arch, self.packages.get_mut(&place.0).and_then(|list| list.get_mut(index)))
        {
            arches.insert(arch);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    pub(super) fn into_packages(self) -> BTreeMap<PackageKey, Vec<Affected>> {
        let affected = |(kind, arches): (Kind, BTreeSet<String>)| {
            let range = |end: Event| Range {
                kind: RangeKind::Ecosystem,
                events: vec![Event::Introduced("0".into()), end],
            };
            let (ranges, versions) = match kind.versions {
                Versions::Before(version) => (vec![range(Event::Fixed(version))], Vec::new()),
                Versions::UpTo(version) => (vec![range(Event::LastAffected(version))], Vec::new()),
                Versions::Only(version) => (Vec::new(), vec![version]),
                Versions::All => (Vec::new(), Vec::new()),
            };
            Affected {
                release: kind.release,
                key: kind.key,
                lifecycle: kind.lifecycle,
                arches: arches.into_iter().collect(),
                module: kind.module,
                ranges,
                versions,
                ratings: Vec::new(),
            }
        };
        let packages = self.packages.into_iter();
        packages.map(|(key, list)| (key, list.into_iter().map(affected).collect())).collect()
    }
}

/// A record beside its packages.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    pub feed: &'static str,
    /// Is it all its publisher says under this id? If not, other files say more.
    pub whole: bool,
    pub id: String,
    /// CVE ids.
    pub flaws: Vec<String>,
    pub published: Option<i64>,
    pub modified: Option<i64>,
    pub ratings: Vec<Rating>,
    pub summary: Option<String>,
    pub details: Option<String>,
}

/// The record of these rows.
pub(super) fn record(head: Head, rows: Rows) -> Result<Parsed, String> {
    if !osv::is_id(&head.id) {
        return Err(format!("{:?} is no id", head.id));
    }
    if rows.is_empty() {
        return Ok(Parsed::Left(Left::NoPackage));
    }
    record_of(head, rows.into_packages())
}

/// The record of these packages.
pub(super) fn record_of(head: Head, packages: BTreeMap<PackageKey, Vec<Affected>>) -> Result<Parsed, String> {
    if head.flaws.len().saturating_mul(packages.len()) > osv::NAMES_TIMES_PACKAGES {
        return Err(format!("{} has too many names for too many packages", head.id));
    }
    let notice = !osv::is_cve(&head.id);
    let text = (!notice || head.flaws.is_empty()).then(|| Text {
        summary: osv::title(head.summary.as_deref()),
        details: osv::description(head.details.as_deref()),
        ..Text::default()
    });
    Ok(Parsed::Taken(Box::new(Record {
        feed: head.feed,
        whole: head.whole,
        vulnerabilities: head.flaws.into_iter().filter(|flaw| *flaw != head.id).collect(),
        id: head.id,
        aliases: Vec::new(),
        published: head.published,
        modified: head.modified,
        ratings: head.ratings,
        packages,
        notice,
        text: text.filter(|text| *text != Text::default()),
    })))
}

/// A version without the epoch 0, which is what having none means.
fn plain(version: &str) -> String {
    let version = version.trim();
    let version = version.strip_prefix("0:").or_else(|| version.strip_prefix("(none):")).unwrap_or(version);
    version.to_owned()
}

/// Packages of symbols hold no code.
fn is_debug(name: &str) -> bool {
    ["-debuginfo", "-debugsource"].iter().any(|end| name.ends_with(end) || name.contains("-debuginfo-"))
}

/// The CVE ids in a text, in order, each once.
pub(super) fn cves(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut seen: HashSet<String> = HashSet::new();
    for (at, _) in text.match_indices("CVE-") {
        let id: String = text[at..]
            .chars()
            .take_while(|c| c.is_ascii_digit() || matches!(c, 'C' | 'V' | 'E' | '-'))
            .take(24)
            .collect();
        let id = id.trim_end_matches('-');
        if osv::is_cve(id) && seen.insert(id.to_owned()) {
            found.push(id.to_owned());
        }
        if found.len() >= 20_000 {
            break;
        }
    }
    found
}

/// A rating by a word or a CVSS vector, if it is one. Version 3 without its name is known by its fields.
pub(super) fn rating(source: &str, text: &str) -> Option<Rating> {
    let text = text.trim();
    // Oracle and SUSE write the score before the vector.
    let text =
        text.split_once('/').filter(|(score, _)| score.parse::<f64>().is_ok()).map_or(text, |(_, rest)| rest);
    let vector = match text {
        text if text.starts_with("AV:") && text.contains("/PR:") => format!("CVSS:3.1/{text}"),
        text => text.to_owned(),
    };
    if osv::is_vector(&vector) {
        return Some(Rating { source: source.to_owned(), value: vector });
    }
    osv::word(text).map(|value| Rating { source: source.to_owned(), value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratings_are_vectors_or_words() {
        let check = |text, expected: Option<&str>| {
            assert_eq!(rating("x", text).map(|rating| rating.value).as_deref(), expected, "{text}");
        };
        check("MODERATE", Some("moderate"));
        check("7.8/AV:N/AC:L/Au:N/C:N/I:N/A:C", Some("AV:N/AC:L/Au:N/C:N/I:N/A:C"));
        check(
            "7.5/CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N",
            Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:N"),
        );
        check("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"));
        check("none", None);
        check("", None);
    }

    #[test]
    fn cves_are_found_in_text() {
        assert_eq!(
            cves("CVE-2024-1234, CVE:1:CVE-2023-56789 (CVE-2024-1234) CVE-24-1 CVE-2022-11111-"),
            ["CVE-2024-1234", "CVE-2023-56789", "CVE-2022-11111"]
        );
    }

    #[test]
    fn rows_of_several_architectures_are_one() {
        let product = Product::new("Rocky Linux", "9");
        let mut rows = Rows::default();
        for (name, arch) in [("a", "x86_64"), ("a", "aarch64"), ("a-debuginfo", "x86_64"), ("b c", "x86_64")]
        {
            rows.add(Row { arch: Some(arch.into()), ..Row::fixed(&product, name, "0:1.0-1") })
                .expect("added");
        }
        let packages = rows.into_packages();
        let (key, affected) = packages.first_key_value().expect("a package");
        assert_eq!((packages.len(), key.name.as_str(), affected.len()), (1, "a", 1));
        assert_eq!(affected[0].arches, ["aarch64", "x86_64"]);
        assert_eq!(affected[0].ranges[0].events[1], Event::Fixed("1.0-1".into()));
    }
}
