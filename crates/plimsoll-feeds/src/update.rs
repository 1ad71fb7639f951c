//! The feeds are fetched into a folder, and a database is built from it.

mod deltas;
mod fetch;
mod plan;
mod publishers;

use crate::build::{BuildEvent, BuildOptions, beside, build};
use crate::starter::unpack;
use crate::{Database, FeedError, Knowledge};
pub(crate) use fetch::fetched_from;
use fetch::{Fetched, Fetcher};
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where feeds come from. Any address may be replaced; `None` leaves a feed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateOptions {
    /// One web address under which all feeds lie as in the feeds folder (`osv/…`, `kev/…`, …); instead of the publishers'.
    pub mirror: Option<String>,
    /// Address of a finished database, `.db` or `.db.zst`; beside it, with `.sha256` behind its name, its sha256, and, if
    /// it has any, with `.deltas` behind its name the list of its deltas ([`crate::DeltaIndex`]). Instead of feeds.
    pub prebuilt: Option<String>,
    /// OSV's bucket: `/<Ecosystem>/all.zip` under it.
    pub osv: Option<String>,
    /// Base ecosystems to fetch.
    pub ecosystems: Vec<String>,
    /// A zip of CVE records; the CVE list is published by git only.
    pub cve: Option<String>,
    /// NVD's yearly lists: `/nvdcve-2.0-<year>.json.gz` under it.
    pub nvd: Option<String>,
    /// CISA's catalogue.
    pub kev: Option<String>,
    /// FIRST's scores.
    pub epss: Option<String>,
    /// endoflife.date's API: `/<product>.json` under it.
    pub endoflife: Option<String>,
    /// Distributions whose own advisories to fetch beside OSV, by the names of `update/publishers.txt`.
    pub distributions: Vec<String>,
    /// The `Authorization` header to send to the mirror or to the place of the finished database; nowhere else.
    pub authorization: Option<String>,
    /// Tries of one address.
    pub tries: u32,
    /// Before the second try; doubles with each.
    pub pause: Duration,
    /// Longest silence of a server.
    pub timeout: Duration,
    /// Bytes of one file.
    pub largest_bytes: u64,
    /// How to build.
    pub build: BuildOptions,
}

impl UpdateOptions {
    /// From the publishers, built at this time.
    pub fn at(built_at: i64) -> UpdateOptions {
        let some = |url: &str| Some(url.to_owned());
        UpdateOptions {
            mirror: None,
            prebuilt: None,
            osv: some("https://osv-vulnerabilities.storage.googleapis.com"),
            ecosystems: plan::ECOSYSTEMS.iter().map(|name| (*name).to_owned()).collect(),
            cve: None,
            nvd: some("https://nvd.nist.gov/feeds/json/cve/2.0"),
            kev: some("https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"),
            epss: some("https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"),
            endoflife: some("https://endoflife.date/api"),
            distributions: publishers::default_names(),
            authorization: None,
            tries: 5,
            pause: Duration::from_secs(1),
            timeout: Duration::from_secs(60),
            largest_bytes: 2 << 30,
            build: BuildOptions::at(built_at),
        }
    }
}

/// What an update tells while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchEvent {
    /// Bytes of a file have come.
    Bytes {
        /// From where.
        url: String,
        /// So far.
        done: u64,
        /// In all, if the server says so.
        total: Option<u64>,
    },
    /// A file is there, new.
    Fetched {
        /// From where.
        url: String,
        /// Its size.
        bytes: u64,
    },
    /// A file has not changed since the last update.
    Unchanged {
        /// From where.
        url: String,
    },
    /// A file was not got; the update goes on without it, or with the one of the last time.
    Missing {
        /// From where.
        url: String,
        /// Why.
        why: String,
        /// Is there a copy of an earlier update?
        kept: bool,
    },
    /// A try failed; there will be another.
    Retrying {
        /// From where.
        url: String,
        /// Why.
        why: String,
    },
    /// The database is being built.
    Build(BuildEvent),
}

/// What an update did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Updated {
    /// What the database is made of now.
    pub knowledge: Knowledge,
    /// Files that are new.
    pub fetched: usize,
    /// Files that have not changed.
    pub unchanged: usize,
    /// Addresses that gave nothing, with the reason.
    pub missing: Vec<(String, String)>,
}

/// Fetches the feeds into the folder `cache`, in the publishers' layout, and builds the database `to` from it; or
/// fetches a finished database. What has not changed is not fetched again; what broke off is continued. The old database
/// stays until the new one is whole.
///
/// An OSV file that cannot be fetched and never was is an error, for a scan would silently miss an ecosystem; any other
/// feed may be missing.
pub fn update(
    options: &UpdateOptions,
    cache: &Path,
    to: &Path,
    progress: &(dyn Fn(FetchEvent) + Sync),
) -> Result<Updated, FeedError> {
    std::fs::create_dir_all(cache).map_err(|error| FeedError::file("create", cache, error))?;
    let lock_path = cache.join(".lock");
    let lock = File::create(&lock_path).and_then(|file| file.lock().map(|()| file));
    let _lock = lock.map_err(|error| FeedError::file("lock", &lock_path, error))?;
    let fetcher = Fetcher::new(options, progress)?;
    match &options.prebuilt {
        Some(url) => match deltas::update(&fetcher, url, cache, to) {
            Some(updated) => Ok(updated),
            None => fetch_prebuilt(&fetcher, url, cache, to),
        },
        None => fetch_and_build(&fetcher, options, cache, to, progress),
    }
}

