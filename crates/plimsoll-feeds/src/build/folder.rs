//! Which files of a folder belong to which feed.

use crate::{FeedError, date};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A feed, by its folder in the publishers' layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Feed {
    /// Advisories of every form, told apart by their content.
    Records,
    Cve,
    Nvd,
    /// NVD's lists once more, for what they say of products.
    NvdProducts,
    Kev,
    Epss,
    EndOfLife,
}

impl Feed {
    /// Those with a folder of their own; advisories may lie anywhere else.
    const WITH_FOLDER: [Feed; 5] = [Feed::Cve, Feed::Nvd, Feed::Kev, Feed::Epss, Feed::EndOfLife];

    /// Its folder, and its name as a source.
    pub(super) fn name(self) -> &'static str {
        match self {
            Feed::Records => "advisories",
            Feed::Cve => "cve",
            Feed::Nvd | Feed::NvdProducts => "nvd",
            Feed::Kev => "kev",
            Feed::Epss => "epss",
            Feed::EndOfLife => "endoflife",
        }
    }
}

/// The folder of OSV's bulk export: a broken zip there is an error, for a scan would silently miss an ecosystem.
const BULK: &str = "osv";

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A zip of documents.
    Zip,
    /// A tar of documents, packed or not.
    Tar,
    /// A document, packed or not.
    Plain,
    /// JSON documents, one a line.
    Lines,
}

/// A file to read.
#[derive(Clone, Debug)]
pub(super) struct Input {
    pub feed: Feed,
    pub path: PathBuf,
    pub form: Form,
    /// Is it part of a bulk export, which must be whole?
    pub bulk: bool,
    /// Documents its publisher took back.
    pub deletions: Option<Arc<Deletions>>,
}

/// A list `deletions.csv`, as Red Hat keeps beside its archives: path under the list's folder, time.
#[derive(Debug)]
pub(super) struct Deletions {
    folder: PathBuf,
    times: HashMap<String, i64>,
}

impl Deletions {
    fn read(list: &Path) -> Result<Deletions, FeedError> {
        let text = std::fs::read_to_string(list).map_err(|error| FeedError::file("read", list, error))?;
        let mut times = HashMap::new();
        for line in text.lines().take(FILES) {
            let mut fields = line.split(',').map(|field| field.trim().trim_matches('"'));
            if let (Some(path), Some(time)) = (fields.next(), fields.next().and_then(date::seconds)) {
                times.insert(path.to_owned(), time);
            }
        }
        Ok(Deletions { folder: list.parent().unwrap_or(list).to_owned(), times })
    }

    /// When the document of this name was taken back: the path of a file, or a name in an archive.
    pub(super) fn time(&self, name: &str) -> Option<i64> {
        let own = Path::new(name).strip_prefix(&self.folder).ok().and_then(Path::to_str);
        let name = own.unwrap_or(name).trim_start_matches("./");
        let inside = || name.split_once('/').and_then(|(_, inside)| self.times.get(inside));
        self.times.get(name).or_else(inside).copied()
    }
}

/// Files of one build: OSV as single files has some 500,000.
const FILES: usize = 2_000_000;
const DEPTH: usize = 16;

/// Files beside advisories that are none: signatures, sums, listings, texts, and lists of what has changed.
const BESIDE: &[&str] = &[
    "asc", "csv", "db", "etag", "html", "http", "lock", "log", "md5", "part", "pub", "sha1", "sha256",
    "sha512", "sig", "txt",
];

/// Ends of names that tell what a file is packed in.
const PACKED: &[&str] = &[".gz", ".bz2", ".xz", ".zst", ".zstd"];

/// The files to read, in a stable order.
pub(super) fn inputs(from: &Path) -> Result<Vec<Input>, FeedError> {
    let mut found = Found::default();
    let kind = std::fs::metadata(from).map_err(|error| FeedError::file("read", from, error))?;
    if kind.is_file() {
        found.inputs.extend(input(Feed::Records, true, from));
        return Ok(found.inputs);
    }
    walk(None, from, 0, &mut found)?;
    let deletions: Vec<Arc<Deletions>> = found.deletions.into_iter().map(Arc::new).collect();
    for input in &mut found.inputs {
        let beside = deletions.iter().filter(|list| input.path.starts_with(&list.folder));
        input.deletions = beside.max_by_key(|list| list.folder.as_os_str().len()).cloned();
    }
    Ok(found.inputs)
}

#[derive(Default)]
struct Found {
    inputs: Vec<Input>,
    deletions: Vec<Deletions>,
}

