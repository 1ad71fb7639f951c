//! Applies a delta to a database.

use super::{Content, Package, Piece, epss, read};
use crate::build::beside;
use crate::stored::{
    Packer, decode_advisory, decode_numbers, decode_vulnerability, encode, encode_numbers, encode_origins,
};
use crate::{Database, FeedError, FeedInfo, Knowledge, Origin};
use plimsoll_model::{Advisory, PackageKey};
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Applies the delta to the database `from` and writes the database `to`, which may be the same file: the new one
/// takes its name when it is whole. The digest of `from` must be the one the delta is for, and what comes out must have
/// the digest the delta promises, computed anew.
pub fn apply(delta: &Path, from: &Path, to: &Path) -> Result<Knowledge, FeedError> {
    let content = read(delta)?;
    let old = Database::open(from)?;
    let found = old.knowledge()?.digest;
    if found != content.from {
        return Err(wrong(from, &found, &content.from));
    }
    let part = beside(to);
    let applied = std::fs::copy(from, &part)
        .map_err(|error| FeedError::file("write", &part, error))
        .and_then(|_| Writer::open(&old, &part)?.write(&content))
        .and_then(|()| check(&content, &part))
        .and_then(|knowledge| {
            let file = std::fs::File::open(&part).and_then(|file| file.sync_all());
            let moved = file.and_then(|()| std::fs::rename(&part, to));
            moved.map(|()| knowledge).map_err(|error| FeedError::file("write", to, error))
        });
    if applied.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    applied
}

fn check(content: &Content, path: &Path) -> Result<Knowledge, FeedError> {
    let new = Database::open(path)?;
    let found = new.verify()?;
    if found != content.to {
        return Err(wrong(path, &found, &content.to));
    }
    new.knowledge()
}

fn wrong(path: &Path, found: &str, expected: &str) -> FeedError {
    let plain = |digest: &str| digest.trim_start_matches("sha256:").to_owned();
    FeedError::Digest { what: path.display().to_string(), found: plain(found), expected: plain(expected) }
}

struct Writer<'a> {
    old: &'a Database,
    path: &'a Path,
    connection: Connection,
}

