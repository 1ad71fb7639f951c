//! npm, Cargo, Hex, Swift: Semantic Versioning 2.0.0, section 11, read leniently.
//!
//! A leading `v`, any number of core numbers (missing ones are 0), numbers of any length with leading zeros, and a
//! pre-release without its hyphen (`1.0.0rc1`) pass, as node-semver's loose mode and OSV's own comparison let them.

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(digits::compare_dotted(a.core, b.core).then_with(|| compare_pre_release(a.pre, b.pre, Ord::cmp)))
}

/// A version cut into its parts.
pub(super) struct Version<'a> {
    /// `1.2.3`: at least one number.
    pub(super) core: &'a [u8],
    /// What stands between core and build metadata, without the hyphen; empty for none.
    pub(super) pre: &'a [u8],
    /// No hyphen stands before the pre-release: `1.22rc1`.
    pub(super) is_joined: bool,
    /// Build metadata, without the plus sign; empty for none.
    pub(super) build: &'a [u8],
}

impl Version<'_> {
    /// `None` when it does not begin with a number.
    pub(super) fn parse(text: &str) -> Option<Version<'_>> {
        let text = text.trim();
        let text = text.strip_prefix(['=', 'v', 'V']).unwrap_or(text).as_bytes();
        let (core, rest) = digits::take_dotted(text);
        if core.is_empty() || rest.iter().any(u8::is_ascii_whitespace) {
            return None;
        }
        let plus = rest.iter().position(|&byte| byte == b'+');
        let (pre, build) = match plus {
            Some(plus) => (&rest[..plus], &rest[plus + 1..]),
            None => (rest, &b""[..]),
        };
        let is_joined = pre.first().is_some_and(u8::is_ascii_alphabetic);
        let pre = pre.strip_prefix(b"-").or_else(|| pre.strip_prefix(b".")).unwrap_or(pre);
        Some(Version { core, pre, is_joined, build })
    }
}

/// Compares pre-releases; a version without one is later than any with one.
pub(super) fn compare_pre_release(a: &[u8], b: &[u8], text: fn(&[u8], &[u8]) -> Ordering) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (false, false) => compare_identifiers(identifiers(a), identifiers(b), text),
        (a_is_release, b_is_release) => a_is_release.cmp(&b_is_release),
    }
}

/// The dot-separated identifiers of a pre-release or of build metadata.
pub(super) fn identifiers(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'.')
}

/// Compares identifiers one by one: numbers as numbers and before text, text by `text`, fewer before more.
pub(super) fn compare_identifiers<'a>(
    mut a: impl Iterator<Item = &'a [u8]>,
    mut b: impl Iterator<Item = &'a [u8]>,
    text: fn(&[u8], &[u8]) -> Ordering,
) -> Ordering {
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => match (digits::is_number(a), digits::is_number(b)) {
                (true, true) => digits::compare(a, b),
                (false, false) => text(a, b),
                (a_is_number, b_is_number) => b_is_number.cmp(&a_is_number),
            },
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}
