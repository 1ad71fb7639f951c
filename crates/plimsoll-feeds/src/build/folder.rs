//! Which files of a folder belong to which feed.

use crate::FeedError;
use std::path::{Path, PathBuf};

/// A feed, by its folder in the publishers' layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feed {
    Osv,
    /// Whatever else lies in a folder of feeds: known by what it holds.
    Other,
    Cve,
    Nvd,
    Kev,
    Epss,
    EndOfLife,
}

impl Feed {
    const ALL: [Feed; 6] = [Feed::Osv, Feed::Cve, Feed::Nvd, Feed::Kev, Feed::Epss, Feed::EndOfLife];

    /// Its folder, and its name as a source.
    pub(super) fn name(self) -> &'static str {
        match self {
            Feed::Osv => "osv",
            Feed::Other => "other",
            Feed::Cve => "cve",
            Feed::Nvd => "nvd",
            Feed::Kev => "kev",
            Feed::Epss => "epss",
            Feed::EndOfLife => "endoflife",
        }
    }
}

/// What a file is, once unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A zip of documents.
    Zip,
    /// A tar of documents.
    Tar,
    /// A document.
    Plain,
    /// JSON documents, one a line.
    Lines,
}

/// What is packed around a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

impl Packing {
    /// The packing a name tells of, and the name without it.
    fn of(name: &str) -> (&str, Packing) {
        const ENDINGS: &[(&str, Packing)] = &[
            (".gz", Packing::Gzip),
            (".bz2", Packing::Bzip2),
            (".xz", Packing::Xz),
            (".zst", Packing::Zstd),
            (".zstd", Packing::Zstd),
        ];
        let found = ENDINGS.iter().find_map(|&(ending, packing)| Some((name.strip_suffix(ending)?, packing)));
        found.unwrap_or((name, Packing::None))
    }
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub feed: Feed,
    pub path: PathBuf,
    pub form: Form,
    pub packing: Packing,
}

/// Files of one build: OSV as single files has some 500,000.
const FILES: usize = 2_000_000;
const DEPTH: usize = 16;

/// The files to read, in a stable order.
pub(super) fn inputs(from: &Path) -> Result<Vec<Input>, FeedError> {
    let mut inputs = Vec::new();
    let kind = std::fs::metadata(from).map_err(|error| FeedError::file("read", from, error))?;
    if kind.is_file() {
        inputs.extend(input(Feed::Osv, from));
        return Ok(inputs);
    }
    let feeds = Feed::ALL.map(|feed| (feed, from.join(feed.name())));
    if !feeds.iter().any(|(_, folder)| folder.is_dir()) {
        walk(Feed::Osv, from, 0, &mut inputs)?;
        return Ok(inputs);
    }
    for (feed, folder) in &feeds {
        if folder.is_dir() {
            walk(*feed, folder, 0, &mut inputs)?;
        }
    }
    for path in sorted(from)? {
        if path.is_dir() && feeds.iter().all(|(_, folder)| *folder != path) {
            walk(Feed::Other, &path, 0, &mut inputs)?;
        } else if path.is_file() {
            inputs.extend(input(Feed::Other, &path));
        }
    }
    Ok(inputs)
}

/// What lies in a folder, in the order of names.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>, FeedError> {
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| FeedError::file("read", folder, error))?;
    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.sort_unstable();
    Ok(paths)
}

fn walk(feed: Feed, folder: &Path, depth: usize, inputs: &mut Vec<Input>) -> Result<(), FeedError> {
    for path in sorted(folder)? {
        let kind = std::fs::symlink_metadata(&path).map_err(|error| FeedError::file("read", &path, error))?;
        // A link to a folder may lead round in circles; a link to a file may not.
        if kind.is_dir() {
            if depth == DEPTH {
                return Err(FeedError::feed(&path, "the folder is too deep"));
            }
            walk(feed, &path, depth + 1, inputs)?;
        } else if path.is_file() {
            inputs.extend(input(feed, &path));
        }
        if inputs.len() > FILES {
            return Err(FeedError::feed(folder, format!("there are more than {FILES} files")));
        }
    }
    Ok(())
}

/// The file as an input of this feed; `None` for a file that is none of its.
fn input(feed: Feed, path: &Path) -> Option<Input> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let (name, packing) = match name.rsplit_once('.') {
        Some((stem, "tgz")) => (format!("{stem}.tar"), Packing::Gzip),
        Some((stem, "tbz" | "tbz2")) => (format!("{stem}.tar"), Packing::Bzip2),
        Some((stem, "txz")) => (format!("{stem}.tar"), Packing::Xz),
        Some((stem, "tzst")) => (format!("{stem}.tar"), Packing::Zstd),
        _ => {
            let (name, packing) = Packing::of(&name);
            (name.to_owned(), packing)
        }
    };
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let form = match (feed, extension) {
        (Feed::Osv | Feed::Other | Feed::Cve, "zip") if packing == Packing::None => Form::Zip,
        (Feed::Osv | Feed::Other, "tar") => Form::Tar,
        (Feed::Osv | Feed::Other, "jsonl" | "ndjson") => Form::Lines,
        (Feed::Osv | Feed::Other, _) if is_document(&name) => Form::Plain,
        (Feed::Epss, "csv") => Form::Plain,
        // The list of products, not a product.
        (Feed::EndOfLife, "json") if name == "all.json" => return None,
        (Feed::Cve | Feed::Nvd | Feed::Kev | Feed::EndOfLife, "json") => Form::Plain,
        _ => return None,
    };
    Some(Input { feed, path: path.to_owned(), form, packing })
}

/// May a file of this name hold advisories? Ubuntu's tracker names its files by the CVE alone.
pub(super) fn is_document(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((_, extension)) => ["json", "yaml", "yml", "xml", "toml", "md"]
            .iter()
            .any(|known| extension.eq_ignore_ascii_case(known)),
        None => file.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("cve-")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_feed_and_name() {
        let check = |feed: Feed, name: &str, expected: Option<(Form, Packing)>| {
            let found = input(feed, Path::new(name)).map(|input| (input.form, input.packing));
            assert_eq!(found, expected, "{name}");
        };
        check(Feed::Osv, "osv/Go/all.zip", Some((Form::Zip, Packing::None)));
        check(Feed::Osv, "osv/ecosystems.txt", None);
        check(Feed::Osv, "x/GO-2024-1.json", Some((Form::Plain, Packing::None)));
        check(Feed::Osv, "answers.jsonl", Some((Form::Lines, Packing::None)));
        check(Feed::Other, "database.json.bz2", Some((Form::Plain, Packing::Bzip2)));
        check(Feed::Other, "ruby-advisory-db.tgz", Some((Form::Tar, Packing::Gzip)));
        check(Feed::Other, "advisories.tar.zst", Some((Form::Tar, Packing::Zstd)));
        check(Feed::Other, "active/CVE-2024-1111", Some((Form::Plain, Packing::None)));
        check(Feed::Other, "README", None);
        check(Feed::Nvd, "nvd/2021.json.gz", Some((Form::Plain, Packing::Gzip)));
        check(Feed::Epss, "epss_scores-current.csv.gz", Some((Form::Plain, Packing::Gzip)));
        check(Feed::EndOfLife, "endoflife/api/all.json", None);
        check(Feed::EndOfLife, "endoflife/api/debian.json", Some((Form::Plain, Packing::None)));
        check(Feed::Kev, "kev/known_exploited_vulnerabilities.json.etag", None);
    }
}