impl<'a> Writer<'a> {
    fn open(old: &'a Database, path: &'a Path) -> Result<Writer<'a>, FeedError> {
        let unwritable = |source| FeedError::Sqlite { doing: "write", path: path.to_owned(), source };
        let connection = Connection::open(path).map_err(unwritable)?;
        connection
            .execute_batch(
                "PRAGMA trusted_schema = OFF; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
                 PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536; BEGIN;",
            )
            .map_err(unwritable)?;
        Ok(Writer { old, path, connection })
    }

    fn unwritable(&self, source: rusqlite::Error) -> FeedError {
        FeedError::Sqlite { doing: "write", path: self.path.to_owned(), source }
    }

    fn run(&self, sql: &str, values: impl rusqlite::Params) -> Result<(), FeedError> {
        let run = self.connection.prepare_cached(sql).and_then(|mut statement| statement.execute(values));
        run.map(drop).map_err(|error| self.unwritable(error))
    }

    fn write(self, content: &Content) -> Result<(), FeedError> {
        let files = self.files(&content.files)?;
        let mut packer = Packer::new(self.old.advisory_packing())?;
        for (ecosystem, name, package) in &content.packages {
            let key = PackageKey { ecosystem: ecosystem.clone(), name: name.clone() };
            self.package(&key, package.as_ref(), &files, &mut packer)?;
        }
        self.vulnerabilities(content)?;
        self.run("DELETE FROM end_of_life", [])?;
        for (product, cycle, day) in &content.cycles {
            self.run("INSERT INTO end_of_life VALUES (?, ?, ?)", [product, cycle, day])?;
        }
        self.run("DELETE FROM source", [])?;
        for FeedInfo { name, records, as_of } in &content.sources {
            self.run("INSERT INTO source VALUES (?, ?, ?)", params![name, *records as i64, as_of])?;
        }
        for (key, value) in content.meta.iter().filter(|(key, _)| key != "digest") {
            self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, value])?;
        }
        self.run("INSERT OR REPLACE INTO meta VALUES ('digest', ?)", [&content.to])?;
        self.connection.execute_batch("COMMIT;").map_err(|error| self.unwritable(error))?;
        let path = self.path;
        self.connection.close().map_err(|(_, source)| FeedError::Sqlite {
            doing: "write",
            path: path.to_owned(),
            source,
        })
    }

    /// Takes the new files over, by their names: what was read before keeps its number. New numbers of theirs to ours.
    fn files(&self, files: &[(u32, Origin)]) -> Result<BTreeMap<u32, u32>, FeedError> {
        let known = self.old.files()?;
        let mut next = known.keys().next_back().map_or(0, |last| last.saturating_add(1));
        let by_name: BTreeMap<&str, u32> = known.iter().map(|(no, origin)| (&*origin.file, *no)).collect();
        let mut ours = BTreeMap::new();
        for (theirs, Origin { file, url, as_of }) in files {
            let no = by_name.get(&**file).copied().unwrap_or_else(|| {
                next = next.saturating_add(1);
                next - 1
            });
            self.run("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", params![no, file, url, as_of])?;
            ours.insert(*theirs, no);
        }
        Ok(ours)
    }

    fn package(
        &self,
        key: &PackageKey,
        package: Option<&Package>,
        files: &BTreeMap<u32, u32>,
        packer: &mut Packer,
    ) -> Result<(), FeedError> {
        let old = self.old.advisories(key)?;
        let ecosystem = self.ecosystem(&key.ecosystem)?;
        let Some(package) = package else {
            self.run("DELETE FROM advisory WHERE ecosystem = ? AND name = ?", params![ecosystem, key.name])?;
            return self.mention(ecosystem, key, &old, &[]);
        };
        let new = put_together(&package.pieces, &old)?;
        let origins: Vec<u32> =
            package.origins.iter().map(|file| files.get(file).copied().unwrap_or_default()).collect();
        let value = packer.pack(&encode(&new)?)?;
        self.run(
            "INSERT OR REPLACE INTO advisory (ecosystem, name, content, origin) VALUES (?, ?, ?, ?)",
            params![ecosystem, key.name, value, encode_origins(&origins)],
        )?;
        self.mention(ecosystem, key, &old, &new)
    }

    fn ecosystem(&self, name: &str) -> Result<i64, FeedError> {
        let known = self
            .connection
            .prepare_cached("SELECT no FROM ecosystem WHERE name = ?")
            .and_then(|mut statement| statement.query_row([name], |row| row.get(0)).optional())
            .map_err(|error| self.unwritable(error))?;
        if let Some(number) = known {
            return Ok(number);
        }
        self.run("INSERT INTO ecosystem VALUES ((SELECT ifnull(max(no), 0) + 1 FROM ecosystem), ?)", [name])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Keeps the lists of which packages each id is mentioned at.
    fn mention(
        &self,
        ecosystem: i64,
        key: &PackageKey,
        old: &[Advisory],
        new: &[Advisory],
    ) -> Result<(), FeedError> {
        let (old, new) = (names(old), names(new));
        if old == new {
            return Ok(());
        }
        let number = self.number(ecosystem, &key.name)?;
        for (name, is_there) in old
            .difference(&new)
            .map(|name| (name, false))
            .chain(new.difference(&old).map(|name| (name, true)))
        {
            let packed: Option<Vec<u8>> = self
                .connection
                .prepare_cached("SELECT packages FROM mention WHERE id = ?")
                .and_then(|mut statement| statement.query_row([name], |row| row.get(0)).optional())
                .map_err(|error| self.unwritable(error))?;
            let mut numbers: BTreeSet<u32> =
                packed.map_or(Ok(Vec::new()), |packed| decode_numbers(&packed))?.into_iter().collect();
            let _ = if is_there { numbers.insert(number) } else { numbers.remove(&number) };
            let numbers: Vec<u32> = numbers.into_iter().collect();
            match numbers.is_empty() {
                true => self.run("DELETE FROM mention WHERE id = ?", [name])?,
                false => self.run(
                    "INSERT OR REPLACE INTO mention VALUES (?, ?)",
                    params![name, encode_numbers(&numbers)],
                )?,
            }
        }
        Ok(())
    }

    /// The package's number; a new one behind all others where it has none yet.
    fn number(&self, ecosystem: i64, name: &str) -> Result<u32, FeedError> {
        let known = self
            .connection
            .prepare_cached("SELECT no FROM package WHERE ecosystem = ? AND name = ?")
            .and_then(|mut statement| {
                statement.query_row(params![ecosystem, name], |row| row.get(0)).optional()
            })
            .map_err(|error| self.unwritable(error))?;
        if let Some(number) = known {
            return Ok(number);
        }
        self.run(
            "INSERT INTO package VALUES ((SELECT ifnull(max(no), -1) + 1 FROM package), ?, ?)",
            params![ecosystem, name],
        )?;
        u32::try_from(self.connection.last_insert_rowid())
            .map_err(|_| FeedError::Damaged("too many packages".into()))
    }

    fn vulnerabilities(&self, content: &Content) -> Result<(), FeedError> {
        let mut old = BTreeMap::new();
        self.old.each_vulnerability(|id, plain| {
            old.insert(id, epss::bits(decode_vulnerability(plain)?.epss));
            Ok(())
        })?;
        let mut all = old.clone();
        for (id, record) in &content.vulnerabilities {
            match record {
                Some(_) => drop(all.entry(id.clone()).or_insert(None)),
                None => drop(all.remove(id)),
            }
        }
        let before: Vec<Option<epss::Bits>> = all.values().copied().collect();
        let after = content.epss.applied(&before)?;
        let records: BTreeMap<&str, &Option<Vec<u8>>> =
            content.vulnerabilities.iter().map(|(id, record)| (&**id, record)).collect();
        let mut packer = Packer::new(self.old.vulnerability_packing())?;
        for (id, record) in &content.vulnerabilities {
            if record.is_none() {
                self.run("DELETE FROM vulnerability WHERE id = ?", [id])?;
            }
        }
        for ((id, before), after) in all.iter().zip(after) {
            let mut vulnerability = match records.get(&**id).and_then(|record| record.as_ref()) {
                Some(record) => decode_vulnerability(record)?,
                None if *before == after => continue,
                None => match self.old.vulnerability(id)? {
                    Some(vulnerability) => vulnerability,
                    None => return Err(FeedError::Damaged(format!("there is no record of {id}"))),
                },
            };
            vulnerability.epss = epss::values(after);
            let value = packer.pack(&encode(&vulnerability)?)?;
            self.run("INSERT OR REPLACE INTO vulnerability VALUES (?, ?)", params![id, value])?;
        }
        Ok(())
    }
}

/// The ids a package's advisories mention.
fn names(advisories: &[Advisory]) -> BTreeSet<&str> {
    let mut names = BTreeSet::new();
    for advisory in advisories {
        names.insert(&*advisory.id);
        names.extend(advisory.aliases.iter().chain(&advisory.vulnerabilities).map(String::as_str));
    }
    names
}

fn put_together(pieces: &[Piece], old: &[Advisory]) -> Result<Vec<Advisory>, FeedError> {
    let bad = || FeedError::Damaged("the delta takes advisories that are not there".into());
    let mut new = Vec::new();
    for piece in pieces {
        match piece {
            Piece::New(encoded) => new.push(decode_advisory(encoded)?),
            Piece::Old(from, count) => {
                let end = from.checked_add(*count).ok_or_else(bad)?;
                let range = *from as usize..end as usize;
                // Each advisory of the old list stands in the new one once or not at all.
                if new.len() > old.len() + pieces.len() {
                    return Err(bad());
                }
                new.extend_from_slice(old.get(range).ok_or_else(bad)?);
            }
        }
    }
    Ok(new)
}
