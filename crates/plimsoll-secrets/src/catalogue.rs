//! All rules, with the one automaton that finds the keywords of all of them.

use crate::encoding;
use crate::rule::{self, Rule};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// What a found keyword leads to.
pub(crate) enum Target {
    /// This rule is tried around it.
    Rule(usize),
    /// This rule is tried around it where it is written exactly so.
    Exact(usize, Vec<u8>),
    /// Base64 stands here that decodes to a keyword: it is decoded and searched.
    Encoded,
}

pub(crate) struct Catalogue {
    pub rules: Vec<Rule>,
    /// Finds keywords, in any case, overlapping; `None` if it could not be built, which a test excludes.
    pub finder: Option<AhoCorasick>,
    /// Keyword by pattern of the finder.
    pub keywords: Vec<Vec<u8>>,
    /// Where the keywords lead, by pattern of the finder.
    pub targets: Vec<Vec<Target>>,
    /// Rules without keywords: tried on files of their names.
    pub by_file: Vec<usize>,
    by_id: HashMap<String, usize>,
}

impl Catalogue {
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.get(*self.by_id.get(id)?)
    }
}

pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let rules = rule::all();
    let mut targets: BTreeMap<Vec<u8>, Vec<Target>> = BTreeMap::new();
    for (index, rule) in rules.iter().enumerate() {
        for keyword in &rule.keywords {
            let lower = keyword.as_bytes().to_ascii_lowercase();
            let target = match rule.any_case {
                true => Target::Rule(index),
                false => Target::Exact(index, keyword.as_bytes().to_vec()),
            };
            targets.entry(lower).or_default().push(target);
        }
    }
    // In base64 case matters: the keyword is looked for as it is written and in lower and upper case.
    for keyword in rules.iter().filter(|rule| !rule.text_only).flat_map(|rule| &rule.keywords) {
        for form in encoding::forms(keyword.as_bytes()) {
            targets.entry(form).or_insert_with(|| vec![Target::Encoded]);
        }
    }
    for word in
        ["password", "PASSWORD", "passwd", "secret", "SECRET", "_token", "_TOKEN", "apikey", "api_key"]
    {
        for form in encoding::forms(word.as_bytes()) {
            targets.entry(form).or_insert_with(|| vec![Target::Encoded]);
        }
    }
    let (keywords, targets): (Vec<Vec<u8>>, Vec<Vec<Target>>) = targets.into_iter().unzip();
    let finder = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::DFA))
        .build(&keywords)
        .ok();
    let by_file = (0..rules.len()).filter(|index| rules[*index].keywords.is_empty()).collect();
    let by_id = rules.iter().enumerate().map(|(index, rule)| (rule.id.clone(), index)).collect();
    Catalogue { rules, finder, keywords, targets, by_file, by_id }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_automaton_is_small() {
        let finder = CATALOGUE.finder.as_ref().expect("it can be built");
        assert!(finder.memory_usage() < 24 << 20, "{} bytes", finder.memory_usage());
    }
}
