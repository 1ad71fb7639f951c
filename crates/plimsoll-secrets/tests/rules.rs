//! Every rule against the examples that stand beside it: found in the one, silent at the other.

mod generator;

use generator::Random;
use plimsoll_secrets::search;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "an unknown field in a file of rules must not pass")]
struct Topic {
    advice: String,
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "an unknown field in a file of rules must not pass")]
struct Rule {
    id: String,
    title: String,
    #[serde(default)]
    keywords: Vec<String>,
    any_case: Option<bool>,
    pattern: Option<String>,
    reader: Option<String>,
    #[serde(default)]
    files: Vec<String>,
    text_only: Option<bool>,
    entropy: Option<f32>,
    #[serde(default)]
    checks: Vec<String>,
    confidence: String,
    severity: String,
    advice: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    one_line: Option<bool>,
    followed_by: Option<String>,
    before: Option<usize>,
    after: Option<usize>,
    path: Option<String>,
    examples: Vec<String>,
    #[serde(default)]
    counter_examples: Vec<String>,
}

fn rules() -> Vec<Rule> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the rules are there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let read = |path: &Path| std::fs::read_to_string(path).expect("a text");
    files
        .iter()
        .flat_map(|path| {
            toml::from_str::<Topic>(&read(path)).unwrap_or_else(|why| panic!("{path:?}: {why}")).rule
        })
        .collect()
}

#[test]
fn every_rule_finds_its_examples() {
    let mut random = Random::new(20);
    let mut wrong = Vec::new();
    for rule in rules() {
        assert!(!rule.examples.is_empty(), "{}: give an example", rule.id);
        let path = rule.path.as_deref().unwrap_or("/app/config.txt");
        for template in &rule.examples {
            for _ in 0..5 {
                let content = random.write(template);
                let found = search(path, &content, &[7; 32]);
                if !found.iter().any(|secret| secret.rule == rule.id) {
                    let found: Vec<&str> = found.iter().map(|secret| secret.rule.as_str()).collect();
                    wrong.push(format!(
                        "{}: `{template}` is {found:?}: {}",
                        rule.id,
                        String::from_utf8_lossy(&content[..content.len().min(300)])
                    ));
                    break;
                }
                for secret in &found {
                    assert!(
                        secret.masked.chars().count() <= 128 && secret.masked.contains("****"),
                        "{}",
                        rule.id
                    );
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of the examples:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_rule_is_silent_at_its_counter_examples() {
    let mut random = Random::new(21);
    let mut wrong = Vec::new();
    for rule in rules() {
        let path = rule.path.as_deref().unwrap_or("/app/config.txt");
        for template in &rule.counter_examples {
            let content = random.write(template);
            if search(path, &content, &[7; 32]).iter().any(|secret| secret.rule == rule.id) {
                wrong.push(format!("{}: `{template}`", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of the counter-examples:\n{}", wrong.len(), wrong.join("\n"));
}
