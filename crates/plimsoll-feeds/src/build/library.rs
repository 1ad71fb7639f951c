//! The records of a build, as small as can be: all of OSV has tens of millions of statements about packages.

use crate::osv::Record;
use crate::stored::{decode_affected, encode};
use crate::FeedError;
use plimsoll_model::{Advisory, Affected, PackageKey};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Records, and by package what they say of it.
#[derive(Default)]
pub(super) struct Library {
    /// Without their packages; copies of a record stand beside each other's.
    pub records: Vec<Record>,
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
    /// Takes a record in.
    pub(super) fn add(&mut self, mut record: Record) -> Result<(), FeedError> {
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
        Ok(())
    }

    /// Puts everything in an order that does not depend on how the files came: packages by key, what is said of one by
    /// id, the newest copy of a record first.
    pub(super) fn sort(&mut self) {
        self.numbers = HashMap::new();
        self.packages.sort_by(|a, b| a.key.cmp(&b.key));
        let records = &self.records;
        for package in &mut self.packages {
            package.statements.sort_by(|a, b| {
                let rank = |statement: &Statement| {
                    let record = records.get(statement.record)?;
                    let dates = (Reverse(record.modified), Reverse(record.published));
                    Some((&record.id, record.feed, dates, &record.vulnerabilities))
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
    /// one day that differ are parts of a record its publisher split. Where files of one publisher say under one id
    /// what each has to say of its own release, and where several publishers do, all are kept.
    pub(super) fn advisories(&self, package: &Package) -> Result<Vec<Advisory>, FeedError> {
        let mut advisories: Vec<Advisory> = Vec::new();
        for Statement { record, affected } in &package.statements {
            let Some(record) = self.records.get(*record) else { continue };
            let source = format!("{}/{}", record.feed, package.key.ecosystem);
            let copy = advisories.last_mut().filter(|last| last.id == record.id && last.source == source);
            let is_of_one_day = copy.as_ref().is_some_and(|copy| copy.modified == record.modified);
            if copy.is_some() && record.whole && !is_of_one_day {
                continue;
            }
            let affected = decode_affected(affected)?;
            match copy.filter(|copy| is_of_one_day && copy.vulnerabilities == record.vulnerabilities) {
                Some(copy) => extend(&mut copy.affected, affected),
                None => advisories.push(Advisory {
                    id: record.id.clone(),
                    aliases: record.aliases.clone(),
                    vulnerabilities: record.vulnerabilities.clone(),
                    source,
                    published: record.published,
                    modified: record.modified,
                    ratings: record.ratings.clone(),
                    affected,
                }),
            }
        }
        Ok(advisories)
    }
}

fn extend(list: &mut Vec<Affected>, more: Vec<Affected>) {
    let few = list.len().saturating_mul(more.len()) <= COMPARISONS;
    let new: Vec<Affected> = more.into_iter().filter(|entry| !(few && list.contains(entry))).collect();
    list.extend(new);
}
