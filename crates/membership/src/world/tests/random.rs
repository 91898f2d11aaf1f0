//! Numbers that look random and are the same on every run.

/// A small generator (SplitMix64).
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((z ^ (z >> 31)) >> 32) % u64::from(end)) as u32
    }

    pub(super) fn one_in(&mut self, n: u32) -> bool {
        self.below(n) == 0
    }
}

/// At most so many different numbers, sorted.
pub(super) fn numbers(r: &mut Random, most: u32, end: u32) -> Vec<u32> {
    let count = r.below(most + 1);
    let mut numbers: Vec<_> = (0..count).map(|_| r.below(end)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}
