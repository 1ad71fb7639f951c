//! PAX extended headers (POSIX.1-2024, pax "pax Extended Header").

use super::Problem;
use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

/// The records of one extended header that are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pax {
    pub path: Option<Vec<u8>>,
    pub link: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub uid: Option<i64>,
    pub gid: Option<i64>,
    pub mtime: Option<i64>,
    pub capability: Option<Vec<u8>>,
    pub sparse: PaxSparse,
}

/// The `GNU.sparse.*` records (GNU tar manual, "PAX Format, Versions 0.0, 0.1 and 1.0").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PaxSparse {
    /// `major.minor` is 1.0: the map stands before the content.
    pub in_content: bool,
    /// The map of forms 0.0 and 0.1: offset and length in turns; empty when the file is not sparse.
    pub map: Vec<u64>,
    pub name: Option<Vec<u8>>,
    pub real_size: Option<u64>,
}

/// Reads the records of an extended header. An empty value takes a record back; a later record wins.
pub(crate) fn parse(mut bytes: &[u8]) -> Result<Pax, Problem> {
    let mut pax = Pax::default();
    let (mut major, mut minor) = (None, None);
    while !bytes.is_empty() {
        let (key, value, rest) =
            record(bytes).ok_or(Problem::Malformed("its extended header is not valid"))?;
        bytes = rest;
        match key {
            b"path" => pax.path = name(value)?,
            b"linkpath" => pax.link = name(value)?,
            b"size" => pax.size = decimal(value)?,
            b"uid" => pax.uid = decimal(value)?.map(|id| i64::try_from(id).unwrap_or(i64::MAX)),
            b"gid" => pax.gid = decimal(value)?.map(|id| i64::try_from(id).unwrap_or(i64::MAX)),
            b"mtime" => pax.mtime = seconds(value),
            b"SCHILY.xattr.security.capability" => {
                pax.capability = Some(value.to_vec()).filter(|v| !v.is_empty())
            }
            b"LIBARCHIVE.xattr.security.capability" if pax.capability.is_none() => {
                pax.capability = UNPADDED.decode(value).ok().filter(|v| !v.is_empty());
            }
            b"GNU.sparse.major" => major = Some(value),
            b"GNU.sparse.minor" => minor = Some(value),
            b"GNU.sparse.name" => pax.sparse.name = name(value)?,
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => pax.sparse.real_size = decimal(value)?,
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                // Form 0.0 repeats these two in turns.
                let offset = key == b"GNU.sparse.offset";
                if offset != pax.sparse.map.len().is_multiple_of(2) {
                    return Err(Problem::Malformed("its sparse map is not valid"));
                }
                pax.sparse.map.push(decimal(value)?.unwrap_or(0));
            }
            b"GNU.sparse.map" => {
                pax.sparse.map = match value {
                    b"" => Vec::new(),
                    _ => value
                        .split(|&byte| byte == b',')
                        .map(|part| Ok(decimal(part)?.unwrap_or(0)))
                        .collect::<Result<_, Problem>>()?,
                };
            }
            _ => {}
        }
    }
    pax.sparse.in_content = matches!((major, minor), (Some(b"1"), Some(b"0")));
    Ok(pax)
}

/// `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record.
fn record(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    // A length of more digits than this cannot fit in a bounded header.
    let space = bytes.iter().take(20).position(|&byte| byte == b' ')?;
    let length = usize::try_from(digits(&bytes[..space])?).ok()?;
    let body = bytes.get(space + 1..length)?;
    let (&b'\n', body) = body.split_last()? else { return None };
    let equals = body.iter().position(|&byte| byte == b'=')?;
    (equals > 0).then(|| (&body[..equals], &body[equals + 1..], &bytes[length..]))
}

fn name(value: &[u8]) -> Result<Option<Vec<u8>>, Problem> {
    match value {
        b"" => Ok(None),
        _ if value.contains(&0) => Err(Problem::Malformed("its path holds a NUL")),
        _ => Ok(Some(value.to_vec())),
    }
}

fn decimal(value: &[u8]) -> Result<Option<u64>, Problem> {
    match value {
        b"" => Ok(None),
        // Sizes are signed in every reader that unpacks images; a larger one is an attack on their arithmetic.
        _ => match digits(value).filter(|&number| i64::try_from(number).is_ok()) {
            Some(number) => Ok(Some(number)),
            None => Err(Problem::Malformed("a number in its extended header is not valid")),
        },
    }
}

pub(crate) fn digits(text: &[u8]) -> Option<u64> {
    let valid = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    valid.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

/// Whole seconds of `-1.5` or `1700000000.123456789`.
fn seconds(value: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(value).ok()?;
    text.split_once('.').map_or(text, |(whole, _)| whole).parse().ok()
}

/// libarchive writes base64 with and without padding.
const UNPADDED: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
pub(crate) fn write(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length += 1;
        }
        out.extend_from_slice(format!("{length} {key}=").as_bytes());
        out.extend_from_slice(value);
        out.push(b'\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn records_are_read() {
        let bytes = write(&[
            ("path", b"a\nb=c"),
            ("size", b"12"),
            ("uid", b"3000000000"),
            ("mtime", b"1700000000.99"),
            ("LIBARCHIVE.xattr.security.capability", b"AQAAAg"),
            ("comment", b"anything"),
        ]);
        let pax = parse(&bytes).expect("valid");
        assert_eq!(pax.path.as_deref(), Some(&b"a\nb=c"[..]));
        assert_eq!((pax.size, pax.uid, pax.mtime), (Some(12), Some(3_000_000_000), Some(1_700_000_000)));
        assert_eq!(pax.capability, Some(vec![1, 0, 0, 2]));
        assert_eq!(parse(&write(&[("path", b"a"), ("path", b"")])).expect("valid").path, None);
        assert_eq!(
            parse(&write(&[("GNU.sparse.map", b"0,5,10,2")])).expect("valid").sparse.map,
            [0, 5, 10, 2]
        );
        let zero = write(&[
            ("GNU.sparse.numblocks", b"1"),
            ("GNU.sparse.offset", b"3"),
            ("GNU.sparse.numbytes", b"4"),
        ]);
        assert_eq!(parse(&zero).expect("valid").sparse.map, [3, 4]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            &b"6 a=b"[..],
            b"5 a=b\n",
            b"99 a=b\n",
            b"x a=b\n",
            b"6 =ab\n",
            b"18446744073709551616 a=b\n",
            b"-6 a=b\n",
            b"\0\0\0\0",
            b"11 size=-1\n",
            b"28 size=9223372036854775808\n",
            b"12 path=a\0b\n",
            b"25 GNU.sparse.numbytes=1\n",
        ] {
            assert!(parse(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn mutated_headers_never_panic(at in 0usize..80, byte in any::<u8>()) {
            let mut bytes = write(&[("path", b"some/where"), ("size", b"123"), ("GNU.sparse.map", b"0,5,10,2"), ("mtime", b"1.5")]);
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
            let _ = parse(&bytes);
        }
    }
}
