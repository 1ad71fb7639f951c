//! Which files of a folder belong to which feed.

use crate::FeedError;
use std::path::{Path, PathBuf};

/// A feed, by its folder in the publishers' layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feed {
    Osv,
    Cve,
    Nvd,
    /// NVD's lists once more, for what they say of products.
    NvdProducts,
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
            Feed::Cve => "cve",
            Feed::Nvd | Feed::NvdProducts => "nvd",
            Feed::Kev => "kev",
            Feed::Epss => "epss",
            Feed::EndOfLife => "endoflife",
        }
    }
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A zip of JSON documents.
    Zip,
    /// A document.
    Plain,
    /// JSON documents, one a line.
    Lines,
}

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub feed: Feed,
    pub path: PathBuf,
    pub form: Form,
    /// Is there gzip around it?
    pub gzip: bool,
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
    if feeds.iter().any(|(_, folder)| folder.is_dir()) {
        for (feed, folder) in feeds {
            if folder.is_dir() {
                walk(feed, &folder, 0, &mut inputs)?;
            }
        }
    } else {
        walk(Feed::Osv, from, 0, &mut inputs)?;
    }
    Ok(inputs)
}

fn walk(feed: Feed, folder: &Path, depth: usize, inputs: &mut Vec<Input>) -> Result<(), FeedError> {
    let unreadable = |error| FeedError::file("read", folder, error);
    let mut entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(unreadable)?;
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
    let (stem, gzip) = match name.strip_suffix(".gz") {
        Some(stem) => (stem, true),
        None => (&*name, false),
    };
    let (_, extension) = stem.rsplit_once('.')?;
    let form = match (feed, extension, gzip) {
        (Feed::Osv | Feed::Cve, "zip", false) => Form::Zip,
        (Feed::Epss, "csv", _) => Form::Plain,
        (Feed::Epss, _, _) => return None,
        (Feed::Osv, "jsonl" | "ndjson", _) => Form::Lines,
        // The list of products, not a product.
        (Feed::EndOfLife, "json", _) if stem == "all.json" => return None,
        (_, "json", _) => Form::Plain,
        _ => return None,
    };
    Some(Input { feed, path: path.to_owned(), form, gzip })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_feed_and_name() {
        let check = |feed: Feed, name: &str, expected: Option<(Form, bool)>| {
            let found = input(feed, Path::new(name)).map(|input| (input.form, input.gzip));
            assert_eq!(found, expected, "{name}");
        };
        check(Feed::Osv, "osv/Go/all.zip", Some((Form::Zip, false)));
        check(Feed::Osv, "osv/ecosystems.txt", None);
        check(Feed::Osv, "x/GO-2024-1.json", Some((Form::Plain, false)));
        check(Feed::Osv, "answers.jsonl", Some((Form::Lines, false)));
        check(Feed::Nvd, "nvd/2021.json.gz", Some((Form::Plain, true)));
        check(Feed::Epss, "epss_scores-current.csv.gz", Some((Form::Plain, true)));
        check(Feed::EndOfLife, "endoflife/api/all.json", None);
        check(Feed::EndOfLife, "endoflife/api/debian.json", Some((Form::Plain, false)));
        check(Feed::Kev, "kev/known_exploited_vulnerabilities.json.etag", None);
    }
}
