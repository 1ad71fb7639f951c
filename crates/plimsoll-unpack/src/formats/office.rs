//! Files inside documents: OLE compound files ([MS-CFB]) with packages and PowerPoint's objects, RTF, TNEF ([MS-OXTNEF]).

use crate::bytes::{slice, u16_le, u32_le, until_nul};
use crate::sink::{Broken, Sink, Stop};
use memchr::memmem;
use std::io::{Cursor, Read};

pub(crate) fn is_ole(content: &[u8]) -> bool {
    content.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])
}

pub(crate) fn ole(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let mut file = cfb::CompoundFile::open(Cursor::new(content)).map_err(|error| error.to_string())?;
    let streams: Vec<_> =
        file.walk().filter(cfb::Entry::is_stream).map(|entry| entry.path().to_owned()).collect();
    for path in streams {
        let name = path.to_string_lossy().into_owned();
        let base = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut stream = match file.open_stream(&path) {
            Ok(stream) => stream,
            Err(error) => {
                sink.refuse(name.as_bytes(), error.to_string())?;
                continue;
            }
        };
        let special = base == "\u{1}Ole10Native" || base == "PowerPoint Document";
        if !special {
            sink.read(name.as_bytes(), &mut stream)?;
            continue;
        }
        let mut bytes = Vec::new();
        if let Err(error) = stream.take(sink.left()).read_to_end(&mut bytes) {
            sink.refuse(name.as_bytes(), error.to_string())?;
            continue;
        }
        sink.member(name.as_bytes(), &bytes)?;
        match base.as_str() {
            "PowerPoint Document" => objects(&bytes, sink)?,
            _ => package(bytes.get(4..).unwrap_or_default(), sink)?,
        }
    }
    Ok(())
}

/// `ExOleObjStg` records: an OLE file, packed by zlib after its size when the instance is 1 ([MS-PPT] 2.10.34).
fn objects(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Stop> {
    let mut at = 0;
    while let (Some(head), Some(kind), Some(size)) =
        (u16_le(content, at), u16_le(content, at + 2), u32_le(content, at + 4))
    {
        let Some(record) = slice(content, at + 8, size as usize) else { return Ok(()) };
        if kind == 0x1011 {
            match head >> 4 {
                1 => sink.read(
                    b"object",
                    &mut flate2::bufread::ZlibDecoder::new(record.get(4..).unwrap_or_default()),
                )?,
                _ => sink.member(b"object", record)?,
            }
        }
        at += 8 + record.len();
    }
    Ok(())
}

/// What the object packager writes: names, then the file. Nothing when it is none.
fn package(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Stop> {
    let found = (|| {
        let label = until_nul(content.get(2..)?);
        let path_at = 2 + label.len() + 1;
        let path = until_nul(content.get(path_at..)?);
        let after = path_at + path.len() + 1 + 4;
        let temporary = usize::try_from(u32_le(content, after)?).ok()?;
        let size_at = after.checked_add(4)?.checked_add(temporary)?;
        let size = usize::try_from(u32_le(content, size_at)?).ok()?;
        Some((label, slice(content, size_at + 4, size)?))
    })();
    match found {
        Some((label, file)) if !file.is_empty() => sink.member(label, file),
        _ => Ok(()),
    }
}

pub(crate) fn is_rtf(content: &[u8]) -> bool {
    content.starts_with(b"{\\rt")
}

/// `\objdata` and an object in hexadecimal ([MS-OLEDS] 2.2.5): version, format, three names, the object's own bytes.
pub(crate) fn rtf(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    for at in memmem::find_iter(content, b"\\objdata") {
        let (mut bytes, mut half) = (Vec::new(), None);
        for &byte in &content[at + 8..] {
            match ((byte as char).to_digit(16), half) {
                (Some(digit), None) => half = Some(digit),
                (Some(digit), Some(high)) => {
                    bytes.push((high << 4 | digit) as u8);
                    half = None;
                }
                (None, _) if byte.is_ascii_whitespace() => {}
                _ => break,
            }
        }
        let native = (|| {
            let mut at = 8;
            let mut class: &[u8] = &[];
            for index in 0..3 {
                let length = usize::try_from(u32_le(&bytes, at)?).ok()?;
                let name = slice(&bytes, at + 4, length)?;
                if index == 0 {
                    class = until_nul(name);
                }
                at += 4 + length;
            }
            let size = usize::try_from(u32_le(&bytes, at)?).ok()?;
            let rest = bytes.get(at + 4..)?;
            Some((class, &rest[..size.min(rest.len())]))
        })();
        match native {
            Some((b"Package", native)) => package(native, sink)?,
            Some((class, native)) => sink.member(class, native)?,
            None => sink.member(b"object", &bytes)?,
        }
    }
    Ok(())
}

pub(crate) fn is_tnef(content: &[u8]) -> bool {
    content.starts_with(&[0x78, 0x9f, 0x3e, 0x22])
}

/// Attributes: level, id, length, bytes, checksum. An attachment's name comes before or after its bytes.
pub(crate) fn tnef(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let mut at = 6;
    let mut name = b"attachment".to_vec();
    while at < content.len() {
        let id = u32_le(content, at + 1).ok_or("an attribute is cut")?;
        let size =
            usize::try_from(u32_le(content, at + 5).ok_or("an attribute is cut")?).map_err(|_| "a size")?;
        let bytes = slice(content, at + 9, size).ok_or("an attribute is cut")?;
        match id & 0xffff {
            0x8010 => name = until_nul(bytes).to_vec(),
            0x800f => sink.member(&name, bytes)?,
            _ => {}
        }
        at += 9 + size + 2;
    }
    Ok(())
}
