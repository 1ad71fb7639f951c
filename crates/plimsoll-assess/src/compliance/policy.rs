//! The shape of a policy (TOML), and the built-in one.

use super::Image;
use plimsoll_model::Severity;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Rules about the software of images.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Policy {
    /// Do the built-in rules count too? They do unless this says no.
    #[serde(default = "yes")]
    pub builtin: bool,
    /// Ids of built-in rules that do not count.
    #[serde(default)]
    pub disabled: Vec<String>,
    /// Names of base images that may be built on, globs; any when empty.
    #[serde(default)]
    pub approved_bases: Vec<String>,
    /// The rules.
    #[serde(default, rename = "rule")]
    pub rules: Vec<Rule>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Id, unique in its policy. An own rule with the id of a built-in one replaces it.
    pub id: String,
    /// One line.
    pub title: String,
    /// What it does.
    pub effect: Effect,
    /// How bad a breach is.
    #[serde(default = "low", deserialize_with = "severity")]
    pub severity: Severity,
    /// `debugger`, `compiler`, `licence`, …
    #[serde(default)]
    pub category: String,
    /// Why the rule is there.
    #[serde(default)]
    pub reason: String,
    /// What to do about a breach.
    #[serde(default)]
    pub advice: String,
    /// Addresses and numbers of standards.
    #[serde(default)]
    pub references: Vec<String>,
    /// What it is about.
    #[serde(rename = "match")]
    pub matches: Match,
    /// Which images it holds for.
    #[serde(default)]
    pub scope: Scope,
    /// What it does not hold for.
    #[serde(default, rename = "exception")]
    pub exceptions: Vec<Exception>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Must not be there.
    Deny,
    /// Better were not there.
    Warn,
    /// May be there, whatever the built-in rules say.
    Allow,
    /// Must be there.
    Require,
}

impl Effect {
    /// As documents write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Deny => "deny",
            Effect::Warn => "warn",
            Effect::Allow => "allow",
            Effect::Require => "require",
        }
    }
}

/// What a rule is about: every field given must hold; within a field any value. Texts are globs: `*` stands for
/// anything, `?` for one character, `[0-9]` for a digit.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Match {
    /// Purl types: `deb`, `npm`.
    #[serde(rename = "type")]
    pub kind: Vec<String>,
    /// Whole purls.
    pub purl: Vec<String>,
    /// Names, with the namespace where there is one.
    pub name: Vec<String>,
    /// Names it is not about, though `name` holds.
    pub not_name: Vec<String>,
    /// Ranges of versions in the order of the component's ecosystem: `>=5.6.0, <5.6.2`; any of them.
    pub version: Vec<String>,
    /// SPDX licence ids. Of `A OR B` both must be meant, of `A AND B` one.
    pub license: Vec<String>,
    /// Is it about components that state no licence?
    pub without_license: bool,
    /// Paths of programs that no package accounts for, and for `type`-less rules of any file. A glob without a slash is
    /// a file name.
    pub path: Vec<String>,
    /// Files of these digests (a scan that hashes files).
    pub sha256: Vec<String>,
    /// Is `path` about files that are no programs too?
    pub any_file: bool,
    /// Ids of distributions.
    pub distro: Vec<String>,
    /// Support of the component ended: `true`, or ends within so many days.
    pub end_of_life: Option<EndOfLife>,
    /// Support of the distribution ended, or ends within so many days.
    pub os_end_of_life: Option<EndOfLife>,
}

/// When support ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum EndOfLife {
    /// It ended.
    Ended(bool),
    /// It ends within so many days.
    Within(u32),
}

impl Match {
    /// Does it speak of paths or digests of files?
    pub fn has_paths(&self) -> bool {
        !self.path.is_empty() || !self.sha256.is_empty()
    }
}

/// Which images a rule holds for; all that are given must hold. Texts are globs.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Scope {
    /// Names of images, with registry and tag.
    pub image: Vec<String>,
    /// Labels: key and value.
    pub label: BTreeMap<String, String>,
}

impl Scope {
    /// Is the image one of these?
    pub(super) fn holds(&self, image: &Image) -> bool {
        let name = self.image.is_empty() || super::select::any_glob(&self.image, &image.name);
        let label = |(key, glob): (&String, &String)| {
            image.labels.get(key).is_some_and(|value| super::select::glob(glob, value))
        };
        name && self.label.iter().all(label)
    }
}

/// What a rule does not hold for.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Exception {
    /// What is excepted.
    #[serde(rename = "match", default)]
    pub matches: Match,
    /// The last day it holds, `2027-03-31`; for ever when missing.
    #[serde(default)]
    pub until: Option<String>,
    /// Who said so.
    #[serde(default)]
    pub who: String,
    /// Why.
    #[serde(default)]
    pub why: String,
}

impl Exception {
    /// Does it still hold today? Days written `YYYY-MM-DD` sort as text.
    pub(super) fn holds(&self, today: &str) -> bool {
        self.until.as_deref().is_none_or(|until| today <= until)
    }
}

/// The policy cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not TOML, or not of this shape.
    #[error("{0}")]
    Shape(#[from] toml::de::Error),
    /// Says something that makes no sense.
    #[error("the rule `{rule}`: {why}")]
    Rule {
        /// Its id.
        rule: String,
        /// Why.
        why: String,
    },
}

impl Policy {
    /// Reads a policy. Every rule is checked: its id is its own, its days are days, it is about something.
    pub fn parse(text: &str) -> Result<Policy, PolicyError> {
        let policy: Policy = toml::from_str(text)?;
        let mut ids = std::collections::BTreeSet::new();
        for rule in &policy.rules {
            let fail = |why: &str| Err(PolicyError::Rule { rule: rule.id.clone(), why: why.to_owned() });
            if !ids.insert(&rule.id) {
                return fail("another rule has the same id");
            }
            if rule.matches == Match::default() {
                return fail("its `match` is empty: it would be about everything");
            }
            let is_day =
                |day: &str| chrono::NaiveDate::parse_from_str(day, "%Y-%m-%d").is_ok() && day.len() == 10;
            if let Some(exception) =
                rule.exceptions.iter().find(|one| one.until.as_deref().is_some_and(|day| !is_day(day)))
            {
                let day = exception.until.as_deref().unwrap_or_default();
                return fail(&format!("an exception holds until `{day}`, which is no day (2027-03-31)"));
            }
            if let Some(range) = rule.matches.version.iter().find(|range| !super::select::is_range(range)) {
                return fail(&format!("`{range}` is no range of versions (`>=1.2, <2`)"));
            }
        }
        Ok(policy)
    }

    /// May images be built on a base of this name?
    pub fn approves_base(&self, name: &str) -> bool {
        super::select::any_glob(&self.approved_bases, name)
    }

    /// The rules that ship with the program.
    pub fn builtin() -> &'static Policy {
        static BUILTIN: OnceLock<Policy> = OnceLock::new();
        BUILTIN.get_or_init(|| {
            Policy::parse(include_str!("../../data/compliance.toml"))
                .unwrap_or_else(|error| panic!("the built-in policy, which a test reads: {error}"))
        })
    }
}

impl Default for Policy {
    fn default() -> Policy {
        Policy { builtin: true, disabled: Vec::new(), approved_bases: Vec::new(), rules: Vec::new() }
    }
}

fn yes() -> bool {
    true
}

fn low() -> Severity {
    Severity::Low
}

fn severity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Severity, D::Error> {
    let text = String::deserialize(deserializer)?;
    let unknown =
        || serde::de::Error::custom(format!("`{text}` is no severity (critical, high, medium, low)"));
    Severity::parse(&text).ok_or_else(unknown)
}
