//! Waiting in vain: how long a finding that rests on it is pursued, and when a system is not waited for any more.
//!
//! One lost wake-up shows in nearly every spec of a system, and each time costs all the patience there is, several times over.
//! So once a system has a failure of this sort that was repeated with full patience, its further ones are repeated with less,
//! and after a few of them the specs that would wait in vain again are given up: they would say nothing new.
//! A system without a confirmed failure gets all the patience there is, always.

use std::collections::BTreeSet;
use std::time::Duration;

use litemap::LiteMap;

/// With which shares of patience, as numerator and denominator, a finding is repeated before it counts:
/// the first repeats are to let what was merely slow through soon, the last is to let it through at all.
const REPEATS: [(u32, u32); 3] = [(1, 4), (1, 4), (2, 1)];

/// By how much patience is cut for a system that has failed in this way before.
const KNOWN_SHARE: u32 = 4;

/// After how many failures of this sort the rest is given up.
pub(super) const MOST: usize = 3;

/// What is done about a finding that rests on having waited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Pursuit {
    /// It is repeated so often and so patiently, and counts if it is there each time.
    Repeat(Vec<Duration>),
    /// Nothing: enough was found.
    GiveUp,
}

/// The cells of each system that failed by waiting in vain.
#[derive(Debug, Default)]
pub(super) struct InVain {
    failed: LiteMap<usize, BTreeSet<usize>>,
}

impl InVain {
    /// What to do about such a finding in that cell of that system.
    pub(super) fn pursuit(&self, system: usize, cell: usize, patience: Duration) -> Pursuit {
        let failed = self.failed.get(&system);
        if failed.is_some_and(|failed| failed.range(..cell).count() >= MOST) {
            return Pursuit::GiveUp;
        }
        let patience = if failed.is_some() { patience / KNOWN_SHARE } else { patience };
        Pursuit::Repeat(repeats(patience))
    }

    /// That cell has failed in this way.
    pub(super) fn add(&mut self, system: usize, cell: usize) {
        self.failed.entry(system).or_default().insert(cell);
    }

    /// Whether a cell that failed in this way would have been given up, had one thread run them all in order.
    pub(super) fn is_beyond(&self, system: usize, cell: usize) -> bool {
        let failed = self.failed.get(&system);
        failed.is_some_and(|failed| failed.contains(&cell) && failed.range(..cell).count() >= MOST)
    }
}

/// The repeats of a system of which nothing of the sort is known.
pub(super) fn repeats(patience: Duration) -> Vec<Duration> {
    REPEATS.into_iter().map(|(numerator, denominator)| patience * numerator / denominator).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{InVain, MOST, Pursuit, repeats};

    const PATIENCE: Duration = Duration::from_secs(2);

    #[test]
    fn a_system_without_a_failure_has_all_the_patience_there_is() {
        let mut vain = InVain::default();
        vain.add(1, 0);
        assert_eq!(vain.pursuit(2, 5, PATIENCE), Pursuit::Repeat(repeats(PATIENCE)));
        assert_eq!(vain.pursuit(1, 5, PATIENCE), Pursuit::Repeat(repeats(PATIENCE / 4)));
        assert!(repeats(PATIENCE).into_iter().any(|repeat| repeat > PATIENCE));
    }

    #[test]
    fn what_is_given_up_does_not_depend_on_the_order_in_which_it_was_run() {
        let (mut onward, mut backward) = (InVain::default(), InVain::default());
        for cell in 0..6 {
            assert_eq!(onward.pursuit(0, cell, PATIENCE) == Pursuit::GiveUp, cell >= MOST);
            onward.add(0, cell);
        }
        for cell in (0..6).rev() {
            assert_ne!(backward.pursuit(0, cell, PATIENCE), Pursuit::GiveUp);
            backward.add(0, cell);
        }
        for cell in 0..6 {
            assert_eq!(onward.is_beyond(0, cell), cell >= MOST);
            assert_eq!(backward.is_beyond(0, cell), cell >= MOST);
        }
    }
}
