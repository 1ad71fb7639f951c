//! Alpine, Wolfi, Chainguard: `digits{.digits}[letter]{_suffix[digits]}[~hash][-rdigits]` (apk-package(5), `version.c` of
//! apk-tools 3).
//!
//! Versions that break this grammar are in use (`1.8.31p1-r1` was released), so they are ordered as well: apk-tools 2
//! let a number follow a letter and be missing between dots, and apk-tools 3 puts whatever cannot be read before
//! everything that can.

use super::digits;
use std::cmp::Ordering;

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (mut a, mut b) = (Tokens::of(a)?, Tokens::of(b)?);
    loop {
        let (x, y) = (a.next_token(), b.next_token());
        let order = x.compare(&y);
        if order.is_ne() || matches!(x, Token::End | Token::Invalid) {
            return Some(order);
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    /// `_alpha` to `_rc`: before the same version without it.
    PreSuffix(usize),
    /// What cannot be read; ends the version.
    Invalid,
    /// No number where one is due.
    NoNumber,
    End,
    Revision(&'a [u8]),
    Hash(&'a [u8]),
    SuffixNumber(&'a [u8]),
    /// `_cvs` to `_p`: after the same version without it.
    PostSuffix(usize),
    Letter(u8),
    /// A number that is not the first: with a leading zero it compares as text.
    Number(&'a [u8]),
    FirstNumber(&'a [u8]),
}

impl Token<'_> {
    fn compare(&self, other: &Token) -> Ordering {
        match (self, other) {
            (Token::Number(a), Token::Number(b)) if a.starts_with(b"0") || b.starts_with(b"0") => a.cmp(b),
            (Token::Number(a), Token::Number(b))
            | (Token::FirstNumber(a), Token::FirstNumber(b))
            | (Token::SuffixNumber(a), Token::SuffixNumber(b))
            | (Token::Revision(a), Token::Revision(b)) => digits::compare(a, b),
            (Token::Hash(a), Token::Hash(b)) => a.cmp(b),
            (Token::PreSuffix(a), Token::PreSuffix(b)) | (Token::PostSuffix(a), Token::PostSuffix(b)) => {
                a.cmp(b)
            }
            (Token::Letter(a), Token::Letter(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// Where two versions go on differently, the one that goes on with the higher rank is the later.
    fn rank(&self) -> u8 {
        match self {
            Token::PreSuffix(_) => 0,
            Token::Invalid => 1,
            Token::NoNumber => 2,
            Token::End => 3,
            Token::Revision(_) => 4,
            Token::Hash(_) => 5,
            Token::SuffixNumber(_) => 6,
            Token::PostSuffix(_) => 7,
            Token::Letter(_) => 8,
            Token::Number(_) => 9,
            Token::FirstNumber(_) => 10,
        }
    }
}

/// In ascending order.
const PRE_SUFFIXES: [&[u8]; 4] = [b"alpha", b"beta", b"pre", b"rc"];
/// In ascending order.
const POST_SUFFIXES: [&[u8]; 5] = [b"cvs", b"svn", b"git", b"hg", b"p"];

/// How far in the grammar a version has been read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Start,
    Number,
    Letter,
    LetterNumber,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
}

struct Tokens<'a> {
    rest: &'a [u8],
    place: Place,
}

impl<'a> Tokens<'a> {
    /// A leading `v`, as some advisories have it, is dropped. `None` for what is no version by any reading.
    fn of(text: &'a str) -> Option<Tokens<'a>> {
        let text = text.trim().as_bytes();
        let rest = match text {
            [b'v', rest @ ..] if rest.first().is_some_and(u8::is_ascii_digit) => rest,
            _ => text,
        };
        let readable = rest.iter().any(u8::is_ascii_alphanumeric) && rest.iter().all(u8::is_ascii_graphic);
        readable.then_some(Tokens { rest, place: Place::Start })
    }

    fn next_token(&mut self) -> Token<'a> {
        let (place, rest) = (self.place, self.rest);
        match *rest {
            _ if place == Place::Start => {
                self.place = Place::Number;
                self.number(rest, Token::FirstNumber)
            }
            [] => Token::End,
            [b'.', ref rest @ ..] if matches!(place, Place::Number | Place::LetterNumber) => {
                self.place = Place::Number;
                self.number(rest, Token::Number)
            }
            [letter @ b'a'..=b'z', ref rest @ ..] if place == Place::Number => {
                (self.place, self.rest) = (Place::Letter, rest);
                Token::Letter(letter)
            }
            [b'0'..=b'9', ..] if place == Place::Letter => {
                self.place = Place::LetterNumber;
                self.number(rest, Token::Number)
            }
            [b'0'..=b'9', ..] if place == Place::Suffix => {
                self.place = Place::SuffixNumber;
                self.number(rest, Token::SuffixNumber)
            }
            [b'_', ref rest @ ..] if place <= Place::SuffixNumber => {
                let (name, rest) = digits::take_while(rest, u8::is_ascii_lowercase);
                (self.place, self.rest) = (Place::Suffix, rest);
                let index = |names: &[&[u8]]| names.iter().position(|suffix| *suffix == name);
                match (index(&PRE_SUFFIXES), index(&POST_SUFFIXES)) {
                    (Some(index), _) => Token::PreSuffix(index),
                    (_, Some(index)) => Token::PostSuffix(index),
                    _ => Token::Invalid,
                }
            }
            [b'~', ref rest @ ..] if place < Place::Hash => {
                let (hash, rest) = digits::take_while(rest, u8::is_ascii_hexdigit);
                (self.place, self.rest) = (Place::Hash, rest);
                if hash.is_empty() { Token::Invalid } else { Token::Hash(hash) }
            }
            [b'-', b'r', ref rest @ ..] if place < Place::Revision => {
                self.place = Place::Revision;
                match self.number(rest, Token::Revision) {
                    Token::NoNumber => Token::Invalid,
                    token => token,
                }
            }
            _ => Token::Invalid,
        }
    }

    fn number(&mut self, text: &'a [u8], token: impl Fn(&'a [u8]) -> Token<'a>) -> Token<'a> {
        let (run, rest) = digits::take(text);
        self.rest = rest;
        if run.is_empty() { Token::NoNumber } else { token(run) }
    }
}
