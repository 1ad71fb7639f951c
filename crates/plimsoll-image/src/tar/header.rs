//! One 512-byte tar header: V7, ustar, star and GNU (POSIX.1-2024, pax "ustar Interchange Format";
//! GNU tar manual, "Basic Tar Format").
//!
//! Where writers disagree we read as Go's `archive/tar` does, because that is what unpacks images: bytes that
//! Docker and containerd would see as another file must not look different to a scanner.

use super::Problem;

/// Bytes of a header and the unit everything in a tar is padded to.
pub(crate) const BLOCK: usize = 512;

/// A header, its fields parsed but nothing believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Prefix and name joined.
    pub name: Vec<u8>,
    /// The type flag, as written.
    pub flag: u8,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Stored bytes of content that follow, before padding.
    pub size: u64,
    pub mtime: i64,
    pub link: Vec<u8>,
    /// Does the header carry GNU's magic, whose prefix field means something else?
    pub gnu: bool,
}

/// Reads a header block. `Ok(None)` is a block of zeros.
pub(crate) fn parse(block: &[u8; BLOCK]) -> Result<Option<Header>, Problem> {
    if block.iter().all(|&byte| byte == 0) {
        return Ok(None);
    }
    check_sum(block)?;
    let ustar = &block[257..263] == b"ustar\0";
    let gnu = &block[257..265] == b"ustar  \0";
    let star = ustar && &block[508..512] == b"tar\0";
    let prefix: &[u8] = match (star, ustar) {
        (true, _) => text(&block[345..476]),
        (false, true) => text(&block[345..500]),
        _ => b"",
    };
    let mut name = Vec::with_capacity(prefix.len() + 101);
    if !prefix.is_empty() {
        name.extend_from_slice(prefix);
        name.push(b'/');
    }
    name.extend_from_slice(text(&block[0..100]));
    let size = number(&block[124..136])
        .filter(|&size| size >= 0)
        .ok_or(Problem::Malformed("its size is not a number"))?;
    Ok(Some(Header {
        name,
        flag: block[156],
        mode: number(&block[100..108]).map_or(0, |mode| (mode & 0o7777) as u32),
        uid: id(number(&block[108..116]).unwrap_or(0)),
        gid: id(number(&block[116..124]).unwrap_or(0)),
        size: size.unsigned_abs(),
        mtime: number(&block[136..148]).unwrap_or(0),
        link: text(&block[157..257]).to_vec(),
        gnu,
    }))
}

/// An owner as 32 bits; one that does not fit is nobody known, never root.
pub(crate) fn id(value: i64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// A C string in a fixed field.
pub(crate) fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    &field[..end]
}

/// A number in octal text, or in base 256 when the first bit is set (GNU tar manual, "Extensions to the Standard
/// Format"). An empty field is zero; `None` is no number or one that does not fit.
pub(crate) fn number(field: &[u8]) -> Option<i64> {
    let (&first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        // Two's complement over the remaining bits; 0x40 of the first byte is the sign.
        let negative = first & 0x40 != 0;
        let mut value = if negative { i128::from(first) - 0x100 } else { i128::from(first & 0x3f) };
        for &byte in rest {
            value = value.checked_mul(256)?.checked_add(i128::from(byte))?;
        }
        return i64::try_from(value).ok();
    }
    let trimmed = trim(field);
    let digits = text(trimmed);
    digits.iter().try_fold(0i64, |value, &digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(i64::from(digit - b'0')),
        _ => None,
    })
}

fn trim(field: &[u8]) -> &[u8] {
    let pad = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !pad(byte)).unwrap_or(field.len());
    let end = field.iter().rposition(|byte| !pad(byte)).map_or(start, |last| last + 1);
    &field[start..end]
}

/// The sum of the header's bytes, its own field counted as spaces; old writers summed signed bytes.
fn check_sum(block: &[u8; BLOCK]) -> Result<(), Problem> {
    let written = number(&block[148..156]);
    let (mut unsigned, mut signed) = (0i64, 0i64);
    for (index, &byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&index) { b' ' } else { byte };
        unsigned += i64::from(byte);
        signed += i64::from(byte as i8);
    }
    if written == Some(unsigned) || written == Some(signed) {
        Ok(())
    } else {
        Err(Problem::Malformed("its checksum is wrong, so this is no tar header"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_octal_or_base_256() {
        for (field, value) in [
            (&b"0000644\0"[..], Some(0o644)),
            (b"    755 ", Some(0o755)),
            (b"\0\0\0\0\0\0\0\0", Some(0)),
            (b"        ", Some(0)),
            (b"12345670", Some(0o12345670)),
            (b"00000008", None),
            (b"-0000001", None),
            (b"77777777777\0", Some(0o77777777777)),
            (b"\x80\0\0\0\0\0\0\0\0\0\x01\0", Some(256)),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", Some(-1)),
            (b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", Some(i64::MAX)),
        ] {
            assert_eq!(number(field), value, "{field:?}");
        }
    }

    #[test]
    fn owners_that_do_not_fit_are_never_root() {
        assert_eq!((id(0), id(1000), id(-1), id(1 << 40)), (0, 1000, u32::MAX, u32::MAX));
    }

    proptest! {
        #[test]
        fn arbitrary_blocks_never_panic(bytes in proptest::collection::vec(any::<u8>(), BLOCK), fix in any::<bool>()) {
            let mut block: [u8; BLOCK] = bytes.try_into().expect("one block");
            if fix {
                // A right checksum, so that the other fields are reached.
                block[148..156].fill(b' ');
                let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
                block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            }
            let _ = parse(&block);
        }

        #[test]
        fn what_the_tar_crate_writes_is_read(size in 0u64..1 << 40, uid in 0u64..1 << 30, mtime in 0u64..1 << 35, mode in 0u32..0o10000) {
            let mut written = tar::Header::new_gnu();
            written.set_size(size);
            written.set_uid(uid);
            written.set_mtime(mtime);
            written.set_mode(mode);
            written.set_path("a/b").expect("short");
            written.set_cksum();
            let read = parse(written.as_bytes()).expect("valid").expect("not zeros");
            prop_assert_eq!((read.size, u64::from(read.uid), read.mtime, read.mode), (size, uid, mtime as i64, mode));
            prop_assert_eq!(read.name, b"a/b".to_vec());
        }
    }
}
