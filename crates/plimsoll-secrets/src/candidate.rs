//! What a pattern matched, and what looking closer at it told.

use crate::text::Text;
use plimsoll_model::Confidence;
use regex::bytes::{Captures, Regex};
use std::ops::Range;

/// A match of a rule's pattern. No `Debug`: it holds a secret.
pub(crate) struct Candidate<'c> {
    pub text: &'c Text<'c>,
    /// The secret in it.
    pub secret: Range<usize>,
    /// The named parts.
    pub parts: Vec<(&'c str, Range<usize>)>,
}

/// What is known of a secret by now. No `Debug`: it holds one.
pub(crate) struct Told {
    pub confidence: Confidence,
    pub properties: Vec<(String, String)>,
    /// What its identity is made of, where that is not the text as it stands: decoded, without line breaks.
    pub essence: Option<Vec<u8>>,
}

impl<'c> Candidate<'c> {
    /// The match; `None` where the group of the secret took no part.
    pub fn new(text: &'c Text<'c>, regex: &'c Regex, found: &Captures<'_>) -> Option<Candidate<'c>> {
        let names = regex.capture_names().flatten();
        let parts: Vec<_> = names.filter_map(|name| Some((name, found.name(name)?.range()))).collect();
        let secret = parts.iter().find(|(name, range)| name.starts_with("secret") && !range.is_empty())?;
        Some(Candidate { text, secret: secret.1.clone(), parts: parts.clone() })
    }

    pub fn secret(&self) -> &'c [u8] {
        self.text.slice(self.secret.start, self.secret.end)
    }

    /// The part of this name.
    pub fn part(&self, name: &str) -> Option<&'c [u8]> {
        let (_, range) = self.parts.iter().find(|(part, _)| *part == name)?;
        Some(self.text.slice(range.start, range.end))
    }

    /// Does the secret stand in quotes?
    pub fn is_quoted(&self) -> bool {
        let before = self.secret.start.checked_sub(1).and_then(|at| self.text.bytes.get(at));
        let behind = self.text.bytes.get(self.secret.end);
        matches!((before, behind), (Some(one), Some(other)) if one == other && matches!(one, b'"' | b'\'' | b'`'))
    }
}

impl Told {
    pub fn new(confidence: Confidence) -> Told {
        Told { confidence, properties: Vec::new(), essence: None }
    }

    /// Adds what a structure told; a long or unprintable value is cut.
    pub fn tell(&mut self, name: &str, value: &str) {
        let value: String = crate::mask::printable(value).chars().take(64).collect();
        self.properties.push((name.to_owned(), value));
    }
}
