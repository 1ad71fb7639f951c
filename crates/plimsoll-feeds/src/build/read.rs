//! Reads the files of the feeds on all cores.

use super::folder::{Feed, Form, Input, Packing, is_document};
use super::{BuildEvent, tar};
use crate::osv::{Left, Parsed, Record};
use crate::{FeedError, end_of_life, enrich, parallel, publishers};
use flate2::{Crc, Decompress, FlushDecompress, Status};
use plimsoll_model::Vulnerability;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};
use zip::{CompressionMethod, ZipArchive};

/// Bytes of one document in an archive or a folder of records, unpacked. The largest OSV record has about 4 MB.
const LARGEST_RECORD: u64 = 32 << 20;
/// Bytes of a list, unpacked: a year of NVD has about 150 MB.
const LARGEST_LIST: u64 = 1 << 30;
/// Entries of one archive: the whole CVE list has 320,000.
const ENTRIES: usize = 2_000_000;
/// Entries of an archive read in one go.
const GO: usize = 512;
/// KiB of memory an xz file may ask for: `xz -9` takes 64 MiB.
const XZ_MEMORY: u32 = 256 << 10;
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
}

/// A part of a file: for archives, which entries.
struct Part<'a> {
    input: &'a Input,
    archive: Option<Archive>,
    entries: Range<usize>,
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
    let mut parts = Vec::new();
    for input in inputs {
        if input.form != Form::Zip {
            parts.push(Part { input, archive: None, entries: 0..0 });
            continue;
        }
        let archive = match ZipArchive::new(Reopened::new(&input.path)) {
            Ok(archive) => archive,
            Err(error) if input.feed == Feed::Other => {
                let (at, why) = (input.path.display().to_string(), error.to_string());
                progress(BuildEvent::Refused { at, why });
                continue;
            }
            Err(error) => return Err(FeedError::feed(&input.path, error)),
        };
        let entries = archive.len();
        if entries > ENTRIES {
            return Err(FeedError::feed(&input.path, format!("it has {entries} entries")));
        }
        parts.extend((0..entries).step_by(GO).map(|at| Part {
            input,
            archive: Some(archive.clone()),
            entries: at..entries.min(at + GO),
        }));
    }
    let total = parts.len();
    let mut done = 0;
    let read = |index: usize| parts.get(index).map(|part| part.read(wanted));
    parallel::in_order(total, read, |answer| {
        let Some(answer) = answer.transpose()? else { return Ok(()) };
        for (at, why) in &answer.refused {
            progress(BuildEvent::Refused { at: at.clone(), why: why.clone() });
        }
        if answer.more_refused > 0 {
            let why = format!("and {} more", answer.more_refused);
            progress(BuildEvent::Refused { at: answer.feed.name().into(), why });
        }
        take(answer)?;
        done += 1;
        progress(BuildEvent::Reading { done, total });
        Ok(())
    })
}

