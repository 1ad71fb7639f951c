//! cpio: the new form with and without checksums, the portable form, the old binary form in both byte orders (cpio(5)).

use crate::bytes::{digits, slice, until_nul};
use crate::sink::{Broken, Sink};

/// One member's header.
struct Header {
    bytes: usize,
    name: usize,
    size: usize,
    /// What headers and contents are padded to.
    unit: usize,
    mode: u64,
}

pub(crate) fn is(content: &[u8]) -> bool {
    header(content, 0).is_some_and(|header| (2..4096).contains(&header.name))
}

pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let mut at = 0;
    while at < content.len() {
        if content[at] == 0 {
            // An initial RAM disk is several archives with zeros between them.
            at += content[at..].iter().take_while(|&&byte| byte == 0).count();
            continue;
        }
        let Some(header) = header(content, at) else {
            if at > 0 && crate::formats::of(&content[at..]).next().is_some() {
                // What follows the early microcode of an initial RAM disk is packed.
                sink.member(b"rest", &content[at..])?;
                return Ok(());
            }
            return Err("a header is none".into());
        };
        let name = slice(content, at + header.bytes, header.name).ok_or("it is cut")?;
        let name = until_nul(name);
        let padded = |end: usize| end.checked_next_multiple_of(header.unit).ok_or("it is cut");
        let from = padded(at + header.bytes + header.name)?;
        let member = slice(content, from, header.size).ok_or("it is cut")?;
        at = padded(from + header.size)?;
        if name == b"TRAILER!!!" {
            continue;
        }
        let (link, folder) = (header.mode & 0o170_000 == 0o120_000, header.mode & 0o170_000 == 0o040_000);
        if !link && !folder {
            sink.member(name, member)?;
        }
    }
    Ok(())
}

fn header(content: &[u8], at: usize) -> Option<Header> {
    let rest = content.get(at..)?;
    let new = |magic: &[u8]| {
        let field = |index: usize| digits(slice(rest, 6 + 8 * index, 8)?, 16);
        rest.starts_with(magic).then(|| Some((field(1)?, field(11)?, field(6)?)))?
    };
    let portable = || {
        let field = |from: usize, count: usize| digits(slice(rest, from, count)?, 8);
        rest.starts_with(b"070707").then(|| Some((field(18, 6)?, field(59, 6)?, field(65, 11)?)))?
    };
    let binary = |magic: &[u8], half: fn([u8; 2]) -> u16| {
        let field = |from: usize| Some(u64::from(half(slice(rest, from, 2)?.try_into().ok()?)));
        rest.starts_with(magic).then(|| Some((field(6)?, field(20)?, field(22)? << 16 | field(24)?)))?
    };
    let (bytes, unit, found) = if let Some(found) = new(b"070701").or_else(|| new(b"070702")) {
        (110, 4, found)
    } else if let Some(found) = portable() {
        (76, 1, found)
    } else {
        (
            26,
            2,
            binary(&[0xc7, 0x71], u16::from_le_bytes)
                .or_else(|| binary(&[0x71, 0xc7], u16::from_be_bytes))?,
        )
    };
    let (mode, name, size) = found;
    Some(Header { bytes, name: usize::try_from(name).ok()?, size: usize::try_from(size).ok()?, unit, mode })
}
