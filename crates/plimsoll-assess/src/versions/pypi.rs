//! Python packages: PEP 440, "Summary of permitted suffixes and relative ordering".
//!
//! Versions from before PEP 440 (`2004d`) come before all others, in the order setuptools gave them, as OSV sorts them.

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (a.trim(), b.trim());
    if a.is_empty() || b.is_empty() {
        return None;
    }
    Some(match (Version::parse(a.as_bytes()), Version::parse(b.as_bytes())) {
        (Some(x), Some(y)) => x.compare(&y),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => legacy_key(a).cmp(&legacy_key(b)),
    })
}

/// A version in PEP 440's terms; numbers are digits.
struct Version<'a> {
    epoch: &'a [u8],
    /// `1.2.3`.
    release: &'a [u8],
    pre: Option<(PreRelease, &'a [u8])>,
    post: Option<&'a [u8]>,
    dev: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PreRelease {
    Alpha,
    Beta,
    Candidate,
}

/// Where a version stands among those of its release, before any numbers.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    DevOfFinal,
    Pre(PreRelease),
    Final,
}

impl<'a> Version<'a> {
    fn compare(&self, other: &Version) -> Ordering {
        digits::compare(self.epoch, other.epoch)
            .then_with(|| digits::compare_dotted(self.release, other.release))
            .then_with(|| self.phase().cmp(&other.phase()))
            .then_with(|| digits::compare(self.pre_number(), other.pre_number()))
            .then_with(|| compare_post(self.post, other.post))
            .then_with(|| compare_dev(self.dev, other.dev))
            .then_with(|| compare_local(self.local, other.local))
    }

    fn phase(&self) -> Phase {
        match (self.pre, self.post, self.dev) {
            (Some((kind, _)), _, _) => Phase::Pre(kind),
            (None, None, Some(_)) => Phase::DevOfFinal,
            _ => Phase::Final,
        }
    }

    fn pre_number(&self) -> &[u8] {
        self.pre.map_or(b"", |(_, number)| number)
    }

    /// Reads everything that PEP 440, appendix B, accepts: any case, alternative spellings and separators.
    fn parse(text: &'a [u8]) -> Option<Version<'a>> {
        let mut text = text.strip_prefix(b"v").or_else(|| text.strip_prefix(b"V")).unwrap_or(text);
        let mut epoch = &b""[..];
        if let (number, [b'!', rest @ ..]) = digits::take(text)
            && !number.is_empty()
        {
            (epoch, text) = (number, rest);
        }
        let (release, mut text) = digits::take_dotted(text);
        if release.is_empty() {
            return None;
        }
        let pre = take_word(&mut text, &PRE_RELEASES);
        let post = match text {
            [b'-', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => {
                let (number, rest) = digits::take(rest);
                text = rest;
                Some(number)
            }
            _ => take_word(&mut text, &[("post", ()), ("rev", ()), ("r", ())]).map(|(_, number)| number),
        };
        let dev = take_word(&mut text, &[("dev", ())]).map(|(_, number)| number);
        let local = match text {
            [] => None,
            [b'+', local @ ..] if is_local(local) => Some(local),
            _ => return None,
        };
        Some(Version { epoch, release, pre, post, dev, local })
    }
}

/// Longer spellings before those they begin with.
const PRE_RELEASES: [(&str, PreRelease); 8] = [
    ("alpha", PreRelease::Alpha),
    ("a", PreRelease::Alpha),
    ("beta", PreRelease::Beta),
    ("b", PreRelease::Beta),
    ("preview", PreRelease::Candidate),
    ("pre", PreRelease::Candidate),
    ("rc", PreRelease::Candidate),
    ("c", PreRelease::Candidate),
];

/// Takes `[-_.]word[-_.][digits]` from the text, if it begins so with one of the words.
fn take_word<'a, T: Copy>(text: &mut &'a [u8], words: &[(&str, T)]) -> Option<(T, &'a [u8])> {
    let rest = skip_separator(text);
    let (word, meaning) = words.iter().find(|(word, _)| {
        rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()))
    })?;
    let (number, rest) = digits::take(skip_separator(&rest[word.len()..]));
    *text = rest;
    Some((*meaning, number))
}

fn skip_separator(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'_' | b'.', rest @ ..] => rest,
        _ => text,
    }
}

fn is_local(text: &[u8]) -> bool {
    local_segments(text).all(|segment| !segment.is_empty() && segment.iter().all(u8::is_ascii_alphanumeric))
}

fn local_segments(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'-' | b'_' | b'.'))
}

/// No post-release is before every one.
fn compare_post(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => digits::compare(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// A development release is before what it develops.
fn compare_dev(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => digits::compare(a, b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

/// No local version is before every one; text comes before numbers, and fewer segments before more.
fn compare_local(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else { return a.is_some().cmp(&b.is_some()) };
    let (mut a, mut b) = (local_segments(a), local_segments(b));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(a), Some(b)) => match (digits::is_number(a), digits::is_number(b)) {
                (true, true) => digits::compare(a, b),
                (false, false) => {
                    a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase))
                }
                (a_is_number, b_is_number) => a_is_number.cmp(&b_is_number),
            },
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The parts that setuptools compared one by one: numbers padded to eight digits, words behind an asterisk, which sorts
/// before digits.
fn legacy_key(text: &str) -> Vec<String> {
    let text = text.to_ascii_lowercase();
    let mut rest = text.as_str();
    let mut key: Vec<String> = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '0'..='9' => rest.find(|c: char| !c.is_ascii_digit()),
            'a'..='z' => rest.find(|c: char| !c.is_ascii_lowercase()),
            '.' | '-' => Some(1),
            _ => rest.find(|c: char| c.is_ascii_digit() || c.is_ascii_lowercase() || c == '.' || c == '-'),
        };
        let (part, tail) = rest.split_at(length.unwrap_or(rest.len()));
        rest = tail;
        match part {
            "." => {}
            _ if first.is_ascii_digit() => key.push(format!("{part:0>8}")),
            _ => push_legacy_word(&mut key, part),
        }
    }
    push_legacy_word(&mut key, "final");
    key
}

fn push_legacy_word(key: &mut Vec<String>, word: &str) {
    let word = match word {
        "pre" | "preview" | "rc" => "*c",
        "-" => "*final-",
        "dev" => "*@",
        _ => &format!("*{word}"),
    };
    // A hyphen before a pre-release says nothing, nor do zeros at the end of a row of numbers.
    if word < "*final" {
        while key.last().is_some_and(|last| last == "*final-") {
            key.pop();
        }
    }
    while key.last().is_some_and(|last| last == "00000000") {
        key.pop();
    }
    key.push(word.to_owned());
}
