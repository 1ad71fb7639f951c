//! One thing packed: gzip, bzip2, xz, lzma, lzip, zstd, lz4.

use crate::bytes;
use crate::sink::{Broken, Sink};
use std::io::{self, BufRead, Read};

/// A window beyond 128 MiB (2^27) is refused: a frame may ask for gigabytes (RFC 8878 section 3.1.1.1.2).
const WINDOW_LOG_MAX: u32 = 27;

/// RFC 1952 section 2.3: deflate is the only method, three flag bits are reserved.
pub(crate) fn is_gzip(content: &[u8]) -> bool {
    matches!(content, [0x1f, 0x8b, 8, flags, ..] if flags & 0xe0 == 0)
}

pub(crate) fn gzip(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let header = flate2::bufread::GzDecoder::new(content);
    let named = header.header().and_then(|header| header.filename()).map(<[u8]>::to_vec);
    let name = named.filter(|name| !name.is_empty()).unwrap_or_else(|| sink.stem().into_bytes());
    sink.stream(&name, &mut Members { rest: content, member: None })
}

/// Gzip members one after the other (RFC 1952 section 2.2). What follows them and is no member is left alone, as
/// gzip(1) does.
struct Members<'a> {
    rest: &'a [u8],
    member: Option<flate2::bufread::GzDecoder<&'a [u8]>>,
}

impl Read for Members<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(member) = &mut self.member else {
                if !is_gzip(self.rest) {
                    return Ok(0);
                }
                self.member = Some(flate2::bufread::GzDecoder::new(self.rest));
                continue;
            };
            let count = member.read(out)?;
            if count > 0 {
                return Ok(count);
            }
            if let Some(member) = self.member.take() {
                self.rest = member.into_inner();
            }
        }
    }
}

/// The magic of a block or of the end follows that of the file.
pub(crate) fn is_bzip2(content: &[u8]) -> bool {
    matches!(content, [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..]
        if rest.starts_with(&[0x31, 0x41, 0x59, 0x26, 0x53, 0x59]) || rest.starts_with(&[0x17, 0x72, 0x45, 0x38, 0x50, 0x90]))
}

pub(crate) fn bzip2(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let name = sink.stem();
    sink.stream(name.as_bytes(), &mut ::bzip2::bufread::MultiBzDecoder::new(content))
}

pub(crate) fn is_xz(content: &[u8]) -> bool {
    content.starts_with(&[0xfd, b'7', b'z', b'X', b'Z', 0])
}

pub(crate) fn xz(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let name = sink.stem();
    let mut reader = lzma_rust2::XzReader::new_mem_limit(content, true, sink.memory_kib());
    sink.stream(name.as_bytes(), &mut reader)
}

/// `lc`, `lp` and `pb` in a byte, a dictionary of 2^n or 2^n + 2^(n-1) bytes, a size that is unknown or below 256 GiB
/// (XZ Utils' "The .lzma File Format", section 1), and the zero that its range coder begins with.
pub(crate) fn is_lzma(content: &[u8]) -> bool {
    let (Some(&props), Some(dictionary), Some(size)) =
        (content.first(), bytes::u32_le(content, 1), bytes::u64_le(content, 5))
    else {
        return false;
    };
    let plain = dictionary.is_power_of_two() || (dictionary % 3 == 0 && (dictionary / 3).is_power_of_two());
    props == 0x5d
        && (plain || dictionary == u32::MAX)
        && dictionary >= 4096
        && (size == u64::MAX || size < 1 << 38)
        && content.get(13) == Some(&0)
}

pub(crate) fn lzma(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let name = sink.stem();
    let reader = lzma_rust2::LzmaReader::new_mem_limit(content, sink.memory_kib(), None);
    sink.stream(name.as_bytes(), &mut reader.map_err(|error| error.to_string())?)
}

/// The lzip manual, "File format": version 1.
pub(crate) fn is_lzip(content: &[u8]) -> bool {
    content.starts_with(b"LZIP\x01")
}

pub(crate) fn lzip(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    // A coded dictionary size is at most 512 MiB by the format, which is more than is given to one file.
    let log = content.get(5).map_or(0, |code| u32::from(code & 0x1f));
    if 1_u64.checked_shl(log).is_none_or(|bytes| bytes >> 10 > u64::from(sink.memory_kib())) {
        return Err(Broken::Unreadable("it asks for too large a dictionary".to_owned()));
    }
    let name = sink.stem();
    sink.stream(name.as_bytes(), &mut lzma_rust2::LzipReader::new(content))
}

/// A frame, or a skippable frame before one (RFC 8878 sections 3.1.1 and 3.1.2).
pub(crate) fn is_zstd(content: &[u8]) -> bool {
    matches!(content, [0x28, 0xb5, 0x2f, 0xfd, ..])
        || (matches!(content, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) && {
            let skipped =
                bytes::u32_le(content, 4).and_then(bytes::offset).and_then(|size| size.checked_add(8));
            skipped
                .and_then(|at| content.get(at..))
                .is_some_and(|rest| rest.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]))
        })
}

pub(crate) fn zstd(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let name = sink.stem();
    let failed = |error: io::Error| Broken::from(error.to_string());
    let mut reader = ::zstd::stream::read::Decoder::with_buffer(content).map_err(failed)?;
    reader.window_log_max(WINDOW_LOG_MAX).map_err(failed)?;
    sink.stream(name.as_bytes(), &mut reader)
}

/// The LZ4 frame format 1.6: version 01 in the descriptor's first byte, its reserved bit 0.
pub(crate) fn is_lz4(content: &[u8]) -> bool {
    matches!(content, [0x04, 0x22, 0x4d, 0x18, flags, ..] if flags & 0xc2 == 0x40)
        || matches!(content, [0x02, 0x21, 0x4c, 0x18, _, _, _, size, ..] if *size < 0x10)
}

pub(crate) fn lz4(content: &[u8], sink: &mut Sink<'_>) -> Result<(), Broken> {
    let name = sink.stem();
    let mut content = content;
    let mut reader = lz4_flex::frame::FrameDecoder::new(&mut content as &mut dyn BufRead);
    sink.stream(name.as_bytes(), &mut reader)
}
