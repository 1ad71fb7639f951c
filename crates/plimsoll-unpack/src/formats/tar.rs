//! Tars in memory: ustar, pax, GNU and the old form (POSIX.1-2017 `pax`; the tar manual, "Basic Tar Format").
//!
//! A layer's tar is read by `plimsoll-image`; here lies a tar that someone put into an image, of which only the files
//! matter. A sparse file is shown as it is stored, without its holes.

use crate::bytes::{digits, slice, until_nul};
use crate::sink::{Broken, Sink};

const BLOCK: usize = 512;

/// Is its first header's checksum right?
pub(crate) fn is(content: &[u8]) -> bool {
    content.first().is_some_and(|&byte| byte != 0) && content.get(..BLOCK).is_some_and(is_header)
}

pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let mut at = 0;
    let mut extended = Extended::default();
    while let Some(header) = slice(content, at, BLOCK) {
        if header.iter().all(|&byte| byte == 0) {
            // Tars may be joined, with the end marks of the first between them.
            at += BLOCK;
            continue;
        }
        if !is_header(header) {
            return Err("a header's checksum is wrong".into());
        }
        at += BLOCK;
        let flag = header[156];
        if flag == b'S' && header[482] == 1 {
            while slice(content, at, BLOCK).ok_or("it is cut")?[504] == 1 {
                at += BLOCK;
            }
            at += BLOCK;
        }
        let stored = match flag {
            b'1'..=b'6' => 0,
            _ => extended.size.or_else(|| number(&header[124..136])).ok_or("a size is no number")?,
        };
        let size = usize::try_from(stored).map_err(|_| "a size is no number")?;
        let member = slice(content, at, size);
        let shown = member.unwrap_or_else(|| content.get(at..).unwrap_or_default());
        match flag {
            b'L' => extended.name = Some(until_nul(shown).to_vec()),
            b'x' => extended.read(shown),
            b'K' | b'g' | b'V' | b'D' => {}
            b'1'..=b'6' => extended = Extended::default(),
            _ => {
                let name = std::mem::take(&mut extended).name.unwrap_or_else(|| name(header));
                sink.member(&name, shown)?;
            }
        }
        at = match member {
            Some(_) => size
                .checked_next_multiple_of(BLOCK)
                .and_then(|size| at.checked_add(size))
                .ok_or("it is cut")?,
            None => return Err("it is cut".into()),
        };
    }
    Ok(())
}

/// What extension headers say of the next member.
#[derive(Default)]
struct Extended {
    name: Option<Vec<u8>>,
    size: Option<u64>,
}

impl Extended {
    /// Records `LENGTH KEY=VALUE\n`; what is none ends it.
    fn read(&mut self, mut records: &[u8]) {
        while let Some(space) = records.iter().take(20).position(|&byte| byte == b' ') {
            let length = digits(&records[..space], 10).and_then(|length| usize::try_from(length).ok());
            let Some((record, rest)) = length.and_then(|length| records.split_at_checked(length)) else {
                return;
            };
            let Some(record) = record.get(space + 1..).and_then(|record| record.strip_suffix(b"\n")) else {
                return;
            };
            if let Some(name) =
                record.strip_prefix(b"path=").or_else(|| record.strip_prefix(b"GNU.sparse.name="))
            {
                self.name = Some(name.to_vec());
            } else if let Some(size) = record.strip_prefix(b"size=") {
                self.size = digits(size, 10);
            }
            records = rest;
        }
    }
}

fn name(header: &[u8]) -> Vec<u8> {
    let name = until_nul(&header[..100]);
    let prefix = if &header[257..263] == b"ustar\0" { until_nul(&header[345..500]) } else { &[] };
    if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
}

/// The sum of all bytes, its own field counted as spaces; some old programs summed signed bytes.
fn is_header(header: &[u8]) -> bool {
    let Some(told) = digits(&header[148..156], 8) else { return false };
    let counted =
        || header.iter().enumerate().map(|(at, &byte)| if (148..156).contains(&at) { b' ' } else { byte });
    told == counted().map(u64::from).sum::<u64>()
        || i64::try_from(told) == Ok(counted().map(|byte| i64::from(byte as i8)).sum::<i64>())
}

/// Octal, or in base 256 when the first bit is set (GNU).
fn number(field: &[u8]) -> Option<u64> {
    match field {
        [0x80, rest @ ..] => {
            rest.iter().try_fold(0_u64, |sum, &byte| Some(sum.checked_mul(256)? | u64::from(byte)))
        }
        _ if field.iter().all(|&byte| byte == 0 || byte == b' ') => Some(0),
        _ => digits(field, 8),
    }
}
