//! Arch Linux: `[epoch:]pkgver[-pkgrel]` (vercmp(8), `alpm_pkg_vercmp` of pacman 7).

use super::digits;
use super::rpm::Evr;
use std::cmp::Ordering;

/// A missing pkgrel equals every pkgrel, as vercmp(8) has it.
pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Evr::parse(a)?, Evr::parse(b)?);
    Some(digits::compare(a.epoch, b.epoch).then_with(|| compare_part(a.version, b.version)).then_with(|| {
        match (a.release, b.release) {
            (Some(a), Some(b)) => compare_part(a, b),
            _ => Ordering::Equal,
        }
    }))
}

/// As rpm once did, with three differences: letters that follow a number directly come before the end (`1.0rc1` is
/// before `1.0`), letters behind a separator after it, and more separators are newer.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !a.is_empty() && !b.is_empty() {
        let (separators_a, rest_a) = digits::take_while(a, |byte| !byte.is_ascii_alphanumeric());
        let (separators_b, rest_b) = digits::take_while(b, |byte| !byte.is_ascii_alphanumeric());
        (a, b) = (rest_a, rest_b);
        let (Some(first), Some(second)) = (a.first(), b.first()) else { break };
        if separators_a.len() != separators_b.len() {
            return separators_a.len().cmp(&separators_b.len());
        }
        if first.is_ascii_digit() != second.is_ascii_digit() {
            return first.is_ascii_digit().cmp(&second.is_ascii_digit());
        }
        let is_number = first.is_ascii_digit();
        let run = |byte: &u8| byte.is_ascii_alphanumeric() && byte.is_ascii_digit() == is_number;
        let (x, y);
        (x, a) = digits::take_while(a, run);
        (y, b) = digits::take_while(b, run);
        let order = if is_number { digits::compare(x, y) } else { x.cmp(y) };
        if order.is_ne() {
            return order;
        }
    }
    match (a.first(), b.first()) {
        (None, None) => Ordering::Equal,
        (Some(rest), _) if rest.is_ascii_alphabetic() => Ordering::Less,
        (None, Some(rest)) if !rest.is_ascii_alphabetic() => Ordering::Less,
        _ => Ordering::Greater,
    }
}
