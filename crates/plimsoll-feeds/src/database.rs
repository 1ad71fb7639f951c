//! An advisory database, read.

use crate::digest::Digest;
use crate::stored::{
    APPLICATION, FORMAT, LARGEST_DICTIONARY, Unpacker, decode_advisories, decode_numbers, decode_origins,
    decode_vulnerability,
};
use crate::{FeedError, fold_name};
use plimsoll_model::{Advisory, PackageKey, Vulnerability};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// An advisory database, opened read-only; shared by any number of threads.
///
/// The file is mapped into memory and believed not to change: replace it by renaming another over it, never in place.
pub struct Database {
    path: PathBuf,
    ecosystems: HashMap<String, i64>,
    advisory_dictionary: Vec<u8>,
    vulnerability_dictionary: Vec<u8>,
    /// Readers nobody uses at the moment; as many as were ever used at once.
    idle: Mutex<Vec<Reader>>,
}

/// What a database is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knowledge {
    /// RFC 3339.
    pub built_at: String,
    /// sha256 over the content, `sha256:…`, as computed when it was built: two databases that say the same have the
    /// same digest, whenever and however compressed they were written.
    pub digest: String,
    /// Feeds, by name.
    pub sources: Vec<FeedInfo>,
    /// Is it the starter database that ships with the program?
    pub starter: bool,
}

/// One feed of a database.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FeedInfo {
    /// `osv/Debian`, `kev`, `epss`.
    pub name: String,
    /// Records taken.
    pub records: u64,
    /// Newest date in it, RFC 3339 date; empty where no record is dated.
    pub as_of: String,
}

/// The file of a feed that a record was read from.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Origin {
    /// Its path in the folder of feeds: `osv/Debian/all.zip`.
    pub file: String,
    /// The address it was fetched from, if it was fetched.
    pub url: Option<String>,
    /// Newest date in it, RFC 3339 date; empty where no record is dated.
    pub as_of: String,
}

/// A connection and what unpacks the values it reads.
struct Reader {
    connection: Connection,
    advisories: Unpacker,
    vulnerabilities: Unpacker,
}

