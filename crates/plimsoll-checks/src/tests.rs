use crate::baseline::{BASELINES, Baseline, Examples, Item};
use crate::code::Function;
use crate::example;
use crate::rule::{Outcome, Rule};
use crate::tree::Tree;
use plimsoll_model::{CheckResult, EntryKind, Evidence, RiskKind};
use std::collections::{BTreeMap, HashSet};

/// The rows of an example: what the baseline gives, then its own.
fn rows(baseline: &Baseline, example: &Examples) -> Vec<Vec<(String, String)>> {
    let given = baseline.given.iter().map(|(name, text)| (name.clone(), text.clone()));
    match example {
        Examples::Several(list) => list.iter().flat_map(|one| rows(baseline, one)).collect(),
        Examples::Text(text) => {
            let path = baseline.files.first().expect("a text is of the first file").clone();
            vec![given.chain([(path, text.clone())]).collect()]
        }
        Examples::Tree(tree) => {
            vec![given.chain(tree.iter().map(|(name, text)| (name.clone(), text.clone()))).collect()]
        }
    }
}

fn outcomes(baseline: &Baseline, item: &Item, example: &Examples) -> Vec<(String, Outcome)> {
    let judge = |rows: Vec<(String, String)>| {
        let rows: Vec<(&str, &str)> =
            rows.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let (contents, config) = example::image(&rows);
        for file in contents.files.iter().filter(|file| file.entry.kind == EntryKind::File) {
            let read = contents.text(&file.entry.path).is_some_and(|(text, _)| text != b"ELF");
            let only_mode = !reads(&item.check);
            assert!(
                !read || only_mode || crate::keeps(&file.entry, b""),
                "{}: {} is read but not kept",
                item.id,
                file.entry.path
            );
        }
        let tree = Tree::new(&contents, &config);
        let unmet = baseline.when.unmet(&tree).or_else(|| item.when.unmet(&tree));
        let outcome = match unmet {
            Some(reason) => Outcome::not_applicable(reason),
            None => item.check.check(&tree, baseline),
        };
        (format!("{rows:?}"), outcome)
    };
    rows(baseline, example).into_iter().map(judge).collect()
}

/// Does the rule read texts?
fn reads(rule: &Rule) -> bool {
    match rule {
        Rule::Setting(_) | Rule::Line(_) => true,
        Rule::Any(rules) | Rule::All(rules) => rules.iter().any(reads),
        _ => false,
    }
}

#[test]
fn every_item_judges_its_examples() {
    let mut wrong = Vec::new();
    for baseline in BASELINES.iter() {
        for item in &baseline.items {
            for (expected, examples) in [(CheckResult::Pass, &item.pass), (CheckResult::Fail, &item.fail)] {
                for (rows, outcome) in outcomes(baseline, item, examples) {
                    if outcome.result != expected {
                        wrong.push(format!("{}: {expected:?}, not {outcome:?} of {rows}", item.id));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} examples:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_item_is_complete() {
    let mut ids = HashSet::new();
    let mut wrong = Vec::new();
    for baseline in BASELINES.iter() {
        assert!(!baseline.title.is_empty());
        for item in &baseline.items {
            let words = item.check.words(baseline);
            let decidable = !matches!(item.check, Rule::NotDecidable(_) | Rule::Code(Function::NoSeenSecret));
            let has = |own: &Option<String>, made: &str| own.is_some() || !made.is_empty();
            let mut ask = |fine: bool, what: &str| {
                if !fine {
                    wrong.push(format!("{}: {what}", item.id));
                }
            };
            ask(ids.insert(&item.id), "the id is there twice");
            ask(has(&item.audit, &words.audit), "audit is missing");
            ask(has(&item.suggested, &words.suggested), "suggested is missing");
            ask(has(&item.fix, &words.fix), "fix is missing");
            ask(!item.why.is_empty() && !item.title.ends_with('.'), "why or title");
            ask(!decidable || !rows(baseline, &item.pass).is_empty(), "no example passes");
            ask(!decidable || !rows(baseline, &item.fail).is_empty(), "no example fails");
            if let Rule::Mode(mode) = &item.check {
                let octal = mode.at_most().is_none_or(|text| u32::from_str_radix(text, 8).is_ok());
                ask(octal, "the mode is not octal");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_book_lists_every_baseline() {
    let page = include_str!("../../../docs/settings.md");
    for baseline in BASELINES.iter() {
        let row = format!("| `{}` | {} | {} |", baseline.name, baseline.title, baseline.items.len());
        assert!(page.contains(&row), "docs/settings.md lacks the row {row}");
    }
}

#[test]
fn what_is_not_in_an_image_is_not_judged() {
    let (contents, config) = example::image(&[]);
    let checks = crate::audit(&contents, &config);
    let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for check in checks.iter().filter(|check| check.result == CheckResult::Fail) {
        by.entry(&check.baseline).or_default().push(&check.id);
    }
    assert!(by.is_empty(), "{by:?}");
}

#[test]
fn findings_are_the_failed_items() {
    let (contents, config) = example::image(&[
        ("/usr/sbin/sshd 0755", "ELF"),
        ("/etc/ssh/sshd_config", "PermitRootLogin yes"),
        ("config", r#"{"config":{"User":"root"}}"#),
    ]);
    let checks = crate::audit(&contents, &config);
    let findings = crate::findings(&contents, &config, &checks);
    let root = findings.iter().find(|finding| finding.id == "ssh-permit-root-login").expect("it failed");
    assert_eq!(root.kind, RiskKind::Configuration);
    assert_eq!((root.evidence[0].path.as_str(), root.evidence[0].line), ("/etc/ssh/sshd_config", Some(1)));
    assert!(root.references.iter().any(|number| number == "CIS Debian 12 v1.1 5.1.20"));
    let user = findings.iter().find(|finding| finding.id == "image-user-not-root").expect("it failed");
    assert_eq!(user.evidence[0].path, Evidence::CONFIG);
    assert!(user.references.contains(&"CIS-DI-0001".to_owned()));
    assert!(findings.iter().all(|finding| !finding.evidence.is_empty()));
    let ids: HashSet<&str> = findings.iter().map(|finding| finding.id.as_str()).collect();
    assert_eq!(ids.len(), findings.len());
}

mod mutations;
