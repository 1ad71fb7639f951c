//! All rules, with what finds the keywords of all of them.

use crate::encoding;
use crate::keywords::Finder;
use crate::rule::{self, Rule};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

/// What a found keyword leads to: this rule is tried around it.
pub(crate) struct Target {
    pub rule: usize,
    /// Only where it is written exactly so.
    pub exact: Option<Vec<u8>>,
}

pub(crate) struct Catalogue {
    pub rules: Vec<Rule>,
    /// Finds keywords.
    pub finder: Finder,
    /// Where the keywords lead, by their number.
    pub targets: Vec<Vec<Target>>,
    /// Finds keywords as they look in base64; `None` if it could not be built, which a test excludes.
    pub encoded: Option<AhoCorasick>,
    /// Rules without keywords: tried on files of their names.
    pub by_file: Vec<usize>,
    by_id: HashMap<String, usize>,
}

impl Catalogue {
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.get(*self.by_id.get(id)?)
    }
}

/// Words of the rules about assigned values that are looked for in base64, where case matters.
const ENCODED: &[&str] = &[
    "password", "PASSWORD", "passwd", "secret", "SECRET", "_token", "_TOKEN", "apikey", "api_key", "API_KEY",
];

pub(crate) static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let rules = rule::all();
    let mut targets: BTreeMap<Vec<u8>, Vec<Target>> = BTreeMap::new();
    for (index, rule) in rules.iter().enumerate() {
        for keyword in &rule.keywords {
            let exact = (!rule.any_case).then(|| keyword.as_bytes().to_vec());
            let lower = keyword.as_bytes().to_ascii_lowercase();
            targets.entry(lower).or_default().push(Target { rule: index, exact });
        }
    }
    let own = rules.iter().filter(|rule| !rule.text_only).flat_map(|rule| &rule.keywords).map(String::as_str);
    let forms: BTreeSet<Vec<u8>> =
        own.chain(ENCODED.iter().copied()).flat_map(|word| encoding::forms(word.as_bytes())).collect();
    let encoded = AhoCorasick::builder()
        .match_kind(MatchKind::Standard)
        .kind(Some(AhoCorasickKind::ContiguousNFA))
        .build(forms)
        .ok();
    let (keywords, targets): (Vec<Vec<u8>>, Vec<Vec<Target>>) = targets.into_iter().unzip();
    let by_file = (0..rules.len()).filter(|index| rules[*index].keywords.is_empty()).collect();
    let by_id = rules.iter().enumerate().map(|(index, rule)| (rule.id.clone(), index)).collect();
    Catalogue { finder: Finder::new(keywords), targets, encoded, by_file, by_id, rules }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_automaton_is_small() {
        let encoded = CATALOGUE.encoded.as_ref().expect("it can be built");
        assert!(encoded.memory_usage() < 4 << 20, "{} bytes", encoded.memory_usage());
    }
}