impl Database {
    /// Opens a database file.
    pub fn open(path: &Path) -> Result<Database, FeedError> {
        // SQLite says no more than "unable to open"; the operating system says why.
        std::fs::File::open(path).map_err(|error| FeedError::file("open", path, error))?;
        let connection = connect(path)?;
        let not = |why: String| FeedError::NotADatabase { path: path.to_owned(), why };
        let pragma = |name| connection.query_row(name, [], |row| row.get::<_, i64>(0));
        let application = pragma("PRAGMA application_id").map_err(|error| not(error.to_string()))?;
        if application != APPLICATION {
            return Err(not("it is a database of another program".into()));
        }
        let found = pragma("PRAGMA user_version").map_err(|error| not(error.to_string()))?;
        if found != FORMAT {
            return Err(FeedError::Format { path: path.to_owned(), found, known: FORMAT });
        }
        let ecosystems = connection
            .prepare("SELECT name, no FROM ecosystem LIMIT 10000")
            .and_then(|mut statement| {
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()
            })
            .map_err(|error| not(error.to_string()))?;
        let dictionary = |name: &str| -> Result<Vec<u8>, FeedError> {
            let content: Option<Vec<u8>> = connection
                .query_row(
                    "SELECT content FROM dictionary WHERE name = ? AND length(content) <= ?",
                    params![name, LARGEST_DICTIONARY as i64],
                    |row| row.get(0),
                )
                .optional()
                .map_err(|error| not(error.to_string()))?;
            Ok(content.unwrap_or_default())
        };
        let database = Database {
            path: path.to_owned(),
            ecosystems,
            advisory_dictionary: dictionary("advisory")?,
            vulnerability_dictionary: dictionary("vulnerability")?,
            idle: Mutex::default(),
        };
        let reader = database.reader(connection)?;
        database.put_back(reader);
        Ok(database)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it is made of.
    pub fn knowledge(&self) -> Result<Knowledge, FeedError> {
        self.read(|reader| {
            let mut meta = reader.connection.prepare_cached("SELECT value FROM meta WHERE key = ?")?;
            let mut value = |key: &str| -> rusqlite::Result<String> {
                Ok(meta.query_row([key], |row| row.get(0)).optional()?.unwrap_or_default())
            };
            let (built_at, digest, starter) =
                (value("built_at")?, value("digest")?, value("starter")? == "yes");
            let mut sources = reader
                .connection
                .prepare_cached("SELECT name, records, as_of FROM source ORDER BY name LIMIT 10000")?;
            let sources = sources.query_map([], |row| {
                let records: i64 = row.get(1)?;
                Ok(FeedInfo { name: row.get(0)?, records: records.max(0) as u64, as_of: row.get(2)? })
            })?;
            Ok(Ok(Knowledge { built_at, digest, sources: sources.collect::<Result<_, _>>()?, starter }))
        })
    }

    /// Every advisory about this package, by id; withdrawn ones are not in the database.
    pub fn advisories(&self, key: &PackageKey) -> Result<Vec<Advisory>, FeedError> {
        let Some(&ecosystem) = self.ecosystems.get(&key.ecosystem) else { return Ok(Vec::new()) };
        let name = fold_name(&key.ecosystem, &key.name);
        self.read(|reader| reader.advisories_of(ecosystem, &name))
    }

    /// Where the advisories about this package were read, in the order of [`Database::advisories`]; empty for a database
    /// that does not tell.
    pub fn origins(&self, key: &PackageKey) -> Result<Vec<Origin>, FeedError> {
        let Some(&ecosystem) = self.ecosystems.get(&key.ecosystem) else { return Ok(Vec::new()) };
        let name = fold_name(&key.ecosystem, &key.name);
        let count = self.advisories(key)?.len();
        let Some(numbers) = self.origin_numbers(ecosystem, &name)? else { return Ok(Vec::new()) };
        let files = self.files()?;
        let origin = |number: &u32| files.get(number).cloned().unwrap_or_default();
        Ok(match numbers.as_slice() {
            [one] => vec![origin(one); count],
            numbers => numbers.iter().map(origin).collect(),
        })
    }

    /// As [`Database::origin_numbers`], of a key.
    pub(crate) fn origin_numbers_of(&self, key: &PackageKey) -> Result<Option<Vec<u32>>, FeedError> {
        match self.ecosystems.get(&key.ecosystem) {
            Some(&ecosystem) => self.origin_numbers(ecosystem, &fold_name(&key.ecosystem, &key.name)),
            None => Ok(None),
        }
    }

    /// What is known of the build, by key.
    pub(crate) fn meta(&self) -> Result<Vec<(String, String)>, FeedError> {
        self.read(|Reader { connection, .. }| {
            let mut statement =
                connection.prepare_cached("SELECT key, value FROM meta ORDER BY key LIMIT 1000")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Ok(rows.collect::<Result<_, _>>()?))
        })
    }

    /// With what values of `advisory` are packed; `None`: they stand plain.
    pub(crate) fn advisory_packing(&self) -> Option<&[u8]> {
        Some(&*self.advisory_dictionary).filter(|dictionary| !dictionary.is_empty())
    }

    /// With what values of `vulnerability` are packed; `None`: they stand plain.
    pub(crate) fn vulnerability_packing(&self) -> Option<&[u8]> {
        Some(&*self.vulnerability_dictionary).filter(|dictionary| !dictionary.is_empty())
    }

