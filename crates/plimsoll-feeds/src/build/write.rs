//! Writes the database file.

use super::library::{Library, Package};
use super::{BuildEvent, BuildOptions, Cycles, beside};
use crate::digest::Digest;
use crate::stored::{APPLICATION, FORMAT, Packer, SCHEMA, encode, encode_numbers, encode_origins};
use crate::{FeedError, FeedInfo, Knowledge, Origin, date, parallel};
use plimsoll_model::Vulnerability;
use rusqlite::{Connection, params};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What a database is made of, all in order.
pub(super) struct Content<'a> {
    /// The files records stand in; a record's number is its place here.
    pub files: Vec<Origin>,
    pub packages: &'a Library,
    pub vulnerabilities: &'a BTreeMap<String, Vulnerability>,
    pub cycles: &'a Cycles,
    pub sources: Vec<FeedInfo>,
}

/// Values packed in one go.
const GO: usize = 256;
/// A dictionary's size, and how much it is trained on.
const DICTIONARY: usize = 96 << 10;
const SAMPLES: usize = 12 << 20;
const LARGEST_SAMPLE: usize = 8 << 10;

/// Writes the file beside its place and moves it there.
pub(super) fn database(
    content: &Content<'_>,
    to: &Path,
    options: &BuildOptions,
    progress: &(dyn Fn(BuildEvent) + Sync),
) -> Result<Knowledge, FeedError> {
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| FeedError::file("create", folder, error))?;
    }
    let part = beside(to);
    remove(&part)?;
    let written = write(content, &part, options, progress).and_then(|knowledge| {
        // Everything must be on disk before the name is: after a crash there is the old file or the whole new one.
        std::fs::File::open(&part)
            .and_then(|file| file.sync_all())
            .and_then(|()| std::fs::rename(&part, to))
            .map_err(|error| FeedError::file("write", to, error))?;
        Ok(knowledge)
    });
    if written.is_err() {
        remove(&part)?;
    }
    written
}

fn remove(path: &Path) -> Result<(), FeedError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(FeedError::file("remove", path, error))
        }
        _ => Ok(()),
    }
}

fn write(
    content: &Content<'_>,
    path: &Path,
    options: &BuildOptions,
    progress: &(dyn Fn(BuildEvent) + Sync),
) -> Result<Knowledge, FeedError> {
    let unwritable = |source| FeedError::Sqlite { doing: "write", path: path.to_owned(), source };
    let mut connection = Connection::open(path).map_err(unwritable)?;
    connection
        .execute_batch(&format!(
            "PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
             PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536;
             PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {FORMAT};"
        ))
        .map_err(unwritable)?;
    let transaction = connection.transaction().map_err(unwritable)?;
    transaction.execute_batch(SCHEMA).map_err(unwritable)?;
    let mut writer = Writer { sql: &transaction, path, digest: Digest::default(), plain: options.starter };

    writer.advisories(content.packages, progress)?;
    writer.vulnerabilities(content.vulnerabilities)?;
    writer.end_of_life(content.cycles)?;
    writer.sources(&content.sources)?;
    writer.files(&content.files)?;
    let knowledge = Knowledge {
        built_at: date::rfc3339(options.built_at),
        digest: writer.digest.finish(),
        sources: content.sources.clone(),
        starter: options.starter,
    };
    let meta = [
        ("built_at", knowledge.built_at.as_str()),
        ("digest", &knowledge.digest),
        ("starter", if options.starter { "yes" } else { "no" }),
        ("texts", if options.texts { "yes" } else { "no" }),
    ];
    for (key, value) in meta {
        transaction.execute("INSERT INTO meta VALUES (?, ?)", [key, value]).map_err(unwritable)?;
    }
    transaction.commit().map_err(unwritable)?;
    connection.close().map_err(|(_, source)| unwritable(source))?;
    Ok(knowledge)
}

struct Writer<'a> {
    sql: &'a Connection,
    path: &'a Path,
    digest: Digest,
    plain: bool,
}

