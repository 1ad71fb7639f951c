//! Files no more open than they should be.

use super::{Outcome, Words};
use crate::tree::Tree;
use plimsoll_model::{EntryKind, File};
use serde::Deserialize;

/// Permissions and owners of files. Files that are not there are not applicable.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Mode {
    /// Globs.
    paths: Vec<String>,
    /// Octal; no bit beyond these is set.
    at_most: Option<String>,
    /// The owner is one of these names of the image's passwd, `root` is uid 0.
    #[serde(default)]
    owner: Vec<String>,
    /// The group is one of these names of the image's group, `root` is gid 0.
    #[serde(default)]
    group: Vec<String>,
}

impl Mode {
    pub fn check(&self, tree: &Tree<'_>) -> Outcome {
        let paths = tree.globs(&self.paths);
        let files: Vec<&File> = paths.iter().filter_map(|path| tree.file(path)).collect();
        if files.is_empty() {
            return Outcome::not_applicable(format!("not in the image: {}", self.paths.join(", ")));
        }
        let names = tree.names();
        let most = self.at_most.as_ref().map_or(0o7777, |text| {
            u32::from_str_radix(text, 8).expect("a test reads every mode of the data as octal")
        });
        let mut wrong = Vec::new();
        let mut shown = String::new();
        for file in files {
            let entry = &file.entry;
            let folder = entry.kind == EntryKind::Dir;
            // A sticky or set-gid folder is no more open for it.
            let mode = if folder { entry.mode & 0o777 } else { entry.mode };
            let (user, group) = (names.user(entry.uid), names.group(entry.gid));
            let fine = mode & !most == 0
                && (self.owner.is_empty() || self.owner.contains(&user))
                && (self.group.is_empty() || self.group.contains(&group));
            let value = format!("{:04o} {user}:{group}", entry.mode);
            if !fine {
                let value = format!("{} {value}", entry.path);
                wrong.push(crate::tree::evidence(&entry.path, file.layer, None, Some(value)));
            } else if shown.is_empty() {
                shown = value;
            }
        }
        Outcome::of(wrong, &shown)
    }

    pub fn words(&self) -> Words {
        let paths = self.paths.join(" ");
        let mut suggested = Vec::new();
        let mut fix = Vec::new();
        let owner = match (self.owner.first(), self.group.first()) {
            (None, None) => None,
            (owner, group) => Some(match group {
                Some(group) => format!("{}:{group}", owner.map_or("", String::as_str)),
                None => owner.cloned().unwrap_or_default(),
            }),
        };
        if let Some(owner) = owner {
            suggested.push(owner.clone());
            fix.push(format!("chown {owner} {paths}"));
        }
        if let Some(most) = &self.at_most {
            suggested.insert(0, format!("{most} or stricter"));
            fix.push(format!("chmod {most} {paths}"));
        }
        Words {
            audit: format!("stat -c '%n %a %U:%G' {paths}"),
            suggested: suggested.join(", "),
            fix: format!("RUN {}", fix.join(" && ")),
        }
    }

    #[cfg(test)]
    pub fn at_most(&self) -> Option<&str> {
        self.at_most.as_deref()
    }
}