impl Part<'_> {
    fn read(&self, wanted: &dyn Fn(&str) -> bool) -> Result<Answer, FeedError> {
        let mut answer = Answer {
            feed: self.input.feed,
            path: self.input.path.clone(),
            records: Vec::new(),
            left: BTreeMap::new(),
            parts: Vec::new(),
            cycles: Vec::new(),
            refused: Vec::new(),
            more_refused: 0,
        };
        match self.read_into(wanted, &mut answer) {
            // What lies beside the feeds may be anything, also broken.
            Err(FeedError::Feed { path, why }) if self.input.feed == Feed::Other => {
                answer.refuse(path.display().to_string(), why);
                Ok(answer)
            }
            other => other.map(|()| answer),
        }
    }

    fn read_into(&self, wanted: &dyn Fn(&str) -> bool, answer: &mut Answer) -> Result<(), FeedError> {
        let path = &self.input.path;
        if let Some(archive) = &self.archive {
            return self.read_zip(archive.clone(), wanted, answer);
        }
        match self.input.form {
            Form::Zip => {}
            Form::Tar => self.read_tar(answer)?,
            Form::Plain => answer.add(&path.display().to_string(), path, &file(self.input)?)?,
            Form::Lines => {
                for (index, line) in file(self.input)?.split(|&byte| byte == b'\n').enumerate() {
                    if !line.trim_ascii().is_empty() {
                        answer.add(&format!("{}:{}", path.display(), index + 1), path, line)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn read_tar(&self, answer: &mut Answer) -> Result<(), FeedError> {
        let path = &self.input.path;
        let mut bytes = Vec::new();
        tar::files(open(self.input)?, |name, size, content| {
            let at = format!("{}/{name}", path.display());
            if !is_document(name) {
                return Ok(());
            }
            if size > LARGEST_LIST {
                answer.refuse(at, too_large(LARGEST_LIST));
                return Ok(());
            }
            bytes.clear();
            content.read_to_end(&mut bytes).map_err(TarError::Read)?;
            answer.add(&at, path, &bytes).map_err(TarError::Feed)
        })
        .map_err(|error| match error {
            TarError::Read(error) => FeedError::feed(path, error),
            TarError::Feed(error) => error,
        })
    }

    fn read_zip(
        &self,
        mut archive: Archive,
        wanted: &dyn Fn(&str) -> bool,
        answer: &mut Answer,
    ) -> Result<(), FeedError> {
        let path = &self.input.path;
        let broken = |error: zip::result::ZipError| FeedError::feed(path, error);
        let mut unpacker = Unpacker::new();
        for index in self.entries.clone() {
            let name = match archive.name_for_index(index) {
                Some(name) => name.map_err(broken)?.into_owned(),
                None => continue,
            };
            let file = name.rsplit('/').next().unwrap_or(&name);
            // Of the CVE list's 320,000 records a database needs a tenth.
            let is_wanted = match answer.feed {
                Feed::Cve => file.strip_suffix(".json").is_some_and(wanted),
                _ => is_document(file),
            };
            if !is_wanted {
                continue;
            }
            let at = format!("{}/{name}", path.display());
            match unpacker.unpack(&mut archive, index) {
                Ok(Some(bytes)) => answer.add(&at, path, bytes)?,
                Ok(None) => answer.refuse(at, too_large(LARGEST_RECORD)),
                Err(why) => return Err(FeedError::feed(path, format!("{name}: {why}"))),
            }
        }
        Ok(())
    }
}

impl Answer {
    /// Reads one document; lists of one file are worth an error, single records are not.
    fn add(&mut self, at: &str, path: &Path, bytes: &[u8]) -> Result<(), FeedError> {
        match self.feed {
            Feed::Osv | Feed::Other => {
                for parsed in publishers::parse_all(at, bytes) {
                    match parsed {
                        Ok(Parsed::Taken(record)) => self.records.push(*record),
                        Ok(Parsed::Left(why)) => *self.left.entry(why).or_default() += 1,
                        Err(why) => self.refuse(at.to_owned(), why),
                    }
                }
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
            Feed::Kev => {
                self.parts.extend(enrich::kev::parse(bytes).map_err(|why| FeedError::feed(path, why))?)
            }
            Feed::Epss => {
                self.parts.extend(enrich::epss::parse(bytes).map_err(|why| FeedError::feed(path, why))?)
            }
        }
        Ok(())
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

/// Why a tar was not read to its end.
enum TarError {
    Read(io::Error),
    Feed(FeedError),
}

impl From<io::Error> for TarError {
    fn from(error: io::Error) -> TarError {
        TarError::Read(error)
    }
}

/// The file, unpacked as it is read.
fn open(input: &Input) -> Result<Box<dyn Read>, FeedError> {
    let unreadable = |error| FeedError::file("read", &input.path, error);
    let file = File::open(&input.path).map_err(unreadable)?;
    Ok(match input.packing {
        Packing::None => Box::new(file),
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(file)),
        Packing::Bzip2 => Box::new(bzip2::read::MultiBzDecoder::new(BufReader::new(file))),
        Packing::Xz => Box::new(lzma_rust2::XzReader::new_mem_limit(BufReader::new(file), true, XZ_MEMORY)),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(file).map_err(unreadable)?),
    })
}

/// The bytes of a file that is no archive.
fn file(input: &Input) -> Result<Vec<u8>, FeedError> {
    let mut bytes = Vec::new();
    let read = open(input)?.take(LARGEST_LIST + 1).read_to_end(&mut bytes);
    read.map_err(|error| FeedError::feed(&input.path, error))?;
    if bytes.len() as u64 > LARGEST_LIST {
        return Err(FeedError::feed(&input.path, too_large(LARGEST_LIST)));
    }
    Ok(bytes)
}

fn too_large(limit: u64) -> String {
    format!("it is larger than {} MB", limit >> 20)
}
