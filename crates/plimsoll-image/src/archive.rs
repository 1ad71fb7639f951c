//! A tar file of this machine whose members are read in place, in any order.

use crate::ImageError;
use crate::tar::path::{decode, normalise};
use crate::tar::{Input, Problem, next_member};
use crate::unpack::{MAGIC_BYTES, Packing, Unpack};
use plimsoll_model::{LimitError, Limits};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::Arc;

/// The members of a tar file by name. The file stays open, so that another one put in its place changes nothing.
pub(crate) struct Archive {
    file: Arc<File>,
    members: HashMap<String, Located>,
}

enum Located {
    Content {
        offset: u64,
        size: u64,
    },
    /// The normal path it leads to.
    Link(String),
}

/// Links that lead to links; more is a circle.
const LINKS: usize = 8;

/// `ratio` counts once so much is unpacked ([`Limits::ratio`]).
const FREE_UNPACKED: u64 = 64 << 20;

impl Archive {
    /// Opens a tar, also inside gzip or zstd: that one is unpacked into a file without a name, since its members are
    /// not read in their order. Something that is no file (a pipe) is copied there too.
    pub fn open(path: &Path, limits: &Limits) -> Result<Archive, ImageError> {
        let what = format!("the archive {}", path.display());
        let file = open_file(path)?;
        let failed = |source| ImageError::File { path: path.to_owned(), source };
        let is_file = file.metadata().map_err(failed)?.is_file();
        let plain = is_file && matches!(packing(&file, path)?, Packing::Plain);
        let file = if plain { file } else { spool(file, limits).map_err(|problem| problem.of(&what))? };
        let members = index(&file, limits).map_err(|problem| problem.of(&what))?;
        Ok(Archive { file: Arc::new(file), members })
    }

    /// A tar in a file that has no name: what a daemon exported.
    pub fn of_file(file: File, what: &str, limits: &Limits) -> Result<Archive, ImageError> {
        let members = index(&file, limits).map_err(|problem| problem.of(what))?;
        Ok(Archive { file: Arc::new(file), members })
    }

    /// A member's content and its size. Links inside the archive are followed, as Docker writes them for layers
    /// that images share; `None` if there is no such file.
    pub fn member(&self, name: &str) -> Option<Section> {
        let mut path = normalise(name).path;
        for _ in 0..LINKS {
            match self.members.get(&path)? {
                Located::Link(to) => path = to.clone(),
                &Located::Content { offset, size } => {
                    return Some(Section { file: self.file.clone(), offset, size });
                }
            }
        }
        None
    }

