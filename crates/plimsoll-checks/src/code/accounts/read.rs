//! The four files of accounts, and names of numbers.

use crate::tree::{Text, Tree};
use plimsoll_model::Evidence;
use std::collections::HashMap;
use std::sync::Arc;

/// Rows of one file at most.
const MAX_ROWS: usize = 50_000;

/// One of the files, read.
pub(crate) struct Database<'a> {
    pub path: Arc<str>,
    pub rows: Vec<Row<'a>>,
    text: Text<'a>,
}

/// A line of it, cut at its colons.
pub(crate) struct Row<'a> {
    pub line: usize,
    pub fields: Vec<std::borrow::Cow<'a, str>>,
}

impl Row<'_> {
    pub fn name(&self) -> &str {
        self.field(0)
    }

    /// A field, empty when it is missing.
    pub fn field(&self, at: usize) -> &str {
        self.fields.get(at).map_or("", |field| field)
    }

    /// A field that is a number.
    pub fn number(&self, at: usize) -> Option<u32> {
        self.field(at).parse().ok()
    }
}

impl<'a> Database<'a> {
    /// Reads the file, if the image has it.
    pub fn read(tree: &Tree<'a>, path: &str) -> Option<Database<'a>> {
        let text = tree.text(path)?;
        let rows = text
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        let rows = rows.take(MAX_ROWS).map(|(index, line)| Row {
            line: index + 1,
            fields: line.split(':').take(16).map(|field| field.to_owned().into()).collect(),
        });
        Some(Database { path: text.path.clone(), rows: rows.collect(), text })
    }

    /// Evidence: this row.
    pub fn at(&self, row: &Row<'_>, value: String) -> Evidence {
        self.text.line(row.line, value)
    }
}

/// Names of the image's own users and groups.
pub(crate) struct Names {
    users: HashMap<u32, String>,
    groups: HashMap<u32, String>,
    uids: HashMap<String, u32>,
}

impl Names {
    /// Those of the image's passwd and group.
    pub fn read(tree: &Tree<'_>) -> Names {
        let mut names = Names { users: HashMap::new(), groups: HashMap::new(), uids: HashMap::new() };
        for row in Database::read(tree, "/etc/passwd").iter().flat_map(|database| &database.rows) {
            if let Some(uid) = row.number(2) {
                names.users.entry(uid).or_insert_with(|| row.name().to_owned());
                names.uids.entry(row.name().to_owned()).or_insert(uid);
            }
        }
        for row in Database::read(tree, "/etc/group").iter().flat_map(|database| &database.rows) {
            if let Some(gid) = row.number(2) {
                names.groups.entry(gid).or_insert_with(|| row.name().to_owned());
            }
        }
        // Whoever is 0 is root, whatever a file calls it.
        names.users.insert(0, "root".to_owned());
        names.groups.insert(0, "root".to_owned());
        names
    }

    /// The name of a uid, or the number.
    pub fn user(&self, uid: u32) -> String {
        self.users.get(&uid).cloned().unwrap_or_else(|| uid.to_string())
    }

    /// The name of a gid, or the number.
    pub fn group(&self, gid: u32) -> String {
        self.groups.get(&gid).cloned().unwrap_or_else(|| gid.to_string())
    }

    pub fn has_user(&self, uid: u32) -> bool {
        self.users.contains_key(&uid)
    }

    pub fn has_group(&self, gid: u32) -> bool {
        self.groups.contains_key(&gid)
    }

    pub fn uid(&self, name: &str) -> Option<u32> {
        self.uids.get(name).copied()
    }
}

/// Days since 1970 of an RFC 3339 time.
pub(super) fn day(text: &str) -> Option<i64> {
    let mut parts = text.get(..10)?.split('-');
    let year: i64 = parts.next()?.parse().ok()?;
    let month: i64 = parts.next()?.parse().ok()?;
    let day: i64 = parts.next()?.parse().ok()?;
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days from civil, years beginning in March.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    #[test]
    fn days_of_dates() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", Some(0)),
            ("2024-02-29", Some(19_782)),
            ("2026-11-24T", Some(20_781)),
            ("0001-01-01", Some(-719_162)),
            ("x", None),
        ] {
            assert_eq!(super::day(text), expected, "{text}");
        }
    }
}