    /// Numbers of the files a package's advisories were read from, one for all where they are the same; `None` for a
    /// database that does not tell.
    pub(crate) fn origin_numbers(&self, ecosystem: i64, name: &str) -> Result<Option<Vec<u32>>, FeedError> {
        self.read(|Reader { connection, .. }| {
            if !connection.column_exists(None, "advisory", "origin")? {
                return Ok(Ok(None));
            }
            let mut statement =
                connection.prepare_cached("SELECT origin FROM advisory WHERE ecosystem = ? AND name = ?")?;
            let mut rows = statement.query(params![ecosystem, name])?;
            let Some(row) = rows.next()? else { return Ok(Ok(None)) };
            Ok(decode_origins(row.get_ref(0)?.as_blob()?).map(Some))
        })
    }

    /// The files records were read from, by number.
    pub(crate) fn files(&self) -> Result<BTreeMap<u32, Origin>, FeedError> {
        self.read(|Reader { connection, .. }| {
            if !connection.table_exists(None, "file")? {
                return Ok(Ok(BTreeMap::new()));
            }
            let mut statement =
                connection.prepare_cached("SELECT no, path, url, as_of FROM file LIMIT 2000000")?;
            let files = statement.query_map([], |row| {
                Ok((row.get(0)?, Origin { file: row.get(1)?, url: row.get(2)?, as_of: row.get(3)? }))
            })?;
            Ok(Ok(files.collect::<Result<_, _>>()?))
        })
    }

    /// The digest of what the database says, computed anew; see [`Knowledge::digest`].
    pub fn verify(&self) -> Result<String, FeedError> {
        let mut digest = Digest::default();
        self.each_package(|key, content| {
            digest.row(&[b"advisory", key.ecosystem.as_bytes(), key.name.as_bytes(), content]);
            Ok(())
        })?;
        self.each_vulnerability(|id, content| {
            digest.row(&[b"vulnerability", id.as_bytes(), content]);
            Ok(())
        })?;
        for (product, cycle, day) in self.cycles()? {
            digest.row(&[b"end_of_life", product.as_bytes(), cycle.as_bytes(), day.as_bytes()]);
        }
        for FeedInfo { name, records, as_of } in self.knowledge()?.sources {
            digest.row(&[b"source", name.as_bytes(), &records.to_le_bytes(), as_of.as_bytes()]);
        }
        Ok(digest.finish())
    }

    /// Product, cycle and last day, in order.
    pub(crate) fn cycles(&self) -> Result<Vec<(String, String, String)>, FeedError> {
        self.read(|Reader { connection, .. }| {
            let mut statement = connection
                .prepare_cached("SELECT product, cycle, day FROM end_of_life ORDER BY product, cycle")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok(Ok(rows.collect::<Result<_, _>>()?))
        })
    }

    /// The record of a vulnerability (CVE id or publisher's id) with KEV and EPSS joined in.
    pub fn vulnerability(&self, id: &str) -> Result<Option<Vulnerability>, FeedError> {
        self.read(|Reader { connection, vulnerabilities, .. }| {
            let mut statement =
                connection.prepare_cached("SELECT content FROM vulnerability WHERE id = ?")?;
            let mut rows = statement.query([id])?;
            let Some(row) = rows.next()? else { return Ok(Ok(None)) };
            let content = row.get_ref(0)?.as_blob()?;
            Ok(vulnerabilities.unpack(content).and_then(decode_vulnerability).map(Some))
        })
    }

