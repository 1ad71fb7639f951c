//! The records of a build, as small as can be: all of OSV has tens of millions of statements about packages.

use crate::FeedError;
use crate::documents::COPIED;
use crate::osv::{self, Record};
use crate::stored::{decode_affected, encode};
use plimsoll_model::{Advisory, Affected, PackageKey};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

/// Records, and by package what they say of it.
#[derive(Default)]
pub(super) struct Library {
    /// Without their packages; copies of a record stand beside each other's.
    pub records: Vec<Record>,
    /// By record: the number of the file it stands in.
    files: Vec<u32>,
    packages: Vec<Package>,
    numbers: HashMap<PackageKey, usize>,
}

/// A package and what is said of it.
pub(super) struct Package {
    pub key: PackageKey,
    statements: Vec<Statement>,
}

struct Statement {
    /// Index in [`Library::records`].
    record: usize,
    /// `Vec<Affected>`, encoded.
    affected: Box<[u8]>,
}

/// Entries of two copies of a record compared with each other, before repetitions are let stand.
const COMPARISONS: usize = 1_000_000;

impl Library {
    /// Takes a record in, which stands in the file of this number.
    pub(super) fn add(&mut self, mut record: Record, file: u32) -> Result<(), FeedError> {
        for (key, affected) in std::mem::take(&mut record.packages) {
            let statement = Statement { record: self.records.len(), affected: encode(&affected)?.into() };
            let number = *self.numbers.entry(key).or_insert_with_key(|key| {
                self.packages.push(Package { key: key.clone(), statements: Vec::new() });
                self.packages.len() - 1
            });
            if let Some(package) = self.packages.get_mut(number) {
                package.statements.push(statement);
            }
        }
        self.records.push(record);
        self.files.push(file);
        Ok(())
    }

    /// Puts everything in an order that does not depend on how the files came: packages by key, what is said of one by
    /// id, a publisher's own form before copies of it in OSV, the newest copy of a record first.
    pub(super) fn sort(&mut self) {
        self.numbers = HashMap::new();
        self.packages.sort_by(|a, b| a.key.cmp(&b.key));
        let records = &self.records;
        for package in &mut self.packages {
            package.statements.sort_by(|a, b| {
                let rank = |statement: &Statement| {
                    let record = records.get(statement.record)?;
                    let is_copy = record.feed == osv::FEED;
                    let dates = (Reverse(record.modified), Reverse(record.published));
                    Some((&record.id, is_copy, record.feed, dates, &record.vulnerabilities))
                };
                rank(a).cmp(&rank(b)).then_with(|| a.affected.cmp(&b.affected))
            });
        }
    }

    /// All packages, by key once sorted.
    pub(super) fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The records that speak of a package.
    pub(super) fn records_of(&self, package: &Package) -> impl Iterator<Item = &Record> {
        package.statements.iter().filter_map(|statement| self.records.get(statement.record))
    }

    /// The advisories of a package, and with each the file it was read from first. Copies of a record say the same or,
    /// of different days, the newest holds; copies of one day that differ are parts of a record its publisher split.
    /// Where files of one publisher say under one id what each has to say of its own release, and where several
    /// publishers do, all are kept; but a copy in OSV counts only for the releases of which the publisher's own form,
    /// from which OSV made it, does not speak.
    pub(super) fn advisories(&self, package: &Package) -> Result<(Vec<Advisory>, Vec<u32>), FeedError> {
        let mut advisories: Vec<Advisory> = Vec::new();
        let mut files = Vec::new();
        let mut last: Option<&Record> = None;
        // What the publisher's own form of the present id speaks of.
        let mut releases = HashSet::new();
        for Statement { record: number, affected } in &package.statements {
            let Some(record) = self.records.get(*number) else { continue };
            if last.is_none_or(|last| last.id != record.id) {
                releases.clear();
            }
            let copy = last.filter(|last| last.id == record.id && last.feed == record.feed);
            let is_of_one_day = copy.is_some_and(|copy| copy.modified == record.modified);
            if copy.is_some() && record.whole && !is_of_one_day {
                continue;
            }
            let is_part =
                is_of_one_day && copy.is_some_and(|copy| copy.vulnerabilities == record.vulnerabilities);
            last = Some(record);
            let mut affected = decode_affected(affected)?;
            if record.feed == osv::FEED {
                affected.retain(|entry| !releases.contains(&entry.release));
            } else if COPIED.contains(&record.feed) {
                releases.extend(affected.iter().map(|entry| entry.release.clone()));
            }
            if affected.is_empty() {
                continue;
            }
            let source = source(record, &package.key);
            let same =
                advisories.last_mut().filter(|one| is_part && one.id == record.id && one.source == source);
            if let Some(same) = same {
                extend(&mut same.affected, affected);
                continue;
            }
            files.push(self.files.get(*number).copied().unwrap_or_default());
            advisories.push(Advisory {
                id: record.id.clone(),
                aliases: record.aliases.clone(),
                vulnerabilities: record.vulnerabilities.clone(),
                source,
                published: record.published,
                modified: record.modified,
                ratings: record.ratings.clone(),
                affected,
            });
        }
        Ok((advisories, files))
    }
}

/// The feed a record came from, as an advisory and the list of feeds name it.
pub(super) fn source(record: &Record, key: &PackageKey) -> String {
    format!("{}/{}", record.feed, key.ecosystem)
}

fn extend(list: &mut Vec<Affected>, more: Vec<Affected>) {
    let few = list.len().saturating_mul(more.len()) <= COMPARISONS;
    let new: Vec<Affected> = more.into_iter().filter(|entry| !(few && list.contains(entry))).collect();
    list.extend(new);
}
