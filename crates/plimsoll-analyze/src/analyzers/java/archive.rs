//! Archives inside archives, under one budget for the whole tree.

use plimsoll_model::{LimitError, Limits};
use std::io::{Cursor, Read};
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

/// `limits.ratio` counts once this much is unpacked, as it does for layers.
const RATIO_FROM_BYTES: u64 = 64 << 20;
/// Reserved for a member before its bytes are seen.
const RESERVED_BYTES: u64 = 1 << 20;
/// The signature of a member in a zip's central directory (APPNOTE 4.3.12).
const CENTRAL_HEADER: &[u8] = b"PK\x01\x02";

/// What may still be unpacked out of one file of the image, all archives inside it together.
pub(super) struct Budget<'a> {
    limits: &'a Limits,
    stored_bytes: u64,
    bytes: u64,
    entries: u64,
}

/// Why something could not be unpacked.
pub(super) enum Unpack {
    /// This archive or member is bad; others may be good.
    Bad(String),
    /// The budget is spent: nothing more can be had from the whole file.
    Spent(String),
}

/// One member of an archive.
pub(super) struct Member {
    /// Path inside the archive.
    pub path: String,
    /// Its number in the archive.
    index: usize,
    /// Why its content cannot be had, if it cannot.
    pub locked: Option<String>,
    /// Bytes once unpacked, as the archive claims.
    pub size: u64,
}

/// An archive whose members are known.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    /// Its files, without folders.
    pub members: Vec<Member>,
}

impl<'a> Budget<'a> {
    /// All that the limits allow for a file of this many bytes.
    pub fn new(limits: &'a Limits, stored_bytes: u64) -> Budget<'a> {
        Budget { limits, stored_bytes, bytes: 0, entries: 0 }
    }

    /// `Err` when an archive at this depth (0: a file of the image) is too deep.
    pub fn check_depth(&self, depth: u64) -> Result<(), String> {
        let over =
            self.limits.check("nested-depth", depth, || "the depth of archives inside archives".to_owned());
        over.map_err(|error| error.to_string())
    }

    /// Bytes that may be held in memory at once.
    pub fn file_bytes(&self) -> u64 {
        self.limits.file_bytes
    }

    /// The longest path that is believed.
    fn path_bytes(&self) -> usize {
        usize::try_from(self.limits.path_bytes).unwrap_or(usize::MAX)
    }

    fn check_entries(&self, more: u64) -> Result<u64, Unpack> {
        let entries = self.entries.saturating_add(more);
        let over = self.limits.check("nested-entries", entries, || "the number of members".to_owned());
        over.map(|()| entries).map_err(|error| Unpack::Spent(error.to_string()))
    }

    fn remaining_bytes(&self) -> u64 {
        let by_ratio = self.stored_bytes.saturating_mul(self.limits.ratio).max(RATIO_FROM_BYTES);
        self.limits.nested_bytes.min(by_ratio).saturating_sub(self.bytes)
    }

    /// The error of wanting this many bytes more than there are.
    fn spent(&self, wanted_bytes: u64) -> Unpack {
        let bytes = self.bytes.saturating_add(wanted_bytes);
        let over = self.limits.check("nested-bytes", bytes, || "what is unpacked".to_owned());
        let by_ratio = LimitError::Over {
            what: "what is unpacked for each stored byte".to_owned(),
            name: "ratio",
            limit: self.limits.ratio,
        };
        Unpack::Spent(over.err().unwrap_or(by_ratio).to_string())
    }
}

impl<'a> Archive<'a> {
    /// Reads the list of members. Refused: what is no zip, too many members, members that share bytes (a bomb: the
    /// same compressed bytes unpack many times).
    pub fn open(bytes: &'a [u8], budget: &mut Budget<'_>) -> Result<Archive<'a>, Unpack> {
        // Counted before the list is read, because reading it takes memory for every member. Archives stored inside
        // without compression are counted with it: they are under the same budget.
        let headers = memchr::memmem::find_iter(bytes, CENTRAL_HEADER).count();
        budget.check_entries(headers as u64)?;
        let no_zip = |error: ZipError| Unpack::Bad(format!("not a zip archive: {error}"));
        let mut zip = ZipArchive::new(Cursor::new(bytes)).map_err(no_zip)?;
        budget.entries = budget.check_entries(zip.len() as u64)?;
        if zip.has_overlapping_entries().map_err(no_zip)? {
            return Err(Unpack::Bad("members of the archive overlap, as in a zip bomb".to_owned()));
        }
        let most = budget.path_bytes();
        let members = (0..zip.len()).filter_map(|index| member(&zip, index));
        Ok(Archive { members: members.filter(|member| member.path.len() <= most).collect(), zip })
    }

    /// Unpacks one member, unless it is larger than `most_bytes`.
    pub fn content(
        &mut self,
        member: usize,
        most_bytes: u64,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<u8>, Unpack> {
        let bad = |error: &dyn std::fmt::Display| Unpack::Bad(format!("cannot unpack: {error}"));
        let member = self.members.get(member).ok_or_else(|| bad(&"no such member"))?;
        if let Some(reason) = &member.locked {
            return Err(Unpack::Bad(reason.clone()));
        }
        let allowed = budget.remaining_bytes();
        if member.size > allowed {
            return Err(budget.spent(member.size));
        }
        let too_large = || Unpack::Bad(format!("larger than {most_bytes} bytes"));
        if member.size > most_bytes {
            return Err(too_large());
        }
        let file = self.zip.by_index(member.index).map_err(|error| bad(&error))?;
        // The size is what the archive claims: it reserves little, and a lie ends at what is allowed.
        let mut content = Vec::with_capacity(usize::try_from(member.size.min(RESERVED_BYTES)).unwrap_or(0));
        let read = file.take(allowed.min(most_bytes).saturating_add(1)).read_to_end(&mut content);
        let length = content.len() as u64;
        budget.bytes = budget.bytes.saturating_add(length);
        read.map_err(|error| bad(&error))?;
        if length > allowed {
            return Err(budget.spent(0));
        }
        if length > most_bytes {
            return Err(too_large());
        }
        Ok(content)
    }
}

fn member(zip: &ZipArchive<Cursor<&[u8]>>, index: usize) -> Option<Member> {
    let entry = zip.by_index_data(index).ok()?;
    if entry.is_dir() {
        return None;
    }
    let path = entry.name().unwrap_or_else(|_| String::from_utf8_lossy(entry.name_raw()));
    let locked = if entry.encrypted() {
        Some("encrypted".to_owned())
    } else if !is_readable(entry.compression()) {
        Some(format!("compressed with {}, which is not read", entry.compression()))
    } else {
        None
    };
    Some(Member { path: path.into_owned(), index, locked, size: entry.size() })
}

fn is_readable(method: CompressionMethod) -> bool {
    matches!(
        method,
        CompressionMethod::Stored
            | CompressionMethod::Deflated
            | CompressionMethod::Bzip2
            | CompressionMethod::Zstd
            | CompressionMethod::Xz
            | CompressionMethod::Lzma
    )
}
