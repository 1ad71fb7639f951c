//! Packed files: what gzip, Zstandard or xz packed, unpacked within a bound.

use std::borrow::Cow;
use std::io::Read;

/// Log of the window a Zstandard frame may ask for: that of its level 22 (RFC 8878, 3.1.1.1.2).
const WINDOW_LOG_MAX: u32 = 27;
/// KiB an xz decoder may take: the dictionary of level 9 is 64 MiB.
const XZ_MEMORY_KIB: u32 = 96 << 10;

/// The unpacked content; the content itself when it is not packed. More than `most` bytes are an error.
pub(super) fn unpack(content: &[u8], most: u64) -> Result<Cow<'_, [u8]>, String> {
    let reader: Box<dyn Read + '_> = match content {
        [0x1F, 0x8B, ..] => Box::new(flate2::read::MultiGzDecoder::new(content)),
        [0x28, 0xB5, 0x2F, 0xFD, ..] => {
            let mut decoder = zstd::Decoder::with_buffer(content).map_err(|error| error.to_string())?;
            decoder.window_log_max(WINDOW_LOG_MAX).map_err(|error| error.to_string())?;
            Box::new(decoder)
        }
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => {
            Box::new(lzma_rust2::XzReader::new_mem_limit(content, true, XZ_MEMORY_KIB))
        }
        _ => return Ok(Cow::Borrowed(content)),
    };
    let mut unpacked = Vec::new();
    let over = most.saturating_add(1);
    reader.take(over).read_to_end(&mut unpacked).map_err(|error| format!("cannot be unpacked: {error}"))?;
    if unpacked.len() as u64 > most {
        return Err(format!("unpacks to more than {} MiB", most >> 20));
    }
    Ok(Cow::Owned(unpacked))
}

#[cfg(test)]
pub(super) fn gzip(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

#[cfg(test)]
pub(super) fn zstd(content: &[u8]) -> Vec<u8> {
    zstd::encode_all(content, 1).expect("in memory")
}

#[cfg(test)]
pub(super) fn xz(content: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let options = lzma_rust2::XzOptions::with_preset(1);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).expect("in memory");
    writer.write_all(content).expect("in memory");
    writer.finish().expect("in memory")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn packed_files_are_unpacked_within_the_bound() {
        let text = b"all work and no play".repeat(100);
        for packed in [text.clone(), gzip(&text), zstd(&text), xz(&text)] {
            assert_eq!(unpack(&packed, 4096).as_deref(), Ok(&text[..]));
        }
        for packed in [gzip(&text), zstd(&text), xz(&text)] {
            assert_eq!(unpack(&packed, 1999), Err("unpacks to more than 0 MiB".to_owned()));
            assert!(unpack(&packed[..packed.len() / 2], 4096).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300), which in 0..4usize) {
            let magic: [&[u8]; 4] = [b"", b"\x1F\x8B", b"\x28\xB5\x2F\xFD", b"\xFD7zXZ\0"];
            let _ = unpack(&[magic[which], &bytes].concat(), 1 << 16);
        }

        #[test]
        fn damaged_xz_is_read(at in 0..100usize, byte: u8) {
            let mut packed = xz(&[b'x'; 300]);
            if let Some(slot) = packed.get_mut(at) {
                *slot = byte;
            }
            let _ = unpack(&packed, 1 << 16);
        }
    }
}
