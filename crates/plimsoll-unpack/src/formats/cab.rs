//! Cabinets ([MS-CAB]) with stored and MSZIP folders, and the single files of Microsoft's `compress` (SZDD).
//!
//! LZX and Quantum folders are said to be unread: no decoder in Rust bears hostile bytes without panicking.

use crate::bytes::{slice, u16_le, u32_le, until_nul};
use crate::sink::{Broken, Sink};
use flate2::{Decompress, FlushDecompress, Status};

pub(crate) fn is(content: &[u8]) -> bool {
    content.starts_with(b"MSCF\0\0\0\0")
}

/// A run of blocks that are unpacked together; files are parts of it.
struct Folder {
    at: usize,
    blocks: u16,
    packing: u16,
}

pub(crate) fn open(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let cut = "its header is cut";
    let files_at = u32_le(content, 16).ok_or(cut)? as usize;
    let (folders, files) = (u16_le(content, 26).ok_or(cut)?, u16_le(content, 28).ok_or(cut)?);
    let flags = u16_le(content, 30).ok_or(cut)?;
    let mut at = 36;
    let (mut per_folder, mut per_block) = (0, 0);
    if flags & 4 != 0 {
        let reserved = usize::from(u16_le(content, 36).ok_or(cut)?);
        per_folder = usize::from(*content.get(38).ok_or(cut)?);
        per_block = usize::from(*content.get(39).ok_or(cut)?);
        at = 40 + reserved;
    }
    for _ in 0..(flags & 1) * 2 + (flags >> 1 & 1) * 2 {
        at += until_nul(content.get(at..).ok_or(cut)?).len() + 1;
    }
    let mut found = Vec::new();
    for _ in 0..folders {
        let folder = Folder {
            at: u32_le(content, at).ok_or(cut)? as usize,
            blocks: u16_le(content, at + 4).ok_or(cut)?,
            packing: u16_le(content, at + 6).ok_or(cut)?,
        };
        found.push(folder);
        at += 8 + per_folder;
    }
    // Each folder is unpacked once, whatever number of files name it.
    let mut members: Vec<Vec<(usize, usize, &[u8])>> = vec![Vec::new(); found.len()];
    let mut at = files_at;
    for _ in 0..files {
        let (size, from) =
            (u32_le(content, at).ok_or(cut)? as usize, u32_le(content, at + 4).ok_or(cut)? as usize);
        let folder = usize::from(u16_le(content, at + 8).ok_or(cut)?);
        let name = until_nul(content.get(at + 16..).ok_or(cut)?);
        match members.get_mut(folder) {
            Some(members) => members.push((from, size, name)),
            None => sink.refuse(name, "it goes on in another cabinet")?,
        }
        at += 16 + name.len() + 1;
    }
    for (folder, members) in found.iter().zip(members) {
        if members.is_empty() {
            continue;
        }
        match unpack(content, folder, per_block, sink.left()) {
            Ok((bytes, why)) => {
                for (from, size, name) in members {
                    match slice(&bytes, from, size) {
                        Some(file) => sink.member(name, file)?,
                        None => sink.refuse(name, why.as_deref().unwrap_or("its content is cut off"))?,
                    }
                }
            }
            Err(why) => {
                for (.., name) in members {
                    sink.refuse(name, why.clone())?;
                }
            }
        }
    }
    Ok(())
}

/// The folder's bytes, and why they are not all, if so.
fn unpack(
    content: &[u8],
    folder: &Folder,
    per_block: usize,
    most: u64,
) -> Result<(Vec<u8>, Option<String>), String> {
    let packing = match folder.packing & 0x0f {
        kind @ (0 | 1) => kind,
        2 => return Err("it is packed by Quantum, which is not read".to_owned()),
        3 => return Err("it is packed by LZX, which is not read".to_owned()),
        kind => return Err(format!("it is packed by the method {kind}, which is not read")),
    };
    let (mut out, mut at) = (Vec::new(), folder.at);
    for _ in 0..folder.blocks {
        let block = (|| {
            let packed = usize::from(u16_le(content, at.checked_add(4)?)?);
            let size = usize::from(u16_le(content, at + 6)?);
            Some((slice(content, at + 8 + per_block, packed)?, size))
        })();
        let Some((packed, size)) = block else { return Ok((out, Some("it is cut".to_owned()))) };
        at += 8 + per_block + packed.len();
        if (out.len() + size) as u64 > most {
            return Ok((out, Some("its folder is over the limit of unpacked bytes".to_owned())));
        }
        if packing == 0 {
            out.extend_from_slice(packed);
        } else if let Err(why) = mszip(packed, size, &mut out) {
            return Ok((out, Some(why)));
        }
    }
    Ok((out, None))
}

/// A block: `CK`, then deflate that may refer to the 32 KiB before it ([MS-MCI] section 2).
fn mszip(packed: &[u8], size: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let deflated = packed.strip_prefix(b"CK").ok_or("a block has no mark")?;
    let mut decoder = Decompress::new(false);
    let window = out.len().saturating_sub(32 << 10);
    if !out.is_empty() {
        decoder.set_dictionary(&out[window..]).map_err(|error| error.to_string())?;
    }
    let from = out.len();
    out.resize(from + size, 0);
    let status = decoder.decompress(deflated, &mut out[from..], FlushDecompress::Finish);
    let written = usize::try_from(decoder.total_out()).unwrap_or(0).min(size);
    out.truncate(from + written);
    match status {
        Ok(Status::StreamEnd) => Ok(()),
        Ok(_) if written == size => Ok(()),
        Ok(_) => Err("a block is cut".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

pub(crate) fn is_szdd(content: &[u8]) -> bool {
    content.starts_with(b"SZDD\x88\xf0\x27\x33A")
}

/// A window of 4 KiB of blanks, bytes and references by the bits of a byte (the format of `compress.exe`).
pub(crate) fn szdd(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let size = u64::from(u32_le(content, 10).ok_or("its header is cut")?).min(sink.left());
    let size = usize::try_from(size).map_err(|_| "it is too large")?;
    let (mut window, mut at) = ([b' '; 4096], 4096 - 16);
    let mut bytes = content.get(14..).unwrap_or_default().iter().copied();
    let mut out = Vec::new();
    'all: while out.len() < size {
        let Some(flags) = bytes.next() else { break };
        for bit in 0..8 {
            let literal = flags >> bit & 1 == 1;
            let Some(first) = bytes.next() else { break 'all };
            let (from, length) = match literal {
                true => (0, 1),
                false => {
                    let Some(second) = bytes.next() else { break 'all };
                    (usize::from(first) | usize::from(second & 0xf0) << 4, usize::from(second & 15) + 3)
                }
            };
            for index in 0..length {
                let byte = if literal { first } else { window[(from + index) % 4096] };
                out.push(byte);
                window[at] = byte;
                at = (at + 1) % 4096;
            }
        }
    }
    out.truncate(size);
    let name = sink.stem();
    Ok(sink.member(name.as_bytes(), &out)?)
}
