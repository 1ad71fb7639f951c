//! PHP packages: PHP's `version_compare` over versions normalised as Composer does (composer/semver, `VersionParser`).
//!
//! Versions Composer would refuse (`1.5.1.dev100`, `4.3-2RC1`) compare as `version_compare` has it.

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (a.trim(), b.trim());
    match (is_branch(a), is_branch(b)) {
        (true, true) => return Some(a.cmp(b)),
        (a_is_branch, b_is_branch) if a_is_branch || b_is_branch => {
            let other = if a_is_branch { b } else { a };
            number_start(other)?;
            return Some(b_is_branch.cmp(&a_is_branch));
        }
        _ => {}
    }
    let (a, b) = (number_start(a)?, number_start(b)?);
    if is_plain(a) && is_plain(b) {
        return Some(digits::compare_dotted(a, b));
    }
    let (a, b) = (tokens(a), tokens(b));
    for index in 0..a.len().max(b.len()) {
        let order = compare_keys(key_at(&a, index), key_at(&b, index));
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

/// Is it a branch, which Composer never finds in a range?
pub(super) fn is_branch(text: &str) -> bool {
    let starts_so = text.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("dev-"));
    starts_so || ["master", "trunk", "default"].iter().any(|name| text.eq_ignore_ascii_case(name))
}

/// The version from its first number on, without build metadata, stability flag (`@beta`) and alias (`… as 1.0`);
/// `None` when it does not begin with a number.
fn number_start(text: &str) -> Option<&[u8]> {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let end = text.find(['+', '@', ' ']).unwrap_or(text.len());
    let text = text.as_bytes().get(..end)?;
    text.first().is_some_and(u8::is_ascii_digit).then_some(text)
}

/// What needs nothing but its numbers compared: up to four of them, no date.
fn is_plain(text: &[u8]) -> bool {
    let (dotted, rest) = digits::take_dotted(text);
    let dots = dotted.iter().filter(|&&byte| byte == b'.').count();
    rest.is_empty() && dots < CORE_NUMBERS && digits::take(text).0.len() <= MAX_MAJOR_DIGITS
}

/// Composer fills versions up to four numbers …
const CORE_NUMBERS: usize = 4;
/// … unless the first has more digits: then it is a date.
const MAX_MAJOR_DIGITS: usize = 5;
/// What Composer puts in for the `x` of `1.x-dev`.
const WILDCARD: &[u8] = b"9999999";

enum Token<'a> {
    /// Digits.
    Number(&'a [u8]),
    /// By its stability.
    Word(i8),
    /// `#`, which `version_compare` takes for any number.
    AnyNumber,
}

/// Stability, and for a number its digits.
type Key<'a> = (i8, Option<&'a [u8]>);

/// Of a version without a word.
const STABLE: i8 = 4;
const END: Key = (STABLE, Some(b""));

fn key_at<'a>(tokens: &[Token<'a>], index: usize) -> Key<'a> {
    match tokens.get(index) {
        Some(Token::Number(number)) => (STABLE, Some(number)),
        Some(Token::Word(stability)) => (*stability, None),
        Some(Token::AnyNumber) => (STABLE, None),
        None => END,
    }
}

/// A number, also 0, comes after the end.
fn compare_keys(a: Key, b: Key) -> Ordering {
    a.0.cmp(&b.0).then_with(|| match (a.1, b.1) {
        (Some(a), Some(b)) => (!a.is_empty()).cmp(&!b.is_empty()).then_with(|| digits::compare(a, b)),
        _ => Ordering::Equal,
    })
}

fn tokens(text: &[u8]) -> Vec<Token<'_>> {
    let (mut tokens, mut rest) = core(text);
    while let Some(first) = rest.first() {
        let run;
        if first.is_ascii_digit() {
            (run, rest) = digits::take(rest);
            tokens.push(Token::Number(run));
        } else if first.is_ascii_alphabetic() {
            (run, rest) = digits::take_while(rest, u8::is_ascii_alphabetic);
            if !run.eq_ignore_ascii_case(b"stable") {
                tokens.push(Token::Word(stability(run)));
            }
        } else {
            if *first == b'#' {
                tokens.push(Token::AnyNumber);
            }
            rest = &rest[1..];
        }
    }
    tokens
}

/// The leading numbers, filled up to four, and what follows them.
fn core(text: &[u8]) -> (Vec<Token<'_>>, &[u8]) {
    let (first, mut rest) = digits::take(text);
    let mut tokens = Vec::with_capacity(8);
    tokens.push(Token::Number(first));
    let mut is_filled_up = first.len() <= MAX_MAJOR_DIGITS;
    let mut filler = &b"0"[..];
    loop {
        match rest {
            [b'.', b'#', tail @ ..] => {
                tokens.push(Token::AnyNumber);
                is_filled_up = false;
                rest = tail;
            }
            [b'.', b'x' | b'X' | b'*', tail @ ..] if !tail.first().is_some_and(u8::is_ascii_alphanumeric) => {
                filler = WILDCARD;
                tokens.push(Token::Number(filler));
                rest = tail;
            }
            [separator @ (b'.' | b'-' | b'_' | b':'), tail @ ..]
                if tail.first().is_some_and(u8::is_ascii_digit) =>
            {
                let number;
                (number, rest) = digits::take(tail);
                tokens.push(Token::Number(number));
                is_filled_up &= *separator == b'.';
            }
            _ => break,
        }
    }
    while is_filled_up && tokens.len() < CORE_NUMBERS {
        tokens.push(Token::Number(filler));
    }
    (tokens, rest)
}

/// As `version_compare` ranks words, by their beginning; unknown ones come first.
fn stability(word: &[u8]) -> i8 {
    let starts = |name: &[u8]| word.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    match () {
        () if starts(b"dev") => 0,
        () if starts(b"a") => 1,
        () if starts(b"b") => 2,
        () if starts(b"rc") => 3,
        () if starts(b"p") => STABLE + 1,
        () => -1,
    }
}
