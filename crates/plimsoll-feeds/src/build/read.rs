//! Reads the files of the feeds on all cores.

use super::BuildEvent;
use super::folder::{Feed, Form, Input, is_document};
use crate::osv::{Left, Parsed, Record};
use crate::unpack::{Stream, Tar, is_tar, unpacked};
use crate::{FeedError, documents, end_of_life, enrich, nvd, parallel};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use plimsoll_model::Vulnerability;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use zip::{CompressionMethod, ZipArchive};

/// Bytes of one document in an archive or a folder of records, unpacked. The largest OSV record has about 4 MB.
const LARGEST_RECORD: u64 = 32 << 20;
/// Bytes of a list, unpacked: a year of NVD has about 150 MB.
const LARGEST_LIST: u64 = 1 << 30;
/// Entries of one archive: the whole CVE list has 320,000.
const ENTRIES: usize = 2_000_000;
/// Entries of an archive read in one go, and their bytes in a tar.
const GO: usize = 512;
const GO_BYTES: usize = 16 << 20;
/// Bytes of one document in a tar, unpacked: Red Hat's largest has about 60 MB.
const LARGEST_DOCUMENT: u64 = 512 << 20;
/// Bytes a document's form is told by.
const HEAD: usize = 512;
/// Unreadable records told of one part of a file; the rest is only counted.
const TOLD: usize = 100;

/// What one part of a file held.
pub(super) struct Answer {
    pub feed: Feed,
    /// The file.
    pub path: PathBuf,
    pub records: Vec<Record>,
    pub left: BTreeMap<Left, u64>,
    pub parts: Vec<Vulnerability>,
    /// Product, cycle, last day.
    pub cycles: Vec<(String, String, String)>,
    refused: Vec<(String, String)>,
    more_refused: usize,
    /// Is a part that was counted beforehand done with it?
    counts: bool,
}

/// A part of a file.
enum Part<'a> {
    /// All of it.
    Whole(&'a Input),
    /// Entries of a zip.
    Zip(&'a Input, Archive, Range<usize>),
    /// Files of a tar, and why there are no more if that is no good reason; `true` behind the last.
    Tar(&'a Input, Vec<(String, Vec<u8>)>, Option<String>, bool),
}

/// An archive whose directory is read once; each copy reads the file on its own.
type Archive = ZipArchive<Reopened>;

/// Reads all files and takes what they hold, in order. Of single CVE records only `wanted` ones are unpacked.
pub(super) fn all(
    inputs: &[Input],
    wanted: &(dyn Fn(&str) -> bool + Sync),
    progress: &(dyn Fn(BuildEvent) + Sync),
    mut take: impl FnMut(Answer) -> Result<(), FeedError>,
) -> Result<(), FeedError> {
    let mut planned = Vec::new();
    for input in inputs {
        match input.form {
            Form::Zip => match zip_parts(input) {
                Ok(parts) => planned.extend(parts),
                Err(error) if input.bulk || input.feed != Feed::Records => return Err(error),
                Err(error) => {
                    let at = input.path.display().to_string();
                    progress(BuildEvent::Refused { at, why: error.to_string() });
                }
            },
            _ => planned.push(Part::Whole(input)),
        }
    }
    let total = planned.len();
    let mut done = 0;
    let parts = Parts { planned: planned.into_iter(), tar: None };
    parallel::each(
        parts,
        |part| part.read(wanted),
        |answer| {
            let answer = answer?;
            for (at, why) in &answer.refused {
                progress(BuildEvent::Refused { at: at.clone(), why: why.clone() });
            }
            if answer.more_refused > 0 {
                let why = format!("and {} more", answer.more_refused);
                progress(BuildEvent::Refused { at: answer.feed.name().into(), why });
            }
            done += usize::from(answer.counts);
            take(answer)?;
            progress(BuildEvent::Reading { done, total });
            Ok(())
        },
    )
}

fn zip_parts(input: &Input) -> Result<Vec<Part<'_>>, FeedError> {
    let archive =
        ZipArchive::new(Reopened::new(&input.path)).map_err(|error| FeedError::feed(&input.path, error))?;
    let entries = archive.len();
    if entries > ENTRIES {
        return Err(FeedError::feed(&input.path, format!("it has {entries} entries")));
    }
    let part = |at: usize| Part::Zip(input, archive.clone(), at..entries.min(at + GO));
    Ok((0..entries).step_by(GO).map(part).collect())
}

/// Hands out the parts; tars are unpacked on the way, for they can only be read from front to back.
struct Parts<'a> {
    planned: std::vec::IntoIter<Part<'a>>,
    tar: Option<(&'a Input, Tar, usize)>,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Part<'a>;

    fn next(&mut self) -> Option<Part<'a>> {
        if self.tar.is_none() {
            let part = self.planned.next()?;
            match part {
                Part::Whole(input) if input.form == Form::Tar => match open(&input.path).and_then(unpacked) {
                    Ok((stream, _)) => self.tar = Some((input, Tar::new(stream), 0)),
                    Err(error) => return Some(Part::Tar(input, Vec::new(), Some(error.to_string()), true)),
                },
                part => return Some(part),
            }
        }
        let (input, tar, seen) = self.tar.as_mut()?;
        let mut files = Vec::new();
        let end = fill(tar, seen, &mut files);
        let part = match end {
            Ok(more) => Part::Tar(input, files, None, !more),
            Err(why) => Part::Tar(input, files, Some(why), true),
        };
        if matches!(part, Part::Tar(_, _, _, true)) {
            self.tar = None;
        }
        Some(part)
    }
}

