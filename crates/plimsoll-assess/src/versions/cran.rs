//! R packages: numbers separated by `.` or `-`, which mean the same (R's `package_version`).

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    digits::compare_lists(numbers(a), numbers(b))
}

fn numbers(text: &str) -> impl Iterator<Item = &[u8]> {
    text.trim().as_bytes().split(|byte| matches!(byte, b'.' | b'-'))
}
