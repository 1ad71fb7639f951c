//! `plimsoll db …`: the advisory database.

mod delta;

use super::{cache_folder, write_json, write_output};
use crate::arguments::{Db, Listing, Place};
use crate::exit::Exit;
use crate::format::listing;
use crate::{progress, say};
use anyhow::bail;
use plimsoll::feeds::{
    self, BuildEvent, BuildOptions, Database, FetchEvent, Knowledge, Origin, UpdateOptions,
};
use plimsoll::model::{Advisory, Component, Event, PackageKey, Purl, Range, Vulnerability};
use plimsoll::{Age, ScanError, assess, knowledge_report};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;

/// How many records that could not be read are named one by one.
const NAMED: usize = 10;

pub fn run(db: &Db) -> anyhow::Result<Exit> {
    match db {
        Db::Update { mirror, prebuilt, ecosystems, distributions, place } => {
            update(mirror.as_deref(), prebuilt.as_deref(), ecosystems, distributions, place)
        }
        Db::Build { from, to, facts_only, quiet } => build(from, to, *facts_only, *quiet),
        Db::Status(place) => status(place),
        Db::Diff { a, b, format } => diff(a, b, *format),
        Db::Delta { old, new, to, index, quiet } => delta::make(old, new, to, index.as_deref(), *quiet),
        Db::Apply { delta, place } => delta::apply(delta, place),
        Db::Verify(place) => delta::verify(place),
        Db::Lookup { purl, place } => lookup(purl, place),
        Db::Explain { id, place } => explain(id, place),
    }?;
    Ok(Exit::Done)
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

fn build(from: &Path, to: &Path, facts_only: bool, quiet: bool) -> anyhow::Result<()> {
    let teller = Teller::new(quiet);
    let options = BuildOptions { texts: !facts_only, ..BuildOptions::at(now()) };
    let knowledge =
        feeds::build(from, to, &options, &|event| teller.build(&event)).map_err(ScanError::from)?;
    teller.finish();
    if !quiet {
        say::note(&summary(&knowledge, to));
    }
    Ok(())
}

fn update(
    mirror: Option<&str>,
    prebuilt: Option<&str>,
    ecosystems: &[String],
    distributions: &[String],
    place: &Place,
) -> anyhow::Result<()> {
    let cache = cache_folder(place.cache.as_deref())?;
    let to = place.db.clone().unwrap_or_else(|| plimsoll::updated_database(&cache));
    let mut options = UpdateOptions {
        mirror: mirror.map(ToOwned::to_owned),
        prebuilt: prebuilt.map(ToOwned::to_owned),
        authorization: std::env::var("PLIMSOLL_FEEDS_AUTHORIZATION").ok().filter(|value| !value.is_empty()),
        ..UpdateOptions::at(now())
    };
    if !ecosystems.is_empty() {
        options.ecosystems = ecosystems.to_vec();
    }
    if !distributions.is_empty() {
        options.distributions = distributions.to_vec();
    }
    let teller = Teller::new(place.quiet);
    let updated = feeds::update(&options, &cache.join("feeds"), &to, &|event| teller.fetch(&event));
    let updated = updated.map_err(ScanError::from)?;
    teller.finish();
    for (url, why) in &updated.missing {
        say::warning(&format!("{url} gave nothing: {why}"));
    }
    if !place.quiet {
        say::note(&format!("{} files new, {} unchanged", updated.fetched, updated.unchanged));
        say::note(&summary(&updated.knowledge, &to));
    }
    Ok(())
}

fn summary(knowledge: &Knowledge, to: &Path) -> String {
    let records: u64 = knowledge.sources.iter().map(|source| source.records).sum();
    let bytes = std::fs::metadata(to).map_or(0, |file| file.len());
    format!(
        "{}: {records} records of {} feeds, {}",
        to.display(),
        knowledge.sources.len(),
        listing::size(bytes)
    )
}

/// Tells of a build or an update while it runs, and counts what was refused.
struct Teller {
    quiet: bool,
    bar: indicatif::ProgressBar,
    refused: Mutex<Vec<String>>,
}

impl Teller {
    fn new(quiet: bool) -> Teller {
        Teller { quiet, bar: progress::bar(!quiet), refused: Mutex::default() }
    }

    fn build(&self, event: &BuildEvent) {
        match event {
            BuildEvent::Reading { done, total } => self.show("reading", *done as u64, *total as u64),
            BuildEvent::Writing { done, total } => self.show("writing", *done as u64, *total as u64),
            BuildEvent::Refused { at, why } => {
                let mut refused = self.refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                refused.push(format!("{at}: {why}"));
            }
            BuildEvent::Left { .. } | BuildEvent::Read(_) => {}
        }
    }

    fn fetch(&self, event: &FetchEvent) {
        match event {
            FetchEvent::Build(event) => self.build(event),
            FetchEvent::Bytes { url, done, total } => self.show(url, *done, total.unwrap_or(0)),
            FetchEvent::Retrying { url, why } if !self.quiet => {
                say::warning(&format!("{url}: {why}; trying again"))
            }
            _ => {}
        }
    }

    fn show(&self, what: &str, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.bar.set_message(listing::shorten(what, 70));
    }

    /// Takes the bar away and says what could not be read.
    fn finish(&self) {
        self.bar.finish_and_clear();
        let refused = self.refused.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for line in refused.iter().take(NAMED) {
            say::warning(&format!("left out {}", listing::plain(line)));
        }
        if refused.len() > NAMED {
            say::warning(&format!("left out {} more records that could not be read", refused.len() - NAMED));
        }
    }
}

fn open(place: &Place) -> Result<Database, ScanError> {
    plimsoll::open_knowledge(place.db.as_deref(), &cache_folder(place.cache.as_deref())?)
}

fn status(place: &Place) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Status {
        path: String,
        bytes: u64,
        age_days: Option<i64>,
        #[serde(flatten)]
        knowledge: plimsoll::document::KnowledgeReport,
    }
    let database = open(place)?;
    let knowledge = knowledge_report(&database)?;
    let status = Status {
        path: database.path().display().to_string(),
        bytes: std::fs::metadata(database.path()).map_or(0, |file| file.len()),
        age_days: Age::since(&knowledge.built_at).map(|age| age.days),
        knowledge,
    };
    write_output(None, |out| {
        if place.format == Listing::Json {
            return write_json(out, &status);
        }
        let kind = if status.knowledge.starter { "starter database" } else { "database" };
        writeln!(out, "{kind} {} ({})", status.path, listing::size(status.bytes))?;
        let days = status.age_days.map_or(String::new(), |days| format!(", {days} days ago"));
        writeln!(out, "built {}{days}\n{}\n", status.knowledge.built_at, status.knowledge.digest)?;
        let rows = status.knowledge.sources.iter();
        let rows = rows.map(|feed| vec![feed.name.clone(), feed.records.to_string(), feed.as_of.clone()]);
        listing::table(&["FEED", "RECORDS", "NEWEST"], rows, out)
    })
}

