//! Go modules (`v1.2.3`, semver with pseudo-versions; golang.org/x/mod/semver) and the Go toolchain (`go1.22rc1`;
//! go/version).

use super::digits;
use super::semver::{Version, compare_identifiers, identifiers};
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (GoVersion::parse(a)?, GoVersion::parse(b)?);
    Some(digits::compare_dotted(a.core, b.core).then_with(|| match (a.pre.is_empty(), b.pre.is_empty()) {
        (false, false) => compare_identifiers(a.identifiers(), b.identifiers(), Ord::cmp),
        (a_is_release, b_is_release) => a_is_release.cmp(&b_is_release),
    }))
}

struct GoVersion<'a> {
    core: &'a [u8],
    pre: &'a [u8],
    /// The pre-release follows without a hyphen, as toolchains write it: `1.22rc10` is number 10, not the text `rc10`.
    is_joined: bool,
}

impl<'a> GoVersion<'a> {
    /// What vendors add to a toolchain's name (`go1.22.5-microsoft`, `1.22.5 X:boringcrypto`) says nothing about its
    /// order. `(devel)` and `devel +abc` are no versions.
    fn parse(text: &'a str) -> Option<GoVersion<'a>> {
        let text = text.trim();
        let text = text.split_once([' ', '\t']).map_or(text, |(version, _)| version);
        let text = match text.strip_prefix("go") {
            Some(toolchain) => toolchain.split_once(['-', '+']).map_or(toolchain, |(version, _)| version),
            None => text,
        };
        let Version { core, pre, is_joined, .. } = Version::parse(text)?;
        let pre = if pre.starts_with(b"X:") { b"" } else { pre };
        Some(GoVersion { core, pre, is_joined })
    }

    fn identifiers(&self) -> impl Iterator<Item = &'a [u8]> {
        let is_joined = self.is_joined;
        identifiers(self.pre).flat_map(move |identifier| {
            let (word, number) = match is_joined {
                true => digits::take_while(identifier, u8::is_ascii_alphabetic),
                false => (identifier, &b""[..]),
            };
            std::iter::once(word).chain((!number.is_empty()).then_some(number))
        })
    }
}