fn fetch_and_build(
    fetcher: &Fetcher<'_>,
    options: &UpdateOptions,
    cache: &Path,
    to: &Path,
    progress: &(dyn Fn(FetchEvent) + Sync),
) -> Result<Updated, FeedError> {
    let folder = cache.join("feeds");
    let (mut fetched, mut unchanged, mut missing) = (0, 0, Vec::new());
    for item in plan::items(options, fetcher, &folder)? {
        let path = folder.join(&item.path);
        match fetcher.fetch(&item.url, &path) {
            Ok(Fetched::New(_)) => fetched += 1,
            Ok(Fetched::Unchanged) => unchanged += 1,
            Ok(Fetched::NotThere(_)) if !item.missed => {}
            Ok(Fetched::NotThere(why)) => {
                progress(FetchEvent::Missing {
                    url: item.url.clone(),
                    why: why.clone(),
                    kept: path.is_file(),
                });
                missing.push((item.url, why));
            }
            Err(FeedError::Fetch { url, why }) if !item.needed || path.is_file() => {
                progress(FetchEvent::Missing { url: url.clone(), why: why.clone(), kept: path.is_file() });
                missing.push((url, why));
            }
            Err(error) => return Err(error),
        }
    }
    let knowledge = build(&folder, to, &options.build, &|event| progress(FetchEvent::Build(event)))?;
    Ok(Updated { knowledge, fetched, unchanged, missing })
}

fn fetch_prebuilt(fetcher: &Fetcher<'_>, url: &str, cache: &Path, to: &Path) -> Result<Updated, FeedError> {
    let digest = fetcher.small_text(&format!("{url}.sha256"))?.ok_or_else(|| FeedError::Fetch {
        url: url.to_owned(),
        why: "there is no .sha256 beside it, and a database is not taken on trust".into(),
    })?;
    let digest = digest.split_whitespace().next().unwrap_or_default().to_lowercase();
    if digest.len() != 64 || !digest.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(FeedError::Fetch { url: format!("{url}.sha256"), why: "it holds no sha256".into() });
    }
    let packed = url.ends_with(".zst");
    let file = cache.join(if packed { "prebuilt.db.zst" } else { "prebuilt.db" });
    let answer = fetcher.fetch(url, &file)?;
    if let Fetched::NotThere(why) = answer {
        return Err(FeedError::Fetch { url: url.to_owned(), why });
    }
    let found = file_digest(&file)?;
    if found != digest {
        // Not kept: the next update must not believe it has not changed.
        fetcher.forget(&file);
        return Err(FeedError::Digest { what: url.to_owned(), found, expected: digest });
    }
    install(&file, packed, to)?;
    let knowledge = Database::open(to)?.knowledge()?;
    let (fetched, unchanged) = if answer == Fetched::Unchanged { (0, 1) } else { (1, 0) };
    Ok(Updated { knowledge, fetched, unchanged, missing: Vec::new() })
}

/// Puts a database in its place, if it is one.
fn install(file: &Path, packed: bool, to: &Path) -> Result<(), FeedError> {
    if let Some(folder) = to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| FeedError::file("create", folder, error))?;
    }
    let part: PathBuf = beside(to);
    let placed = if packed {
        let packed = File::open(file).map_err(|error| FeedError::file("read", file, error))?;
        unpack_any(packed, &part)
    } else {
        std::fs::copy(file, &part).map(|_| ()).map_err(|error| FeedError::file("write", &part, error))
    };
    let placed = placed
        .and_then(|()| Database::open(&part)?.knowledge())
        .and_then(|_| std::fs::rename(&part, to).map_err(|error| FeedError::file("write", to, error)));
    if placed.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    placed
}

/// Unpacks what was verified while packed.
fn unpack_any(packed: File, to: &Path) -> Result<(), FeedError> {
    match unpack(packed, to, "") {
        Err(FeedError::Digest { .. }) => Ok(()),
        other => other,
    }
}

fn file_digest(path: &Path) -> Result<String, FeedError> {
    let unreadable = |error| FeedError::file("read", path, error);
    let mut hash = Sha256::new();
    let mut file = File::open(path).map_err(unreadable)?;
    let mut buffer = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut buffer).map_err(unreadable)?;
        match buffer.get(..read) {
            Some(bytes) if !bytes.is_empty() => hash.update(bytes),
            _ => return Ok(hex::encode(hash.finalize())),
        }
    }
}

#[cfg(test)]
mod tests;
