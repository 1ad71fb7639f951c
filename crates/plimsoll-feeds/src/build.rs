//! A folder of feeds becomes a database file.

mod folder;
mod library;
mod names;
mod read;
mod write;

use crate::osv::{self, Left, Record, Text};
use crate::update::fetched_from;
use crate::{FeedError, FeedInfo, Knowledge, Origin, date, enrich};
use folder::Feed;
use library::Library;
use plimsoll_model::Vulnerability;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// How to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildOptions {
    /// The time of building, seconds since 1970 UTC: given, so that the same feeds give the same bytes.
    pub built_at: i64,
    /// Keep titles, descriptions and references of vulnerabilities?
    pub texts: bool,
    /// Mark it as the starter database, and write values plain, so that the whole file compresses well?
    pub starter: bool,
    /// Base ecosystems to leave out.
    pub without: Vec<String>,
}

impl BuildOptions {
    /// Everything, built at this time.
    pub fn at(built_at: i64) -> BuildOptions {
        BuildOptions { built_at, texts: true, starter: false, without: Vec::new() }
    }
}

/// What a build tells while it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BuildEvent {
    /// So many parts of the feeds' files are read.
    Reading {
        /// Parts read.
        done: usize,
        /// Parts in all.
        total: usize,
    },
    /// A record is not readable and was left out.
    Refused {
        /// Where it stands: a file, or a file and the name in it.
        at: String,
        /// Why.
        why: String,
    },
    /// So many records were left out on purpose.
    Left {
        /// Why: `withdrawn`, …
        why: &'static str,
        /// How many.
        records: u64,
    },
    /// A feed is read.
    Read(FeedInfo),
    /// So many packages are written.
    Writing {
        /// Packages written.
        done: usize,
        /// Packages in all.
        total: usize,
    },
}

/// Builds a database from a folder: `cve/`, `nvd/`, `kev/`, `epss/` and `endoflife/` as their publishers lay them out,
/// and everywhere else advisories, which are known by their content: OSV, CSAF, VEX, OVAL, CVRF, updateinfo and the
/// publishers' own forms, packed and archived as they come. A single file is read as advisories. The database appears
/// under its name when it is whole, and replaces one that was there. A document that cannot be read is told and left
/// out; a broken file of a publisher's bulk export (`osv/`, `nvd/`, `kev/`, `epss/`) is an error.
pub fn build(
    from: &Path,
    to: &Path,
    options: &BuildOptions,
    progress: &(dyn Fn(BuildEvent) + Sync),
) -> Result<Knowledge, FeedError> {
    let (mut record_inputs, other_inputs): (Vec<_>, Vec<_>) =
        folder::inputs(from)?.into_iter().partition(|input| input.feed == Feed::Records);
    // NVD's lists hold both: records about products, and texts and scores of CVEs, of which only some are wanted.
    let nvd = other_inputs.iter().filter(|input| input.feed == Feed::Nvd);
    record_inputs.extend(nvd.map(|input| folder::Input { feed: Feed::NvdProducts, ..input.clone() }));

    let mut feeds = Feeds::default();
    let (mut library, files) = read_records(from, &record_inputs, options, &mut feeds, progress)?;
    if library.records.is_empty() {
        return Err(FeedError::Nothing(from.to_owned()));
    }
    names::complete(&mut library.records);

    let wanted = wanted(&library.records);
    let (mut vulnerabilities, cycles) = read_others(&other_inputs, &wanted, &mut feeds, progress)?;
    add_texts(&mut vulnerabilities, &library.records);
    for vulnerability in vulnerabilities.values_mut() {
        if !options.texts {
            vulnerability.title = None;
            vulnerability.description = None;
            vulnerability.references.clear();
        }
    }

    let sources = feeds.infos(options.built_at);
    for source in &sources {
        progress(BuildEvent::Read(source.clone()));
    }
    let content = write::Content {
        files,
        packages: &library,
        vulnerabilities: &vulnerabilities,
        cycles: &cycles,
        sources,
    };
    write::database(&content, to, options, progress)
}

