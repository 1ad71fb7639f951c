//! Numbers that look random: splitmix64.

/// A stream of numbers, the same for the same seed. Not for secrets.
#[derive(Clone)]
pub struct Random(u64);

impl Random {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 when that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.number()) * bound as u128) >> 64) as usize
    }

    /// True once in so many times.
    pub fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A number below `bound`, each about as likely as the inverse of its place.
    pub fn zipf(&mut self, bound: usize) -> usize {
        let fraction = (self.number() >> 11) as f64 / (1u64 << 53) as f64;
        let number = ((bound as f64 + 1.0).powf(fraction) - 1.0) as usize;
        number.min(bound.saturating_sub(1))
    }
}
