//! What a feed's file is packed in: gzip, bzip2, xz and Zstandard are told by their first bytes, whatever the file is
//! called, and a tar inside is read entry by entry.

use std::io::{self, BufRead, BufReader, Cursor, Read};

/// A stream that may go to another thread.
pub(crate) type Stream = Box<dyn BufRead + Send>;

/// Packings around each other.
const LAYERS: usize = 3;
/// Bytes looked at to tell what something is: a tar's header.
const HEAD: usize = 512;
/// Kilobytes of memory for xz; `xz -9` needs 65 MB.
const XZ_MEMORY: u32 = 256 << 10;
/// Bytes of a name in a tar.
const LONGEST_NAME: u64 = 64 << 10;

/// The content without the packings around it, and its first bytes.
pub(crate) fn unpacked(packed: Stream) -> io::Result<(Stream, Vec<u8>)> {
    let mut stream = packed;
    for _ in 0..LAYERS {
        let (whole, head) = peeked(stream)?;
        stream = match head.as_slice() {
            [0x1f, 0x8b, ..] => buffered(flate2::bufread::MultiGzDecoder::new(whole)),
            [b'B', b'Z', b'h', b'1'..=b'9', ..] => buffered(bzip2::bufread::MultiBzDecoder::new(whole)),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => {
                buffered(lzma_rust2::XzReader::new_mem_limit(whole, true, XZ_MEMORY))
            }
            [0x28, 0xb5, 0x2f, 0xfd, ..] => buffered(zstd::stream::read::Decoder::with_buffer(whole)?),
            _ => return Ok((whole, head)),
        };
    }
    peeked(stream)
}

fn buffered(reader: impl Read + Send + 'static) -> Stream {
    Box::new(BufReader::with_capacity(64 << 10, reader))
}

/// The stream as it was, and its first bytes.
fn peeked(mut stream: Stream) -> io::Result<(Stream, Vec<u8>)> {
    let mut head = Vec::with_capacity(HEAD);
    stream.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    Ok((Box::new(Cursor::new(head.clone()).chain(stream)), head))
}

/// Is this the beginning of a tar: a header whose sum is right (POSIX.1-1988, "ustar")?
pub(crate) fn is_tar(head: &[u8]) -> bool {
    let Some(header) = head.get(..512) else { return false };
    sum_is_right(header) && header[0] != 0
}

fn sum_is_right(header: &[u8]) -> bool {
    let sum: u64 = header
        .iter()
        .enumerate()
        .map(|(at, &byte)| if (148..156).contains(&at) { u64::from(b' ') } else { u64::from(byte) })
        .sum();
    number(&header[148..156]) == Some(sum)
}

/// A file of a tar.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// As the tar writes it.
    pub name: String,
    /// Bytes.
    pub size: u64,
}

/// A tar as a stream.
pub(crate) struct Tar {
    stream: Stream,
    /// Bytes of the present entry that are not read, and those that fill its last block.
    left: u64,
    padding: u64,
}

impl Tar {
    pub(crate) fn new(stream: Stream) -> Tar {
        Tar { stream, left: 0, padding: 0 }
    }

    /// The next file; `None` behind the last.
    pub(crate) fn next(&mut self) -> io::Result<Option<Entry>> {
        let mut long_name: Option<String> = None;
        let mut long_size: Option<u64> = None;
        loop {
            self.skip()?;
            let mut header = [0; 512];
            if let Err(error) = self.stream.read_exact(&mut header) {
                // Some writers leave the two empty blocks at the end away.
                return match error.kind() {
                    io::ErrorKind::UnexpectedEof if self.stream.fill_buf()?.is_empty() => Ok(None),
                    _ => Err(error),
                };
            }
            if header.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            if !sum_is_right(&header) {
                return Err(damaged("a header's sum is wrong"));
            }
            let size = number(&header[124..136]).ok_or_else(|| damaged("an entry's size is no number"))?;
            let is_meta = matches!(header[156], b'L' | b'K' | b'x' | b'g' | b'X');
            let size = if is_meta { size } else { long_size.take().unwrap_or(size) };
            self.left = size;
            self.padding = (512 - size % 512) % 512;
            match header[156] {
                b'L' => {
                    let bytes = self.small()?;
                    long_name = Some(text(&bytes).to_owned());
                }
                b'x' => {
                    let (name, size) = extended(&self.small()?);
                    long_name = name.or(long_name);
                    long_size = size.or(long_size);
                }
                b'0' | 0 | b'7' => {
                    return Ok(Some(Entry { name: long_name.take().unwrap_or_else(|| name(&header)), size }));
                }
                _ if is_meta => {}
                _ => long_name = None,
            }
        }
    }

    /// The content of the present file into `bytes`.
    pub(crate) fn read(&mut self, bytes: &mut Vec<u8>) -> io::Result<()> {
        let read = self.stream.by_ref().take(self.left).read_to_end(bytes)? as u64;
        if read < self.left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left = 0;
        Ok(())
    }

