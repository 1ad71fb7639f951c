//! A moment.

use chrono::{DateTime, SecondsFormat, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

/// A moment, microseconds since 1970 UTC; RFC 3339 in documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Time(pub i64);

impl Time {
    /// Microseconds of a day.
    pub const DAY: i64 = 86_400 * 1_000_000;

    /// RFC 3339 in UTC with milliseconds: `2026-11-24T22:17:31.000Z`. Moments no calendar holds are the first or last.
    pub fn to_rfc3339(self) -> String {
        let moment = DateTime::<Utc>::from_timestamp_micros(self.0);
        moment.unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
    }

    /// The moment of an RFC 3339 text.
    pub fn parse(text: &str) -> Option<Time> {
        DateTime::parse_from_rfc3339(text).ok().map(|moment| Time(moment.timestamp_micros()))
    }

    /// This many days later.
    pub fn plus_days(self, days: i64) -> Time {
        Time(self.0.saturating_add(days.saturating_mul(Time::DAY)))
    }

    /// This many seconds later.
    pub fn plus_seconds(self, seconds: i64) -> Time {
        Time(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Time::parse(&text).ok_or_else(|| de::Error::custom(format!("not an RFC 3339 time: {text}")))
    }
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }

    fn inline_schema() -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_say_rfc_3339() {
        let time = Time::parse("2026-11-24T22:17:31+01:00").expect("a time");
        assert_eq!(time.to_rfc3339(), "2026-11-24T21:17:31.000Z");
        assert_eq!(Time::parse("yesterday"), None);
        assert_eq!(time.plus_days(1).to_rfc3339(), "2026-11-25T21:17:31.000Z");
    }
}
