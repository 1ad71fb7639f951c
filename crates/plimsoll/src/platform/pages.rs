//! Lists that fit into memory, by pages.

use super::settings::field;
use super::{ListPage, PlatformError};
use std::collections::BTreeMap;

/// Lines of a page where the question does not say.
const DEFAULT_LIMIT: usize = 50;
/// Most lines of a page.
pub(super) const MAX_LIMIT: usize = 500;

/// Which page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub offset: usize,
    pub limit: usize,
}

impl Window {
    /// Reads `limit` and `cursor`.
    pub fn of(fields: &BTreeMap<String, String>) -> Result<Window, PlatformError> {
        let limit = match fields.get("limit") {
            Some(text) => text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)),
            None => Some(DEFAULT_LIMIT),
        };
        let limit = limit.ok_or_else(|| field("limit", format!("it is a number from 1 to {MAX_LIMIT}")))?;
        Window::at(limit, fields.get("cursor").map(String::as_str))
    }

    pub fn at(limit: usize, cursor: Option<&str>) -> Result<Window, PlatformError> {
        let wrong = || field("cursor", "it is not one that a list gave".to_owned());
        let offset = cursor.filter(|cursor| !cursor.is_empty()).map(str::parse);
        let offset = offset.transpose().map_err(|_| wrong())?.unwrap_or(0);
        Ok(Window { offset, limit })
    }

    /// The page of these lines.
    pub fn page<T>(self, items: Vec<T>) -> ListPage<T> {
        let total = items.len();
        let end = self.offset.saturating_add(self.limit);
        let items = items.into_iter().skip(self.offset).take(self.limit).collect();
        let next = (end < total).then(|| end.to_string());
        ListPage { items, total: total as u64, next, facets: BTreeMap::new() }
    }
}

/// Refuses names that no filter has, so that a typing error never shows everything.
pub(super) fn known_names(fields: &BTreeMap<String, String>, known: &[&str]) -> Result<(), PlatformError> {
    let paging = ["limit", "cursor", "sort"];
    match fields.keys().find(|name| !known.contains(&name.as_str()) && !paging.contains(&name.as_str())) {
        Some(name) => Err(field(name, format!("no filter has this name; there are {}", known.join(", ")))),
        None => Ok(()),
    }
}

/// Is one of the comma-parted values this one? An absent filter holds everything.
pub(super) fn holds(fields: &BTreeMap<String, String>, name: &str, value: &str) -> bool {
    fields.get(name).is_none_or(|wanted| wanted.split(',').any(|one| one == value))
}

/// A yes-or-no filter.
pub(super) fn flag(fields: &BTreeMap<String, String>, name: &str) -> Result<Option<bool>, PlatformError> {
    match fields.get(name).map(String::as_str) {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(field(name, "it is true or false".to_owned())),
    }
}

/// The column to sort by and whether it descends; one of these, the first by default.
pub(super) fn sort<'a>(
    fields: &'a BTreeMap<String, String>,
    columns: &[&'a str],
) -> Result<(&'a str, bool), PlatformError> {
    let Some(text) = fields.get("sort") else { return Ok((columns[0], false)) };
    let (column, descends) = match text.strip_prefix('-') {
        Some(column) => (column, true),
        None => (text.as_str(), false),
    };
    match columns.contains(&column) {
        true => Ok((column, descends)),
        false => Err(field("sort", format!("it is one of {}", columns.join(", ")))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let fields = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let page =
            |pairs: &[(&str, &str)]| Window::of(&fields(pairs)).map(|window| window.page(vec![1, 2, 3]));
        let first = page(&[("limit", "2")]).expect("a page");
        assert_eq!((first.items, first.total, first.next.as_deref()), (vec![1, 2], 3, Some("2")));
        let second = page(&[("limit", "2"), ("cursor", "2")]).expect("a page");
        assert_eq!((second.items, second.next), (vec![3], None));
        assert!(page(&[("limit", "0")]).is_err() && page(&[("limit", "501")]).is_err());
        assert!(page(&[("cursor", "x")]).is_err());
        assert!(page(&[("cursor", "18446744073709551615")]).expect("a page").items.is_empty());
        assert!(known_names(&fields(&[("kidn", "secret")]), &["kind"]).is_err());
    }
}
