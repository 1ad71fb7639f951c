//! A record in the making, and the parts most are made of.

use crate::osv::{self, Parsed, Record, Text};
use plimsoll_model::{Affected, Event, KeyKind, Lifecycle, PackageKey, Range, RangeKind, Rating};
use std::collections::BTreeMap;

/// Bytes of a name and of a version.
const LONGEST_NAME: usize = 1024;
const LONGEST_VERSION: usize = 256;
/// Entries of one record: the largest real ones have some thousand.
const ENTRIES: usize = 100_000;

/// A record in the making.
pub(super) struct Draft(Record);

impl Draft {
    /// A record of this form; `None` when that can be no id.
    pub(super) fn new(feed: &'static str, id: &str) -> Option<Draft> {
        osv::is_id(id).then(|| {
            Draft(Record {
                feed,
                whole: true,
                id: id.to_owned(),
                aliases: Vec::new(),
                vulnerabilities: Vec::new(),
                published: None,
                modified: None,
                ratings: Vec::new(),
                packages: BTreeMap::new(),
                notice: false,
                text: None,
            })
        })
    }

    /// Other files say more under this id.
    pub(super) fn part(mut self) -> Draft {
        self.0.whole = false;
        self
    }

    /// A vendor's view of flaws, which it answers.
    pub(super) fn answering<'a>(mut self, flaws: impl IntoIterator<Item = &'a str>) -> Draft {
        self.0.notice = true;
        for flaw in flaws {
            if osv::is_id(flaw)
                && flaw != self.0.id
                && !self.0.vulnerabilities.iter().any(|known| known == flaw)
            {
                self.0.vulnerabilities.push(flaw.to_owned());
            }
        }
        self
    }

    /// A flaw's own record, and its other names.
    pub(super) fn alias<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Draft {
        for name in names {
            if osv::is_id(name) && name != self.0.id && !self.0.aliases.iter().any(|known| known == name) {
                self.0.aliases.push(name.to_owned());
            }
        }
        self
    }

    pub(super) fn published(mut self, date: Option<i64>) -> Draft {
        self.0.published = date;
        self
    }

    pub(super) fn modified(mut self, date: Option<i64>) -> Draft {
        self.0.modified = date;
        self
    }

    /// A severity: a word, a vector or a score.
    pub(super) fn rating(mut self, source: &str, value: Option<&str>) -> Draft {
        self.0.ratings.extend(rating(source, value));
        self
    }

    pub(super) fn text(
        mut self,
        summary: Option<&str>,
        details: Option<&str>,
        references: Vec<String>,
    ) -> Draft {
        let summary = osv::title(summary);
        let details = osv::description(details);
        let references = osv::references(references.into_iter());
        self.0.text = Some(Text { summary, details, cwes: Vec::new(), references });
        self
    }

    pub(super) fn cwes<'a>(mut self, cwes: impl IntoIterator<Item = &'a str>) -> Draft {
        let cwes = cwes.into_iter().map(str::trim).filter(|cwe| cwe.starts_with("CWE-") && osv::is_id(cwe));
        let cwes = cwes.take(32).map(str::to_owned).collect();
        self.0.text.get_or_insert_default().cwes = cwes;
        self
    }

    /// Adds what is said of a package. Entries that cannot be are left out.
    pub(super) fn add(&mut self, ecosystem: &str, name: &str, affected: Affected) {
        let name = name.trim();
        let entries: usize = self.0.packages.values().map(Vec::len).sum();
        if name.is_empty()
            || name.len() > LONGEST_NAME
            || name.contains(char::is_control)
            || entries >= ENTRIES
        {
            return;
        }
        let name = osv::fold_name(ecosystem, name).into_owned();
        let list = self.0.packages.entry(PackageKey { ecosystem: ecosystem.to_owned(), name }).or_default();
        if list.last() != Some(&affected) {
            list.push(affected);
        }
    }

    /// The record, if it says anything.
    pub(super) fn done(self) -> Result<Parsed, String> {
        match self.0.packages.is_empty() {
            true => Ok(Parsed::Left(osv::Left::NoPackage)),
            false => Ok(Parsed::Taken(Box::new(self.0))),
        }
    }
}

/// What is said of a release.
pub(super) fn affected(release: &str, lifecycle: Lifecycle, ranges: Vec<Range>) -> Affected {
    Affected {
        release: release.to_owned(),
        key: KeyKind::Usual,
        lifecycle,
        arches: Vec::new(),
        module: None,
        ranges,
        versions: Vec::new(),
        ratings: Vec::new(),
    }
}

/// A severity; `None` for a word that says nothing.
pub(super) fn rating(source: &str, value: Option<&str>) -> Option<Rating> {
    let value = value?.trim();
    match osv::is_vector(value) {
        true => Some(Rating { source: source.to_owned(), value: value.to_owned() }),
        false => osv::word(value).map(|value| Rating { source: source.to_owned(), value }),
    }
}

/// Affected up to the fix.
pub(super) fn until(fixed: &str) -> Range {
    range(vec![Event::Introduced("0".into()), Event::Fixed(fixed.to_owned())])
}

pub(super) fn range(events: Vec<Event>) -> Range {
    Range { kind: RangeKind::Ecosystem, events }
}

/// Can this be a version?
pub(super) fn is_version(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_VERSION
        && !text.contains(|c: char| c.is_control() || c.is_whitespace())
}

/// The ids a text names, in the words publishers write: `CVE-2019-1 (+ regression fix)`, `CVE_2019-1`, `CVE-1,CVE-2`.
pub(super) fn ids(text: &str) -> Vec<String> {
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '?'));
    words
        .filter(|word| osv::is_id(word))
        .filter_map(|word| {
            let word = word.replacen("CVE_", "CVE-", 1);
            let known = osv::is_cve(&word)
                || ["GHSA-", "GO-", "RUSTSEC-", "PYSEC-", "XSA-", "ZBX-", "OSV-"]
                    .iter()
                    .any(|head| word.strip_prefix(head).is_some_and(|rest| rest.len() >= 2));
            known.then_some(word)
        })
        .collect()
}
