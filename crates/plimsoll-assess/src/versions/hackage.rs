//! Haskell packages: numbers separated by `.`, where `1.0` is not `1.0.0` (Cabal's `Version`, the PVP).

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    digits::compare_lists(numbers(a), numbers(b))
}

fn numbers(text: &str) -> impl Iterator<Item = &[u8]> {
    text.trim().as_bytes().split(|&byte| byte == b'.')
}