    /// Does it hold anything?
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

/// Opens a file of this machine that a user named.
pub(crate) fn open_file(path: &Path) -> Result<File, ImageError> {
    let failed = |source| ImageError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    if file.metadata().map_err(failed)?.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    Ok(file)
}

/// How a regular file is packed, by its first bytes.
pub(crate) fn packing(file: &File, path: &Path) -> Result<Packing, ImageError> {
    let mut head = [0; MAGIC_BYTES];
    let failed = |source| ImageError::File { path: path.to_owned(), source };
    let filled = read_at(file, &mut head, 0).map_err(failed)?;
    Packing::of(&head[..filled]).map_err(failed)
}

/// Copies a stream, unpacked, into a file that has no name and goes away with the process.
fn spool(file: File, limits: &Limits) -> Result<File, Problem> {
    let mut spooled = tempfile::tempfile()?;
    let mut unpacked = Unpacked::new(file, *limits)?;
    loop {
        let piece = unpacked.fill()?;
        if piece.is_empty() {
            return Ok(spooled);
        }
        spooled.write_all(piece)?;
        let count = piece.len();
        unpacked.consume(count);
    }
}

fn index(file: &File, limits: &Limits) -> Result<HashMap<String, Located>, Problem> {
    let length = file.metadata()?.len();
    let section = Section { file: Arc::new(file.try_clone()?), offset: 0, size: length };
    let mut input = Seekable { reader: section, buffer: vec![0; 4096], at: 0, filled: 0, position: 0 };
    let mut members = HashMap::new();
    let mut count = 0;
    while let Some(member) = next_member(&mut input, limits)? {
        count += 1;
        limits.check("entries", count, || "the number of members of the archive".to_owned())?;
        limits.check("path-bytes", member.name.len().max(member.link.len()) as u64, || {
            "a path in the archive".to_owned()
        })?;
        let path = normalise(&decode(&member.name)).path;
        let located = match member.flag {
            b'0' if member.sparse.is_none() => {
                Some(Located::Content { offset: input.position, size: member.stored })
            }
            b'1' => Some(Located::Link(normalise(&decode(&member.link)).path)),
            // Relative to the folder of the link.
            b'2' => {
                let target = decode(&member.link);
                let base = if target.starts_with('/') {
                    ""
                } else {
                    path.rsplit_once('/').map_or("", |(base, _)| base)
                };
                Some(Located::Link(normalise(&format!("{base}/{target}")).path))
            }
            _ => None,
        };
        // The last one of a name counts, as for whoever unpacks the archive.
        match located {
            Some(located) => drop(members.insert(path, located)),
            None => drop(members.remove(&path)),
        }
        input.skip(member.stored)?;
        member.skip_padding(&mut input)?;
    }
    Ok(members)
}

/// A stretch of a file, read without moving anything that others share.
#[derive(Clone)]
pub(crate) struct Section {
    file: Arc<File>,
    offset: u64,
    pub size: u64,
}

impl Read for Section {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.size).map_or(out.len(), |size| size.min(out.len()));
        let count = read_at(&self.file, &mut out[..wanted], self.offset)?;
        self.offset += count as u64;
        self.size -= count as u64;
        Ok(count)
    }
}

#[cfg(unix)]
fn read_at(file: &File, out: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, out, offset)
}

#[cfg(windows)]
fn read_at(file: &File, out: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, out, offset)
}

/// Headers are read, content is jumped over.
struct Seekable {
    reader: Section,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    /// Offset in the file of the next byte.
    position: u64,
}

impl Input for Seekable {
    fn fill(&mut self) -> Result<&[u8], Problem> {
        if self.at == self.filled {
            self.filled = self.reader.read(&mut self.buffer)?;
            self.at = 0;
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
        self.position += count as u64;
    }

    fn skip(&mut self, count: u64) -> Result<(), Problem> {
        let at_hand = (self.filled - self.at) as u64;
        let beyond = count.saturating_sub(at_hand);
        if beyond > self.reader.size {
            return Err(Problem::Truncated);
        }
        // At most what is at hand, so it fits.
        self.at += count.min(at_hand) as usize;
        self.reader.offset += beyond;
        self.reader.size -= beyond;
        self.position += count;
        Ok(())
    }
}

/// A stream of this machine, unpacked within the limits.
pub(crate) struct Unpacked {
    unpack: Unpack<BufReader<Counted>>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    total: u64,
    limits: Limits,
}

struct Counted {
    file: File,
    count: u64,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(out)?;
        self.count += count as u64;
        Ok(count)
    }
}

impl Unpacked {
    pub fn new(file: File, limits: Limits) -> Result<Unpacked, Problem> {
        let mut stored = BufReader::with_capacity(128 << 10, Counted { file, count: 0 });
        stored.fill_buf()?;
        let buffer = vec![0; 256 << 10];
        Ok(Unpacked { unpack: Unpack::new(stored)?, buffer, at: 0, filled: 0, total: 0, limits })
    }
}

impl Input for Unpacked {
    fn fill(&mut self) -> Result<&[u8], Problem> {
        if self.at == self.filled {
            (self.at, self.filled) = (0, self.unpack.read(&mut self.buffer)?);
            self.total += self.filled as u64;
            let stored = self.unpack.inner().get_ref().count;
            self.limits.check("unpacked-bytes", self.total, || "the unpacked archive".to_owned())?;
            if self.total > FREE_UNPACKED && self.total / self.limits.ratio.max(1) > stored {
                let what = format!("an archive that unpacks {stored} bytes to {}", self.total);
                return Err(LimitError::Over { what, name: "ratio", limit: self.limits.ratio }.into());
            }
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.filled);
    }
}