fn diff(a: &Path, b: &Path, format: Listing) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Difference {
        added: Vec<PackageKey>,
        removed: Vec<PackageKey>,
        changed: Vec<PackageKey>,
        vulnerabilities: Vec<String>,
    }
    let difference = (|| feeds::diff(&Database::open(a)?, &Database::open(b)?))().map_err(ScanError::from)?;
    let difference = Difference {
        added: difference.added,
        removed: difference.removed,
        changed: difference.changed,
        vulnerabilities: difference.vulnerabilities,
    };
    write_output(None, |out| {
        if format == Listing::Json {
            return write_json(out, &difference);
        }
        let lists = [("+", &difference.added), ("-", &difference.removed), ("~", &difference.changed)];
        for (sign, keys) in lists {
            for key in keys {
                writeln!(out, "{sign} {} {}", listing::plain(&key.ecosystem), listing::plain(&key.name))?;
            }
        }
        for id in &difference.vulnerabilities {
            writeln!(out, "~ {}", listing::plain(id))?;
        }
        Ok(())
    })
}

/// A record as `db lookup` and `db explain` show it.
#[derive(Serialize)]
struct Record {
    ecosystem: String,
    name: String,
    advisory: Advisory,
    /// The file it was read from; `None` when the database does not tell.
    origin: Option<Origin>,
}

impl Record {
    /// Advisories as found under this key, each with where it was read.
    fn all(
        database: &Database,
        key: &PackageKey,
        advisories: Vec<Advisory>,
    ) -> Result<Vec<Record>, ScanError> {
        // Of a record that names several flaws only some may have been found: places are told by the whole list.
        let origins = database.origins(key)?;
        let places: HashMap<(String, String), Origin> = database
            .advisories(key)?
            .into_iter()
            .zip(origins)
            .map(|(advisory, origin)| ((advisory.id, advisory.source), origin))
            .collect();
        let record = |advisory: Advisory| Record {
            ecosystem: key.ecosystem.clone(),
            name: key.name.clone(),
            origin: places.get(&(advisory.id.clone(), advisory.source.clone())).cloned(),
            advisory,
        };
        Ok(advisories.into_iter().map(record).collect())
    }
}