/// Product, cycle → last day.
type Cycles = BTreeMap<(String, String), String>;

/// Counts of the feeds.
#[derive(Default)]
struct Feeds(BTreeMap<String, (u64, BTreeSet<i64>)>);

impl Feeds {
    fn count(&mut self, name: &str, dates: impl IntoIterator<Item = Option<i64>>) {
        let feed = match self.0.get_mut(name) {
            Some(feed) => feed,
            None => self.0.entry(name.to_owned()).or_default(),
        };
        feed.0 += 1;
        feed.1.extend(dates.into_iter().flatten());
    }

    fn infos(self, built_at: i64) -> Vec<FeedInfo> {
        let info = |(name, (records, dates)): (String, (u64, BTreeSet<i64>))| FeedInfo {
            as_of: newest(dates, built_at),
            name,
            records,
        };
        self.0.into_iter().map(info).collect()
    }
}

/// The newest day; a date after the build, with a day for clocks and zones, is a publisher's mistake.
fn newest(dates: BTreeSet<i64>, built_at: i64) -> String {
    let latest = built_at.saturating_add(86_400);
    dates.into_iter().rfind(|&date| date <= latest).map_or(String::new(), date::day)
}

/// Reads the advisories.
fn read_records(
    from: &Path,
    inputs: &[folder::Input],
    options: &BuildOptions,
    feeds: &mut Feeds,
    progress: &(dyn Fn(BuildEvent) + Sync),
) -> Result<(Library, Vec<Origin>), FeedError> {
    let mut library = Library::default();
    let mut files: Vec<(PathBuf, BTreeSet<i64>)> = Vec::new();
    let mut left: BTreeMap<Left, u64> = BTreeMap::new();
    read::all(inputs, &|_| true, progress, |answer| {
        for (why, count) in answer.left {
            *left.entry(why).or_default() += count;
        }
        for mut record in answer.records {
            record.packages.retain(|key, _| !options.without.contains(&key.ecosystem));
            if record.packages.is_empty() {
                continue;
            }
            // Parts of one file come one after the other.
            if files.last().is_none_or(|(path, _)| *path != answer.path) {
                files.push((answer.path.clone(), BTreeSet::new()));
            }
            if let Some((_, dates)) = files.last_mut() {
                dates.extend(record.modified.or(record.published));
            }
            let file = u32::try_from(files.len() - 1);
            library.add(record, file.map_err(|_| FeedError::Damaged("too many files".into()))?)?;
        }
        Ok(())
    })?;
    for (why, records) in left {
        progress(BuildEvent::Left { why: why.as_str(), records });
    }
    library.sort();
    let mut counted = HashSet::new();
    for package in library.packages() {
        let base = &*package.key.ecosystem;
        for record in library.records_of(package) {
            if counted.insert((&*record.id, record.feed, base)) {
                let dates = [record.modified, record.published];
                feeds.count(&library::source(record, &package.key), dates);
            }
        }
    }
    let origin = |(path, dates): (PathBuf, BTreeSet<i64>)| Origin {
        as_of: newest(dates, options.built_at),
        url: fetched_from(&path),
        file: path.strip_prefix(from).ok().filter(|inner| !inner.as_os_str().is_empty()).map_or_else(
            || path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            |inner| inner.display().to_string(),
        ),
    };
    Ok((library, files.into_iter().map(origin).collect()))
}

/// The ids a finding may have or join by.
fn wanted(records: &[Record]) -> HashSet<String> {
    let mut wanted = HashSet::new();
    for record in records {
        let names = record.aliases.iter().chain(&record.vulnerabilities).chain([&record.id]);
        wanted.extend(names.filter(|name| osv::is_cve(name)).cloned());
    }
    wanted
}

