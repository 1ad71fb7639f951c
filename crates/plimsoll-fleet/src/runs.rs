//! Sets of images as runs of neighbours. Images are numbered so that those alike stand side by side (same distribution,
//! base image, repository), so a risk's images are few runs however many they are.

use std::ops::Range;

/// A set of numbers as runs: sorted, apart, none empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Runs(Vec<[u32; 2]>);

impl Runs {
    /// Every number there can be.
    pub fn everything() -> Runs {
        Runs(vec![[0, u32::MAX]])
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many numbers.
    pub fn len(&self) -> u64 {
        self.0.iter().map(|[start, end]| u64::from(end - start)).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = Range<u32>> + '_ {
        self.0.iter().map(|&[start, end]| start..end)
    }

    /// Index of the first run that ends after `number`.
    fn at(&self, number: u32) -> usize {
        self.0.partition_point(|run| run[1] <= number)
    }

    pub fn contains(&self, number: u32) -> bool {
        self.0.get(self.at(number)).is_some_and(|run| run[0] <= number)
    }

    /// Appends what comes after, or touches, the last run.
    pub fn push(&mut self, run: Range<u32>) {
        if run.is_empty() {
            return;
        }
        match self.0.last_mut() {
            Some(last) if run.start <= last[1] => last[1] = last[1].max(run.end),
            _ => self.0.push([run.start, run.end]),
        }
    }

    pub fn insert(&mut self, number: u32) {
        let at = self.at(number);
        let after = self.0.get(at).copied();
        if after.is_some_and(|run| run[0] <= number) {
            return;
        }
        let touches_before = at > 0 && self.0[at - 1][1] == number;
        let touches_after = after.is_some_and(|run| run[0] == number + 1);
        match (touches_before, touches_after) {
            (true, true) => {
                self.0[at - 1][1] = self.0[at][1];
                self.0.remove(at);
            }
            (true, false) => self.0[at - 1][1] = number + 1,
            (false, true) => self.0[at][0] = number,
            (false, false) => self.0.insert(at, [number, number + 1]),
        }
    }

    pub fn remove(&mut self, number: u32) {
        let at = self.at(number);
        let Some(&[start, end]) = self.0.get(at) else { return };
        if start > number {
            return;
        }
        match (start == number, end == number + 1) {
            (true, true) => {
                self.0.remove(at);
            }
            (true, false) => self.0[at][0] = number + 1,
            (false, true) => self.0[at][1] = number,
            (false, false) => {
                self.0[at][1] = number;
                self.0.insert(at + 1, [number + 1, end]);
            }
        }
    }

    pub fn union(&self, other: &Runs) -> Runs {
        let mut union = Runs::default();
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(one), Some(two)) if one.start <= two.start => left.next(),
                (Some(_), None) => left.next(),
                _ => right.next(),
            };
            match next {
                Some(run) => union.push(run),
                None => return union,
            }
        }
    }

    pub fn intersection(&self, other: &Runs) -> Runs {
        let (few, many) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        let mut both = Runs::default();
        for run in few.iter() {
            for piece in many.within(run) {
                both.push(piece);
            }
        }
        both
    }

    pub fn difference(&self, other: &Runs) -> Runs {
        let mut rest = Runs::default();
        for run in self.iter() {
            let mut start = run.start;
            for piece in other.within(run.clone()) {
                rest.push(start..piece.start);
                start = piece.end;
            }
            rest.push(start..run.end);
        }
        rest
    }

    /// What of `range` is in the set.
    pub fn within(&self, range: Range<u32>) -> impl Iterator<Item = Range<u32>> + '_ {
        self.0[self.at(range.start)..]
            .iter()
            .take_while(move |run| run[0] < range.end)
            .map(move |run| run[0].max(range.start)..run[1].min(range.end))
    }

    /// Gives back what growing left over.
    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}

impl FromIterator<u32> for Runs {
    /// Of sorted numbers.
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Runs {
        let mut runs = Runs::default();
        for number in numbers {
            runs.push(number..number + 1);
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn numbers(runs: &Runs) -> Vec<u32> {
        runs.iter().flatten().collect()
    }

    fn tidy(runs: &Runs) -> bool {
        runs.0.iter().all(|run| run[0] < run[1]) && runs.0.windows(2).all(|pair| pair[0][1] < pair[1][0])
    }

    proptest! {
        #[test]
        fn are_sets(one in proptest::collection::btree_set(0u32..60, 0..40), two in proptest::collection::btree_set(0u32..60, 0..40)) {
            let (left, right): (Runs, Runs) = (one.iter().copied().collect(), two.iter().copied().collect());
            for (got, want) in [
                (left.union(&right), &one | &two),
                (left.intersection(&right), &one & &two),
                (left.difference(&right), &one - &two),
            ] {
                prop_assert!(tidy(&got));
                prop_assert_eq!(numbers(&got), want.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(got.len(), want.len() as u64);
            }
            let mut changed = left.clone();
            let mut want: BTreeSet<u32> = one.clone();
            for &number in &two {
                prop_assert_eq!(changed.contains(number), want.contains(&number));
                if number % 2 == 0 {
                    changed.insert(number);
                    want.insert(number);
                } else {
                    changed.remove(number);
                    want.remove(&number);
                }
                prop_assert!(tidy(&changed));
            }
            prop_assert_eq!(numbers(&changed), want.into_iter().collect::<Vec<_>>());
        }
    }
}
