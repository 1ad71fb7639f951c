//! The records of a build, as small as can be: all of OSV has tens of millions of statements about packages.

use crate::FeedError;
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
                    Some((
                        &record.id,
                        is_copy,
                        Reverse(record.modified),
                        Reverse(record.published),
                        record.feed,
                    ))
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

    /// The advisories of a package. Copies of a record say the same or, of different days, the newest holds; copies of
    /// one day that differ are parts of a record its publisher split. Beside a publisher's own form its copy in OSV
    /// counts for the releases the own form does not speak of any more. With each, the file it was read from first.
    pub(super) fn advisories(&self, package: &Package) -> Result<(Vec<Advisory>, Vec<u32>), FeedError> {
        let mut advisories: Vec<Advisory> = Vec::new();
        let mut files = Vec::new();
        let mut first: Option<&Record> = None;
        let mut releases = HashSet::new();
        for Statement { record: number, affected } in &package.statements {
            let Some(record) = self.records.get(*number) else { continue };
            let Some(copy) = advisories.last_mut().filter(|last| last.id == record.id) else {
                let affected = decode_affected(affected)?;
                releases = affected.iter().map(|entry| entry.release.clone()).collect();
                first = Some(record);
                files.push(self.files.get(*number).copied().unwrap_or_default());
                advisories.push(Advisory {
                    id: record.id.clone(),
                    aliases: record.aliases.clone(),
                    vulnerabilities: record.vulnerabilities.clone(),
                    source: source(record, &package.key),
                    published: record.published,
                    modified: record.modified,
                    ratings: record.ratings.clone(),
                    affected,
                });
                continue;
            };
            let same_feed = first.is_some_and(|first| first.feed == record.feed);
            if same_feed && copy.modified == record.modified {
                let more = decode_affected(affected)?;
                releases.extend(more.iter().map(|entry| entry.release.clone()));
                extend(&mut copy.affected, more);
            } else if !same_feed {
                let more = decode_affected(affected)?;
                extend(
                    &mut copy.affected,
                    more.into_iter().filter(|entry| !releases.contains(&entry.release)).collect(),
                );
            }
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
