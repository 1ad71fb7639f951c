//! .NET packages: as semver, with up to four core numbers and labels that ignore case (NuGet's `VersionComparer`).

use super::digits;
use super::semver::{Version, compare_pre_release};
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(
        digits::compare_dotted(a.core, b.core)
            .then_with(|| compare_pre_release(a.pre, b.pre, compare_ignoring_case)),
    )
}

fn compare_ignoring_case(a: &[u8], b: &[u8]) -> Ordering {
    a.iter().map(u8::to_ascii_uppercase).cmp(b.iter().map(u8::to_ascii_uppercase))
}