/// Reads some files of a tar; are there more?
fn fill(tar: &mut Tar, seen: &mut usize, files: &mut Vec<(String, Vec<u8>)>) -> Result<bool, String> {
    let mut bytes = 0;
    while files.len() < GO && bytes < GO_BYTES {
        let entry = match tar.next().map_err(|error| error.to_string())? {
            Some(entry) => entry,
            None => return Ok(false),
        };
        *seen += 1;
        if *seen > ENTRIES {
            return Err(format!("it has more than {ENTRIES} files"));
        }
        if !is_document(&entry.name) {
            continue;
        }
        if entry.size > LARGEST_DOCUMENT {
            return Err(format!("{}: {}", entry.name, too_large(LARGEST_DOCUMENT)));
        }
        let mut content = Vec::new();
        tar.read(&mut content).map_err(|error| format!("{}: {error}", entry.name))?;
        bytes += content.len();
        files.push((entry.name, content));
    }
    Ok(true)
}

fn open(path: &Path) -> io::Result<Stream> {
    Ok(Box::new(BufReader::with_capacity(64 << 10, File::open(path)?)))
}

impl Part<'_> {
    fn read(self, wanted: &dyn Fn(&str) -> bool) -> Result<Answer, FeedError> {
        let (input, counts) = match &self {
            Part::Whole(input) | Part::Zip(input, _, _) => (*input, true),
            Part::Tar(input, _, _, last) => (*input, *last),
        };
        let mut answer = Answer {
            feed: input.feed,
            path: input.path.clone(),
            records: Vec::new(),
            left: BTreeMap::new(),
            parts: Vec::new(),
            cycles: Vec::new(),
            refused: Vec::new(),
            more_refused: 0,
            counts,
        };
        let path = &input.path;
        let at = path.display().to_string();
        match self {
            Part::Zip(_, archive, entries) => read_zip(input, archive, entries, wanted, &mut answer)?,
            Part::Tar(_, files, broken, _) => {
                for (name, bytes) in files {
                    answer.add(input, &format!("{at}/{name}"), &name, &bytes)?;
                }
                if let Some(why) = broken {
                    answer.refuse(at, why);
                }
            }
            Part::Whole(input) if input.form == Form::Lines => {
                for (index, line) in file(input)?.split(|&byte| byte == b'\n').enumerate() {
                    if !line.trim_ascii().is_empty() {
                        answer.add(input, &format!("{at}:{}", index + 1), "", line)?;
                    }
                }
            }
            Part::Whole(input) if input.feed == Feed::Records => {
                if let Err(error) = answer.add_file(input, &at) {
                    answer.refuse(at, error.to_string());
                }
            }
            Part::Whole(input) => answer.add(input, &at, &at, &file(input)?)?,
        }
        Ok(answer)
    }
}

