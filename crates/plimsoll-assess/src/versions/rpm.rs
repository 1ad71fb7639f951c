//! Red Hat, SUSE and their kin: `[epoch:]version[-release]` (rpm-version(7), `rpmverCmp` and `rpmvercmp` of rpm 4.20).

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Evr::parse(a)?, Evr::parse(b)?);
    Some(digits::compare(a.epoch, b.epoch).then_with(|| compare_part(a.version, b.version)).then_with(|| {
        match (a.release, b.release) {
            (Some(a), Some(b)) => compare_part(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        }
    }))
}

/// Epoch, version, release, as pacman also writes them.
pub(super) struct Evr<'a> {
    /// Digits; a missing epoch is 0.
    pub(super) epoch: &'a [u8],
    pub(super) version: &'a [u8],
    pub(super) release: Option<&'a [u8]>,
}

impl Evr<'_> {
    /// Whatever stands before a colon and is not a number is part of the version. `None` for nothing at all.
    pub(super) fn parse(text: &str) -> Option<Evr<'_>> {
        let text = text.trim().as_bytes();
        if text.is_empty() || text.iter().any(u8::is_ascii_whitespace) {
            return None;
        }
        let (epoch, rest) = match digits::take(text) {
            (epoch, [b':', rest @ ..]) => (epoch, rest),
            _ => (&b""[..], text),
        };
        Some(match rest.iter().rposition(|&byte| byte == b'-') {
            Some(hyphen) => Evr { epoch, version: &rest[..hyphen], release: Some(&rest[hyphen + 1..]) },
            None => Evr { epoch, version: rest, release: None },
        })
    }
}

/// Compares versions or releases: runs of digits and runs of letters, whatever else is there only separates them.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    loop {
        (a, b) = (skip_separators(a), skip_separators(b));
        match (a.first(), b.first()) {
            // A tilde comes before everything, the end too.
            (Some(b'~'), Some(b'~')) => (a, b) = (&a[1..], &b[1..]),
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            // A caret comes after the end, but before everything else.
            (Some(b'^'), Some(b'^')) => (a, b) = (&a[1..], &b[1..]),
            (Some(b'^'), None) => return Ordering::Greater,
            (None, Some(b'^')) => return Ordering::Less,
            (Some(b'^'), _) => return Ordering::Less,
            (_, Some(b'^')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (None, _) => return Ordering::Less,
            (_, None) => return Ordering::Greater,
            (Some(first), Some(second)) => {
                // Numbers are newer than letters.
                if first.is_ascii_digit() != second.is_ascii_digit() {
                    return first.is_ascii_digit().cmp(&second.is_ascii_digit());
                }
                let is_number = first.is_ascii_digit();
                let (x, y);
                (x, a) = take_run(a, is_number);
                (y, b) = take_run(b, is_number);
                let order = if is_number { digits::compare(x, y) } else { x.cmp(y) };
                if order.is_ne() {
                    return order;
                }
            }
        }
    }
}

fn skip_separators(text: &[u8]) -> &[u8] {
    digits::take_while(text, |byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'~' | b'^')).1
}

fn take_run(text: &[u8], is_number: bool) -> (&[u8], &[u8]) {
    if is_number { digits::take(text) } else { digits::take_while(text, u8::is_ascii_alphabetic) }
}
