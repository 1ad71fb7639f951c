//! Ruby gems: numbers and words, words make a pre-release (RubyGems' `Gem::Version`).

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (version_of(a)?, version_of(b)?);
    if is_plain(a) && is_plain(b) {
        return Some(digits::compare_dotted(a, b));
    }
    let (a, b) = (segments(a), segments(b));
    for index in 0..a.len().max(b.len()) {
        let order = compare_segments(a.get(index), b.get(index));
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// Only numbers, so no segment can be a word.
fn is_plain(text: &[u8]) -> bool {
    !text.iter().any(|&byte| byte.is_ascii_alphabetic() || byte == b'-')
}

enum Segment<'a> {
    /// Digits.
    Number(&'a [u8]),
    /// Letters.
    Word(&'a [u8]),
}

/// A missing segment is 0; words come before numbers.
fn compare_segments(a: Option<&Segment>, b: Option<&Segment>) -> Ordering {
    match (a.unwrap_or(&Segment::Number(b"0")), b.unwrap_or(&Segment::Number(b"0"))) {
        (Segment::Number(a), Segment::Number(b)) => digits::compare(a, b),
        (Segment::Word(a), Segment::Word(b)) => a.cmp(b),
        (Segment::Word(_), Segment::Number(_)) => Ordering::Less,
        (Segment::Number(_), Segment::Word(_)) => Ordering::Greater,
    }
}

/// The segments, without the zeros before the first word and without those at the end. A hyphen is the word `pre`.
fn segments(mut text: &[u8]) -> Vec<Segment<'_>> {
    let mut segments = Vec::with_capacity(8);
    let mut has_word = false;
    while let Some(first) = text.first() {
        let segment;
        if first.is_ascii_digit() {
            (segment, text) = digits::take(text);
            segments.push(Segment::Number(segment));
            continue;
        }
        if *first == b'.' {
            text = &text[1..];
            continue;
        }
        if !has_word {
            drop_trailing_zeros(&mut segments);
            has_word = true;
        }
        if *first == b'-' {
            (segment, text) = (b"pre", &text[1..]);
        } else {
            (segment, text) = digits::take_while(text, u8::is_ascii_alphabetic);
        }
        segments.push(Segment::Word(segment));
    }
    drop_trailing_zeros(&mut segments);
    segments
}

fn drop_trailing_zeros(segments: &mut Vec<Segment>) {
    while let Some(Segment::Number(number)) = segments.last()
        && digits::is_zero(number)
    {
        segments.pop();
    }
}

/// The version without its platform; `None` when it is none.
fn version_of(text: &str) -> Option<&[u8]> {
    let text = text.trim();
    let text = match text.split_once('-') {
        Some((version, platform)) if is_platform(platform) => version,
        _ => text,
    }
    .as_bytes();
    let is_valid = text.first().is_some_and(u8::is_ascii_digit)
        && text.iter().all(|&byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    is_valid.then_some(text)
}

/// Is it what a gem's file name has behind the version: `x86_64-linux-musl`, `java`? (RubyGems' `Gem::Platform`.)
fn is_platform(text: &str) -> bool {
    let cpu_or_system = text.split_once('-').map_or(text, |(first, _)| first);
    matches!(
        cpu_or_system,
        "aarch64"
            | "amd64"
            | "arm"
            | "arm64"
            | "armv6"
            | "armv7"
            | "armv7l"
            | "armv8"
            | "i386"
            | "i686"
            | "java"
            | "jruby"
            | "mingw32"
            | "mswin32"
            | "mswin64"
            | "ppc64le"
            | "powerpc"
            | "riscv64"
            | "ruby"
            | "s390x"
            | "universal"
            | "x64"
            | "x86"
            | "x86_64"
    )
}
