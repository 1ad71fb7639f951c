//! Zips: jars, wheels, office documents, programs with a zip at their end (APPNOTE.TXT 6.3.10).
//!
//! Read here and not by the `zip` crate because what hides from a reader of the list at the end is what matters:
//! members of the same name, members that the list leaves out, archives whose list is damaged.

mod implode;

use crate::bytes::{slice, u16_le, u32_le, u64_le};
use crate::sink::{Broken, Sink};
use memchr::memmem;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};

const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_BYTES: usize = 22;

/// Begins with a member, or is something executable with the end of a zip at its own.
pub(crate) fn is(content: &[u8]) -> bool {
    content.starts_with(LOCAL)
        || content.starts_with(b"PK00PK\x03\x04")
        || content.len() >= END_BYTES && content[content.len() - END_BYTES..].starts_with(END)
        || [&b"\x7fELF"[..], b"MZ", b"#!"].iter().any(|magic| content.starts_with(magic))
            && end(content).is_some_and(|end| central(content, end).is_some_and(|found| found.entries > 0))
}

/// A member as its header or the list at the end tells of it.
struct Entry<'a> {
    name: &'a [u8],
    flags: u16,
    method: u16,
    packed: u64,
    size: u64,
}

/// The list at the end.
struct Central {
    at: usize,
    entries: u64,
    /// What stands before the zip.
    before: usize,
}

pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    // Where members lie that were shown: their header, and the end of their content.
    let mut shown = BTreeMap::new();
    let list = end(content).and_then(|end| central(content, end));
    let mut start = 0;
    if let Some(list) = &list {
        let (mut at, mut left) = (list.at, list.entries);
        // Before a program with a zip at its end nothing is looked for; a file that begins as a zip is one from there.
        start = if content.starts_with(LOCAL) { 0 } else { list.before };
        while left > 0 && slice(content, at, 4) == Some(CENTRAL) {
            let (entry, local, next) = listed(content, at).ok_or("its list of members is cut")?;
            let local = usize::try_from(local).ok().and_then(|local| local.checked_add(list.before));
            match local.and_then(|local| Some((local, data_at(content, local)?))) {
                Some((local, from)) => {
                    let packed = usize::try_from(entry.packed).ok();
                    let data = packed.and_then(|packed| slice(content, from, packed));
                    shown.insert(local, from + data.map_or(0, <[u8]>::len));
                    match data {
                        Some(data) => show(&entry, data, sink)?,
                        None => sink.refuse(entry.name, "its content is cut off")?,
                    }
                }
                None => sink.refuse(entry.name, "its content is not where the list says")?,
            }
            at = next;
            left -= 1;
        }
    }
    hidden(content, start, &shown, sink)?;
    Ok(())
}

/// Shows the members that stand in the file but not in the list: a reader of streams sees them.
fn hidden(
    content: &[u8],
    start: usize,
    shown: &BTreeMap<usize, usize>,
    sink: &mut Sink<'_>,
) -> Result<(), Broken> {
    let mut at = start;
    while let Some(found) = content.get(at..).and_then(|rest| memmem::find(rest, LOCAL)) {
        at += found;
        if let Some(&end) = shown.get(&at) {
            at = end.max(at + 4);
            continue;
        }
        let Some((entry, from)) = local(content, at) else { return Ok(()) };
        let unknown = entry.flags & 8 != 0 && entry.packed == 0;
        if unknown && entry.method == 8 && entry.flags & 1 == 0 {
            let mut decoder = flate2::bufread::DeflateDecoder::new(content.get(from..).unwrap_or_default());
            sink.read(entry.name, &mut decoder)?;
            at = content.len() - decoder.into_inner().len();
            continue;
        }
        let packed = usize::try_from(entry.packed).ok();
        let Some(data) = packed.and_then(|packed| slice(content, from, packed)).filter(|_| !unknown) else {
            return Ok(());
        };
        show(&entry, data, sink)?;
        at = from + data.len();
    }
    Ok(())
}

/// The end record: the last one, before a comment of at most 64 KiB (section 4.3.16).
fn end(content: &[u8]) -> Option<usize> {
    let from = content.len().saturating_sub(END_BYTES + 0xffff);
    memmem::rfind(content.get(from..)?, END).map(|at| from + at).filter(|at| at + END_BYTES <= content.len())
}

fn central(content: &[u8], end: usize) -> Option<Central> {
    let mut entries = u64::from(u16_le(content, end + 10)?);
    let mut bytes = u64::from(u32_le(content, end + 12)?);
    let mut offset = u64::from(u32_le(content, end + 16)?);
    let mut list_end = end;
    // Zip64 (sections 4.3.14 and 4.3.15): a locator before the end record tells of a larger one.
    if let Some(locator) = end.checked_sub(20).filter(|&at| slice(content, at, 4) == Some(b"PK\x06\x07")) {
        let told = usize::try_from(u64_le(content, locator + 8)?).ok()?;
        let large = [told, locator.saturating_sub(56)]
            .into_iter()
            .find(|&at| slice(content, at, 4) == Some(b"PK\x06\x06"))?;
        (entries, bytes, offset) =
            (u64_le(content, large + 32)?, u64_le(content, large + 40)?, u64_le(content, large + 48)?);
        list_end = large;
    }
    let at = list_end.checked_sub(usize::try_from(bytes).ok()?)?;
    let before = at.checked_sub(usize::try_from(offset).ok()?)?;
    Some(Central { at, entries, before })
}

