//! Compact bytes: compressed documents, and lists of numbers as differences.

use super::DataError;
use plimsoll_model::{ComponentMatch, Occurrence, Severity, Time};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Documents are never more than this; a report that unpacks to more is not ours.
const MAX_UNPACKED_BYTES: usize = 1 << 30;
/// zstd's level: twice as fast as its 9, within a few percent of its size for reports.
const LEVEL: i32 = 6;

/// Bytes compressed, with their size before them; nothing stays nothing.
pub(super) fn packed(bytes: &[u8]) -> Vec<u8> {
    if bytes.is_empty() {
        return Vec::new();
    }
    let mut out = (bytes.len() as u64).to_le_bytes().to_vec();
    let body =
        zstd::bulk::compress(bytes, LEVEL).expect("compressing into memory of its own bound cannot fail");
    out.extend_from_slice(&body);
    out
}

/// What was packed.
pub(super) fn unpacked(what: &'static str, bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let damaged = |why: &str| DataError::Damaged { what, why: why.to_owned() };
    let (size, body) = bytes.split_first_chunk::<8>().ok_or_else(|| damaged("it is too short"))?;
    let size = usize::try_from(u64::from_le_bytes(*size)).unwrap_or(usize::MAX);
    if size > MAX_UNPACKED_BYTES {
        return Err(damaged("it says to be larger than 1 GiB"));
    }
    zstd::bulk::decompress(body, size).map_err(|error| damaged(&error.to_string()))
}

/// Numbers as differences from one to the next, each in as few bytes as it needs.
pub(super) fn packed_numbers(numbers: &[i64]) -> Vec<i64> {
    let mut last = 0;
    let step = |&number: &i64| {
        let difference = number.wrapping_sub(last);
        last = number;
        difference
    };
    numbers.iter().map(step).collect()
}

/// The numbers of their differences.
pub(super) fn unpacked_numbers(differences: &[i64]) -> Vec<i64> {
    let mut last = 0_i64;
    let step = |&difference: &i64| {
        last = last.wrapping_add(difference);
        last
    };
    differences.iter().map(step).collect()
}

/// A value in postcard's compact form.
pub(super) fn encoded<T: Serialize>(what: &'static str, value: &T) -> Result<Vec<u8>, DataError> {
    postcard::to_stdvec(value).map_err(|error| DataError::Damaged { what, why: error.to_string() })
}

/// A value of its compact form.
pub(super) fn decoded<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, DataError> {
    postcard::from_bytes(bytes).map_err(|error| DataError::Damaged { what, why: error.to_string() })
}

/// A ledger: risks with their times in microseconds, compressed.
pub(super) fn packed_ledger(ledger: &[Occurrence]) -> Result<Vec<u8>, DataError> {
    let lines: Vec<(&str, i64, Option<i64>, Option<i64>)> = ledger
        .iter()
        .map(|line| {
            let time = |time: Option<Time>| time.map(|time| time.0);
            (line.risk.as_str(), line.first_seen.0, time(line.fixed_at), time(line.reopened_at))
        })
        .collect();
    Ok(packed(&encoded("ledger", &lines)?))
}

/// A ledger of its compact form.
pub(super) fn unpacked_ledger(bytes: &[u8]) -> Result<Vec<Occurrence>, DataError> {
    let plain = unpacked("ledger", bytes)?;
    let lines: Vec<(String, i64, Option<i64>, Option<i64>)> = decoded("ledger", &plain)?;
    let line =
        |(risk, first_seen, fixed_at, reopened_at): (String, i64, Option<i64>, Option<i64>)| Occurrence {
            risk,
            first_seen: Time(first_seen),
            fixed_at: fixed_at.map(Time),
            reopened_at: reopened_at.map(Time),
        };
    Ok(lines.into_iter().map(line).collect())
}

/// Matches of a component, sorted by risk.
pub(super) fn packed_matches(matches: &[ComponentMatch]) -> Result<Vec<u8>, DataError> {
    let mut lines: Vec<(i64, u8, bool)> =
        matches.iter().map(|one| (one.risk, one.severity as u8, one.fixable)).collect();
    lines.sort_unstable();
    lines.dedup_by_key(|line| line.0);
    encoded("component's matches", &lines)
}

/// Matches of their compact form; none of no bytes.
pub(super) fn unpacked_matches(bytes: &[u8]) -> Result<Vec<ComponentMatch>, DataError> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let lines: Vec<(i64, u8, bool)> = decoded("component's matches", bytes)?;
    let severity = |code: u8| {
        Severity::ALL.iter().copied().find(|severity| *severity as u8 == code).ok_or_else(|| {
            DataError::Damaged { what: "component's matches", why: format!("{code} is no severity") }
        })
    };
    lines
        .into_iter()
        .map(|(risk, code, fixable)| Ok(ComponentMatch { risk, severity: severity(code)?, fixable }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_back(bytes: Vec<u8>, numbers: Vec<i64>) {
            prop_assert_eq!(unpacked("test", &packed(&bytes)).expect("just packed"), bytes);
            prop_assert_eq!(unpacked_numbers(&packed_numbers(&numbers)), numbers);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = unpacked("test", &bytes);
            let _ = unpacked_ledger(&bytes);
            let _ = unpacked_matches(&bytes);
        }
    }
}
