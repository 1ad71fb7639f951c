//! A setting has a value: by its effective value, not by its text.

use super::{Expect, Outcome, Words};
use crate::baseline::Baseline;
use crate::formats::{Format, Found, key_matches};
use crate::tree::{Tree, evidence};
use plimsoll_model::Evidence;
use serde::Deserialize;

/// Which occurrence counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Of {
    /// The first, and those in `Match` blocks besides (sshd).
    First,
    Last,
    /// Each must hold (blocks that override each other).
    Every,
    /// One that holds is enough (lists of rules).
    Some,
}

/// A setting and what it should be.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct SettingRule {
    /// Its key, or several names of it; see `formats::key_matches`.
    key: Vec<String>,
    /// What counts where it is not set; without it, not being set fails.
    default: Option<String>,
    /// Not being set passes.
    #[serde(default)]
    optional: bool,
    of: Option<Of>,
    expect: Expect,
    /// Other files than the baseline's.
    #[serde(default)]
    files: Vec<String>,
    format: Option<Format>,
}

impl SettingRule {
    pub fn check(&self, tree: &Tree<'_>, baseline: &Baseline) -> Outcome {
        let files = if self.files.is_empty() { &baseline.files } else { &self.files };
        let format = self.format.or(baseline.format).unwrap_or(Format::Equals);
        let all = tree.settings(files, format);
        let first = files.first().map_or("", String::as_str);
        // A server that is set up when it starts has no settings to judge yet.
        if all.is_empty() && tree.globs(files).is_empty() {
            return Outcome::not_applicable(format!("not in the image: {}", files.join(", ")));
        }
        let found: Vec<&Found> =
            all.iter().filter(|one| self.key.iter().any(|key| key_matches(key, &one.key))).collect();
        let of = self.of.unwrap_or(match format {
            Format::Sshd => Of::First,
            Format::Nginx | Format::Apache | Format::Haproxy | Format::Xml | Format::Yaml => Of::Every,
            _ => Of::Last,
        });
        let counted: Vec<&Found> = match of {
            Of::First => found.first().copied().into_iter().collect(),
            Of::Last => found.last().copied().into_iter().collect(),
            Of::Every | Of::Some => found.clone(),
        };
        let mut wrong: Vec<Evidence> = Vec::new();
        let mut right: Vec<Evidence> = Vec::new();
        for one in &counted {
            if self.expect.holds(&one.value) { &mut right } else { &mut wrong }.push(shown(one));
        }
        if of == Of::First {
            let blocks = self.key.iter().map(|key| format!("match.{key}")).collect::<Vec<_>>();
            let blocks = all.iter().filter(|one| blocks.iter().any(|key| key_matches(key, &one.key)));
            wrong.extend(blocks.filter(|one| !self.expect.holds(&one.value)).map(shown));
        }
        if of == Of::Some && !right.is_empty() {
            wrong.clear();
        }
        if counted.is_empty() {
            let place = || {
                let path = tree.globs(files).into_iter().next().unwrap_or_else(|| first.to_owned());
                let layer = tree.file(&path).map_or(0, |file| file.layer);
                let value = match &self.default {
                    Some(default) if !default.is_empty() => {
                        format!("{} is not set (default {default})", self.name())
                    }
                    _ => format!("{} is not set", self.name()),
                };
                evidence(&path, layer, None, Some(value))
            };
            let fine = self.default.as_ref().map_or(self.optional, |default| self.expect.holds(default));
            if fine && wrong.is_empty() {
                return Outcome::pass(place().value.unwrap_or_default(), Vec::new());
            }
            if !fine {
                wrong.insert(0, place());
            }
        }
        if wrong.is_empty() {
            let shown = right.first().and_then(|one| one.value.clone()).unwrap_or_default();
            return Outcome::pass(shown, right);
        }
        Outcome::of(wrong, "")
    }

    pub fn words(&self, baseline: &Baseline) -> Words {
        let files = if self.files.is_empty() { &baseline.files } else { &self.files };
        let wanted = self.expect.words();
        let name = self.name();
        Words {
            audit: format!("grep -rniE '{name}' {}", files.join(" ")),
            suggested: wanted.clone(),
            fix: format!("set {name} in {}: {wanted}", files.first().map_or("", String::as_str)),
        }
    }

    pub fn files(&self) -> &[String] {
        &self.files
    }

    /// The last part of its key, as one would look for it.
    fn name(&self) -> &str {
        let key = self.key.first().map_or("", String::as_str);
        let last = key.rsplit(['.', '@']).next().unwrap_or(key);
        if last == "*" { key } else { last }
    }
}

fn shown(one: &Found) -> Evidence {
    let name = one.key.rsplit('.').next().unwrap_or(&one.key);
    let value = crate::mask(&format!("{name} {}", one.value));
    evidence(&one.path, one.layer, Some(one.line as u32), Some(value))
}
