//! Rows to values and back: words of enums, JSON documents, times, lists of parameters, cursors.

use super::{DataError, backend};
use plimsoll_model::Time;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows written by one statement. SQLite allows 32,766 parameters, PostgreSQL 65,535.
const ROWS_AT_ONCE: usize = 200;

/// Parts of a list, each small enough for one statement.
pub(super) fn chunks<T>(items: &[T]) -> std::slice::Chunks<'_, T> {
    items.chunks(ROWS_AT_ONCE)
}

/// `($1, $2), ($3, $4)` for two rows of two columns.
pub(super) fn placeholders(rows: usize, columns: usize) -> String {
    let row = |row: usize| {
        let columns: Vec<String> =
            (1..=columns).map(|column| format!("${}", row * columns + column)).collect();
        format!("({})", columns.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

/// A document as JSON.
pub(super) fn json<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<String, DataError> {
    serde_json::to_string(value).map_err(|error| DataError::Damaged { what, why: error.to_string() })
}

/// A document of JSON.
pub(super) fn of_json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, DataError> {
    serde_json::from_str(text).map_err(|error| DataError::Damaged { what, why: error.to_string() })
}

/// An enum as documents write it.
pub(super) fn word<T: Serialize>(what: &'static str, value: T) -> Result<String, DataError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(DataError::Damaged { what, why: format!("{other:?} is no word") }),
    }
}

/// An enum of its word.
pub(super) fn of_word<T: DeserializeOwned>(what: &'static str, word: &str) -> Result<T, DataError> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
        .map_err(|error| DataError::Damaged { what, why: error.to_string() })
}

/// A list as the one JSON parameter of [`backend::Backend::texts`] or [`backend::Backend::numbers`].
pub(super) fn list<T: Serialize>(items: &[T]) -> String {
    serde_json::to_string(items).expect("texts and numbers can always be written as JSON")
}

/// Text as both databases can hold it: PostgreSQL has no NUL.
pub(super) fn plain(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// `%text%` for `LIKE … ESCAPE '!'`, in the lower case of both databases: that of ASCII.
pub(super) fn contains(text: &str) -> String {
    let escaped = plain(text).to_ascii_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// A page's size as it is bound.
pub(super) fn limit(limit: u32) -> i64 {
    i64::from(limit.clamp(1, 500))
}

/// Rows of a bulk read as they are bound: those of followers, not of people.
pub(super) fn bulk(limit: u32) -> i64 {
    i64::from(limit.clamp(1, 10_000))
}

/// The end of a page: the moment and the id of its last row.
pub(super) fn cursor(at: Time, id: &str) -> String {
    format!("{}.{id}", at.0)
}

/// What a cursor says; before everything when there is none.
pub(super) fn of_cursor(cursor: Option<&str>) -> Result<(i64, String), DataError> {
    let Some(cursor) = cursor else { return Ok((i64::MAX, String::new())) };
    cursor
        .split_once('.')
        .and_then(|(at, id)| Some((at.parse().ok()?, plain(id))))
        .ok_or_else(|| DataError::Cursor(cursor.chars().take(64).collect()))
}

/// Says whose name is taken, when a unique index was in the way.
pub(super) fn unless_taken<T>(
    outcome: Result<T, sqlx::Error>,
    what: &'static str,
    name: &str,
) -> Result<T, DataError> {
    outcome.map_err(|error| match backend::is_taken(&error) {
        true => DataError::Taken { what, name: name.to_owned() },
        false => error.into(),
    })
}

/// Says what is missing, when no row was met.
pub(super) fn unless_missing(rows: u64, what: &'static str, id: &str) -> Result<(), DataError> {
    match rows {
        0 => Err(missing(what, id)),
        _ => Ok(()),
    }
}

pub(super) fn missing(what: &'static str, id: &str) -> DataError {
    DataError::Missing { what, id: id.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_numbered_row_by_row() {
        assert_eq!(placeholders(2, 2), "($1, $2), ($3, $4)");
        assert_eq!(placeholders(1, 3), "($1, $2, $3)");
    }

    #[test]
    fn cursors_come_back() {
        assert_eq!(of_cursor(Some(&cursor(Time(7), "a.b"))).ok(), Some((7, "a.b".to_owned())));
        assert!(matches!(of_cursor(Some("7")), Err(DataError::Cursor(_))));
        assert!(matches!(of_cursor(Some("x.y")), Err(DataError::Cursor(_))));
    }

    #[test]
    fn patterns_hold_what_they_say() {
        assert_eq!(contains("50%_a!"), "%50!%!_a!!%");
    }
}
