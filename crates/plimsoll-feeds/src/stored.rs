//! How values stand in the database: postcard, plain or compressed with the database's own dictionary. What is read
//! back is not trusted: sizes are bounded and every failure is an error.

use crate::FeedError;
use plimsoll_model::{Advisory, Affected, Vulnerability};
use serde::{Serialize, de::DeserializeOwned};
use zstd::bulk::{Compressor, Decompressor};

/// `PRAGMA application_id`: the letters `PLMS`.
pub(crate) const APPLICATION: i64 = 0x504c_4d53;
/// `PRAGMA user_version`: changes whenever an older program could not read the file.
pub(crate) const FORMAT: i64 = 1;

/// Tables and columns. Every table is written in the order of its key.
pub(crate) const SCHEMA: &str = "
    -- built_at, digest, starter, texts
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    -- zstd dictionaries of the columns called content: `advisory`, `vulnerability`
    CREATE TABLE dictionary (name TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE source (name TEXT PRIMARY KEY, records INTEGER NOT NULL, as_of TEXT NOT NULL) STRICT, WITHOUT ROWID;
    -- numbered in the order of their names, so that (ecosystem, name) sorts as the names do
    CREATE TABLE ecosystem (no INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
    -- content: every advisory of the package; origin: the number of the file each was read from
    CREATE TABLE advisory (
        ecosystem INTEGER NOT NULL, name TEXT NOT NULL, content BLOB NOT NULL, origin BLOB NOT NULL,
        PRIMARY KEY (ecosystem, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE file (no INTEGER PRIMARY KEY, path TEXT NOT NULL, url TEXT, as_of TEXT NOT NULL) STRICT;
    CREATE TABLE vulnerability (id TEXT PRIMARY KEY, content BLOB NOT NULL) STRICT, WITHOUT ROWID;
    -- the keys of `advisory`, numbered for `mention`
    CREATE TABLE package (no INTEGER PRIMARY KEY, ecosystem INTEGER NOT NULL, name TEXT NOT NULL) STRICT;
    -- which packages have an advisory that names this id; packages: rising numbers, each as the step from the one before
    CREATE TABLE mention (id TEXT PRIMARY KEY, packages BLOB NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE end_of_life (
        product TEXT NOT NULL, cycle TEXT NOT NULL, day TEXT NOT NULL, PRIMARY KEY (product, cycle)
    ) STRICT, WITHOUT ROWID;
";

/// Bytes of one unpacked value: a Linux kernel's advisories of ten years are about 2 MB.
const LARGEST_VALUE: usize = 64 << 20;
/// Bytes of a dictionary.
pub(crate) const LARGEST_DICTIONARY: usize = 1 << 20;
/// The first byte of a value says how the rest is packed.
const PLAIN: u8 = 0;
const ZSTD: u8 = 1;

/// The compression level: reading costs the same at any; this one builds the database in seconds.
const LEVEL: i32 = 9;

/// Packs values of one column.
pub(crate) struct Packer(Option<Compressor<'static>>);

impl Packer {
    /// Packs with this dictionary, or leaves values plain.
    pub(crate) fn new(dictionary: Option<&[u8]>) -> Result<Packer, FeedError> {
        let Some(dictionary) = dictionary else { return Ok(Packer(None)) };
        let mut compressor = Compressor::with_dictionary(LEVEL, dictionary).map_err(damaged)?;
        for parameter in
            [zstd::zstd_safe::CParameter::ChecksumFlag(false), zstd::zstd_safe::CParameter::DictIdFlag(false)]
        {
            compressor.set_parameter(parameter).map_err(damaged)?;
        }
        Ok(Packer(Some(compressor)))
    }

    pub(crate) fn pack(&mut self, plain: &[u8]) -> Result<Vec<u8>, FeedError> {
        if let Some(compressor) = &mut self.0 {
            let packed = compressor.compress(plain).map_err(damaged)?;
            if packed.len() < plain.len() {
                return Ok([&[ZSTD], packed.as_slice()].concat());
            }
        }
        Ok([&[PLAIN], plain].concat())
    }
}

/// Bytes of memory an unpacker keeps between values: nearly all values are smaller.
const KEPT: usize = 1 << 20;

/// Unpacks values of one column, into the same memory one after the other.
pub(crate) struct Unpacker {
    decompressor: Decompressor<'static>,
    plain: Vec<u8>,
}

impl Unpacker {
    pub(crate) fn new(dictionary: &[u8]) -> Result<Unpacker, FeedError> {
        let decompressor = Decompressor::with_dictionary(dictionary).map_err(damaged)?;
        Ok(Unpacker { decompressor, plain: Vec::new() })
    }

    pub(crate) fn unpack<'a>(&'a mut self, value: &'a [u8]) -> Result<&'a [u8], FeedError> {
        match value.split_first() {
            Some((&PLAIN, plain)) if plain.len() <= LARGEST_VALUE => Ok(plain),
            Some((&ZSTD, packed)) => {
                let size = Decompressor::upper_bound(packed).filter(|&size| size <= LARGEST_VALUE);
                let size = size.ok_or_else(|| FeedError::Damaged("a value does not say its size".into()))?;
                if self.plain.capacity() > KEPT {
                    self.plain = Vec::new();
                }
                self.plain.clear();
                self.plain.reserve(size);
                self.decompressor.decompress_to_buffer(packed, &mut self.plain).map_err(damaged)?;
                Ok(&self.plain)
            }
            _ => Err(FeedError::Damaged("a value is packed in a way this program does not know".into())),
        }
    }
}

fn damaged(error: std::io::Error) -> FeedError {
    FeedError::Damaged(error.to_string())
}

pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, FeedError> {
    postcard::to_stdvec(value).map_err(|error| FeedError::Damaged(error.to_string()))
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, FeedError> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok(_) => Err(FeedError::Damaged("a value goes on behind its end".into())),
        Err(error) => Err(FeedError::Damaged(error.to_string())),
    }
}

/// Reads the unpacked content of the table `advisory`.
pub fn decode_advisories(bytes: &[u8]) -> Result<Vec<Advisory>, FeedError> {
    decode(bytes)
}

/// Reads what a build keeps of a record about one package.
pub(crate) fn decode_affected(bytes: &[u8]) -> Result<Vec<Affected>, FeedError> {
    decode(bytes)
}

/// Reads the unpacked content of the table `vulnerability`.
pub fn decode_vulnerability(bytes: &[u8]) -> Result<Vulnerability, FeedError> {
    decode(bytes)
}

/// Reads one advisory, as a delta carries it.
pub(crate) fn decode_advisory(bytes: &[u8]) -> Result<Advisory, FeedError> {
    decode(bytes)
}

/// The numbers of the files that a package's advisories were read from; one for all where they are the same.
pub(crate) fn encode_origins(files: &[u32]) -> Vec<u8> {
    let same = files.first().filter(|first| files.iter().all(|file| file == *first));
    let files = same.map_or(files, std::slice::from_ref);
    postcard::to_stdvec(files).unwrap_or_default()
}

/// Reads what [`encode_origins`] wrote.
pub fn decode_origins(bytes: &[u8]) -> Result<Vec<u32>, FeedError> {
    decode(bytes)
}

/// Rising numbers as LEB128 steps.
pub(crate) fn encode_numbers(numbers: &[u32]) -> Vec<u8> {
    let mut out = Vec::with_capacity(numbers.len() * 2);
    let mut before = 0;
    for &number in numbers {
        let mut step = number.wrapping_sub(before);
        before = number;
        while step >= 0x80 {
            out.push(step as u8 | 0x80);
            step >>= 7;
        }
        out.push(step as u8);
    }
    out
}

/// Reads what [`encode_numbers`] wrote.
pub fn decode_numbers(bytes: &[u8]) -> Result<Vec<u32>, FeedError> {
    let bad = || FeedError::Damaged("a list of package numbers".into());
    let mut numbers = Vec::new();
    let (mut number, mut step, mut shift) = (0u32, 0u64, 0u32);
    for &byte in bytes {
        step |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 != 0 {
            if shift > 28 {
                return Err(bad());
            }
            continue;
        }
        number = u32::try_from(step).ok().and_then(|step| number.checked_add(step)).ok_or_else(bad)?;
        numbers.push(number);
        (step, shift) = (0, 0);
    }
    if shift == 0 { Ok(numbers) } else { Err(bad()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unpacker(dictionary: &[u8]) -> Unpacker {
        Unpacker::new(dictionary).expect("an unpacker")
    }

    #[test]
    fn packed_values_come_back_and_lies_do_not() {
        let dictionary = b"the quick brown fox jumps over the lazy dog".repeat(20);
        let text = b"the quick brown fox jumps over the lazy cat, over the lazy cat, over the lazy cat";
        let packed = Packer::new(Some(&dictionary)).and_then(|mut packer| packer.pack(text)).expect("packed");
        assert!(packed.len() < text.len(), "{}", packed.len());
        let mut unpacker = unpacker(&dictionary);
        assert_eq!(unpacker.unpack(&packed).expect("unpacked"), text);
        let plain = Packer::new(None).and_then(|mut packer| packer.pack(text)).expect("packed");
        assert_eq!(unpacker.unpack(&plain).expect("unpacked"), text);
        for bad in [&[][..], &[9, 1, 2], &[ZSTD, 1, 2, 3], &packed[..packed.len() - 3]] {
            assert!(unpacker.unpack(bad).is_err(), "{bad:?}");
        }
        // A frame that claims 4 GiB.
        let claims = [ZSTD, 0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0];
        assert!(unpacker.unpack(&claims).is_err());
    }

    proptest! {
        #[test]
        fn numbers_come_back(mut numbers: Vec<u32>) {
            numbers.sort_unstable();
            prop_assert_eq!(decode_numbers(&encode_numbers(&numbers)).expect("numbers"), numbers);
        }

        #[test]
        fn any_bytes_are_refused_or_read(bytes: Vec<u8>) {
            let _ = decode_numbers(&bytes);
            let _ = decode_advisories(&bytes);
            let _ = decode_vulnerability(&bytes);
            let _ = decode_origins(&bytes);
            let _ = unpacker(b"some words to begin with").unpack(&bytes).map(<[u8]>::len);
        }
    }
}
