//! The documents of a tar of feeds, read as a stream (POSIX.1-2024, pax, "ustar Interchange Format"; GNU long names).

use std::io::{self, Read};

/// Bytes of a record of a tar.
const BLOCK: usize = 512;
/// Bytes of a name, and of the headers that carry long ones.
const LONGEST_HEADER: u64 = 1 << 20;
/// Entries of one tar: as many as an archive may have.
const ENTRIES: usize = 2_000_000;

/// Hands every file to `visit`: its name, its size and its content, which need not be read.
pub(super) fn files<E: From<io::Error>>(
    mut from: impl Read,
    mut visit: impl FnMut(&str, u64, &mut dyn Read) -> Result<(), E>,
) -> Result<(), E> {
    let mut block = [0; BLOCK];
    let mut long_name: Option<String> = None;
    for _ in 0..ENTRIES {
        if !read_block(&mut from, &mut block)? || block.iter().all(|&byte| byte == 0) {
            return Ok(());
        }
        check(&block)?;
        let size = number(&block[124..136])?;
        let padding = size.wrapping_neg() % BLOCK as u64;
        match block[156] {
            kind @ (b'x' | b'L') if size <= LONGEST_HEADER => {
                let mut content = Vec::new();
                (&mut from).take(size).read_to_end(&mut content)?;
                long_name =
                    if kind == b'x' { pax_path(&content) } else { Some(text(&content)) }.or(long_name);
            }
            b'0' | b'7' | 0 => {
                let name = long_name.take().unwrap_or_else(|| name(&block));
                let mut content = (&mut from).take(size);
                visit(&name, size, &mut content)?;
                skip(&mut content)?;
                if content.limit() > 0 {
                    return Err(bad("it ends within a file").into());
                }
            }
            _ => {
                long_name = None;
                skip(&mut (&mut from).take(size))?;
            }
        }
        skip(&mut (&mut from).take(padding))?;
    }
    Err(bad("it has too many entries").into())
}

/// `false` at the end, which may lack its two empty blocks.
fn read_block(from: &mut impl Read, block: &mut [u8; BLOCK]) -> io::Result<bool> {
    let mut filled = 0;
    while filled < BLOCK {
        match from.read(&mut block[filled..])? {
            0 if filled == 0 => return Ok(false),
            0 => return Err(bad("it ends within a header")),
            read => filled += read,
        }
    }
    Ok(true)
}

fn skip(from: &mut impl Read) -> io::Result<()> {
    io::copy(from, &mut io::sink()).map(drop)
}

/// The header's sum, of its bytes with blanks in place of the sum.
fn check(block: &[u8; BLOCK]) -> io::Result<()> {
    let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
    let own: u64 = block[148..156].iter().map(|&byte| u64::from(byte)).sum();
    match number(&block[148..156])? == sum - own + 8 * u64::from(b' ') {
        true => Ok(()),
        false => Err(bad("it is no tar, or a damaged one")),
    }
}

/// Octal, or GNU's base 256.
fn number(field: &[u8]) -> io::Result<u64> {
    if field[0] & 0x80 != 0 {
        let big = field[1..].iter().try_fold(u64::from(field[0] & 0x7f), |sum, &byte| {
            sum.checked_mul(256).and_then(|sum| sum.checked_add(u64::from(byte)))
        });
        return big.ok_or_else(|| bad("a number is too large"));
    }
    let digits = field.iter().filter(|byte| !matches!(byte, b' ' | 0));
    digits.into_iter().try_fold(0_u64, |sum, &digit| match digit {
        b'0'..=b'7' => Ok(sum * 8 + u64::from(digit - b'0')),
        _ => Err(bad("a number is none")),
    })
}

fn name(block: &[u8; BLOCK]) -> String {
    let (name, prefix) = (text(&block[..100]), text(&block[345..500]));
    let is_ustar = &block[257..263] == b"ustar\0";
    if is_ustar && !prefix.is_empty() { format!("{prefix}/{name}") } else { name }
}

/// `path` of a pax header: lines `LENGTH KEY=VALUE`.
fn pax_path(mut content: &[u8]) -> Option<String> {
    while let Some(blank) = content.iter().position(|&byte| byte == b' ') {
        let length: usize = std::str::from_utf8(&content[..blank]).ok()?.parse().ok()?;
        let line = content.get(blank + 1..length)?;
        if let Some(path) = line.strip_prefix(b"path=") {
            return Some(text(path.strip_suffix(b"\n").unwrap_or(path)));
        }
        content = &content[length..];
    }
    None
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

fn bad(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A tar of these files.
    pub(in crate::build) fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, content) in files {
            if name.len() > 100 {
                header(&mut out, "././@LongLink", b'L', name.as_bytes());
            }
            header(&mut out, &name[..name.len().min(100)], b'0', content);
        }
        out.resize(out.len() + 2 * BLOCK, 0);
        out
    }

    fn header(out: &mut Vec<u8>, name: &str, kind: u8, content: &[u8]) {
        let mut block = [0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..135].copy_from_slice(format!("{:011o}", content.len()).as_bytes());
        block[148..156].fill(b' ');
        block[156] = kind;
        let sum: u64 = block.iter().map(|&byte| u64::from(byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        out.extend(block);
        out.extend(content);
        out.resize(out.len().next_multiple_of(BLOCK), 0);
    }

    fn read(bytes: &[u8]) -> io::Result<Vec<(String, Vec<u8>)>> {
        let mut all = Vec::new();
        files(bytes, |name, _, content| {
            let mut bytes = Vec::new();
            content.read_to_end(&mut bytes)?;
            all.push((name.to_owned(), bytes));
            Ok::<(), io::Error>(())
        })?;
        Ok(all)
    }

    #[test]
    fn files_are_read_with_their_names() {
        let long = "advisories/".repeat(20);
        let bytes = tar(&[("a.json", b"{}"), (&long, &[7; 1000]), ("empty", b"")]);
        let expected =
            [("a.json".to_owned(), b"{}".to_vec()), (long, vec![7; 1000]), ("empty".to_owned(), Vec::new())];
        assert_eq!(read(&bytes).expect("a tar"), expected);
        assert_eq!(pax_path(b"12 mtime=1.\n19 path=some/a.json\n"), Some("some/a.json".into()));
        assert!(read(&bytes[..BLOCK + 1]).is_err() && read(&[1; BLOCK]).is_err() && read(b"").is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(at in 0usize..2048, with: u8, bytes: Vec<u8>) {
            let _ = read(&bytes);
            let mut changed = tar(&[("a.json", b"{}"), ("b", &[1; 600])]);
            if let Some(byte) = changed.get_mut(at) {
                *byte = with;
            }
            let _ = read(&changed);
        }
    }
}
