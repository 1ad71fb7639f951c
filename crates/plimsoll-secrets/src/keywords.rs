//! Finding hundreds of keywords at once, in any case, at the speed of reading.
//!
//! An Aho-Corasick automaton of as many keywords misses the caches on the bytes of programs (measured: 5 to 10 times
//! slower than this): each of its steps waits for the one before. Here every three bytes are looked up in a bitmap that
//! fits the first cache, and only where it says perhaps are keywords compared.

/// Finds keywords.
pub(crate) struct Finder {
    keywords: Vec<Vec<u8>>,
    /// A bit for each hash of three bytes that some keyword is known by.
    bits: Box<[u64; SLOTS / 64]>,
    /// By that hash: where in `known` its keywords begin, and how many they are.
    slots: Vec<(u16, u16)>,
    /// Keyword, and offset in it of the three bytes it is known by.
    known: Vec<(u16, u8)>,
}

/// A keyword found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its number.
    pub keyword: usize,
    pub start: usize,
    pub end: usize,
}

const SLOTS: usize = 1 << 16;

impl Finder {
    /// A finder of these keywords, at most 65,535; in lower case, of three to 255 bytes: others are never found.
    pub fn new(keywords: Vec<Vec<u8>>) -> Finder {
        let mut by_slot: Vec<(usize, u16, u8)> = keywords
            .iter()
            .enumerate()
            .filter(|(_, keyword)| (3..=255).contains(&keyword.len()))
            .take(usize::from(u16::MAX))
            .map(|(number, keyword)| {
                let at = rarest(keyword);
                (
                    slot(u32::from_le_bytes([keyword[at], keyword[at + 1], keyword[at + 2], 0])),
                    number as u16,
                    at as u8,
                )
            })
            .collect();
        by_slot.sort_unstable();
        let mut bits = Box::new([0; SLOTS / 64]);
        let mut slots = vec![(0, 0); SLOTS];
        let mut known: Vec<(u16, u8)> = Vec::new();
        for (slot, number, at) in by_slot {
            let (first, count) = &mut slots[slot];
            if *count == 0 {
                *first = known.len() as u16;
            }
            *count += 1;
            bits[slot / 64] |= 1u64 << (slot % 64);
            known.push((number, at));
        }
        Finder { keywords, bits, slots, known }
    }

    /// Every place of every keyword, in the order of where the three bytes it is known by stand.
    pub fn each(&self, text: &[u8], mut found: impl FnMut(Found)) {
        let may_be = |slot: usize| self.bits[slot / 64] & (1u64 << (slot % 64)) != 0;
        for (at, four) in text.array_windows::<4>().enumerate() {
            let slot = slot(u32::from_le_bytes(*four));
            if may_be(slot) {
                self.compare(text, at, slot, &mut found);
            }
        }
        if let Some([one, two, three]) = text.last_chunk::<3>() {
            let slot = slot(u32::from_le_bytes([*one, *two, *three, 0]));
            if may_be(slot) {
                self.compare(text, text.len() - 3, slot, &mut found);
            }
        }
    }

    #[inline(never)]
    fn compare(&self, text: &[u8], at: usize, slot: usize, found: &mut impl FnMut(Found)) {
        let (first, count) = self.slots[slot];
        let known = &self.known[usize::from(first)..usize::from(first) + usize::from(count)];
        for (number, offset) in known {
            let keyword = &self.keywords[usize::from(*number)];
            let Some(start) = at.checked_sub(usize::from(*offset)) else { continue };
            let end = start + keyword.len();
            if text.get(start..end).is_some_and(|there| there.eq_ignore_ascii_case(keyword)) {
                found(Found { keyword: usize::from(*number), start, end });
            }
        }
    }
}

/// Hash of the lower three bytes, the same for both cases of a letter; less than [`SLOTS`].
#[inline(always)]
fn slot(four: u32) -> usize {
    let number = (four & 0x00ff_ffff) | 0x0020_2020;
    (number.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

/// Where in the keyword the three bytes are that are seen least elsewhere.
fn rarest(keyword: &[u8]) -> usize {
    let rarity = |byte: u8| match byte {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' | b' ' | b'-' => 0,
        b'c' | b'd' | b'l' | b'm' | b'p' | b'u' | b'h' | b'f' | b'g' => 2,
        b'_' | b'.' | b'/' | b'=' | b':' | b'0'..=b'9' => 3,
        _ => 4,
    };
    let score = |at: &usize| {
        let three = &keyword[*at..*at + 3];
        let repeats = three.windows(2).filter(|pair| pair[0] == pair[1]).count() as i32;
        three.iter().map(|byte| rarity(*byte)).sum::<i32>() - 4 * repeats
    };
    // Of equals the first.
    (0..=keyword.len() - 3).rev().max_by_key(score).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn naive(keywords: &[&str], text: &[u8]) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        for (number, keyword) in keywords.iter().enumerate() {
            let same = |window: &&[u8]| window.eq_ignore_ascii_case(keyword.as_bytes());
            let windows = text.windows(keyword.len()).enumerate();
            out.extend(windows.filter(|(_, window)| same(window)).map(|(at, _)| (number, at)));
        }
        out.sort_unstable();
        out
    }

    proptest! {
        #[test]
        fn it_finds_what_comparing_everywhere_finds(text in "[aAbB_@-]{0,60}") {
            let keywords = ["abb", "aba_", "b_a", "---", "a-b-a", "bbbbbb", "_`_"];
            let finder = Finder::new(keywords.iter().map(|keyword| keyword.as_bytes().to_vec()).collect());
            let mut found = Vec::new();
            finder.each(text.as_bytes(), |one| found.push((one.keyword, one.start)));
            found.sort_unstable();
            prop_assert_eq!(found, naive(&keywords, text.as_bytes()));
        }
    }

    #[test]
    fn keywords_are_found_in_any_case_and_overlapping() {
        let finder =
            Finder::new(["password", "pass", "sword", "xx"].map(|word| word.as_bytes().to_vec()).to_vec());
        let mut found = Vec::new();
        finder.each(b"my PassWord xx", |one| found.push((one.keyword, one.start, one.end)));
        found.sort_unstable();
        assert_eq!(found, [(0, 3, 11), (1, 3, 7), (2, 6, 11)]);
    }
}
