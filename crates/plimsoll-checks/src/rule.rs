//! The vocabulary items are written in, and what it comes to in an image.

mod expect;
mod mode;
mod pam;
mod setting;

use crate::baseline::Baseline;
use crate::code;
use crate::pattern::Pattern;
use crate::tree::Tree;
use expect::Expect;
use mode::Mode;
use pam::PamRule;
use plimsoll_model::{CheckResult, Evidence};
use serde::Deserialize;
use setting::SettingRule;

/// What an item asks of an image.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Rule {
    /// A setting has a value.
    Setting(SettingRule),
    /// Files are no more open than this, and of these owners.
    Mode(Mode),
    /// A module of a PAM stack has an argument.
    Pam(PamRule),
    /// None of the lines matches, or one does.
    Line(Line),
    /// None of these files is there (`empty = true`: or they hold nothing but comments).
    Absent(Paths),
    /// One of these files is there.
    Present(Paths),
    /// None of these packages is installed.
    NoPackage(Vec<String>),
    /// One of these packages is installed.
    Package(Vec<String>),
    /// One of these rules passes.
    Any(Vec<Rule>),
    /// All of these rules pass.
    All(Vec<Rule>),
    /// A function of `code.rs`.
    Code(code::Function),
    /// It cannot be told from an image, for this reason.
    NotDecidable(String),
}

/// Lines of files, without comments.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Line {
    /// Globs; the baseline's when empty.
    #[serde(default)]
    files: Vec<String>,
    /// No line matches this.
    none: Option<Pattern>,
    /// A line matches this.
    some: Option<Pattern>,
}

/// Globs of files.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Paths {
    pub(crate) paths: Vec<String>,
    /// A file without anything but comments counts as absent.
    #[serde(default)]
    pub(crate) empty: bool,
}

/// What a rule came to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    pub result: CheckResult,
    /// What was found.
    pub current: Option<String>,
    pub reason: Option<String>,
    pub evidence: Vec<Evidence>,
}

/// Evidence shown for one item at most.
const MAX_EVIDENCE: usize = 20;

impl Outcome {
    pub fn pass(current: impl Into<String>, evidence: Vec<Evidence>) -> Outcome {
        Outcome { result: CheckResult::Pass, current: Some(current.into()), reason: None, evidence }
    }

    pub fn fail(current: impl Into<String>, evidence: Vec<Evidence>) -> Outcome {
        Outcome { result: CheckResult::Fail, ..Outcome::pass(current, evidence) }
    }

    pub fn not_applicable(reason: impl Into<String>) -> Outcome {
        Outcome {
            result: CheckResult::NotApplicable,
            current: None,
            reason: Some(reason.into()),
            evidence: Vec::new(),
        }
    }

    pub fn not_decidable(reason: impl Into<String>) -> Outcome {
        Outcome { result: CheckResult::NotDecidable, ..Outcome::not_applicable(reason) }
    }

    /// Fails when there is evidence against it; `good` says what was found otherwise.
    pub fn of(wrong: Vec<Evidence>, good: &str) -> Outcome {
        if wrong.is_empty() {
            return Outcome::pass(good, wrong);
        }
        let shown = wrong.iter().take(3).filter_map(|one| one.value.clone()).collect::<Vec<_>>().join("; ");
        let more = if wrong.len() > 3 { format!("; {} more", wrong.len() - 3) } else { String::new() };
        Outcome::fail(format!("{shown}{more}"), wrong)
    }

    /// As it is shown: evidence and text bounded.
    pub fn bounded(mut self) -> Outcome {
        self.evidence.truncate(MAX_EVIDENCE);
        self.current = self.current.map(|current| crate::cut(&current, 400));
        self
    }
}

impl Rule {
    /// What it comes to.
    pub fn check(&self, tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
        match self {
            Rule::Setting(rule) => rule.check(tree, baseline),
            Rule::Mode(rule) => rule.check(tree),
            Rule::Pam(rule) => rule.check(tree),
            Rule::Line(rule) => rule.check(tree, baseline),
            Rule::Absent(rule) => {
                let found = tree.globs(&rule.paths).into_iter().filter(|path| rule.counts(tree, path));
                Outcome::of(found.map(|path| tree.whole(&path, Some(path.clone()))).collect(), "absent")
            }
            Rule::Present(rule) => {
                let found: Vec<String> = tree.globs(&rule.paths);
                match found.iter().find(|path| rule.counts(tree, path)) {
                    Some(path) => Outcome::pass(path.clone(), vec![tree.whole(path, None)]),
                    None => {
                        let wanted = rule.paths.first().map_or("", String::as_str);
                        Outcome::fail("absent", vec![tree.whole(wanted, Some("absent".into()))])
                    }
                }
            }
            Rule::NoPackage(names) => {
                let found = names.iter().flat_map(|name| installed(tree, name));
                Outcome::of(found.collect(), "not installed")
            }
            Rule::Package(names) => {
                match names.iter().find_map(|name| installed(tree, name).into_iter().next()) {
                    Some(found) => Outcome::pass(found.value.clone().unwrap_or_default(), vec![found]),
                    None => Outcome::fail("not installed", Vec::new()),
                }
            }
            Rule::Any(rules) => {
                let outcomes: Vec<Outcome> = rules.iter().map(|rule| rule.check(tree, baseline)).collect();
                pick(outcomes, &[CheckResult::Pass, CheckResult::Fail, CheckResult::NotDecidable])
            }
            Rule::All(rules) => {
                let outcomes: Vec<Outcome> = rules.iter().map(|rule| rule.check(tree, baseline)).collect();
                pick(outcomes, &[CheckResult::Fail, CheckResult::NotDecidable, CheckResult::Pass])
            }
            Rule::Code(function) => function.call(tree, baseline),
            Rule::NotDecidable(reason) => Outcome::not_decidable(reason.clone()),
        }
    }
}

