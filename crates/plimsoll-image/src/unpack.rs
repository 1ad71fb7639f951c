//! Gzip and zstd, told by their first bytes, unpacked as a stream.

use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufRead, Read};
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

/// How bytes are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

/// Bytes needed to tell.
pub(crate) const MAGIC_BYTES: usize = 10;

/// A window beyond 128 MiB (2^27) is refused: a frame may ask for gigabytes (RFC 8878 section 3.1.1.1.2).
const WINDOW_LOG_MAX: u32 = 27;

impl Packing {
    /// Tells by the first bytes; `Err` names a packing that is known but not read.
    pub fn of(head: &[u8]) -> io::Result<Packing> {
        match head {
            [0x1f, 0x8b, ..] => Ok(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(Packing::Zstd),
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Err(unsupported("xz")),
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, ..] => {
                Err(unsupported("bzip2"))
            }
            [0x04, 0x22, 0x4d, 0x18, ..] => Err(unsupported("lz4")),
            _ => Ok(Packing::Plain),
        }
    }
}

fn unsupported(name: &str) -> io::Error {
    damaged(format!("it is packed with {name}, which is not supported; gzip and zstd are"))
}

fn damaged(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

fn cut(name: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, format!("its {name} stream ends in the middle"))
}

/// The unpacked bytes of a stream.
pub(crate) struct Unpack<R> {
    inner: R,
    state: State,
}

enum State {
    Plain,
    /// `None` between members.
    Gzip {
        member: Option<Decompress>,
        members: u64,
    },
    /// `inside` a frame?
    Zstd {
        decoder: Box<Decoder<'static>>,
        inside: bool,
    },
}

impl<R: BufRead> Unpack<R> {
    /// `inner` stands at its first byte, and its first buffer holds [`MAGIC_BYTES`] unless it is shorter.
    pub fn new(mut inner: R) -> io::Result<Unpack<R>> {
        let state = match Packing::of(inner.fill_buf()?)? {
            Packing::Plain => State::Plain,
            Packing::Gzip => State::Gzip { member: None, members: 0 },
            Packing::Zstd => {
                let mut decoder = Box::new(Decoder::new()?);
                decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
                State::Zstd { decoder, inside: false }
            }
        };
        Ok(Unpack { inner, state })
    }

    /// Where the packed bytes come from.
    pub fn inner(&mut self) -> &mut R {
        &mut self.inner
    }
}

impl<R: BufRead> Read for Unpack<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        match &mut self.state {
            State::Plain => self.inner.read(out),
            State::Gzip { member, members } => read_gzip(&mut self.inner, member, members, out),
            State::Zstd { decoder, inside } => read_zstd(&mut self.inner, decoder, inside, out),
        }
    }
}

/// Members follow each other (RFC 1952 section 2.2); zeros may pad the last one, anything else after it is an error.
fn read_gzip(
    inner: &mut impl BufRead,
    member: &mut Option<Decompress>,
    members: &mut u64,
    out: &mut [u8],
) -> io::Result<usize> {
    loop {
        let input = inner.fill_buf()?;
        let Some(decoder) = member else {
            let zeros = input.iter().take_while(|&&byte| byte == 0).count();
            match input.get(zeros) {
                None if input.is_empty() => return Ok(0),
                None => inner.consume(zeros),
                Some(0x1f) if zeros == 0 => {
                    *member = Some(Decompress::new_gzip(15));
                    *members += 1;
                }
                Some(_) => return Err(damaged("something follows its gzip stream")),
            }
            continue;
        };
        let (read, written) = (decoder.total_in(), decoder.total_out());
        let status = decoder
            .decompress(input, out, FlushDecompress::None)
            .map_err(|error| damaged(format!("its gzip stream is damaged: {error}")))?;
        let (read, written) = (decoder.total_in() - read, decoder.total_out() - written);
        let at_end = input.is_empty();
        inner.consume(read as usize);
        if status == Status::StreamEnd {
            *member = None;
        } else if written == 0 && at_end {
            return Err(cut("gzip"));
        } else if written == 0 && read == 0 {
            return Err(damaged("its gzip stream is damaged"));
        }
        if written > 0 {
            return Ok(written as usize);
        }
    }
}