/// An entry of the list, where its member lies, and where the next entry is (section 4.3.12).
fn listed(content: &[u8], at: usize) -> Option<(Entry<'_>, u64, usize)> {
    let lengths = [u16_le(content, at + 28)?, u16_le(content, at + 30)?, u16_le(content, at + 32)?];
    let [name, extra, comment] = lengths.map(usize::from);
    let mut entry = Entry {
        name: slice(content, at + 46, name)?,
        flags: u16_le(content, at + 8)?,
        method: u16_le(content, at + 10)?,
        packed: u64::from(u32_le(content, at + 20)?),
        size: u64::from(u32_le(content, at + 24)?),
    };
    let mut local = u64::from(u32_le(content, at + 42)?);
    // Of the zip64 part only the numbers are there that are all ones above, in this order (section 4.5.3).
    let mut large = zip64(slice(content, at + 46 + name, extra)?);
    for number in [&mut entry.size, &mut entry.packed, &mut local] {
        if *number == u64::from(u32::MAX) {
            if let Some(value) = large.and_then(|part| u64_le(part, 0)) {
                *number = value;
            }
            large = large.and_then(|part| part.get(8..));
        }
    }
    Some((entry, local, at + 46 + name + extra + comment))
}

/// A member's own header, and where its content begins (section 4.3.7).
fn local(content: &[u8], at: usize) -> Option<(Entry<'_>, usize)> {
    let name = usize::from(u16_le(content, at + 26)?);
    let extra = usize::from(u16_le(content, at + 28)?);
    let entry = Entry {
        name: slice(content, at + 30, name)?,
        flags: u16_le(content, at + 6)?,
        method: u16_le(content, at + 8)?,
        packed: u64::from(u32_le(content, at + 18)?),
        size: u64::from(u32_le(content, at + 22)?),
    };
    Some((entry, at + 30 + name + extra))
}

fn data_at(content: &[u8], at: usize) -> Option<usize> {
    (slice(content, at, 4)? == LOCAL).then(|| local(content, at))?.map(|(_, from)| from)
}

fn zip64(mut extra: &[u8]) -> Option<&[u8]> {
    loop {
        let size = usize::from(u16_le(extra, 2)?);
        let part = slice(extra, 4, size)?;
        if u16_le(extra, 0)? == 1 {
            return Some(part);
        }
        extra = &extra[4 + size..];
    }
}

fn show(entry: &Entry<'_>, data: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    if entry.name.ends_with(b"/") && data.is_empty() {
        return Ok(());
    }
    if entry.flags & 1 != 0 {
        return Ok(sink.refuse(entry.name, "it is encrypted")?);
    }
    let failed = |error: std::io::Error| error.to_string();
    let decoder: Result<Box<dyn Read + '_>, String> = match entry.method {
        0 => return Ok(sink.member(entry.name, data)?),
        6 => implode::explode(data, entry.flags, entry.size.min(sink.left()))
            .map(|content| Box::new(Cursor::new(content)) as Box<dyn Read>),
        8 => Ok(Box::new(flate2::bufread::DeflateDecoder::new(data))),
        9 => Ok(Box::new(deflate64::Deflate64Decoder::with_buffer(data))),
        12 => Ok(Box::new(::bzip2::bufread::BzDecoder::new(data))),
        14 => lzma(entry, data, sink.memory_kib()),
        20 | 93 => ::zstd::stream::read::Decoder::with_buffer(data)
            .and_then(|mut decoder| decoder.window_log_max(27).map(|()| decoder))
            .map(|decoder| Box::new(decoder) as Box<dyn Read>)
            .map_err(failed),
        95 => Ok(Box::new(lzma_rust2::XzReader::new_mem_limit(data, false, sink.memory_kib()))),
        method => Err(format!("it is packed by the zip method {method}, which is not read")),
    };
    match decoder {
        Ok(mut decoder) => Ok(sink.read(entry.name, &mut decoder)?),
        Err(why) => Ok(sink.refuse(entry.name, why)?),
    }
}

/// A version, the length of the properties (5), the properties, then raw LZMA (section 5.8.8).
fn lzma<'a>(entry: &Entry<'_>, data: &'a [u8], memory_kib: u32) -> Result<Box<dyn Read + 'a>, String> {
    let (props, dictionary) = data.get(4).copied().zip(u32_le(data, 5)).ok_or("its properties are cut")?;
    let needed = lzma_rust2::lzma_get_memory_usage_by_props(dictionary, props);
    if needed.map_err(|error| error.to_string())? > memory_kib {
        return Err("it asks for too large a dictionary".to_owned());
    }
    let size = if entry.flags & 2 != 0 { u64::MAX } else { entry.size };
    let reader = lzma_rust2::LzmaReader::new_with_props(&data[9..], size, props, dictionary, None);
    Ok(Box::new(reader.map_err(|error| error.to_string())?))
}