/// The first outcome of the first of these results that there is.
fn pick(outcomes: Vec<Outcome>, order: &[CheckResult]) -> Outcome {
    let best = order.iter().find_map(|&wanted| outcomes.iter().find(|one| one.result == wanted));
    let best = best.or(outcomes.first()).cloned();
    best.unwrap_or_else(|| Outcome::not_applicable("nothing is asked"))
}

fn installed(tree: &Tree<'_>, name: &str) -> Vec<Evidence> {
    let matching = |package: &str| match name.strip_suffix('*') {
        Some(start) => package.starts_with(start),
        None => package == name,
    };
    let present = tree.contents.components.iter().filter(|one| one.present && one.component.kind.is_os());
    let found = present.filter(|one| matching(&one.component.name)).map(|one| {
        let path = one.paths.first().map_or("", String::as_str);
        let value = format!("{} {}", one.component.name, one.component.version);
        crate::tree::evidence(path, one.layer, None, Some(value))
    });
    found.collect()
}

impl Paths {
    fn counts(&self, tree: &Tree<'_>, path: &str) -> bool {
        !self.empty || tree.text(path).is_some_and(|text| text.lines().next().is_some())
    }
}

impl Line {
    fn check(&self, tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
        let globs = if self.files.is_empty() { &baseline.files } else { &self.files };
        let texts: Vec<_> = tree.globs(globs).iter().filter_map(|path| tree.text(path)).collect();
        if texts.is_empty() {
            return Outcome::not_applicable(format!("not in the image: {}", globs.join(", ")));
        }
        let matching = |pattern: &Pattern| {
            let mut found = Vec::new();
            for text in &texts {
                let lines = text.lines().filter(|(_, line)| pattern.is_match(line));
                found.extend(lines.map(|(number, line)| text.line(number, crate::mask(line))));
            }
            found
        };
        if let Some(pattern) = &self.none {
            let wrong = matching(pattern);
            if !wrong.is_empty() {
                return Outcome::of(wrong, "");
            }
        }
        let Some(pattern) = &self.some else { return Outcome::pass("no such line", Vec::new()) };
        let found = matching(pattern);
        if found.is_empty() {
            let places = texts.iter().take(3).map(|text| tree.whole(&text.path, Some("no such line".into())));
            return Outcome::fail("no such line", places.collect());
        }
        Outcome::pass(found[0].value.clone().unwrap_or_default(), found)
    }

    pub(crate) fn files(&self) -> &[String] {
        &self.files
    }
}

/// How to look by hand, what should be there, how to put it right: made from the rule.
pub(crate) struct Words {
    pub audit: String,
    pub suggested: String,
    pub fix: String,
}

impl Rule {
    /// Words about it for people.
    pub fn words(&self, baseline: &Baseline) -> Words {
        let words = |audit: String, suggested: String, fix: String| Words { audit, suggested, fix };
        match self {
            Rule::Setting(rule) => rule.words(baseline),
            Rule::Mode(rule) => rule.words(),
            Rule::Pam(rule) => rule.words(),
            Rule::Line(rule) => {
                let files = if rule.files.is_empty() { &baseline.files } else { &rule.files };
                let (pattern, suggested) = match (&rule.none, &rule.some) {
                    (Some(none), _) => (none.as_str(), "no such line"),
                    (None, Some(some)) => (some.as_str(), "such a line"),
                    (None, None) => ("", ""),
                };
                let audit = format!("grep -nE '{pattern}' {}", files.join(" "));
                words(audit, suggested.into(), format!("edit {}", files.join(", ")))
            }
            Rule::Absent(rule) => {
                let paths = rule.paths.join(" ");
                words(format!("ls -ld {paths}"), "absent".into(), format!("RUN rm -rf {paths}"))
            }
            Rule::Present(rule) => {
                let path = rule.paths.first().map_or("", String::as_str);
                words(format!("ls -ld {path}"), format!("{path} is there"), format!("create {path}"))
            }
            Rule::NoPackage(names) => {
                let names = names.join(" ");
                let fix = format!("remove the packages where they are not needed: {names}");
                words(format!("dpkg -l {names} || rpm -q {names}"), "not installed".into(), fix)
            }
            Rule::Package(names) => {
                let first = names.first().map_or("", String::as_str);
                let audit = format!("dpkg -l {first} || rpm -q {first}");
                words(audit, format!("{first} is installed"), format!("install {first}"))
            }
            Rule::Any(rules) | Rule::All(rules) => match rules.first() {
                Some(first) => first.words(baseline),
                None => words(String::new(), String::new(), String::new()),
            },
            Rule::Code(_) | Rule::NotDecidable(_) => words(String::new(), String::new(), String::new()),
        }
    }

    /// Every glob of files it reads.
    pub fn globs(&self) -> Vec<&String> {
        match self {
            Rule::Setting(rule) => rule.files().iter().collect(),
            Rule::Line(rule) => rule.files().iter().collect(),
            Rule::Pam(rule) => rule.files().iter().collect(),
            Rule::Absent(rule) | Rule::Present(rule) if rule.empty => rule.paths.iter().collect(),
            Rule::Any(rules) | Rule::All(rules) => rules.iter().flat_map(Rule::globs).collect(),
            _ => Vec::new(),
        }
    }
}