    /// Every advisory that names this id or, through the aliases of those, another name of the same flaw: a GHSA's
    /// answer includes what distributions say of its CVE. In the order of the keys.
    pub fn records_of(&self, id: &str) -> Result<Vec<(PackageKey, Advisory)>, FeedError> {
        /// Names of one flaw; real ones have a handful.
        const NAMES: usize = 64;
        let mut names = BTreeSet::from([id.to_owned()]);
        let mut packages = BTreeSet::new();
        let mut open = vec![id.to_owned()];
        let mut known: HashMap<u32, Option<(PackageKey, Vec<Advisory>)>> = HashMap::new();
        while let Some(name) = open.pop() {
            for no in self.mentions(&name)? {
                packages.insert(no);
                if let std::collections::hash_map::Entry::Vacant(vacant) = known.entry(no) {
                    vacant.insert(self.package(no)?);
                }
                let advisories = known.get(&no).and_then(Option::as_ref).map_or(&[][..], |(_, all)| all);
                for advisory in advisories {
                    if advisory.id != name && !advisory.aliases.contains(&name) {
                        continue;
                    }
                    // A record of one flaw: its aliases are that flaw's names. A notice of several has none.
                    for alias in advisory.aliases.iter().chain([&advisory.id]) {
                        if names.len() < NAMES && names.insert(alias.clone()) {
                            open.push(alias.clone());
                        }
                    }
                }
            }
        }
        let mut records = Vec::new();
        for no in packages {
            let Some((key, advisories)) = known.remove(&no).flatten() else { continue };
            for advisory in advisories {
                let named =
                    [&advisory.id].into_iter().chain(&advisory.aliases).chain(&advisory.vulnerabilities);
                if named.into_iter().any(|name| names.contains(name)) {
                    records.push((key.clone(), advisory));
                }
            }
        }
        Ok(records)
    }

    /// The day support ends for a release of a product, `2028-06-30`, if it is known: the day after which nobody
    /// publishes free updates any more. Products are os-release ids (`debian` `12`, `alpine` `3.20.3`, `rhel` `9.4`) or
    /// endoflife.date names (`python` `3.12`).
    pub fn end_of_life(&self, product: &str, release: &str) -> Result<Option<String>, FeedError> {
        self.read(|reader| {
            let mut statement = reader
                .connection
                .prepare_cached("SELECT day FROM end_of_life WHERE product = ? AND cycle = ?")?;
            for product in crate::end_of_life::products(product) {
                for cycle in crate::end_of_life::cycles(release) {
                    let day = statement.query_row([product, cycle], |row| row.get(0)).optional()?;
                    if day.is_some() {
                        return Ok(Ok(day));
                    }
                }
            }
            Ok(Ok(None))
        })
    }

    /// Numbers of the packages whose advisories name this id.
    fn mentions(&self, id: &str) -> Result<Vec<u32>, FeedError> {
        self.read(|reader| {
            let mut statement =
                reader.connection.prepare_cached("SELECT packages FROM mention WHERE id = ?")?;
            let mut rows = statement.query([id])?;
            let Some(row) = rows.next()? else { return Ok(Ok(Vec::new())) };
            Ok(decode_numbers(row.get_ref(0)?.as_blob()?))
        })
    }

    /// The package of this number and its advisories.
    fn package(&self, no: u32) -> Result<Option<(PackageKey, Vec<Advisory>)>, FeedError> {
        self.read(|reader| {
            let found: Option<(i64, String, String)> = reader
                .connection
                .prepare_cached(
                    "SELECT package.ecosystem, ecosystem.name, package.name
                     FROM package JOIN ecosystem ON ecosystem.no = package.ecosystem
                     WHERE package.no = ?",
                )?
                .query_row([no], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((number, ecosystem, name)) = found else { return Ok(Ok(None)) };
            let advisories = reader.advisories_of(number, &name)?;
            Ok(advisories.map(|advisories| Some((PackageKey { ecosystem, name }, advisories))))
        })
    }

    /// Runs a question on a reader of its own.
    fn read<T>(
        &self,
        question: impl FnOnce(&mut Reader) -> rusqlite::Result<Result<T, FeedError>>,
    ) -> Result<T, FeedError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut reader = match idle {
            Some(reader) => reader,
            None => self.reader(connect(&self.path)?)?,
        };
        let answer = question(&mut reader);
        self.put_back(reader);
        answer.map_err(|source| self.unreadable(source))?
    }