fn lookup(purl: &str, place: &Place) -> anyhow::Result<()> {
    let purl = Purl::parse(purl)?;
    let Some(component) = Component::from_purl(&purl) else {
        bail!("no package type is called `{}`", purl.kind)
    };
    let os = purl.os();
    let database = open(place)?;
    let mut records = Vec::new();
    for key in assess::keys(&component, os.as_ref()) {
        let advisories = database.advisories(&key).map_err(ScanError::from)?;
        records.extend(Record::all(&database, &key, advisories)?);
    }
    if records.is_empty() && os.is_none() && component.kind.is_os() {
        say::hint("an OS package needs its distribution: add ?distro=debian-12 to the purl");
    }
    write_output(None, |out| match place.format {
        Listing::Json => write_json(out, &records),
        Listing::Table => write_records(&records, out),
    })
}

fn explain(id: &str, place: &Place) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Explained {
        vulnerability: Option<Vulnerability>,
        records: Vec<Record>,
    }
    let database = open(place)?;
    let mut found: BTreeMap<PackageKey, Vec<Advisory>> = BTreeMap::new();
    for (key, advisory) in database.records_of(id).map_err(ScanError::from)? {
        found.entry(key).or_default().push(advisory);
    }
    let mut records = Vec::new();
    for (key, advisories) in found {
        records.extend(Record::all(&database, &key, advisories)?);
    }
    let vulnerability = database.vulnerability(id).map_err(ScanError::from)?;
    if vulnerability.is_none() && records.is_empty() {
        bail!("the advisory database knows nothing of `{id}`");
    }
    let explained = Explained { vulnerability, records };
    write_output(None, |out| {
        if place.format == Listing::Json {
            return write_json(out, &explained);
        }
        if let Some(vulnerability) = &explained.vulnerability {
            write_vulnerability(vulnerability, out)?;
        }
        write_records(&explained.records, out)
    })
}

fn write_vulnerability(vulnerability: &Vulnerability, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "{}  {}", vulnerability.id, listing::plain(vulnerability.title.as_deref().unwrap_or("")))?;
    if let Some(text) = &vulnerability.description {
        writeln!(out, "  {}", listing::shorten(text, 600))?;
    }
    for rating in &vulnerability.ratings {
        writeln!(out, "  {}: {}", listing::plain(&rating.source), listing::plain(&rating.value))?;
    }
    if let Some(day) = &vulnerability.kev_added {
        writeln!(out, "  exploited: in CISA's list since {day}")?;
    }
    if let Some((probability, percentile)) = vulnerability.epss {
        writeln!(
            out,
            "  EPSS {:.2} % (higher than {:.1} % of all)",
            probability * 100.0,
            percentile * 100.0
        )?;
    }
    Ok(writeln!(out)?)
}

/// A line a package and release: what is affected and what fixes it.
fn write_records(records: &[Record], out: &mut dyn Write) -> anyhow::Result<()> {
    let mut rows: BTreeMap<(String, String, String), (String, String)> = BTreeMap::new();
    for record in records {
        for affected in &record.advisory.affected {
            let release =
                if affected.release.is_empty() { String::new() } else { format!(":{}", affected.release) };
            let package = format!("{}{release} {}", record.ecosystem, record.name);
            let ranges: Vec<String> = affected.ranges.iter().map(range_text).collect();
            let versions = match affected.versions.len() {
                0 => None,
                count => Some(format!("{count} single versions")),
            };
            let what = ranges.into_iter().chain(versions).collect::<Vec<_>>().join(" or ");
            let origin = record.origin.as_ref().map_or(String::new(), |origin| {
                [origin.file.as_str(), origin.as_of.as_str()].join(" ").trim_end().to_owned()
            });
            let source = record.advisory.source.clone();
            rows.insert((record.advisory.id.clone(), package, what), (source, origin));
        }
    }
    let rows = rows.into_iter().map(|((id, package, what), (source, origin))| {
        let what = listing::shorten(&what, 100);
        vec![listing::plain(&id), listing::plain(&package), what, source, listing::plain(&origin)]
    });
    listing::table(&["RECORD", "PACKAGE", "AFFECTED", "FEED", "READ FROM"], rows, out)
}

/// `>= 1.0, < 1.2`
fn range_text(range: &Range) -> String {
    let events = range.events.iter().map(|event| match event {
        Event::Introduced(version) => format!(">= {version}"),
        Event::IntroducedAfter(version) => format!("> {version}"),
        Event::Fixed(version) => format!("< {version}"),
        Event::LastAffected(version) => format!("<= {version}"),
        Event::Limit(version) => format!("below {version}"),
    });
    events.collect::<Vec<_>>().join(", ")
}
