//! A rule: what a kind of secret looks like, where it stands, how bad it is. Rules are data: `data/*.toml`.

use crate::check::Check;
use crate::glob::Glob;
use crate::reader::Reader;
use plimsoll_model::{Confidence, Severity};
use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;
use std::sync::LazyLock;

/// One rule. What a field means is told in `docs/secrets.md`.
pub(crate) struct Rule {
    pub id: String,
    pub title: String,
    pub category: &'static str,
    /// Any of them, in any case, must stand in a text before the pattern is tried around it.
    pub keywords: Vec<String>,
    /// Are the keywords found in any case? Where the pattern minds the case, they are as written.
    pub any_case: bool,
    /// Finds the secret; `None` for a rule that a reader feeds or that is about the file as a whole.
    pub pattern: Option<LazyLock<Regex, Box<dyn Fn() -> Regex + Send + Sync>>>,
    /// Reads a structure from the keyword on, instead of a pattern.
    pub reader: Option<Reader>,
    /// Only in files of these names.
    pub files: Vec<Glob>,
    /// Only in text, never among the bytes of programs.
    pub text_only: bool,
    /// Shannon entropy of the secret in bits a character that it must have at least.
    pub entropy: f32,
    pub checks: Vec<Check>,
    pub confidence: Confidence,
    pub severity: Severity,
    pub advice: String,
    pub references: Vec<String>,
    /// Never matches across a line break: the window is the keyword's line.
    pub one_line: bool,
    /// One of these bytes must stand within 48 behind the keyword on its line; empty for no such need.
    pub followed_by: Vec<u8>,
    /// Bytes around a keyword in which the pattern is tried.
    pub before: usize,
    pub after: usize,
}

/// A file of rules about one topic.
#[derive(Deserialize)]
struct Topic {
    advice: String,
    rule: Vec<Written>,
}

/// A rule as written.
#[derive(Deserialize)]
struct Written {
    id: String,
    title: String,
    #[serde(default)]
    keywords: Vec<String>,
    any_case: Option<bool>,
    pattern: Option<String>,
    reader: Option<Reader>,
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    text_only: bool,
    #[serde(default)]
    entropy: f32,
    #[serde(default)]
    checks: Vec<Check>,
    confidence: Confidence,
    severity: Severity,
    advice: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    one_line: bool,
    #[serde(default)]
    followed_by: String,
    before: Option<usize>,
    after: Option<usize>,
}

/// The topics, in the order in which their rules win where two see the same secret.
const TOPICS: &[(&str, &str)] = &[
    ("key", include_str!("../data/key.toml")),
    ("cloud", include_str!("../data/cloud.toml")),
    ("source-control", include_str!("../data/source-control.toml")),
    ("registry", include_str!("../data/registry.toml")),
    ("artificial-intelligence", include_str!("../data/artificial-intelligence.toml")),
    ("messaging", include_str!("../data/messaging.toml")),
    ("payment", include_str!("../data/payment.toml")),
    ("delivery", include_str!("../data/delivery.toml")),
    ("monitoring", include_str!("../data/monitoring.toml")),
    ("infrastructure", include_str!("../data/infrastructure.toml")),
    ("business", include_str!("../data/business.toml")),
    ("database", include_str!("../data/database.toml")),
    ("file", include_str!("../data/file.toml")),
    ("command", include_str!("../data/command.toml")),
    ("password", include_str!("../data/password.toml")),
];

/// Every rule. An invalid topic file gives none of its rules; a test sees that there is no such file.
pub(crate) fn all() -> Vec<Rule> {
    let topics =
        TOPICS.iter().filter_map(|(category, text)| Some((*category, toml::from_str::<Topic>(text).ok()?)));
    topics
        .flat_map(|(category, topic)| {
            let advice = topic.advice;
            topic.rule.into_iter().map(move |written| rule(category, &advice, written))
        })
        .collect()
}

fn rule(category: &'static str, advice: &str, written: Written) -> Rule {
    let minds_no_case = written.pattern.as_ref().is_some_and(|pattern| pattern.contains("(?i"));
    let any_case = written.any_case.unwrap_or(minds_no_case);
    let pattern = written.pattern.map(|pattern| {
        let compile: Box<dyn Fn() -> Regex + Send + Sync> = Box::new(move || compile(&pattern));
        LazyLock::new(compile)
    });
    Rule {
        id: written.id,
        title: written.title,
        category,
        keywords: written.keywords,
        any_case,
        pattern,
        reader: written.reader,
        files: written.files.iter().map(|glob| Glob::new(glob)).collect(),
        text_only: written.text_only,
        entropy: written.entropy,
        checks: written.checks,
        confidence: written.confidence,
        severity: written.severity,
        advice: written.advice.unwrap_or_else(|| advice.to_owned()),
        references: written.references,
        one_line: written.one_line,
        followed_by: written.followed_by.into_bytes(),
        before: written.before.unwrap_or(96),
        after: written.after.unwrap_or(640),
    }
}

/// Compiles a pattern: over bytes, verbose off, Unicode off. One that does not compile matches nothing; a test sees
/// that all do.
fn compile(pattern: &str) -> Regex {
    build(pattern).unwrap_or_else(|_| Regex::new("[^\\x00-\\xFF]").unwrap_or_else(|_| nothing()))
}

fn build(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).multi_line(true).size_limit(8 << 20).build()
}

fn nothing() -> Regex {
    Regex::new("$.^").expect("the pattern is a literal that compiles")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_rule_is_whole() {
        let mut ids = BTreeSet::new();
        for (category, text) in TOPICS {
            let topic: Topic = toml::from_str(text).unwrap_or_else(|why| panic!("{category}: {why}"));
            assert!(!topic.advice.is_empty(), "{category}");
            for rule in topic.rule {
                let id = &rule.id;
                assert!(ids.insert(id.clone()), "{id} is there twice");
                assert!(
                    id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'),
                    "{id}"
                );
                assert!(rule.pattern.is_none() || rule.reader.is_none(), "{id}: pattern or reader");
                assert!(!rule.keywords.is_empty() || !rule.files.is_empty(), "{id}: keywords or files");
                assert!(rule.title.len() <= 100 && !rule.title.is_empty(), "{id}");
                for keyword in &rule.keywords {
                    assert!(keyword.len() >= 3, "{id}: `{keyword}` is too short to be looked for");
                }
                let Some(pattern) = rule.pattern else { continue };
                let regex = build(&pattern).unwrap_or_else(|why| panic!("{id}: {why}"));
                let names: Vec<&str> = regex.capture_names().flatten().collect();
                assert!(names.iter().any(|name| name.starts_with("secret")), "{id}: name the secret");
            }
        }
        assert!(ids.len() >= 200, "{} rules", ids.len());
    }
}
