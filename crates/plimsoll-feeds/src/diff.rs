//! What one database knows that another does not.

use crate::{Database, FeedError};
use plimsoll_model::PackageKey;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// The difference of two databases: what must be matched or shown again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Packages only the second has advisories of.
    pub added: Vec<PackageKey>,
    /// Packages only the first has advisories of.
    pub removed: Vec<PackageKey>,
    /// Packages whose advisories differ.
    pub changed: Vec<PackageKey>,
    /// Vulnerabilities whose record (severity, texts, KEV, EPSS) appeared, went or differs.
    pub vulnerabilities: Vec<String>,
}

impl Difference {
    /// Do both say the same?
    pub fn is_empty(&self) -> bool {
        *self == Difference::default()
    }
}

/// Compares two databases, `a` being the older.
pub fn diff(a: &Database, b: &Database) -> Result<Difference, FeedError> {
    let mut difference = Difference::default();
    let mut old = BTreeMap::new();
    a.each_package(|key, content| {
        old.insert(key, hash(content));
        Ok(())
    })?;
    b.each_package(|key, content| {
        match old.remove(&key) {
            None => difference.added.push(key),
            Some(before) if before != hash(content) => difference.changed.push(key),
            Some(_) => {}
        }
        Ok(())
    })?;
    difference.removed = old.into_keys().collect();

    let mut old = BTreeMap::new();
    a.each_vulnerability(|id, content| {
        old.insert(id, hash(content));
        Ok(())
    })?;
    b.each_vulnerability(|id, content| {
        if old.remove(&id) != Some(hash(content)) {
            difference.vulnerabilities.push(id);
        }
        Ok(())
    })?;
    difference.vulnerabilities.extend(old.into_keys());
    difference.vulnerabilities.sort_unstable();
    Ok(difference)
}

fn hash(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}
