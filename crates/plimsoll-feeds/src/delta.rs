//! A delta: what makes one database say what another says. It carries changed records only, and EPSS, which changes
//! for nearly every vulnerability every day, as numbers apart. Which bytes a database's file has may differ after
//! [`apply`]; what it says does not, and its digest is computed anew to be sure.

mod apply;
mod epss;
mod make;

pub use apply::apply;
pub use make::delta;

use crate::stored::{decode, encode};
use crate::{FeedError, FeedInfo, Origin};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::Read as _;
use std::path::Path;

/// The first bytes of a delta's file, with its format behind.
const MAGIC: &[u8] = b"plimsoll delta 1\n";
/// Bytes of a delta, packed and unpacked. A day's has some 100 KB.
const LARGEST_PACKED: u64 = 256 << 20;
const LARGEST: u64 = 1 << 30;
/// Packed once, fetched often.
const LEVEL: i32 = 19;

/// What a delta is between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Digest of the database it is for.
    pub from: String,
    /// Digest of the database it makes.
    pub to: String,
    /// Packages whose advisories change, appear or go.
    pub packages: usize,
    /// Vulnerabilities whose record changes, appears or goes, EPSS apart.
    pub vulnerabilities: usize,
    /// Bytes of its file.
    pub bytes: u64,
    /// sha256 of its file, in hexadecimal.
    pub sha256: String,
}

/// The list of deltas beside a finished database, `NAME.deltas` in JSON: which lead from where to where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeltaIndex {
    /// Digest of what the finished database says.
    pub digest: String,
    /// Deltas, which may be taken one after the other.
    pub deltas: Vec<IndexedDelta>,
}

/// A delta in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedDelta {
    /// Digest of the database it is for.
    pub from: String,
    /// Digest of the database it makes.
    pub to: String,
    /// Its file, beside the list.
    pub file: String,
    /// sha256 of the file, in hexadecimal.
    pub sha256: String,
    /// Bytes of the file.
    pub bytes: u64,
}

/// Deltas in a list, and in a chain.
const INDEXED: usize = 10_000;
const CHAIN: usize = 64;

impl DeltaIndex {
    /// Reads the list.
    pub fn parse(text: &str) -> Option<DeltaIndex> {
        serde_json::from_str(text).ok().filter(|index: &DeltaIndex| index.deltas.len() <= INDEXED)
    }

    /// Takes a delta in whose file has this name beside the list: what it makes is the newest now.
    pub fn add(&mut self, delta: &Delta, file: &str) {
        let Delta { from, to, bytes, sha256, .. } = delta.clone();
        self.digest = to.clone();
        self.deltas.retain(|known| known.from != from || known.to != to);
        self.deltas.push(IndexedDelta { from, to, file: file.to_owned(), sha256, bytes });
    }

    /// The shortest way of deltas from a database of this digest to the finished one; `None` when there is none.
    pub fn chain(&self, from: &str) -> Option<Vec<&IndexedDelta>> {
        let mut ways: Vec<(&str, Vec<&IndexedDelta>)> = vec![(from, Vec::new())];
        let mut seen = std::collections::HashSet::from([from]);
        for _ in 0..=CHAIN {
            if let Some(at) = ways.iter().position(|(digest, _)| *digest == self.digest) {
                return Some(ways.swap_remove(at).1);
            }
            let mut longer = Vec::new();
            for (digest, way) in &ways {
                for delta in self.deltas.iter().filter(|delta| delta.from == *digest) {
                    if seen.insert(&*delta.to) {
                        longer.push((&*delta.to, [way.as_slice(), &[delta]].concat()));
                    }
                }
            }
            ways = longer;
        }
        None
    }
}

/// The content of a delta's file.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Content {
    from: String,
    to: String,
    /// `meta` of the new database, but its digest.
    meta: Vec<(String, String)>,
    /// `source` of the new database.
    sources: Vec<FeedInfo>,
    /// `end_of_life` of the new database.
    cycles: Vec<(String, String, String)>,
    /// `file` of the new database, by number.
    files: Vec<(u32, Origin)>,
    /// Ecosystem, name and what is said of the package now; `None`: nothing any more.
    packages: Vec<(String, String, Option<Package>)>,
    /// Id and record without EPSS; `None`: none any more.
    vulnerabilities: Vec<(String, Option<Vec<u8>>)>,
    epss: epss::Change,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Package {
    pieces: Vec<Piece>,
    /// Numbers in [`Content::files`], as [`crate::stored::encode_origins`] joins them.
    origins: Vec<u32>,
}

/// A part of a package's list of advisories.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Piece {
    /// So many of the old list from this place on.
    Old(u32, u32),
    /// One that is new, encoded.
    New(Vec<u8>),
}

/// Its size and its sha256.
fn write(content: &Content, to: &Path) -> Result<(u64, String), FeedError> {
    let plain = encode(content)?;
    let packed = zstd::bulk::Compressor::new(LEVEL)
        .and_then(|mut compressor| {
            compressor.long_distance_matching(true)?;
            compressor.window_log(27)?;
            compressor.compress(&plain)
        })
        .map_err(|error| FeedError::file("pack", to, error))?;
    let bytes = [MAGIC, &packed].concat();
    std::fs::write(to, &bytes).map_err(|error| FeedError::file("write", to, error))?;
    Ok((bytes.len() as u64, hex::encode(Sha256::digest(&bytes))))
}

fn read(path: &Path) -> Result<Content, FeedError> {
    let unreadable = |error| FeedError::file("read", path, error);
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LARGEST_PACKED + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST_PACKED {
        return Err(FeedError::feed(path, "it is too large for a delta"));
    }
    unpack(&bytes).map_err(|why| FeedError::feed(path, why))
}

fn unpack(bytes: &[u8]) -> Result<Content, String> {
    let packed = bytes.strip_prefix(MAGIC).ok_or("it is no delta of a format this program knows")?;
    let mut plain = Vec::new();
    zstd::stream::read::Decoder::new(packed)
        .and_then(|mut decoder| {
            decoder.window_log_max(27)?;
            decoder.take(LARGEST + 1).read_to_end(&mut plain)
        })
        .map_err(|error| error.to_string())?;
    if plain.len() as u64 > LARGEST {
        return Err("it is too large for a delta".into());
    }
    decode(&plain).map_err(|error| error.to_string())
}

/// Reads a delta's bytes, for the fuzzer.
pub fn parse(bytes: &[u8]) -> bool {
    decode::<Content>(bytes).is_ok() | unpack(bytes).is_ok()
}

#[cfg(test)]
mod tests;
