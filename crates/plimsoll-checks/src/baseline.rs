//! Baselines as data: one file of `data/` each, read once.

use crate::formats::Format;
use crate::rule::Rule;
use crate::tree::Tree;
use plimsoll_model::Severity;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A list of items about one thing: accounts, sshd, nginx.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Baseline {
    /// `ssh`; the id of an item begins with it or with a standard's.
    pub name: String,
    /// What it is about: `the OpenSSH server`.
    #[cfg_attr(not(test), allow(dead_code, reason = "the book's table is made from it by a test"))]
    pub title: String,
    /// When its items apply; else each is not applicable.
    #[serde(default)]
    pub when: When,
    /// Globs of the files its settings stand in, in the order they are read.
    #[serde(default)]
    pub files: Vec<String>,
    /// How these are written.
    pub format: Option<Format>,
    /// What every example holds beside its own: rows as in `example.rs`.
    #[cfg_attr(not(test), allow(dead_code, reason = "examples are tests"))]
    #[serde(default)]
    pub given: BTreeMap<String, String>,
    /// Its items.
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

/// One item.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct Item {
    pub id: String,
    pub title: String,
    pub severity: Severity,
    /// Number among the 18 account and trust items that image baselines of a cloud vendor publish.
    pub hss: Option<u8>,
    /// Numbers of the CIS benchmarks by distribution, of `CIS` tables below.
    #[serde(default)]
    pub cis: BTreeMap<String, String>,
    /// Other numbers, as they are shown: `CIS-DI-0001`, `CIS Docker 1.6 4.1`.
    #[serde(default)]
    pub references: Vec<String>,
    /// What it asks and why.
    pub why: String,
    /// How to look by hand; made from the check where it is missing.
    pub audit: Option<String>,
    /// What should be there; made from the check where it is missing.
    pub suggested: Option<String>,
    /// How to put it right; made from the check where it is missing.
    pub fix: Option<String>,
    /// Further conditions.
    #[serde(default)]
    pub when: When,
    pub check: Rule,
    /// Images that pass.
    #[serde(default)]
    #[cfg_attr(not(test), allow(dead_code, reason = "examples are tests"))]
    pub pass: Examples,
    /// Images that fail; none only for what cannot be told from an image.
    #[cfg_attr(not(test), allow(dead_code, reason = "examples are tests"))]
    #[serde(default)]
    pub fail: Examples,
}

/// One example or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[cfg_attr(not(test), allow(dead_code, reason = "examples are tests"))]
pub(crate) enum Examples {
    /// The text of the baseline's first file.
    Text(String),
    /// Rows of a tree.
    Tree(BTreeMap<String, String>),
    Several(Vec<Examples>),
}

impl Default for Examples {
    fn default() -> Examples {
        Examples::Several(Vec::new())
    }
}

/// When something applies: every condition that is given.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct When {
    /// The image's distribution is one of these, or like one of them.
    #[serde(default)]
    pub os: Vec<String>,
    /// The image's distribution is none of these, nor like one.
    #[serde(default)]
    pub not_os: Vec<String>,
    /// One of these globs names a file.
    #[serde(default)]
    pub file: Vec<String>,
    /// One of these packages is installed, or one of the files of `file` is there.
    #[serde(default)]
    pub package: Vec<String>,
}

impl When {
    /// Why it does not apply, if so.
    pub fn unmet(&self, tree: &Tree<'_>) -> Option<String> {
        if !self.os.is_empty() && !self.os.iter().any(|id| tree.is_os(id)) {
            return Some(format!("the image is not of {}", self.os.join(", ")));
        }
        if self.not_os.iter().any(|id| tree.is_os(id)) {
            return Some(format!("not asked for on {}", self.not_os.join(", ")));
        }
        let asked = !self.file.is_empty() || !self.package.is_empty();
        let met = self.file.iter().any(|glob| !tree.glob(glob).is_empty())
            || self.package.iter().any(|name| tree.has_package(name));
        if !asked || met {
            return None;
        }
        let wanted: Vec<&str> = self.file.iter().chain(&self.package).take(3).map(String::as_str).collect();
        Some(format!("not in the image: {}", wanted.join(", ")))
    }
}

/// The CIS benchmarks whose numbers items carry: key in the data, distributions, title.
const CIS: [(&str, &[&str], &str); 4] = [
    ("debian", &["debian"], "CIS Debian 12 v1.1"),
    ("ubuntu", &["ubuntu"], "CIS Ubuntu 24.04 v1.0"),
    ("rhel", &["rhel", "fedora", "centos"], "CIS RHEL 9 v2.0"),
    ("suse", &["suse", "opensuse", "sles"], "CIS SLES 15 v2.0"),
];

impl Item {
    /// Numbers of standards, those of the image's distribution; of every one where the image does not say its own.
    pub fn references(&self, tree: &Tree<'_>) -> Vec<String> {
        let mut out = self.references.clone();
        let known = CIS.iter().find(|(_, ids, _)| ids.iter().any(|id| tree.is_os(id)) && exact(tree, ids));
        let known = known.or_else(|| CIS.iter().find(|(_, ids, _)| ids.iter().any(|id| tree.is_os(id))));
        for (key, _, title) in CIS {
            // Debian and Ubuntu number alike but where Ubuntu's own is given.
            let number = self.cis.get(key).or_else(|| self.cis.get("debian").filter(|_| key == "ubuntu"));
            if let Some(number) = number.filter(|_| known.is_none_or(|(own, _, _)| *own == key)) {
                out.push(format!("{title} {number}"));
            }
        }
        out.extend(self.hss.map(|number| format!("HSS image baseline {number}")));
        out
    }
}

/// Is the distribution's own id one of these, not only what it is like?
fn exact(tree: &Tree<'_>, ids: &[&str]) -> bool {
    tree.contents.os.as_ref().is_some_and(|os| ids.contains(&os.id.as_str()))
}

/// Every baseline, by name.
pub(crate) static BASELINES: LazyLock<Vec<Baseline>> = LazyLock::new(|| {
    serde_json::from_str(DATA).unwrap_or_else(|error| panic!("the data is ours and read by a test: {error}"))
});

/// What `build.rs` makes of `data/`.
#[cfg(not(test))]
const DATA: &str = include_str!(concat!(env!("OUT_DIR"), "/baselines.json"));
#[cfg(test)]
const DATA: &str = include_str!(concat!(env!("OUT_DIR"), "/with-examples.json"));