/// Frames follow each other, skippable ones (eStargz and zstd:chunked tables) among them (RFC 8878 section 3.1).
fn read_zstd(
    inner: &mut impl BufRead,
    decoder: &mut Decoder<'static>,
    inside: &mut bool,
    out: &mut [u8],
) -> io::Result<usize> {
    loop {
        let bytes = inner.fill_buf()?;
        if bytes.is_empty() && !*inside {
            return Ok(0);
        }
        let at_end = bytes.is_empty();
        let (mut input, mut output) = (InBuffer::around(bytes), OutBuffer::around(&mut *out));
        let hint = decoder
            .run(&mut input, &mut output)
            .map_err(|error| damaged(format!("its zstd stream is damaged: {error}")))?;
        let (read, written) = (input.pos(), output.pos());
        inner.consume(read);
        *inside = hint != 0;
        if written > 0 {
            return Ok(written);
        }
        if at_end && *inside {
            return Err(cut("zstd"));
        }
        if read == 0 && *inside {
            return Err(damaged("its zstd stream is damaged"));
        }
    }
}

/// All of a stream in memory, at most `limit` bytes; for tests and fuzzing.
pub(crate) fn unpack(bytes: &[u8], limit: u64) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    Unpack::new(bytes)?.take(limit).read_to_end(&mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::{BufReader, Write};

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn zst(bytes: &[u8]) -> Vec<u8> {
        zstd::encode_all(bytes, 1).expect("in memory")
    }

    fn check(packed: &[u8]) -> Result<Vec<u8>, String> {
        let whole = unpack(packed, u64::MAX).map_err(|error| error.to_string());
        // Byte by byte the answer is the same, once the magic is told.
        if packed.len() > MAGIC_BYTES {
            let mut slow = Vec::new();
            let reader = Unpack::new(BufReader::with_capacity(MAGIC_BYTES, packed)).expect("told above");
            let result = { reader }.read_to_end(&mut slow).map(|_| slow).map_err(|error| error.to_string());
            assert_eq!(result.is_ok(), whole.is_ok());
        }
        whole
    }

    #[test]
    fn streams_of_several_parts_are_one() {
        let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"toc"].concat();
        for (packed, plain) in [
            (b"plain bytes".to_vec(), &b"plain bytes"[..]),
            (Vec::new(), b""),
            (gzip(b"one"), b"one"),
            ([gzip(b"one"), gzip(b""), gzip(b"two")].concat(), b"onetwo"),
            ([gzip(b"one"), vec![0; 700]].concat(), b"one"),
            (zst(b"one"), b"one"),
            ([zst(b"one"), skippable.clone(), zst(b"two"), skippable.clone()].concat(), b"onetwo"),
            ([skippable, zst(b"one")].concat(), b"one"),
        ] {
            assert_eq!(check(&packed).as_deref(), Ok(plain));
        }
    }

    #[test]
    fn damage_is_an_error() {
        let (gz, zs) = (gzip(&[7; 5000]), zst(&[7; 5000]));
        let mut flipped = gz.clone();
        let crc = flipped.len() - 8;
        flipped[crc] ^= 1;
        for (packed, why) in [
            (gz[..gz.len() - 1].to_vec(), "ends in the middle"),
            (gz[..12].to_vec(), "ends in the middle"),
            (zs[..zs.len() - 1].to_vec(), "ends in the middle"),
            (flipped, "damaged"),
            ([gz.clone(), b"junk".to_vec()].concat(), "follows"),
            ([zs, b"junkjunk".to_vec()].concat(), "damaged"),
            (b"\xfd7zXZ\0\0\0".to_vec(), "xz, which is not supported"),
            (b"BZh91AY&SY\0\0".to_vec(), "bzip2, which is not supported"),
        ] {
            let error = unpack(&packed, u64::MAX).expect_err(why).to_string();
            assert!(error.contains(why), "{error}");
        }
    }

    proptest! {
        #[test]
        fn mutated_streams_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), zstd in any::<bool>()) {
            let mut packed = if zstd { zst(b"some bytes, some bytes") } else { gzip(b"some bytes, some bytes") };
            let at = at.index(packed.len());
            packed[at] = byte;
            let _ = unpack(&packed, 1 << 20);
        }

        #[test]
        fn packing_and_unpacking_is_nothing(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
            prop_assert_eq!(check(&gzip(&bytes)), Ok(bytes.clone()));
            prop_assert_eq!(check(&zst(&bytes)), Ok(bytes));
        }
    }
}
