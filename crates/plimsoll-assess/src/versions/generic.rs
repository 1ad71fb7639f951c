//! Software without a scheme: a forgiving natural order for upstream versions such as `1.0.2k`, `8u402`, `10.0-rc2`.
//!
//! Numbers compare as numbers and missing ones are 0; words that announce a release (`alpha`, `rc`, `dev`, also behind
//! `~`) come before it, other words after it (`1.0.2k`, `7.4p1`), and before a further number. Separators only separate,
//! so what stands behind a hyphen is a newer build (`1.2.3-4`, as Bitnami writes).

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (mut a, mut b) = (readable(a)?, readable(b)?);
    while !a.is_empty() || !b.is_empty() {
        let (x, y);
        (x, a) = next_part(a);
        (y, b) = next_part(b);
        let order = x.compare(&y);
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

enum Part<'a> {
    /// A word that announces a release, by how near it brings it.
    Before(u8),
    /// Digits; none at the end of the version, which is 0.
    Number(&'a [u8]),
    /// Any other word.
    After(&'a [u8]),
}

impl Part<'_> {
    fn compare(&self, other: &Part) -> Ordering {
        match (self, other) {
            (Part::Before(a), Part::Before(b)) => a.cmp(b),
            (Part::Number(a), Part::Number(b)) => digits::compare(a, b),
            (Part::After(a), Part::After(b)) => {
                a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Part::Before(_) => 0,
            Part::Number(number) if digits::is_zero(number) => 1,
            Part::After(_) => 2,
            Part::Number(_) => 3,
        }
    }
}

/// In the order in which they precede a release.
const BEFORE: [(&[u8], u8); 14] = [
    (b"dev", 1),
    (b"nightly", 1),
    (b"snapshot", 1),
    (b"alpha", 2),
    (b"a", 2),
    (b"beta", 3),
    (b"milestone", 4),
    (b"m", 4),
    (b"pre", 5),
    (b"preview", 5),
    (b"ea", 5),
    (b"rc", 6),
    (b"cr", 6),
    (b"c", 6),
];

fn next_part(text: &[u8]) -> (Part<'_>, &[u8]) {
    let (separators, text) = digits::take_while(text, |byte| !byte.is_ascii_alphanumeric() && *byte < 0x80);
    if text.first().is_none_or(u8::is_ascii_digit) {
        if separators.contains(&b'~') {
            return (Part::Before(0), text);
        }
        let (number, rest) = digits::take(text);
        return (Part::Number(number), rest);
    }
    let (word, rest) = digits::take_while(text, |byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    let before = BEFORE.iter().find(|(name, _)| word.eq_ignore_ascii_case(name));
    let part = match before {
        // A single letter at the end is a patch level (`1.0.2a`), not the announcement of one.
        Some((name, _)) if name.len() == 1 && !rest.first().is_some_and(u8::is_ascii_digit) => {
            Part::After(word)
        }
        Some((_, rank)) => Part::Before(*rank),
        None if separators.contains(&b'~') => Part::Before(0),
        None => Part::After(word),
    };
    (part, rest)
}

/// The version without a leading `v`; `None` when it has no number.
fn readable(text: &str) -> Option<&[u8]> {
    let text = text.trim();
    let rest = text.strip_prefix(['v', 'V']).filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    let text = rest.unwrap_or(text).as_bytes();
    text.iter().any(u8::is_ascii_digit).then_some(text)
}
