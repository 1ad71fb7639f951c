//! How EPSS changed between two databases.
//!
//! A score's percentile says how many vulnerabilities of the day have a lower one, so it moves every day for all of
//! them, but it is the same wherever the score is: a table of scores and their percentiles says it for all that kept
//! their score, and only changed scores are named one by one.

use crate::FeedError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A score and a percentile by their bits, so that what is put together again is the same to the last one.
pub(super) type Bits = (u32, u32);

/// What changed.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    /// Scores of the new database in rising order, each as the step from the one before, with its percentile, likewise.
    table: Vec<(u32, i64)>,
    /// Vulnerabilities with another score than before: the step from the place of the one before among all of the new
    /// database, and the place of the score in the table plus one; 0 for none any more.
    changed: Vec<(u32, u32)>,
    /// Vulnerabilities whose percentile is not the table's: place and percentile.
    odd: Vec<(u32, u32)>,
}

pub(super) fn bits(epss: Option<(f32, f32)>) -> Option<Bits> {
    epss.map(|(score, percentile)| (score.to_bits(), percentile.to_bits()))
}

pub(super) fn values(bits: Option<Bits>) -> Option<(f32, f32)> {
    bits.map(|(score, percentile)| (f32::from_bits(score), f32::from_bits(percentile)))
}

/// The change from old to new; each of the new, in the order of ids, with what the old database says of it.
pub(super) fn change(all: &[(Option<Bits>, Option<Bits>)]) -> Result<Change, FeedError> {
    let mut percentiles: BTreeMap<u32, u32> = BTreeMap::new();
    for (score, percentile) in all.iter().filter_map(|(_, new)| *new) {
        percentiles.entry(score).or_insert(percentile);
    }
    let places: BTreeMap<u32, u32> = percentiles.keys().copied().zip(1..).collect();
    let mut change = Change::default();
    let (mut score_before, mut percentile_before) = (0, 0_i64);
    for (&score, &percentile) in &percentiles {
        change.table.push((score - score_before, i64::from(percentile) - percentile_before));
        (score_before, percentile_before) = (score, i64::from(percentile));
    }
    let mut before = 0;
    for (place, (old, new)) in (0_u32..).zip(all) {
        let score = new.map(|(score, _)| score);
        if old.map(|(score, _)| score) != score {
            let in_table = score.and_then(|score| places.get(&score)).copied().unwrap_or(0);
            change.changed.push((place - before, in_table));
            before = place;
        }
        if let Some((score, percentile)) = new
            && percentiles.get(score) != Some(percentile)
        {
            change.odd.push((place, *percentile));
        }
    }
    Ok(change)
}

impl Change {
    /// What the new database says, given what the old one says of the new one's vulnerabilities in the order of ids.
    pub(super) fn applied(&self, old: &[Option<Bits>]) -> Result<Vec<Option<Bits>>, FeedError> {
        let bad = || FeedError::Damaged("the delta's EPSS does not fit".into());
        let mut table: Vec<Bits> = Vec::new();
        let (mut score, mut percentile) = (0_u32, 0_i64);
        for &(score_step, percentile_step) in &self.table {
            score = score.checked_add(score_step).ok_or_else(bad)?;
            percentile = percentile.checked_add(percentile_step).ok_or_else(bad)?;
            table.push((score, u32::try_from(percentile).map_err(|_| bad())?));
        }
        let mut new: Vec<Option<Bits>> = old.to_vec();
        let mut place = 0_usize;
        for &(step, in_table) in &self.changed {
            place = place.checked_add(step as usize).ok_or_else(bad)?;
            let entry = new.get_mut(place).ok_or_else(bad)?;
            *entry = match (in_table as usize).checked_sub(1) {
                None => None,
                Some(at) => Some(*table.get(at).ok_or_else(bad)?),
            };
        }
        for (score, percentile) in new.iter_mut().flatten() {
            let at = table.binary_search_by_key(score, |(score, _)| *score).map_err(|_| bad())?;
            *percentile = table[at].1;
        }
        for &(place, percentile) in &self.odd {
            new.get_mut(place as usize).and_then(Option::as_mut).ok_or_else(bad)?.1 = percentile;
        }
        Ok(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_change_leads_from_old_to_new(
            all in prop::collection::vec((prop::option::of((0_u32..20, 0_u32..5)), prop::option::of((0_u32..20, 0_u32..5))), 0..60)
        ) {
            let old: Vec<Option<Bits>> = all.iter().map(|(old, _)| *old).collect();
            let new: Vec<Option<Bits>> = all.iter().map(|(_, new)| *new).collect();
            prop_assert_eq!(change(&all).and_then(|change| change.applied(&old)).expect("applied"), new);
        }

        #[test]
        fn any_change_is_applied_or_refused(
            table: Vec<(u32, i64)>, changed: Vec<(u32, u32)>, odd: Vec<(u32, u32)>, old: Vec<Option<Bits>>
        ) {
            let _ = Change { table, changed, odd }.applied(&old);
        }
    }
}
