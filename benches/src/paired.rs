//! Two ways of doing the same, measured in turn.

use std::time::{Duration, Instant};

/// The ratios of one pair, from many rounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Paired {
    /// The bare loop's time over ours, a round each, rising: 1 means that ours is as fast, 0.5 that it takes twice as long.
    ratios: Vec<f64>,
    /// Units of work per second of our way, in the median round.
    ours: f64,
    /// Units of work per second of the bare way, in the median round.
    theirs: f64,
}

impl Paired {
    /// Measures `ours` against `bare` in `rounds` rounds (at least 1) of `units` units of work each.
    ///
    /// The two take turns in going first, so that neither always finds the caches warm or the clock speed raised.
    /// The first round only warms up and is not counted.
    ///
    /// # Panics
    /// If `rounds` is 0.
    pub fn measure(rounds: usize, units: u64, mut ours: impl FnMut(), mut bare: impl FnMut()) -> Paired {
        assert!(rounds > 0, "there must be a round to measure");
        let mut times = Vec::with_capacity(rounds);
        for round in 0..=rounds {
            let (our_time, bare_time) = if round % 2 == 0 {
                let bare_time = timed(&mut bare);
                (timed(&mut ours), bare_time)
            } else {
                (timed(&mut ours), timed(&mut bare))
            };
            if round > 0 {
                times.push((our_time, bare_time));
            }
        }
        Paired::of(&times, units)
    }

    /// What the times of each round, ours and the bare loop's, come to.
    fn of(times: &[(Duration, Duration)], units: u64) -> Paired {
        let ratio = |(ours, bare): &(Duration, Duration)| bare.as_secs_f64() / ours.as_secs_f64();
        let mut ratios: Vec<f64> = times.iter().map(ratio).collect();
        ratios.sort_by(f64::total_cmp);
        let rate = |side: fn(&(Duration, Duration)) -> Duration| {
            let mut times: Vec<Duration> = times.iter().map(side).collect();
            times.sort();
            units as f64 / times[times.len() / 2].as_secs_f64()
        };
        Paired { ours: rate(|times| times.0), theirs: rate(|times| times.1), ratios }
    }

    /// Units of work per second of our way, in the median round.
    pub fn ours(&self) -> f64 {
        self.ours
    }

    /// Units of work per second of the bare way, in the median round.
    pub fn theirs(&self) -> f64 {
        self.theirs
    }

    /// The median ratio.
    pub fn median(&self) -> f64 {
        self.quantile(2)
    }

    /// The `n`-th quartile of the ratios: 0 is the lowest, 4 the highest.
    pub fn quantile(&self, n: usize) -> f64 {
        self.ratios[(self.ratios.len() - 1) * n / 4]
    }
}

fn timed(work: &mut impl FnMut()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Paired;

    #[test]
    fn the_median_ratio_is_of_pairs_and_not_of_sums() {
        let seconds = |ours, bare| (Duration::from_secs(ours), Duration::from_secs(bare));
        let paired = Paired::of(&[seconds(2, 1), seconds(4, 2), seconds(100, 400), seconds(10, 4)], 8);
        assert_eq!((paired.median(), paired.ours(), paired.theirs()), (0.5, 0.8, 2.0));
        assert_eq!(Paired::of(&[seconds(1, 1)], 1).median(), 1.0);
    }

    #[test]
    fn the_first_round_is_not_counted() {
        let (mut ours, mut bare) = (0, 0);
        let paired = Paired::measure(3, 1, || ours += 1, || bare += 1);
        assert_eq!((ours, bare, paired.ratios.len()), (4, 4, 3));
    }
}