    fn put_back(&self, reader: Reader) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }

    fn reader(&self, connection: Connection) -> Result<Reader, FeedError> {
        Ok(Reader {
            connection,
            advisories: Unpacker::new(&self.advisory_dictionary)?,
            vulnerabilities: Unpacker::new(&self.vulnerability_dictionary)?,
        })
    }

    fn unreadable(&self, source: rusqlite::Error) -> FeedError {
        FeedError::Sqlite { doing: "read", path: self.path.clone(), source }
    }

    /// Walks the advisories of all packages, in the order of their keys, each with its unpacked content.
    pub(crate) fn each_package(
        &self,
        mut visit: impl FnMut(PackageKey, &[u8]) -> Result<(), FeedError>,
    ) -> Result<(), FeedError> {
        let mut ecosystems: Vec<(&String, &i64)> = self.ecosystems.iter().collect();
        ecosystems.sort_unstable();
        self.read(|Reader { connection, advisories, .. }| {
            let mut statement =
                connection.prepare("SELECT name, content FROM advisory WHERE ecosystem = ? ORDER BY name")?;
            for (ecosystem, number) in ecosystems {
                let mut rows = statement.query([number])?;
                while let Some(row) = rows.next()? {
                    let key = PackageKey { ecosystem: ecosystem.clone(), name: row.get(0)? };
                    let content = row.get_ref(1)?.as_blob()?;
                    let visited = advisories.unpack(content).and_then(|plain| visit(key, plain));
                    if visited.is_err() {
                        return Ok(visited);
                    }
                }
            }
            Ok(Ok(()))
        })
    }

    /// Walks all vulnerabilities, in the order of their ids, each with its unpacked content.
    pub(crate) fn each_vulnerability(
        &self,
        mut visit: impl FnMut(String, &[u8]) -> Result<(), FeedError>,
    ) -> Result<(), FeedError> {
        self.read(|Reader { connection, vulnerabilities, .. }| {
            let mut statement = connection.prepare("SELECT id, content FROM vulnerability ORDER BY id")?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let content = row.get_ref(1)?.as_blob()?;
                let id = row.get(0)?;
                let visited = vulnerabilities.unpack(content).and_then(|plain| visit(id, plain));
                if visited.is_err() {
                    return Ok(visited);
                }
            }
            Ok(Ok(()))
        })
    }
}

impl Reader {
    fn advisories_of(
        &mut self,
        ecosystem: i64,
        name: &str,
    ) -> rusqlite::Result<Result<Vec<Advisory>, FeedError>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT content FROM advisory WHERE ecosystem = ? AND name = ?")?;
        let mut rows = statement.query(params![ecosystem, name])?;
        let Some(row) = rows.next()? else { return Ok(Ok(Vec::new())) };
        let content = row.get_ref(0)?.as_blob()?;
        Ok(self.advisories.unpack(content).and_then(decode_advisories))
    }
}

/// A connection to a file that does not change. The file's own schema is not trusted.
fn connect(path: &Path) -> Result<Connection, FeedError> {
    let url = url(path)?;
    let unreadable = |source| FeedError::Sqlite { doing: "open", path: path.to_owned(), source };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(url, flags).map_err(unreadable)?;
    connection
        .execute_batch(
            "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;
             PRAGMA mmap_size = 1073741824;",
        )
        .map_err(unreadable)?;
    Ok(connection)
}

/// The path as an SQLite URI (<https://www.sqlite.org/uri.html>, section 3).
fn url(path: &Path) -> Result<String, FeedError> {
    let absolute = std::path::absolute(path).map_err(|error| FeedError::file("open", path, error))?;
    let text = absolute.to_str().ok_or_else(|| FeedError::NotADatabase {
        path: path.to_owned(),
        why: "its name is not UTF-8".into(),
    })?;
    let mut url = String::from("file:");
    if !text.starts_with('/') {
        url.push('/');
    }
    for character in text.chars() {
        match character {
            '?' => url.push_str("%3f"),
            '#' => url.push_str("%23"),
            '%' => url.push_str("%25"),
            '\\' if cfg!(windows) => url.push('/'),
            character => url.push(character),
        }
    }
    url.push_str("?mode=ro&immutable=1");
    Ok(url)
}
