//! Gentoo: `digits{.digits}[letter]{_suffix[digits]}[-rdigits]` (Package Manager Specification 8, section 3.3).

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(
        compare_numbers(a.numbers, b.numbers)
            .then_with(|| a.letter.cmp(&b.letter))
            .then_with(|| compare_suffixes(a.suffixes, b.suffixes))
            .then_with(|| digits::compare(a.revision, b.revision)),
    )
}

struct Version<'a> {
    /// `1.2.3`.
    numbers: &'a [u8],
    letter: Option<u8>,
    /// `_alpha1_p2`, checked to be so.
    suffixes: &'a [u8],
    /// Digits; a missing revision is 0.
    revision: &'a [u8],
}

impl Version<'_> {
    fn parse(text: &str) -> Option<Version<'_>> {
        let (numbers, rest) = digits::take_dotted(text.trim().as_bytes());
        let (letter, rest) = match rest {
            [letter @ b'a'..=b'z', rest @ ..] => (Some(*letter), rest),
            _ => (None, rest),
        };
        let (suffixes, rest) = digits::take_while(rest, |&byte| byte != b'-');
        let mut unread = suffixes;
        while !unread.is_empty() {
            (_, unread) = take_suffix(unread)?;
        }
        let revision = match rest {
            [] => b"",
            [b'-', b'r', revision @ ..] if digits::is_number(revision) => revision,
            _ => return None,
        };
        (!numbers.is_empty()).then_some(Version { numbers, letter, suffixes, revision })
    }
}

/// The first number as a number; the others too unless one has a leading zero, which makes both decimal fractions
/// (algorithm 3.3); more numbers are later.
fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a.split(|&byte| byte == b'.'), b.split(|&byte| byte == b'.'));
    let mut is_first = true;
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) if !is_first && (a.starts_with(b"0") || b.starts_with(b"0")) => {
                trim_end_zeros(a).cmp(trim_end_zeros(b))
            }
            (Some(a), Some(b)) => digits::compare(a, b),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
        is_first = false;
    }
}

fn trim_end_zeros(run: &[u8]) -> &[u8] {
    let end = run.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + 1);
    &run[..end]
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Suffix {
    Alpha,
    Beta,
    Pre,
    Candidate,
    /// No suffix.
    End,
    Patch,
}

fn compare_suffixes(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        let (x, y);
        (x, a) = take_suffix(a).unwrap_or(((Suffix::End, b""), b""));
        (y, b) = take_suffix(b).unwrap_or(((Suffix::End, b""), b""));
        let order = x.0.cmp(&y.0).then_with(|| digits::compare(x.1, y.1));
        if order.is_ne() || x.0 == Suffix::End {
            return order;
        }
    }
}

/// A suffix with its number, which is 0 when missing.
type Numbered<'a> = (Suffix, &'a [u8]);

/// The first suffix, and what follows.
fn take_suffix(text: &[u8]) -> Option<(Numbered<'_>, &[u8])> {
    let (name, rest) = digits::take_while(text.strip_prefix(b"_")?, u8::is_ascii_lowercase);
    let suffix = match name {
        b"alpha" => Suffix::Alpha,
        b"beta" => Suffix::Beta,
        b"pre" => Suffix::Pre,
        b"rc" => Suffix::Candidate,
        b"p" => Suffix::Patch,
        _ => return None,
    };
    let (number, rest) = digits::take(rest);
    Some(((suffix, number), rest))
}
