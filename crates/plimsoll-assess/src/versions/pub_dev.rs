//! Dart packages: as semver, but build metadata counts, and comes after its absence (Dart's `pub_semver`).

use super::digits;
use super::semver::{Version, compare_identifiers, compare_pre_release, identifiers};
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(
        digits::compare_dotted(a.core, b.core)
            .then_with(|| compare_pre_release(a.pre, b.pre, Ord::cmp))
            .then_with(|| compare_builds(a.build, b.build)),
    )
}

fn compare_builds(a: &[u8], b: &[u8]) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (false, false) => compare_identifiers(identifiers(a), identifiers(b), Ord::cmp),
        (a_is_empty, b_is_empty) => b_is_empty.cmp(&a_is_empty),
    }
}