fn read_zip(
    input: &Input,
    mut archive: Archive,
    entries: Range<usize>,
    wanted: &dyn Fn(&str) -> bool,
    answer: &mut Answer,
) -> Result<(), FeedError> {
    let path = &input.path;
    let is_strict = input.bulk || input.feed != Feed::Records;
    let mut unpacker = Unpacker::new();
    for index in entries {
        let name = match archive.name_for_index(index) {
            Some(Ok(name)) => name.into_owned(),
            Some(Err(error)) => return Err(FeedError::feed(path, error)),
            None => continue,
        };
        if !is_document(&name) || name.ends_with('/') {
            continue;
        }
        // Of the CVE list's 320,000 records a database needs a tenth.
        let stem = name.rsplit('/').next().and_then(|file| file.strip_suffix(".json"));
        if answer.feed == Feed::Cve && !stem.is_some_and(wanted) {
            continue;
        }
        let at = format!("{}/{name}", path.display());
        match unpacker.unpack(&mut archive, index) {
            Ok(Some(bytes)) => answer.add(input, &at, &name, bytes)?,
            Ok(None) => answer.refuse(at, too_large(LARGEST_RECORD)),
            Err(why) if is_strict => return Err(FeedError::feed(path, format!("{name}: {why}"))),
            Err(why) => answer.refuse(at, why),
        }
    }
    Ok(())
}

impl Answer {
    /// Reads one document; lists of one file are worth an error, single records are not. `name` is its path, or what
    /// it is called in its archive.
    fn add(&mut self, input: &Input, at: &str, name: &str, bytes: &[u8]) -> Result<(), FeedError> {
        let path = &input.path;
        match self.feed {
            Feed::Records => {
                let head = bytes.get(..HEAD).unwrap_or(bytes);
                self.add_document(input, at, name, &mut &*bytes, head);
            }
            Feed::Cve => match enrich::cve::parse(bytes) {
                Ok(part) => self.parts.extend(part),
                Err(why) => self.refuse(at.to_owned(), why.to_string()),
            },
            Feed::EndOfLife => {
                let product =
                    path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_lowercase();
                match end_of_life::parse(&product, bytes) {
                    Ok(cycles) => {
                        let rows = cycles.into_iter().map(|(cycle, day)| (product.clone(), cycle, day));
                        self.cycles.extend(rows);
                    }
                    Err(why) => self.refuse(at.to_owned(), why.to_string()),
                }
            }
            Feed::Nvd => {
                self.parts.extend(enrich::nvd::parse(bytes).map_err(|why| FeedError::feed(path, why))?)
            }
            Feed::NvdProducts => {
                self.records.extend(nvd::parse(bytes).map_err(|why| FeedError::feed(path, why))?)
            }
            Feed::Kev => {
                self.parts.extend(enrich::kev::parse(bytes).map_err(|why| FeedError::feed(path, why))?)
            }
            Feed::Epss => {
                self.parts.extend(enrich::epss::parse(bytes).map_err(|why| FeedError::feed(path, why))?)
            }
        }
        Ok(())
    }

    /// Reads a file of advisories: a document, or a tar that is not called one.
    fn add_file(&mut self, input: &Input, at: &str) -> io::Result<()> {
        let (mut stream, head) = open(&input.path).and_then(unpacked)?;
        if !is_tar(&head) {
            self.add_document(input, at, at, &mut stream, &head);
            return Ok(());
        }
        let (mut tar, mut seen) = (Tar::new(stream), 0);
        loop {
            let mut files = Vec::new();
            let more = fill(&mut tar, &mut seen, &mut files);
            for (name, bytes) in files {
                let head = bytes.get(..HEAD).unwrap_or(&bytes);
                self.add_document(input, &format!("{at}/{name}"), &name, &mut &*bytes, head);
            }
            if !more.map_err(io::Error::other)? {
                return Ok(());
            }
        }
    }

