//! When each risk was met in an image: first seen, fixed, there again.

use plimsoll_model::{Occurrence, Time};
use std::collections::{BTreeMap, BTreeSet};

/// What a scan changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    /// The ledger after it, by id.
    pub ledger: Vec<Occurrence>,
    /// Risks that were not there before.
    pub appeared: Vec<String>,
    /// Risks that were there and are not any more.
    pub vanished: Vec<String>,
    /// Of those that appeared: had been fixed.
    pub reopened: Vec<String>,
}

/// The ledger with the risks that new knowledge found since the last scan: they were there `then`.
pub(super) fn with_unlisted<'a>(
    mut ledger: Vec<Occurrence>,
    open: impl Iterator<Item = &'a String>,
    then: Time,
) -> Vec<Occurrence> {
    let listed: BTreeSet<String> = ledger.iter().map(|one| one.risk.clone()).collect();
    ledger.extend(open.filter(|id| !listed.contains(*id)).map(|id| Occurrence {
        risk: id.clone(),
        first_seen: then,
        fixed_at: None,
        reopened_at: None,
    }));
    ledger
}

/// Lays what a scan found against the ledger. What was fixed before `oldest` is forgotten.
pub(super) fn turn(old: Vec<Occurrence>, found: &BTreeSet<String>, now: Time, oldest: Time) -> Difference {
    let mut out = Difference::default();
    let mut ledger: BTreeMap<String, Occurrence> =
        old.into_iter().map(|one| (one.risk.clone(), one)).collect();
    for one in ledger.values_mut() {
        match (found.contains(&one.risk), one.fixed_at) {
            (false, None) => {
                (one.fixed_at, one.reopened_at) = (Some(now), None);
                out.vanished.push(one.risk.clone());
            }
            (true, Some(_)) => {
                (one.fixed_at, one.reopened_at) = (None, Some(now));
                out.appeared.push(one.risk.clone());
                out.reopened.push(one.risk.clone());
            }
            _ => {}
        }
    }
    ledger.retain(|_, one| one.fixed_at.is_none_or(|at| at >= oldest));
    for id in found.iter().filter(|id| !ledger.contains_key(*id)).cloned().collect::<Vec<_>>() {
        out.appeared.push(id.clone());
        let one = Occurrence { risk: id.clone(), first_seen: now, fixed_at: None, reopened_at: None };
        ledger.insert(id, one);
    }
    out.ledger = ledger.into_values().collect();
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(ids: &str) -> BTreeSet<String> {
        ids.split_whitespace().map(str::to_owned).collect()
    }

    /// `a@1 b@1-2 c@1+3`: first seen at 1; fixed at 2; there again at 3.
    fn shown(ledger: &[Occurrence]) -> String {
        let one = |one: &Occurrence| {
            let fixed = one.fixed_at.map(|at| format!("-{}", at.0)).unwrap_or_default();
            let again = one.reopened_at.map(|at| format!("+{}", at.0)).unwrap_or_default();
            format!("{}@{}{fixed}{again}", one.risk, one.first_seen.0)
        };
        ledger.iter().map(one).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn risks_come_go_and_come_again() {
        let scan = |old: Vec<Occurrence>, ids: &str, now: i64| turn(old, &found(ids), Time(now), Time(0));
        let first = scan(Vec::new(), "a b", 1);
        assert_eq!(shown(&first.ledger), "a@1 b@1");
        assert_eq!((first.appeared.len(), first.reopened.len()), (2, 0));
        let second = scan(first.ledger, "b c", 2);
        assert_eq!(shown(&second.ledger), "a@1-2 b@1 c@2");
        assert_eq!((second.vanished, second.appeared), (vec!["a".to_owned()], vec!["c".to_owned()]));
        let third = scan(second.ledger, "a b c", 3);
        assert_eq!(shown(&third.ledger), "a@1+3 b@1 c@2");
        assert_eq!(third.reopened, ["a"]);
        let fourth = scan(third.ledger, "b c", 4);
        assert_eq!(shown(&fourth.ledger), "a@1-4 b@1 c@2");
        // What new knowledge found between scans was there at the last one.
        let told = with_unlisted(fourth.ledger, [&"d".to_owned(), &"b".to_owned()].into_iter(), Time(4));
        let fifth = scan(told, "b c", 5);
        assert_eq!(shown(&fifth.ledger), "a@1-4 b@1 c@2 d@4-5");
        let later = turn(fifth.ledger, &found("b"), Time(9), Time(5));
        assert_eq!(shown(&later.ledger), "b@1 c@2-9 d@4-5");
    }
}
