//! A module of a PAM stack with an argument.

use super::{Expect, Outcome, Words};
use crate::formats::Format;
use crate::pam::unneeded;
use crate::tree::Tree;
use serde::Deserialize;

/// A module is in the stacks of a type, and an argument of it has a value. Not applicable where nobody logs in with a
/// password.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct PamRule {
    /// `auth`, `account`, `password`.
    kind: String,
    /// One of these modules.
    module: Vec<String>,
    /// The module's argument, or the key in its file.
    argument: Option<String>,
    /// Files of the module, `key = value`, for what the line does not say.
    #[serde(default)]
    files: Vec<String>,
    /// What counts where neither says.
    default: Option<String>,
    /// What the value should be; without an argument, the module need only be there.
    #[serde(default)]
    expect: Expect,
    /// No line has the argument.
    #[serde(default)]
    forbidden: bool,
}

impl PamRule {
    pub fn check(&self, tree: &Tree<'_>) -> Outcome {
        if let Some(reason) = unneeded(tree) {
            return Outcome::not_applicable(reason);
        }
        let all = tree.stacks(&self.kind);
        if all.is_empty() {
            return Outcome::not_applicable(format!("the image has no PAM stack of type {}", self.kind));
        }
        let lines: Vec<_> = all.iter().filter(|line| self.module.contains(&line.module)).collect();
        let name = self.argument.as_deref().unwrap_or("");
        if self.forbidden {
            let wrong = lines.iter().filter(|line| line.argument(name).is_some());
            return Outcome::of(wrong.map(|line| line.evidence.clone()).collect(), "not there");
        }
        let Some(first) = lines.first() else {
            let place = tree.whole(
                &all[0].evidence.path,
                Some(format!("{} is not in the stack", self.module.join(", "))),
            );
            return Outcome::of(vec![place], "");
        };
        if self.argument.is_none() {
            return Outcome::pass(
                first.evidence.value.clone().unwrap_or_default(),
                vec![first.evidence.clone()],
            );
        }
        let on_line =
            lines.iter().find_map(|line| Some((line.argument(name)?.to_owned(), line.evidence.clone())));
        let in_file = || {
            let settings = tree.settings(&self.files, Format::Equals);
            let found = settings.iter().rfind(|one| one.key.eq_ignore_ascii_case(name))?;
            // A bare word of these files is a switch that is on.
            let value = if found.value.is_empty() { "yes" } else { &found.value };
            let shown = Some(format!("{name} = {value}"));
            let place = crate::tree::evidence(&found.path, found.layer, Some(found.line as u32), shown);
            Some((value.to_owned(), place))
        };
        let (value, place) = match on_line.or_else(in_file) {
            Some(found) => found,
            None => {
                let value = self.default.clone().unwrap_or_default();
                let mut place = first.evidence.clone();
                place.value = Some(format!(
                    "{name} is not set{}",
                    self.default.as_ref().map(|default| format!(" (default {default})")).unwrap_or_default()
                ));
                (value, place)
            }
        };
        let shown = place.value.clone().unwrap_or_default();
        if self.expect.holds(&value) {
            Outcome::pass(shown, vec![place])
        } else {
            Outcome::fail(shown, vec![place])
        }
    }

    pub fn words(&self) -> Words {
        let module = self.module.first().map_or("", String::as_str);
        let name = self.argument.as_deref().unwrap_or("");
        let suggested = match (self.forbidden, name) {
            (true, name) => format!("no {name}"),
            (false, "") => format!("{module} in the stack"),
            (false, name) => format!("{name} {}", self.expect.words()),
        };
        let place =
            self.files.first().map_or_else(|| format!("the line of {module} in /etc/pam.d"), Clone::clone);
        Words {
            audit: format!("grep -rn '{module}' /etc/pam.d {}", self.files.join(" ")).trim_end().to_owned(),
            fix: format!("{place}: {suggested}"),
            suggested,
        }
    }

    pub fn files(&self) -> &[String] {
        &self.files
    }
}
