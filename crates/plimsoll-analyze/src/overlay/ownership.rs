//! Which OS package brought a file that other packages were found in.

use super::Facts;
use super::tree::{Origin, Tree};
use plimsoll_model::{Fact, RecordedDigest};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A present OS package, as its owner can be looked up.
pub(super) struct OsPackage<'a> {
    pub name: &'a str,
    pub arch: Option<&'a str>,
    /// The analyzers that found it.
    pub analyzers: BTreeSet<&'a str>,
}

/// The analyzer whose lists are those of packages that no distribution stands behind.
const PYTHON_RECORD: &str = "python-record";

/// The owner of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Index of the package.
    pub package: usize,
    /// The digest it recorded for the file.
    pub recorded: Option<RecordedDigest>,
}

/// Who owns what.
#[derive(Default)]
pub(super) struct Owners {
    /// By content: the OS package that owns it.
    pub of: HashMap<Origin, Owner>,
    /// By content: the digest that a package of a language recorded for it.
    pub recorded: HashMap<Origin, RecordedDigest>,
}

/// For each wanted content that an OS package owns, its owner. The list of a package's files may lie in
/// another file and another layer than its record, and names paths from before links: both sides meet in the final
/// tree.
pub(super) fn owners(
    tree: &mut Tree<'_>,
    facts: &Facts<'_>,
    present: &[(&str, Origin)],
    packages: &[OsPackage<'_>],
    wanted: HashSet<Origin>,
) -> Owners {
    let mut owners = Owners::default();
    // Most owned paths are no one's concern: their last name, which no link changes, tells.
    let names: HashSet<&str> = present
        .iter()
        .filter(|(_, content)| wanted.contains(content))
        .map(|(path, _)| file_name(path))
        .collect();
    if names.is_empty() {
        return owners;
    }
    let mut by_name: HashMap<(&str, &str, Option<&str>), usize> = HashMap::new();
    for (index, package) in packages.iter().enumerate() {
        for analyzer in &package.analyzers {
            by_name.entry((analyzer, package.name, package.arch)).or_insert(index);
            by_name.entry((analyzer, package.name, None)).or_insert(index);
        }
    }
    let mut done = HashSet::new();
    for &(_, content) in present {
        // The same content under two names says nothing new.
        if !done.insert(content) {
            continue;
        }
        for file in facts.get(&content).into_iter().flatten() {
            for owned in file.facts.iter().filter_map(|fact| match fact {
                Fact::Owned(owned) => Some(owned),
                _ => None,
            }) {
                let arch = owned.arch.as_deref();
                let owner = by_name.get(&(file.analyzer.as_str(), owned.package.as_str(), arch));
                let owner = owner.copied();
                if owner.is_none() && file.analyzer != PYTHON_RECORD {
                    continue;
                }
                for (at, path) in
                    owned.paths.iter().enumerate().filter(|(_, path)| names.contains(file_name(path)))
                {
                    let content = tree.find(path, false).and_then(|node| tree.content(node));
                    if let Some(content) = content.filter(|content| wanted.contains(content)) {
                        let recorded = owned.digests.get(at).copied().flatten();
                        let Some(owner) = owner else {
                            owners.recorded.extend(recorded.map(|digest| (content, digest)));
                            continue;
                        };
                        // dpkg keeps the paths and the digests of a package apart.
                        let known = owners.of.entry(content).or_insert(Owner { package: owner, recorded });
                        if known.package == owner {
                            known.recorded = known.recorded.or(recorded);
                        }
                    }
                }
            }
        }
    }
    owners
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
