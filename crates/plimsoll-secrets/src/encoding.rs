//! Base64, once: keywords as they look in it, and the run of it around one.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Longest run decoded at a time.
const LONGEST: usize = 64 << 10;

/// Decodes base64 of either alphabet, with or without padding.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let is_url = text.iter().any(|byte| matches!(byte, b'-' | b'_'));
    if is_url { URL_SAFE.decode(text).ok() } else { STANDARD.decode(text).ok() }
}

/// How the keyword looks inside base64 at each of the three offsets: only the characters that its own bytes fix.
/// Forms shorter than four characters are left out, they would be seen by chance.
pub(crate) fn forms(keyword: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..3).filter_map(move |offset| {
        let padded = [&b"\0\0"[..offset], keyword].concat();
        let encoded = STANDARD.encode(&padded);
        let from = (offset * 8).div_ceil(6);
        let to = padded.len() * 8 / 6;
        let form = encoded.as_bytes().get(from..to)?;
        (form.len() >= 4).then(|| form.to_vec())
    })
}

/// Shortest run looked at: 18 bytes.
const SHORTEST: usize = 24;

/// The runs of at least 24 base64 characters, each on its line.
pub(crate) fn runs(bytes: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        // A run as long holds a place that is a multiple of 12 and the next such place.
        while at + 12 < bytes.len() {
            if !(IS_IN[usize::from(bytes[at])] && IS_IN[usize::from(bytes[at + 12])]) {
                at += 12;
                continue;
            }
            let inside = |byte: &&u8| IS_IN[usize::from(**byte)];
            let behind = bytes[at..].iter().take_while(inside).count();
            let before = bytes[at.saturating_sub(12)..at].iter().rev().take_while(inside).count();
            let run = at - before..at + behind;
            at += (behind / 12 + 1) * 12;
            if run.len() >= SHORTEST {
                return Some(run);
            }
        }
        None
    })
}

/// Characters of base64, of both alphabets.
const IS_IN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let char = byte as u8;
        table[byte] = char.is_ascii_alphanumeric() || matches!(char, b'+' | b'/' | b'-' | b'_');
        byte += 1;
    }
    table
};

/// The run of base64 characters around `at`, line breaks with their indentation included, as a range and decoded.
pub(crate) fn run(bytes: &[u8], at: usize) -> Option<(std::ops::Range<usize>, Vec<u8>)> {
    let is_in = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let floor = at.saturating_sub(LONGEST);
    let before = bytes.get(floor..at)?.iter().rev().take_while(|byte| is_in(byte)).count();
    let behind = bytes[at..].iter().take(LONGEST).take_while(|byte| is_in(byte)).count();
    let (mut from, mut to) = (at - before, at + behind);
    // Text wrapped at a fixed width, as `base64` and PEM write it: lines of the same length on both sides.
    let width = to - from;
    if (57..=80).contains(&width) || bytes[..from].ends_with(b"\n") {
        let line =
            |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|line| line.iter().all(is_in));
        while from > width
            && at - from < LONGEST
            && bytes[from - 1] == b'\n'
            && line(from - 1 - width..from - 1)
        {
            from -= width + 1;
        }
        while to - at < LONGEST && bytes.get(to) == Some(&b'\n') {
            let next = bytes[to + 1..].iter().take(width + 1).take_while(|byte| is_in(byte)).count();
            if next == 0 || next > width {
                break;
            }
            to += next + 1;
            if next < width {
                break;
            }
        }
    }
    let clean: Vec<u8> = bytes[from..to].iter().copied().filter(is_in).collect();
    decode(&clean).or_else(|| decode(&clean[..clean.len() & !3])).map(|decoded| (from..to, decoded))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_stand_in_base64_at_every_offset() {
        for keyword in ["akia", "ghp_", "password", "-----BEGIN"] {
            let forms: Vec<Vec<u8>> = forms(keyword.as_bytes()).collect();
            for before in 0..7 {
                let encoded = STANDARD.encode(format!("{}{keyword}xyz", "q".repeat(before)));
                let found = forms.iter().any(|form| memchr::memmem::find(encoded.as_bytes(), form).is_some());
                assert!(found, "{keyword} after {before}");
            }
        }
    }

    #[test]
    fn long_runs_are_seen() {
        for before in 0..40 {
            for length in [23, 24, 25, 40, 100] {
                let text = format!("{} {} x", ". ".repeat(before), "a".repeat(length));
                let found: Vec<_> = runs(text.as_bytes()).collect();
                let whole = before * 2 + 1..before * 2 + 1 + length;
                assert_eq!(found, if length >= 24 { vec![whole] } else { vec![] }, "{before} {length}");
            }
        }
    }

    #[test]
    fn runs_end_where_base64_ends() {
        let check = |text: &str, needle: &str, wanted: Option<&str>| {
            let at = text.find(needle).expect("the example holds it");
            let found =
                run(text.as_bytes(), at).map(|(_, found)| String::from_utf8_lossy(&found).into_owned());
            assert_eq!(found.as_deref(), wanted, "{text}");
        };
        check("data: aGVsbG8gd29ybGQ= # x", "bG8g", Some("hello world"));
        check("\"aGVsbG8gd29ybGQ\"", "bG8g", Some("hello world"));
        let long = "many words in several lines of one text ".repeat(5);
        let wrapped: Vec<String> = STANDARD
            .encode(&long)
            .as_bytes()
            .chunks(76)
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        check(&format!("x\n{}\ny\n", wrapped.join("\n")), &wrapped[1][..20], Some(&long));
    }
}