impl Writer<'_> {
    fn unwritable(&self, source: rusqlite::Error) -> FeedError {
        FeedError::Sqlite { doing: "write", path: self.path.to_owned(), source }
    }

    /// Advisories by package, the packages' numbers, and which packages each id is mentioned at.
    fn advisories(
        &mut self,
        library: &Library,
        progress: &(dyn Fn(BuildEvent) + Sync),
    ) -> Result<(), FeedError> {
        let packages = library.packages();
        let ecosystems: BTreeSet<&str> = packages.iter().map(|package| &*package.key.ecosystem).collect();
        let ecosystems: BTreeMap<&str, i64> = ecosystems.into_iter().zip(1..).collect();
        for (name, no) in &ecosystems {
            self.sql
                .execute("INSERT INTO ecosystem VALUES (?, ?)", params![no, name])
                .map_err(|error| self.unwritable(error))?;
        }
        let encode = |index: usize| {
            let package: Option<&Package> = packages.get(index);
            let package = package.ok_or_else(|| FeedError::Damaged("no such package".into()))?;
            encode(&library.advisories(package)?.0)
        };
        let dictionary = self.dictionary("advisory", packages.len(), &encode)?;
        let mut mentions: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
        let sql = self.sql;
        let unwritable =
            |error| FeedError::Sqlite { doing: "write", path: self.path.to_owned(), source: error };
        let mut insert = sql.prepare("INSERT INTO advisory VALUES (?, ?, ?, ?)").map_err(unwritable)?;
        let mut number = sql.prepare("INSERT INTO package VALUES (?, ?, ?)").map_err(unwritable)?;
        let mut done = 0;
        let digest = &mut self.digest;
        packed(packages.len(), dictionary.as_deref(), &encode, |plain, value| {
            let Some(package) = packages.get(done) else { return Ok(()) };
            let key = &package.key;
            let ecosystem = ecosystems.get(&*key.ecosystem).copied().unwrap_or_default();
            let no = u32::try_from(done).map_err(|_| FeedError::Damaged("too many packages".into()))?;
            let origins = encode_origins(&library.advisories(package)?.1);
            insert.execute(params![ecosystem, key.name, value, origins]).map_err(unwritable)?;
            number.execute(params![no, ecosystem, key.name]).map_err(unwritable)?;
            digest.row(&[b"advisory", key.ecosystem.as_bytes(), key.name.as_bytes(), plain]);
            for record in library.records_of(package) {
                for name in [&record.id].into_iter().chain(&record.aliases).chain(&record.vulnerabilities) {
                    let numbers = mentions.entry(name).or_default();
                    if numbers.last() != Some(&no) {
                        numbers.push(no);
                    }
                }
            }
            done += 1;
            if done % 1000 == 0 || done == packages.len() {
                progress(BuildEvent::Writing { done, total: packages.len() });
            }
            Ok(())
        })?;
        let mut insert = sql.prepare("INSERT INTO mention VALUES (?, ?)").map_err(unwritable)?;
        for (id, numbers) in mentions {
            insert.execute(params![id, encode_numbers(&numbers)]).map_err(unwritable)?;
        }
        Ok(())
    }

    fn vulnerabilities(
        &mut self,
        vulnerabilities: &BTreeMap<String, Vulnerability>,
    ) -> Result<(), FeedError> {
        let all: Vec<&Vulnerability> = vulnerabilities.values().collect();
        let encode = |index: usize| {
            encode(all.get(index).ok_or_else(|| FeedError::Damaged("no such vulnerability".into()))?)
        };
        let dictionary = self.dictionary("vulnerability", all.len(), &encode)?;
        let unwritable =
            |error| FeedError::Sqlite { doing: "write", path: self.path.to_owned(), source: error };
        let mut insert = self.sql.prepare("INSERT INTO vulnerability VALUES (?, ?)").map_err(unwritable)?;
        let mut rows = all.iter();
        let digest = &mut self.digest;
        packed(all.len(), dictionary.as_deref(), &encode, |plain, value| {
            let Some(vulnerability) = rows.next() else { return Ok(()) };
            digest.row(&[b"vulnerability", vulnerability.id.as_bytes(), plain]);
            insert.execute(params![vulnerability.id, value]).map_err(unwritable)?;
            Ok(())
        })
    }

    fn end_of_life(&mut self, cycles: &Cycles) -> Result<(), FeedError> {
        for ((product, cycle), day) in cycles {
            self.digest.row(&[b"end_of_life", product.as_bytes(), cycle.as_bytes(), day.as_bytes()]);
            self.sql
                .prepare_cached("INSERT INTO end_of_life VALUES (?, ?, ?)")
                .and_then(|mut insert| insert.execute([product, cycle, day]))
                .map_err(|error| self.unwritable(error))?;
        }
        Ok(())
    }

    fn sources(&mut self, sources: &[FeedInfo]) -> Result<(), FeedError> {
        for FeedInfo { name, records, as_of } in sources {
            self.digest.row(&[b"source", name.as_bytes(), &records.to_le_bytes(), as_of.as_bytes()]);
            self.sql
                .execute("INSERT INTO source VALUES (?, ?, ?)", params![name, *records as i64, as_of])
                .map_err(|error| self.unwritable(error))?;
        }
        Ok(())
    }

    /// No part of the digest: where a record was read changes nothing of what it says.
    fn files(&self, files: &[Origin]) -> Result<(), FeedError> {
        for (no, Origin { file, url, as_of }) in files.iter().enumerate() {
            self.sql
                .prepare_cached("INSERT INTO file VALUES (?, ?, ?, ?)")
                .and_then(|mut insert| insert.execute(params![no as i64, file, url, as_of]))
                .map_err(|error| self.unwritable(error))?;
        }
        Ok(())
    }

    /// Trains and stores the dictionary of a column, on values spread over all of it; `None` for values that stay plain.
    fn dictionary(
        &self,
        name: &str,
        values: usize,
        encode: &(dyn Fn(usize) -> Result<Vec<u8>, FeedError> + Sync),
    ) -> Result<Option<Vec<u8>>, FeedError> {
        if self.plain {
            return Ok(None);
        }
        const MOST: usize = 20_000;
        let mut samples = Vec::new();
        let mut sizes = Vec::new();
        for index in (0..values).step_by(values.div_ceil(MOST).max(1)) {
            let sample = encode(index)?;
            if sample.len() <= LARGEST_SAMPLE && samples.len() + sample.len() <= SAMPLES {
                sizes.push(sample.len());
                samples.extend(sample);
            }
        }
        // Too few samples make no dictionary; none is needed then.
        let size = DICTIONARY.min(samples.len() / 10);
        let dictionary = zstd::dict::from_continuous(&samples, &sizes, size).unwrap_or_default();
        if !dictionary.is_empty() {
            self.sql
                .execute("INSERT INTO dictionary VALUES (?, ?)", params![name, dictionary])
                .map_err(|error| self.unwritable(error))?;
        }
        Ok(Some(dictionary))
    }
}

struct Value {
    plain: Vec<u8>,
    packed: Vec<u8>,
}

/// Encodes and packs values on all cores and takes them in order, each plain and packed.
fn packed(
    count: usize,
    dictionary: Option<&[u8]>,
    encode: &(dyn Fn(usize) -> Result<Vec<u8>, FeedError> + Sync),
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), FeedError>,
) -> Result<(), FeedError> {
    let pack = |go: usize| -> Result<Vec<Value>, FeedError> {
        let mut packer = Packer::new(dictionary)?;
        (go * GO..count.min((go + 1) * GO))
            .map(|index| {
                let plain = encode(index)?;
                let packed = packer.pack(&plain)?;
                Ok(Value { plain, packed })
            })
            .collect()
    };
    parallel::in_order(count.div_ceil(GO), pack, |values| {
        values?.iter().try_for_each(|value| take(&value.plain, &value.packed))
    })
}
