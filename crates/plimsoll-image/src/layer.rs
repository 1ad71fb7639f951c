//! Reading one layer once: the stored bytes are hashed and unpacked on one thread, the tar is hashed and walked on
//! the other, and both digests must be right before anything counts as read.

use crate::hash::Hasher;
use crate::options::{Options, Progress};
use crate::source::{LayerRead, LayerStream, Visitor};
use crate::tar::{Input, Problem};
use crate::unpack::{MAGIC_BYTES, Packing, Unpack};
use crate::walk::{Deadline, walk};
use crate::{ImageError, folder};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use plimsoll_model::{Digest, Entry, EntryKind, LayerRef, LimitError, Limits};
use std::io::{self, BufRead, Read};

/// Bytes handed from thread to thread at a time; small enough to stay in a core's cache between hashing and walking.
const PIECE_BYTES: usize = 256 << 10;

/// Pieces on their way at most, so that one thread does not wait for every hiccup of the other.
const PIECES: usize = 8;

/// Stored bytes read at a time.
const STORED_BYTES: usize = 128 << 10;

/// `ratio` counts once so much is unpacked ([`Limits::ratio`]).
const FREE_UNPACKED: u64 = 64 << 20;

/// Reads a layer from its stream; see [`crate::Image::read_layer`].
pub(crate) fn read(
    stream: LayerStream,
    layer: &LayerRef,
    what: &str,
    options: &Options,
    visitor: &mut dyn Visitor,
) -> Result<LayerRead, ImageError> {
    let shown = layer.digest.as_ref().or(layer.diff_id.as_ref()).map_or(what, short).to_owned();
    let progress = options.progress.clone();
    let tell = move |event: Progress| progress.iter().for_each(|progress| progress(event.clone()));
    tell(Progress::Start { layer: shown.clone(), size: layer.size });
    let read = match stream {
        LayerStream::Folder(root) => folder::read(&root, options, visitor)?,
        LayerStream::File(path, content) => single_file(path, &content, options, visitor),
        LayerStream::Stored(stored) => {
            let (tell, layer_name) = (tell.clone(), shown.clone());
            let told = Box::new(move |bytes| tell(Progress::Read { layer: layer_name.clone(), bytes }));
            read_stored(stored, layer, what, options, told, visitor)?
        }
    };
    tell(Progress::Done { layer: shown });
    Ok(read)
}

/// Enough of a digest to tell layers apart on a screen.
fn short(digest: &Digest) -> &str {
    let text = digest.as_str();
    text.get(..19).unwrap_or(text)
}

type Told = Box<dyn Fn(u64) + Send>;

fn read_stored(
    stored: Box<dyn Read + Send>,
    layer: &LayerRef,
    what: &str,
    options: &Options,
    told: Told,
    visitor: &mut dyn Visitor,
) -> Result<LayerRead, ImageError> {
    let limits = options.limits;
    let deadline = Deadline::of(&limits);
    let (sender, receiver) = bounded(PIECES);
    // Emptied pieces go back; there are never more than are on their way and one at each end.
    let (give_back, recycled) = bounded(PIECES + 2);
    let wanted = Wanted {
        what: what.to_owned(),
        digest: layer.digest.clone(),
        size: layer.size,
        tar: layer.diff_id.clone(),
    };
    // The thread is not joined when reading fails: it ends with its next piece, and a registry that no longer
    // answers must not hold up the error.
    std::thread::Builder::new()
        .name("layer".to_owned())
        .spawn(move || unpack(stored, wanted, &limits, told, &sender, &recycled))
        .map_err(|error| Problem::Io(error).of(what))?;
    let mut pieces = Pieces {
        receiver,
        give_back,
        current: Vec::new(),
        at: 0,
        hash: Hasher::like(layer.diff_id.as_ref()),
        total: 0,
        end: None,
        deadline,
    };
    let walked = walk(&mut pieces, &limits, deadline, options.hash_files, visitor);
    // What follows the end of the tar belongs to both digests. And when the tar makes no sense the digests say
    // whether it was damaged on its way, which is the better answer.
    let walked = match walked {
        Ok(walked) => pieces.drain().map(|()| walked).map_err(|problem| problem.of(what))?,
        Err(problem @ (Problem::Malformed(_) | Problem::Truncated)) => {
            pieces.drain().map_err(|problem| problem.of(what))?;
            verify(pieces, layer, what)?;
            return Err(problem.of(what));
        }
        Err(problem) => return Err(problem.of(what)),
    };
    let unpacked_size = pieces.total;
    let (digest, diff_id, size) = verify(pieces, layer, what)?;
    let (entries, unread) = (walked.entries, walked.unread);
    Ok(LayerRead { digest: Some(digest), diff_id, size, unpacked_size, entries, unread })
}