    fn add_document(&mut self, input: &Input, at: &str, name: &str, bytes: &mut dyn BufRead, head: &[u8]) {
        let deleted = input.deletions.as_ref().and_then(|deletions| deletions.time(name));
        documents::read(bytes, head, at, &mut |parsed| match parsed {
            Ok(Parsed::Taken(record))
                if deleted.is_some_and(|time| record.modified.is_none_or(|modified| modified <= time)) =>
            {
                *self.left.entry(Left::Withdrawn).or_default() += 1;
            }
            Ok(Parsed::Taken(record)) => self.records.push(*record),
            Ok(Parsed::Left(why)) => *self.left.entry(why).or_default() += 1,
            Err(why) => self.refuse(at.to_owned(), why),
        });
    }

    fn refuse(&mut self, at: String, why: String) {
        if self.refused.len() < TOLD {
            self.refused.push((at, why));
        } else {
            self.more_refused += 1;
        }
    }
}

/// Unpacks entries one after the other with the same memory. (A fresh decompressor for each of a million entries
/// fragments the heap into many times what is in use.)
struct Unpacker {
    inflate: Decompress,
    packed: Vec<u8>,
    plain: Vec<u8>,
}

impl Unpacker {
    fn new() -> Unpacker {
        Unpacker { inflate: Decompress::new(false), packed: Vec::new(), plain: Vec::new() }
    }

    /// The bytes of an entry; `None` if they are too many.
    fn unpack(&mut self, archive: &mut Archive, index: usize) -> Result<Option<&[u8]>, String> {
        let entry = archive.by_index_raw(index).map_err(|error| error.to_string())?;
        let (size, method, checksum) = (entry.size(), entry.compression(), entry.crc32());
        if entry.encrypted() {
            return Err("it is encrypted".into());
        }
        if size > LARGEST_RECORD || entry.compressed_size() > LARGEST_RECORD {
            return Ok(None);
        }
        self.packed.clear();
        self.plain.clear();
        entry.take(LARGEST_RECORD).read_to_end(&mut self.packed).map_err(|error| error.to_string())?;
        match method {
            CompressionMethod::Stored => self.plain.extend_from_slice(&self.packed),
            CompressionMethod::Deflated => {
                self.inflate.reset(false);
                // One byte more than it says shows an entry that is longer.
                self.plain
                    .reserve(usize::try_from(size).map_err(|error| error.to_string())?.saturating_add(1));
                let status =
                    self.inflate.decompress_vec(&self.packed, &mut self.plain, FlushDecompress::Finish);
                if !matches!(status, Ok(Status::StreamEnd)) {
                    return Err("it does not unpack".into());
                }
            }
            method => return Err(format!("it is packed with {method}, which no feed uses")),
        }
        let mut crc = Crc::new();
        crc.update(&self.plain);
        if self.plain.len() as u64 != size || crc.sum() != checksum {
            return Err("it is damaged".into());
        }
        Ok(Some(&self.plain))
    }
}

/// A file that is opened when it is first read; a copy opens it again.
struct Reopened {
    path: PathBuf,
    file: Option<BufReader<File>>,
}

impl Reopened {
    fn new(path: &Path) -> Reopened {
        Reopened { path: path.to_owned(), file: None }
    }

    fn file(&mut self) -> io::Result<&mut BufReader<File>> {
        if self.file.is_none() {
            // Entries are small and read by seeking to them: a larger buffer would be filled in vain.
            self.file = Some(BufReader::with_capacity(8 << 10, File::open(&self.path)?));
        }
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Clone for Reopened {
    fn clone(&self) -> Reopened {
        Reopened::new(&self.path)
    }
}

impl Read for Reopened {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file()?.read(buffer)
    }
}

impl Seek for Reopened {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file()?.seek(to)
    }
}

/// The bytes of a file that is no archive.
fn file(input: &Input) -> Result<Vec<u8>, FeedError> {
    let unreadable = |error| FeedError::file("read", &input.path, error);
    let packed = open(&input.path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    unpacked(packed)
        .and_then(|(stream, _)| stream.take(LARGEST_LIST + 1).read_to_end(&mut bytes))
        .map_err(|error| FeedError::feed(&input.path, error))?;
    if bytes.len() as u64 > LARGEST_LIST {
        return Err(FeedError::feed(&input.path, too_large(LARGEST_LIST)));
    }
    Ok(bytes)
}

fn too_large(limit: u64) -> String {
    format!("it is larger than {} MB", limit >> 20)
}