/// Reads all feeds but advisories.
fn read_others(
    inputs: &[folder::Input],
    wanted: &HashSet<String>,
    feeds: &mut Feeds,
    progress: &(dyn Fn(BuildEvent) + Sync),
) -> Result<(BTreeMap<String, Vulnerability>, Cycles), FeedError> {
    // The order in which feeds are asked for a text: who numbers a CVE knows it best.
    const ORDER: [Feed; 4] = [Feed::Cve, Feed::Nvd, Feed::Kev, Feed::Epss];
    let mut parts: BTreeMap<(String, usize), Vulnerability> = BTreeMap::new();
    let mut cycles = Cycles::new();
    let mut products: BTreeSet<String> = BTreeSet::new();
    read::all(inputs, &|id| wanted.contains(id), progress, |answer| {
        let rank = ORDER.iter().position(|feed| *feed == answer.feed).unwrap_or(ORDER.len());
        for part in answer.parts.into_iter().filter(|part| wanted.contains(&part.id)) {
            feeds.count(answer.feed.name(), [part.modified]);
            match parts.entry((part.id.clone(), rank)) {
                std::collections::btree_map::Entry::Vacant(vacant) => {
                    vacant.insert(part);
                }
                std::collections::btree_map::Entry::Occupied(mut whole) => {
                    enrich::join(whole.get_mut(), part)
                }
            }
        }
        for (product, cycle, day) in answer.cycles {
            products.insert(product.clone());
            cycles.insert((product, cycle), day);
        }
        Ok(())
    })?;
    for _ in products {
        feeds.count(Feed::EndOfLife.name(), []);
    }
    let mut vulnerabilities: BTreeMap<String, Vulnerability> = BTreeMap::new();
    for ((id, rank), part) in parts {
        // When KEV and EPSS list a CVE is no change of the CVE.
        let part = if rank >= 2 { Vulnerability { modified: None, ..part } } else { part };
        let whole = vulnerabilities.entry(id).or_insert_with_key(|id| empty(id));
        enrich::join(whole, part);
    }
    Ok((vulnerabilities, cycles))
}

fn empty(id: &str) -> Vulnerability {
    Vulnerability { id: id.to_owned(), ..Vulnerability::default() }
}

/// Texts of advisories: of flaws without a CVE all there is, of CVEs what their own records leave open.
fn add_texts(vulnerabilities: &mut BTreeMap<String, Vulnerability>, records: &[Record]) {
    // GitHub's summaries make the best titles; Root.io's tell of its patch, not of the flaw.
    let rank = |record: &Record| match &record.id {
        id if osv::is_cve(id) => 0,
        id if id.starts_with("GHSA-") => 1,
        id if id.starts_with("ROOT-") => 3,
        _ => 2,
    };
    let mut told: Vec<(&Record, &Text)> =
        records.iter().filter_map(|record| record.text.as_ref().map(|text| (record, text))).collect();
    told.sort_by_key(|(record, _)| (rank(record), &record.id, Reverse(record.modified)));
    for (record, text) in told {
        for id in flaws(record) {
            let own = id == record.id && !osv::is_cve(id);
            let whole = vulnerabilities.entry(id.to_owned()).or_insert_with_key(|id| empty(id));
            let known = whole.description.is_some() || !whole.ratings.is_empty();
            let part = Vulnerability {
                id: id.to_owned(),
                title: osv::title(text.summary.as_deref()),
                description: text.details.clone(),
                ratings: if own { record.ratings.clone() } else { Vec::new() },
                published: record.published,
                modified: record.modified.filter(|_| !known),
                cwes: text.cwes.clone(),
                references: if whole.references.is_empty() { text.references.clone() } else { Vec::new() },
                ..Vulnerability::default()
            };
            enrich::join(whole, part);
        }
    }
}

/// The flaws a record's text tells of: its CVEs, or itself where it has none.
fn flaws(record: &Record) -> Vec<&str> {
    if osv::is_cve(&record.id) {
        return vec![&record.id];
    }
    let mut names = &record.aliases;
    if !names.iter().any(|name| osv::is_cve(name)) {
        names = &record.vulnerabilities;
    }
    let cves: Vec<&str> = names.iter().filter(|name| osv::is_cve(name)).map(String::as_str).collect();
    if cves.is_empty() { vec![&record.id] } else { cves }
}

/// The place beside a file where it is written until it is whole.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

#[cfg(test)]
mod tests;