/// The stored digest, the diff id and the stored size, all as they were promised.
fn verify(pieces: Pieces, layer: &LayerRef, what: &str) -> Result<(Digest, Digest, u64), ImageError> {
    let Pieces { hash, end, .. } = pieces;
    let Some(End { digest, size }) = end else {
        return Err(Problem::Truncated.of(what));
    };
    let diff_id = hash.finish();
    let digest = digest.unwrap_or_else(|| diff_id.clone());
    if let Some(expected) = layer.size.filter(|&expected| expected != size) {
        return Err(ImageError::WrongSize { what: what.to_owned(), expected, actual: size });
    }
    let same = |expected: Option<&Digest>, actual: &Digest, what: String| match expected {
        Some(expected) if expected != actual => {
            Err(ImageError::WrongDigest { what, expected: expected.clone(), actual: actual.clone() })
        }
        _ => Ok(()),
    };
    same(layer.digest.as_ref(), &digest, what.to_owned())?;
    same(layer.diff_id.as_ref(), &diff_id, format!("the unpacked {what}"))?;
    Ok((digest, diff_id, size))
}

/// What the walking thread takes.
enum Piece {
    Bytes(Vec<u8>),
    End(End),
    Failed(Problem),
}

struct End {
    /// `None`: the stored bytes are the tar, hashed by whoever walks it.
    digest: Option<Digest>,
    size: u64,
}

/// The tar, piece by piece, hashed as it comes.
struct Pieces {
    receiver: Receiver<Piece>,
    give_back: Sender<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
    hash: Hasher,
    total: u64,
    end: Option<End>,
    deadline: Deadline,
}

impl Input for Pieces {
    fn fill(&mut self) -> Result<&[u8], Problem> {
        while self.at == self.current.len() && self.end.is_none() {
            let received = match self.deadline.instant() {
                Some(at) => self.receiver.recv_deadline(at),
                None => self.receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match received {
                Ok(Piece::Bytes(bytes)) => {
                    self.hash.update(&bytes);
                    self.total += bytes.len() as u64;
                    // Full only if the other thread has ended.
                    let _ = self.give_back.try_send(std::mem::replace(&mut self.current, bytes));
                    self.at = 0;
                }
                Ok(Piece::End(end)) => self.end = Some(end),
                Ok(Piece::Failed(problem)) => return Err(problem),
                Err(RecvTimeoutError::Timeout) => return Err(self.deadline.passed().into()),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Problem::Malformed("the thread that unpacks it ended early"));
                }
            }
        }
        Ok(&self.current[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.current.len());
    }
}

impl Pieces {
    fn drain(&mut self) -> Result<(), Problem> {
        loop {
            let at_hand = self.fill()?.len();
            if at_hand == 0 {
                return Ok(());
            }
            self.consume(at_hand);
            self.deadline.check()?;
        }
    }
}

/// What the stored bytes should be.
struct Wanted {
    what: String,
    digest: Option<Digest>,
    size: Option<u64>,
    tar: Option<Digest>,
}

/// The unpacking thread: sends the tar, then the end; or what went wrong. Ends early when nobody takes it.
fn unpack(
    stored: Box<dyn Read + Send>,
    wanted: Wanted,
    limits: &Limits,
    told: Told,
    sender: &Sender<Piece>,
    recycled: &Receiver<Vec<u8>>,
) {
    let last = match unpack_all(stored, wanted, limits, told, sender, recycled) {
        Ok(Some(end)) => Piece::End(end),
        Ok(None) => return,
        Err(problem) => Piece::Failed(problem),
    };
    let _ = sender.send(last);
}