/// `place`: the feed, and whether it is the bulk export's folder; `None` at the top.
fn walk(
    place: Option<(Feed, bool)>,
    folder: &Path,
    depth: usize,
    found: &mut Found,
) -> Result<(), FeedError> {
    let unreadable = |error| FeedError::file("read", folder, error);
    let mut entries = std::fs::read_dir(folder)
        .and_then(Iterator::collect::<std::io::Result<Vec<_>>>)
        .map_err(unreadable)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name();
        let kind = entry.file_type().map_err(unreadable)?;
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        // A link to a folder may lead round in circles; a link to a file may not.
        if kind.is_dir() {
            if depth == DEPTH {
                return Err(FeedError::feed(&path, "the folder is too deep"));
            }
            let own = Feed::WITH_FOLDER.into_iter().find(|feed| name == feed.name());
            let inner = place.unwrap_or((own.unwrap_or(Feed::Records), name == BULK));
            walk(Some(inner), &path, depth + 1, found)?;
        } else if path.is_file() {
            let (feed, bulk) = place.unwrap_or((Feed::Records, false));
            if feed == Feed::Records && name == "deletions.csv" {
                found.deletions.push(Deletions::read(&path)?);
            }
            found.inputs.extend(input(feed, bulk, &path));
        }
        if found.inputs.len() > FILES {
            return Err(FeedError::feed(folder, format!("there are more than {FILES} files")));
        }
    }
    Ok(())
}

/// The file as an input of this feed; `None` for a file that is none of its.
fn input(feed: Feed, bulk: bool, path: &Path) -> Option<Input> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let stem = PACKED.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let extension = stem.rsplit_once('.').map_or("", |(_, extension)| extension);
    let form = match (feed, extension) {
        (Feed::Records, _) if !is_document(&name) => return None,
        (Feed::Records | Feed::Cve, "zip") if stem == name => Form::Zip,
        (Feed::Records, "jsonl" | "ndjson") => Form::Lines,
        (Feed::Records, _) if is_tar(&name) => Form::Tar,
        (Feed::Records, _) => Form::Plain,
        (Feed::Epss, "csv") => Form::Plain,
        (Feed::Epss, _) => return None,
        // The list of products, not a product.
        (Feed::EndOfLife, "json") if stem == "all.json" => return None,
        (_, "json") => Form::Plain,
        _ => return None,
    };
    Some(Input { feed, path: path.to_owned(), form, bulk, deletions: None })
}

/// Can a file of this name, in a folder or an archive, be an advisory? Ubuntu's tracker names its files by the CVE alone.
pub(super) fn is_document(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    match name.rsplit_once('.') {
        Some((stem, extension)) => {
            !stem.is_empty()
                && !stem.starts_with('.')
                && !extension.is_empty()
                && !BESIDE.contains(&extension)
        }
        None => name.get(..4).is_some_and(|head| head.eq_ignore_ascii_case("cve-")),
    }
}

/// Is it called a tar?
fn is_tar(name: &str) -> bool {
    let ends = [".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tzst"];
    ends.iter().any(|end| name.ends_with(end)) || name.contains(".tar.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_feed_and_name() {
        let check = |feed: Feed, name: &str, expected: Option<Form>| {
            let found = input(feed, false, Path::new(name)).map(|input| input.form);
            assert_eq!(found, expected, "{name}");
        };
        check(Feed::Records, "osv/Go/all.zip", Some(Form::Zip));
        check(Feed::Records, "osv/ecosystems.txt", None);
        check(Feed::Records, "x/GO-2024-1.json", Some(Form::Plain));
        check(Feed::Records, "answers.jsonl", Some(Form::Lines));
        check(Feed::Records, "redhat/csaf_vex_2026-08-22.tar.zst", Some(Form::Tar));
        check(Feed::Records, "oracle/com.oracle.elsa-all.xml.bz2", Some(Form::Plain));
        check(Feed::Records, "amazon/2/core/updateinfo.xml.gz", Some(Form::Plain));
        check(Feed::Records, "suse/csaf.tar.bz2.asc", None);
        check(Feed::Records, "LICENSE", None);
        check(Feed::Records, "ubuntu/active/CVE-2024-1111", Some(Form::Plain));
        check(Feed::Records, "rustsec/RUSTSEC-2024-0001.md", Some(Form::Plain));
        check(Feed::Records, "ubuntu/database.json.bz2", Some(Form::Plain));
        check(Feed::Nvd, "nvd/2021.json.gz", Some(Form::Plain));
        check(Feed::Epss, "epss_scores-current.csv.gz", Some(Form::Plain));
        check(Feed::EndOfLife, "endoflife/api/all.json", None);
        check(Feed::EndOfLife, "endoflife/api/debian.json", Some(Form::Plain));
        check(Feed::Kev, "kev/known_exploited_vulnerabilities.json.etag", None);
    }

    #[test]
    fn deleted_documents_are_known_by_file_and_by_name_in_an_archive() {
        let folder = tempfile::tempdir().expect("a folder");
        let list = folder.path().join("deletions.csv");
        std::fs::write(&list, "\"2023/a.json\",\"2024-08-17T03:23:31+00:00\"\nbroken\n").expect("a file");
        let deletions = Deletions::read(&list).expect("a list");
        let check =
            |name: &str, expected: bool| assert_eq!(deletions.time(name).is_some(), expected, "{name}");
        check("2023/a.json", true);
        check("./2023/a.json", true);
        check("vex/2023/a.json", true);
        check(&folder.path().join("2023/a.json").display().to_string(), true);
        check("2022/a.json", false);
        check("a.json", false);
    }
}
