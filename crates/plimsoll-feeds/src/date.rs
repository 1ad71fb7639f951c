//! Points in time as feeds write them.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

/// Feeds write the year 1 for "not known"; nothing here is older than this (1980-01-01).
const OLDEST: i64 = 315_532_800;

/// Seconds since 1970 of an RFC 3339 time, one without an offset (NVD), or a date; `None` for a time no feed can mean.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    // Amazon and Bodhi write a blank for the T.
    let spaced = text.split_once(' ').map(|(day, time)| format!("{day}T{time}"));
    let text = spaced.as_deref().unwrap_or(text);
    let without_seconds = |text| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M");
    let seconds = match DateTime::parse_from_rfc3339(text) {
        Ok(time) => time.timestamp(),
        Err(_) => match NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
            .or_else(|_| without_seconds(text))
        {
            Ok(time) => time.and_utc().timestamp(),
            Err(_) => {
                NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?.and_utc().timestamp()
            }
        },
    };
    (seconds >= OLDEST).then_some(seconds)
}

/// A date in English, `August 22, 2026`.
pub(crate) fn written_out(text: &str) -> Option<i64> {
    let date = NaiveDate::parse_from_str(text.trim(), "%B %d, %Y").ok()?;
    Some(date.and_hms_opt(0, 0, 0)?.and_utc().timestamp()).filter(|&seconds| seconds >= OLDEST)
}

/// The date, `2026-08-22`.
pub(crate) fn day(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0).map_or(String::new(), |time| time.format("%Y-%m-%d").to_string())
}

/// RFC 3339 in UTC, `2026-08-22T10:00:00Z`.
pub(crate) fn rfc3339(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map_or(String::new(), |time| time.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Is this the text of a date, `2026-08-22`?
pub(crate) fn is_day(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_feeds_write_them() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(seconds(text).map(rfc3339).as_deref(), expected, "{text}");
        };
        check("2026-08-22T10:00:00Z", Some("2026-08-22T10:00:00Z"));
        check("2024-10-01T21:22:35.777428Z", Some("2024-10-01T21:22:35Z"));
        check("2026-08-22T10:00:00+02:00", Some("2026-08-22T08:00:00Z"));
        check("2005-09-02T23:03:00", Some("2005-09-02T23:03:00Z"));
        check("2005-09-02", Some("2005-09-02T00:00:00Z"));
        check("0001-01-01T00:00:00Z", None);
        check("2018-01-16 01:28", Some("2018-01-16T01:28:00Z"));
        check("2023-02-22 23:22:00", Some("2023-02-22T23:22:00Z"));
        check("soon", None);
        check("", None);
    }
}
