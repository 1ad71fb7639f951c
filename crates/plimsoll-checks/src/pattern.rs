//! Regular expressions of the data, compiled when first used.

use regex::Regex;
use serde::Deserialize;
use std::sync::OnceLock;

/// A regular expression; case does not matter.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Pattern {
    text: String,
    compiled: OnceLock<Regex>,
}

impl From<String> for Pattern {
    fn from(text: String) -> Pattern {
        Pattern { text, compiled: OnceLock::new() }
    }
}

impl Pattern {
    pub fn is_match(&self, text: &str) -> bool {
        let compile = || {
            let built = regex::RegexBuilder::new(&self.text).case_insensitive(true).build();
            built.unwrap_or_else(|error| panic!("`{}` is ours and used by a test: {error}", self.text))
        };
        self.compiled.get_or_init(compile).is_match(text)
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }
}
