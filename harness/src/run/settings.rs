//! What a run may be told.

use std::num::NonZeroUsize;
use std::time::Duration;

/// The seed of a run that names none: fixed, so that two people who run the same build see the same plans.
pub const DEFAULT_SEED: u64 = 20_181_102;

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
    /// Whether the first failure ends the run.
    pub fail_fast: bool,
    /// Whether a failing case is made smaller before it is reported.
    pub shrink: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            seed: DEFAULT_SEED,
            jobs: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            patience: Duration::from_secs(2),
            cell_time: Duration::from_secs(30),
            fail_fast: false,
            shrink: true,
        }
    }
}
