//! One package's header, as every form of the database keeps it: an index of tags and a store of values, all numbers
//! big-endian (rpm manual, "RPM V4 Package format", "Header").

use super::OwnedPaths;
use plimsoll_model::RecordedDigest;

pub(super) const NAME: u32 = 1000;
pub(super) const VERSION: u32 = 1001;
pub(super) const RELEASE: u32 = 1002;
pub(super) const EPOCH: u32 = 1003;
pub(super) const VENDOR: u32 = 1011;
pub(super) const LICENSE: u32 = 1014;
pub(super) const ARCH: u32 = 1022;
pub(super) const OLDFILENAMES: u32 = 1027;
pub(super) const FILEDIGESTS: u32 = 1035;
pub(super) const SOURCERPM: u32 = 1044;
pub(super) const DIRINDEXES: u32 = 1116;
pub(super) const BASENAMES: u32 = 1117;
pub(super) const DIRNAMES: u32 = 1118;
pub(super) const MODULARITYLABEL: u32 = 5096;

/// Types of values ("Header", "Index entry").
const INT32: u32 = 4;
const STRING: u32 = 6;
const STRING_ARRAY: u32 = 8;
const I18NSTRING: u32 = 9;

/// Bytes of one index entry: tag, type, offset, count.
const ENTRY_BYTES: usize = 16;

/// A header whose index and store lie within its bytes.
pub(crate) struct Header<'a> {
    index: &'a [u8],
    store: &'a [u8],
}

impl<'a> Header<'a> {
    /// Checks the sizes; values are checked as they are asked for.
    pub fn parse(blob: &'a [u8]) -> Result<Header<'a>, &'static str> {
        const SHORT: &str = "it is longer than its record";
        let entries = number_at(blob, 0).ok_or(SHORT)? as usize;
        let store = number_at(blob, 4).ok_or(SHORT)? as usize;
        let rest = blob.get(8..).ok_or(SHORT)?;
        let index = entries.checked_mul(ENTRY_BYTES).and_then(|length| rest.get(..length)).ok_or(SHORT)?;
        let store = rest[index.len()..].get(..store).ok_or(SHORT)?;
        Ok(Header { index, store })
    }

    /// A text; of a translated one the first. `(none)` is rpm's word for none.
    pub fn text(&self, tag: u32) -> Option<String> {
        let (kind, values, _) = self.value(tag)?;
        if !matches!(kind, STRING | STRING_ARRAY | I18NSTRING) {
            return None;
        }
        let value = texts(values).next()?.trim_ascii();
        (!value.is_empty() && value != b"(none)").then(|| String::from_utf8_lossy(value).into_owned())
    }

    /// The first number of a tag of 32-bit numbers.
    pub fn number(&self, tag: u32) -> Option<u32> {
        match self.value(tag)? {
            (INT32, values, _) => number_at(values, 0),
            _ => None,
        }
    }

    /// The package's files: folders and names apart since rpm 4, whole paths before.
    pub fn paths(&self, owned: &mut OwnedPaths) {
        if let (
            Some((STRING_ARRAY, names, count)),
            Some((STRING_ARRAY, folders, folder_count)),
            Some((INT32, indexes, _)),
        ) = (self.value(BASENAMES), self.value(DIRNAMES), self.value(DIRINDEXES))
        {
            let folders: Vec<_> = texts(folders).take(folder_count).map(String::from_utf8_lossy).collect();
            let mut digests = match self.value(FILEDIGESTS) {
                Some((STRING_ARRAY, digests, digest_count)) if digest_count == count => Some(texts(digests)),
                _ => None,
            };
            for (at, name) in texts(names).take(count).enumerate() {
                let digest = digests.as_mut().and_then(Iterator::next);
                let digest = digest.and_then(|hex| RecordedDigest::of_hex(std::str::from_utf8(hex).ok()?));
                let folder = number_at(indexes, at * 4).and_then(|index| folders.get(index as usize));
                if let Some(folder) = folder {
                    owned.add_recorded(folder, &String::from_utf8_lossy(name), digest);
                }
            }
        } else if let Some((STRING_ARRAY, paths, count)) = self.value(OLDFILENAMES) {
            for path in texts(paths).take(count) {
                owned.add("", &String::from_utf8_lossy(path));
            }
        }
    }

    /// Type of a tag's value, the store from where it begins, and how many it has. Of a tag that occurs twice the
    /// last one counts: rpm appends what it changes after the signed part.
    fn value(&self, tag: u32) -> Option<(u32, &'a [u8], usize)> {
        let entry = self.index.rchunks_exact(ENTRY_BYTES).find(|entry| number_at(entry, 0) == Some(tag))?;
        let values = self.store.get(number_at(entry, 8)? as usize..)?;
        Some((number_at(entry, 4)?, values, number_at(entry, 12)? as usize))
    }
}

/// The zero-ended texts of a store; one without its end is none.
fn texts(store: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = store;
    std::iter::from_fn(move || {
        let end = memchr::memchr(0, rest)?;
        let text = &rest[..end];
        rest = &rest[end + 1..];
        Some(text)
    })
}

fn number_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}
