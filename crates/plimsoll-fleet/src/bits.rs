//! Sets of images as one bit each, with counts before each word: how many of a run are in the set is two look-ups.

use crate::runs::Runs;
use std::ops::Range;

/// A set of image numbers below a bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    /// Members before each word, and all at the end; filled by [`Bits::ranked`].
    before: Vec<u32>,
    bound: u32,
}

impl Bits {
    /// None of `bound` numbers.
    pub fn none(bound: usize) -> Bits {
        let bound = u32::try_from(bound).expect("image numbers are below 2^32");
        Bits { words: vec![0; bound.div_ceil(64) as usize], before: Vec::new(), bound }
    }

    /// Those of `bound` numbers for which `holds`.
    pub fn of(bound: usize, mut holds: impl FnMut(u32) -> bool) -> Bits {
        let mut bits = Bits::none(bound);
        for (index, word) in bits.words.iter_mut().enumerate() {
            let first = index as u32 * 64;
            for bit in 0..64.min(bits.bound - first) {
                *word |= u64::from(holds(first + bit)) << bit;
            }
        }
        bits
    }

    /// Keeps those for which `holds`.
    pub fn retain(&mut self, mut holds: impl FnMut(u32) -> bool) {
        for (index, word) in self.words.iter_mut().enumerate() {
            let mut left = *word;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                if !holds(index as u32 * 64 + bit) {
                    *word &= !(1 << bit);
                }
            }
        }
    }

    pub fn contains(&self, number: u32) -> bool {
        self.words.get((number / 64) as usize).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Adds a run.
    pub fn fill(&mut self, run: Range<u32>) {
        let run = run.start..run.end.min(self.bound);
        if run.is_empty() {
            return;
        }
        let (first, last) = ((run.start / 64) as usize, ((run.end - 1) / 64) as usize);
        let (from, to) = (u64::MAX << (run.start % 64), u64::MAX >> (63 - (run.end - 1) % 64));
        if first == last {
            self.words[first] |= from & to;
            return;
        }
        self.words[first] |= from;
        self.words[first + 1..last].fill(u64::MAX);
        self.words[last] |= to;
    }

    pub fn and(&mut self, other: &Bits) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    pub fn or(&mut self, other: &Bits) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    pub fn len(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            let mut left = word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros())?;
                left &= left - 1;
                Some(index as u32 * 64 + bit)
            })
        })
    }

    /// Members of the run, in order.
    pub fn members(&self, run: Range<u32>) -> impl Iterator<Item = u32> + '_ {
        let end = run.end.min(self.bound);
        let mut next = run.start;
        std::iter::from_fn(move || {
            while next < end {
                let left = self.words[(next / 64) as usize] >> (next % 64);
                if left == 0 {
                    next = (next / 64 + 1) * 64;
                    continue;
                }
                let member = next + left.trailing_zeros();
                next = member + 1;
                return (member < end).then_some(member);
            }
            None
        })
    }

    pub fn to_runs(&self) -> Runs {
        self.iter().collect()
    }

    /// With counts, so that [`Bits::count`] and [`Bits::any`] answer.
    pub fn ranked(mut self) -> Bits {
        self.before.clear();
        self.before.reserve(self.words.len() + 1);
        let mut members = 0;
        for word in &self.words {
            self.before.push(members);
            members += word.count_ones();
        }
        self.before.push(members);
        self
    }

    /// Members below `number`.
    fn rank(&self, number: u32) -> u32 {
        let number = number.min(self.bound);
        let (word, bit) = ((number / 64) as usize, number % 64);
        if bit == 0 {
            return self.before[word];
        }
        self.before[word] + (self.words[word] & ((1 << bit) - 1)).count_ones()
    }

    /// How many of the run; after [`Bits::ranked`].
    pub fn count(&self, run: &Range<u32>) -> u32 {
        self.rank(run.end) - self.rank(run.start)
    }

    /// Any of the run? After [`Bits::ranked`].
    pub fn any(&self, run: &Range<u32>) -> bool {
        if run.end - run.start == 1 {
            return self.contains(run.start);
        }
        self.count(run) > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn are_sets(members in proptest::collection::btree_set(0u32..200, 0..100), start in 0u32..200, length in 0u32..200) {
            let bits = Bits::of(200, |number| members.contains(&number)).ranked();
            let run = start..start + length;
            let want: Vec<u32> = members.iter().copied().filter(|number| run.contains(number)).collect();
            prop_assert_eq!(bits.count(&run) as usize, want.len());
            if !run.is_empty() {
                prop_assert_eq!(bits.any(&run), !want.is_empty());
            }
            prop_assert_eq!(bits.iter().collect::<Vec<_>>(), members.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(bits.members(run.clone()).collect::<Vec<_>>(), want);
            let mut filled = bits.clone();
            filled.fill(run.clone());
            prop_assert_eq!(&filled.to_runs(), &(0..200).filter(|number| members.contains(number) || run.contains(number)).collect::<Runs>());
            filled.retain(|number| number % 3 == 0);
            prop_assert!(filled.iter().all(|number| number % 3 == 0));
        }
    }
}
