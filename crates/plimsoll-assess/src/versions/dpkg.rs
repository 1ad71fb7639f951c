//! Debian and Ubuntu: `[epoch:]upstream[-revision]` (deb-version(7), Debian Policy 5.6.12).

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(
        digits::compare(a.epoch, b.epoch)
            .then_with(|| compare_part(a.upstream, b.upstream))
            .then_with(|| compare_part(a.revision, b.revision)),
    )
}

struct Version<'a> {
    /// Digits; a missing epoch is 0.
    epoch: &'a [u8],
    upstream: &'a [u8],
    /// A missing revision sorts as `0`.
    revision: &'a [u8],
}

impl Version<'_> {
    /// `None` for what dpkg itself refuses to compare: nothing, inner spaces, an epoch that is no number, a revision
    /// announced but missing. Unusual characters are only warned of there, so they pass.
    fn parse(text: &str) -> Option<Version<'_>> {
        let text = text.trim().as_bytes();
        let (epoch, rest) = match text.iter().position(|&byte| byte == b':') {
            Some(colon) => (&text[..colon], &text[colon + 1..]),
            None => (&b"0"[..], text),
        };
        let (upstream, revision) = match rest.iter().rposition(|&byte| byte == b'-') {
            Some(hyphen) => (&rest[..hyphen], &rest[hyphen + 1..]),
            None => (rest, &b"0"[..]),
        };
        let readable = digits::is_number(epoch)
            && !rest.is_empty()
            && !revision.is_empty()
            && !rest.iter().any(u8::is_ascii_whitespace);
        readable.then_some(Version { epoch, upstream, revision })
    }
}

/// Compares upstream versions or revisions: text and numbers by turns, text first.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        loop {
            let (x, y) = (weight(a.first()), weight(b.first()));
            if x != y {
                return x.cmp(&y);
            }
            if x == END {
                break;
            }
            (a, b) = (&a[1..], &b[1..]);
        }
        let (x, y);
        (x, a) = digits::take(a);
        (y, b) = digits::take(b);
        let order = digits::compare(x, y);
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Of a piece of text, which stops at a digit as at the end.
const END: u16 = 1;

/// `~` before the end, the end before letters, letters before everything else.
fn weight(byte: Option<&u8>) -> u16 {
    match byte {
        Some(b'~') => 0,
        None => END,
        Some(byte) if byte.is_ascii_digit() => END,
        Some(&byte) if byte.is_ascii_alphabetic() => u16::from(byte),
        Some(&byte) => 256 + u16::from(byte),
    }
}
