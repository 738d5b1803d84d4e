//! What a run may be told.

use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroUsize;
use std::time::Duration;

use super::known::KnownFailings;

/// The seed of a run that names none: fixed, so that two people who run the same build see the same plans.
pub const DEFAULT_SEED: u64 = 20_181_102;

/// A seed: a whole number, or `random` for another one each time; `None` for anything else.
pub fn parse_seed(word: &str) -> Option<u64> {
    if word == "random" {
        // The keys of a fresh hasher are the standard library's only randomness, and enough to pick a seed.
        return Some(RandomState::new().hash_one(std::process::id()));
    }
    word.parse().ok().filter(|_| word.bytes().all(|byte| byte.is_ascii_digit()))
}

/// How a run goes about its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// All choice comes from it.
    pub seed: u64,
    /// How many worker threads.
    pub jobs: NonZeroUsize,
    /// How long one wait may last before it counts as silence.
    pub patience: Duration,
    /// How long the cases of one spec on one system may take together; what is left then is not run.
    pub cell_time: Duration,
    /// Whether the first failure ends the run: its rows are those up to it, whatever other threads had begun.
    pub fail_fast: bool,
    /// The failures that end no run.
    pub excused: KnownFailings,
    /// Whether a failing case is made smaller before it is reported.
    pub shrink: bool,
    /// Whether specs that wait in vain are given up once a few of the same system have failed by it.
    pub gives_up: bool,
    /// Whether a kill matrix also holds what specs catch without saying so, as far as a few experiments of each show it.
    pub beyond_claims: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            seed: DEFAULT_SEED,
            jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            patience: Duration::from_secs(2),
            cell_time: Duration::from_secs(30),
            fail_fast: false,
            excused: KnownFailings::default(),
            shrink: true,
            gives_up: true,
            beyond_claims: true,
        }
    }
}

/// A time as people write it: `500ms`, `2s`, `1.5s`, `3m`, or a bare number of seconds; `None` if it is none, or zero.
pub fn parse_duration(word: &str) -> Option<Duration> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &word[digits.len()..] {
        "ms" => 1e-3,
        "s" | "" => 1.0,
        "m" | "min" => 60.0,
        _ => return None,
    };
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let value: f64 = if is_number { digits.parse().ok()? } else { return None };
    Duration::try_from_secs_f64(value * seconds).ok().filter(|duration| !duration.is_zero())
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn durations_are_read_as_people_write_them() {
        for (word, ms) in [("500ms", 500), ("2s", 2000), ("1.5s", 1500), ("3m", 180_000), ("7", 7000)] {
            assert_eq!(parse_duration(word).map(|duration| duration.as_millis()), Some(ms), "{word}");
        }
        for word in ["", "s", "2 s", "-1s", "0ms", "1h30", "1e9s", "infs", "1..2s", "99999999999999999999s"] {
            assert_eq!(parse_duration(word), None, "{word}");
        }
    }
}