fn unpack_all(
    stored: Box<dyn Read + Send>,
    wanted: Wanted,
    limits: &Limits,
    told: Told,
    sender: &Sender<Piece>,
    recycled: &Receiver<Vec<u8>>,
) -> Result<Option<End>, Problem> {
    let algorithm = |digest: &Option<Digest>| digest.as_ref().map_or("sha256", Digest::algorithm).to_owned();
    let same_algorithm = algorithm(&wanted.digest) == algorithm(&wanted.tar);
    let mut stored = Stored::new(stored, wanted, limits, told)?;
    let packing = Packing::of(stored.at_hand());
    if matches!(packing, Ok(Packing::Plain)) && same_algorithm {
        // One hash of the same bytes is enough, and it is the walking thread's.
        stored.hash = None;
    }
    let mut unpack = Unpack::new(stored)?;
    let mut unpacked = 0u64;
    loop {
        let mut piece = recycled.try_recv().unwrap_or_default();
        piece.resize(PIECE_BYTES, 0);
        let mut filled = 0;
        let mut failed = None;
        while filled < PIECE_BYTES {
            match unpack.read(&mut piece[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        let stored = unpack.inner();
        if let Some(error) = failed {
            // Damaged on its way, or packed badly? The digest of all stored bytes tells.
            if error.kind() == io::ErrorKind::InvalidData || error.kind() == io::ErrorKind::UnexpectedEof {
                stored.verify_rest()?;
            }
            return Err(error.into());
        }
        unpacked += filled as u64;
        limits.check("unpacked-bytes", unpacked, || "the unpacked layer".to_owned())?;
        if unpacked > FREE_UNPACKED && unpacked / limits.ratio.max(1) > stored.count {
            let what = format!("a layer that unpacks {} stored bytes to {unpacked}", stored.count);
            return Err(LimitError::Over { what, name: "ratio", limit: limits.ratio }.into());
        }
        if filled > 0 {
            piece.truncate(filled);
            if sender.send(Piece::Bytes(piece)).is_err() {
                return Ok(None);
            }
        }
        if filled < PIECE_BYTES {
            return Ok(Some(End { digest: stored.hash.take().map(Hasher::finish), size: stored.count }));
        }
    }
}

/// The stored bytes of a layer, hashed and counted as they are read.
struct Stored {
    inner: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    at: usize,
    filled: usize,
    hash: Option<Hasher>,
    count: u64,
    wanted: Wanted,
    limits: Limits,
    told: Told,
}

impl Stored {
    /// Reads enough to tell how the bytes are packed.
    fn new(inner: Box<dyn Read + Send>, wanted: Wanted, limits: &Limits, told: Told) -> io::Result<Stored> {
        let mut stored = Stored {
            inner,
            buffer: vec![0; STORED_BYTES],
            at: 0,
            filled: 0,
            hash: Some(Hasher::like(wanted.digest.as_ref())),
            count: 0,
            wanted,
            limits: *limits,
            told,
        };
        // The first bytes are hashed in `fill_buf`, once it is known who hashes.
        while stored.filled < MAGIC_BYTES {
            match stored.inner.read(&mut stored.buffer[stored.filled..]) {
                Ok(0) => break,
                Ok(count) => stored.filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(stored)
    }

    fn at_hand(&self) -> &[u8] {
        &self.buffer[self.at..self.filled]
    }

    /// Counts and hashes what has just come into the buffer.
    fn took(&mut self) -> io::Result<()> {
        let bytes = self.filled as u64;
        self.count += bytes;
        if let Some(hash) = &mut self.hash {
            hash.update(&self.buffer[..self.filled]);
        }
        (self.told)(bytes);
        if let Some(expected) = self.wanted.size.filter(|&expected| self.count > expected) {
            let what = self.wanted.what.clone();
            return Err(io::Error::other(ImageError::WrongSize { what, expected, actual: self.count }));
        }
        let stored = || "the stored layer".to_owned();
        self.limits
            .check("layer-bytes", self.count, stored)
            .map_err(|error| io::Error::other(ImageError::from(error)))
    }

    /// After damage: reads what is left and compares size and digest with what was promised.
    fn verify_rest(&mut self) -> Result<(), Problem> {
        loop {
            let count = self.fill_buf()?.len();
            if count == 0 {
                break;
            }
            self.consume(count);
        }
        let what = self.wanted.what.clone();
        if let Some(expected) = self.wanted.size.filter(|&expected| expected != self.count) {
            return Err(Problem::Image(ImageError::WrongSize { what, expected, actual: self.count }));
        }
        match (&self.wanted.digest, self.hash.take().map(Hasher::finish)) {
            (Some(expected), Some(actual)) if *expected != actual => {
                Err(Problem::Image(ImageError::WrongDigest { what, expected: expected.clone(), actual }))
            }
            _ => Ok(()),
        }
    }
}

impl BufRead for Stored {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == 0 && self.count == 0 && self.filled > 0 {
            self.took()?;
        }
        while self.at == self.filled {
            match self.inner.read(&mut self.buffer) {
                Ok(count) => {
                    (self.at, self.filled) = (0, count);
                    if count == 0 {
                        break;
                    }
                    self.took()?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(&self.buffer[self.at..self.filled])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.filled);
    }
}

impl Read for Stored {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let count = bytes.len().min(out.len());
        out[..count].copy_from_slice(&bytes[..count]);
        self.consume(count);
        Ok(count)
    }
}

/// The "layer" of an SBOM: one made-up file, always shown.
fn single_file(path: String, content: &[u8], options: &Options, visitor: &mut dyn Visitor) -> LayerRead {
    let mut hash = Hasher::like(None);
    hash.update(content);
    let diff_id = hash.finish();
    let sha256 = if options.hash_files {
        hex::decode(diff_id.hex()).ok().and_then(|hash| hash.try_into().ok())
    } else {
        None
    };
    let size = content.len() as u64;
    let entry = Entry {
        path,
        kind: EntryKind::File,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size,
        link: String::new(),
        mtime: 0,
        capability: None,
        sha256,
    };
    if visitor.wants(&entry, &content[..content.len().min(crate::walk::HEAD_BYTES)]) {
        visitor.file(0, &entry, content);
    }
    LayerRead { digest: None, diff_id, size, unpacked_size: size, entries: vec![entry], unread: Vec::new() }
}
