//! Choice from a seed: the only source of randomness in a run.

use oorandom::Rand64;

use super::{Cut, Cuts};

/// A seeded source of choices whose sequence never changes between versions.
#[derive(Clone, Debug)]
pub struct Draw {
    random: Rand64,
}

impl Draw {
    /// A source from a seed and the words that say what it is for, so that no two cells of a run share a sequence.
    pub fn new(seed: u64, purpose: &[&str]) -> Draw {
        // FNV-1a: fixed for good, and good enough to keep purposes apart.
        let mut hash: u64 = 0xCBF2_9CE4_8422_2325 ^ seed;
        for word in purpose {
            for byte in word.bytes().chain([0xFF]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
            }
        }
        Draw { random: Rand64::new(u128::from(seed) << 64 | u128::from(hash)) }
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        debug_assert!(low <= high);
        match high.wrapping_sub(low).checked_add(1) {
            Some(span) if span > 0 => low + self.random.rand_range(0..span),
            _ => self.random.rand_u64(),
        }
    }

    /// True once in `n` times (`n` at least 1).
    pub fn one_in(&mut self, n: u64) -> bool {
        self.between(1, n) == 1
    }

    /// A length from `low` (at least 1) to `high`, log-uniform: each power of two is as likely as the next.
    pub fn length(&mut self, low: u64, high: u64) -> u64 {
        let low = low.max(1);
        let bits = self.between(u64::from(low.ilog2()), u64::from(high.max(low).ilog2()));
        let floor = 1u64 << bits;
        self.between(floor, floor + (floor - 1)).clamp(low, high.max(low))
    }

    /// One of `options`, which must not be empty.
    pub fn pick<'a, T>(&mut self, options: &'a [T]) -> &'a T {
        &options[self.between(0, options.len() as u64 - 1) as usize]
    }

    /// Up to `most` cuts at random places of a payload of `len` bytes, some of them joined.
    pub fn cuts(&mut self, len: u64, most: u64) -> Cuts {
        if len < 2 || most == 0 {
            return Cuts::None;
        }
        if self.one_in(8) {
            return Cuts::Every {
                len: self.length(1 + len / (most + 1), len) as u32,
                joined: self.one_in(3),
            };
        }
        let mut cuts: Vec<Cut> = (0..self.between(1, most))
            .map(|_| Cut { at: self.between(1, len - 1) as u32, joined: self.one_in(3) })
            .collect();
        cuts.sort_unstable();
        cuts.dedup_by_key(|cut| cut.at);
        Cuts::At(cuts)
    }

    /// A short cycle of read sizes in bytes, log-uniform up to `high`; sometimes none, which is the default size.
    pub fn reads(&mut self, high: u64) -> Vec<u32> {
        (0..self.between(0, 3)).map(|_| self.length(1, high) as u32).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Draw;
    use crate::plan::Cuts;

    #[test]
    fn a_seed_means_the_same_choices_for_good() {
        let mut draw = Draw::new(7, &["spec", "system"]);
        let numbers: Vec<u64> = (0..4).map(|_| draw.between(0, 999)).collect();
        assert_eq!(numbers, Draw::new(7, &["spec", "system"]).take(4));
        assert_ne!(numbers, Draw::new(7, &["specs", "ystem"]).take(4));
        assert_ne!(numbers, Draw::new(8, &["spec", "system"]).take(4));
    }

    #[test]
    fn lengths_reach_every_power_of_two_and_keep_their_bounds() {
        let mut draw = Draw::new(1, &[]);
        let mut seen = [false; 17];
        for _ in 0..2000 {
            let len = draw.length(1, 65_536);
            assert!((1..=65_536).contains(&len));
            seen[len.ilog2() as usize] = true;
        }
        assert_eq!(seen, [true; 17]);
    }

    #[test]
    fn cuts_rise_and_lie_inside() {
        let mut draw = Draw::new(2, &[]);
        for _ in 0..500 {
            let len = draw.length(1, 300);
            if let Cuts::At(cuts) = draw.cuts(len, 9) {
                assert!(cuts.windows(2).all(|pair| pair[0].at < pair[1].at));
                assert!(cuts.iter().all(|cut| cut.at > 0 && u64::from(cut.at) < len));
            }
        }
    }

    impl Draw {
        fn take(&mut self, n: usize) -> Vec<u64> {
            (0..n).map(|_| self.between(0, 999)).collect()
        }
    }
}