    fn small(&mut self) -> io::Result<Vec<u8>> {
        if self.left > LONGEST_NAME {
            return Err(damaged("a name is too long"));
        }
        let mut bytes = Vec::new();
        self.read(&mut bytes)?;
        Ok(bytes)
    }

    fn skip(&mut self) -> io::Result<()> {
        let wanted = self.left.saturating_add(self.padding);
        let skipped = io::copy(&mut self.stream.by_ref().take(wanted), &mut io::sink())?;
        // The last block of a tar cut off behind its content is not missed.
        if skipped < self.left {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        (self.left, self.padding) = (0, 0);
        Ok(())
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the tar is damaged: {why}"))
}

fn name(header: &[u8; 512]) -> String {
    let name = text(&header[..100]);
    let prefix = if &header[257..262] == b"ustar" && header[262] == 0 { text(&header[345..500]) } else { "" };
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
}

/// `path` and `size` of a pax header: lines of `LENGTH KEY=VALUE`.
fn extended(bytes: &[u8]) -> (Option<String>, Option<u64>) {
    let (mut path, mut size) = (None, None);
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let Some((key, value)) = line.split_once(' ').and_then(|(_, pair)| pair.split_once('=')) else {
            continue;
        };
        match key {
            "path" => path = Some(value.to_owned()),
            "size" => size = value.parse().ok(),
            _ => {}
        }
    }
    (path, size)
}

/// The text up to the first zero byte.
fn text(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    std::str::from_utf8(&bytes[..end]).unwrap_or_default()
}

/// An octal number, or one in base 256.
fn number(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (first, rest) = field.split_first()?;
        return rest.iter().try_fold(u64::from(first & 0x7f), |sum, byte| {
            sum.checked_mul(256)?.checked_add(u64::from(*byte))
        });
    }
    let digits = text(field).trim();
    if digits.is_empty() { Some(0) } else { u64::from_str_radix(digits, 8).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write as _;

    /// A tar of these files, their names however long.
    fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut entry = |name: &[u8], kind: u8, content: &[u8]| {
            let mut header = [0_u8; 512];
            let short = &name[..name.len().min(100)];
            header[..short.len()].copy_from_slice(short);
            header[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
            header[156] = kind;
            header[148..156].fill(b' ');
            let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
            header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
            out.extend(header);
            out.extend(content);
            out.resize(out.len().next_multiple_of(512), 0);
        };
        for (name, content) in files {
            if name.len() > 100 {
                entry(b"././@LongLink", b'L', name.as_bytes());
            }
            entry(name.as_bytes(), b'0', content);
        }
        out.resize(out.len() + 1024, 0);
        out
    }

    fn read(bytes: Vec<u8>) -> io::Result<Vec<(String, Vec<u8>)>> {
        let (stream, head) = unpacked(Box::new(Cursor::new(bytes)))?;
        if !is_tar(&head) {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut tar = Tar::new(stream);
        let mut files = Vec::new();
        while let Some(entry) = tar.next()? {
            let mut content = Vec::new();
            if entry.name != "skipped" {
                tar.read(&mut content)?;
            }
            files.push((entry.name, content));
        }
        Ok(files)
    }

    #[test]
    fn a_tar_is_read_whatever_is_around_it() {
        let long = format!("{}/a.json", "x".repeat(300));
        let plain = tar(&[("a", b"1"), ("skipped", &[7; 1000]), (&long, &[9; 513])]);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&plain).expect("written");
        let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bz.write_all(&plain).expect("written");
        let gzip = gzip.finish().expect("gzip");
        let packed =
            [plain.clone(), gzip, bz.finish().expect("bzip2"), zstd::encode_all(&*plain, 1).expect("zstd")];
        for bytes in packed {
            let files = read(bytes).unwrap_or_else(|error| panic!("{error}"));
            let expected =
                [("a".to_owned(), b"1".to_vec()), ("skipped".into(), vec![]), (long.clone(), vec![9; 513])];
            assert_eq!(files, expected);
        }
        let (mut stream, head) = unpacked(Box::new(Cursor::new(b"[]".to_vec()))).expect("plain");
        let mut text = String::new();
        stream.read_to_string(&mut text).expect("read");
        assert_eq!((text.as_str(), head.as_slice()), ("[]", &b"[]"[..]));
        assert!(read(plain[..plain.len() - 1800].to_vec()).is_err(), "cut off");
    }

    proptest! {
        #[test]
        fn any_bytes_are_refused_or_read(mut bytes: Vec<u8>, at: prop::sample::Index, byte: u8) {
            let _ = read(bytes.clone());
            bytes = tar(&[("a", &bytes), ("b", b"2")]);
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = read(bytes);
        }
    }
}
