//! The watchdog: it sees from outside that a foreign call does not return.
//!
//! A call that computes is judged by the processor time of its thread, so that a busy machine is not taken for a hanging call;
//! a call that sleeps has no processor time, and is given a generous span of the clock instead.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::drive::Pulse;
use crate::spec::Experiment;
use crate::verdict::FailureKind;

/// How many times the patience a call may sleep.
const CALL_SLEEP: u32 = 10;

/// What a worker shows of itself.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pub(super) pulse: Pulse,
    current: Mutex<Option<(usize, Experiment)>>,
}

impl Watched {
    /// Notes which experiment of which cell is under way.
    pub(super) fn begins(&self, cell: usize, experiment: &Experiment) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((cell, experiment.clone()));
    }

    /// The experiment under way.
    pub(super) fn current(&self) -> Option<(usize, Experiment)> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the watchdog remembers of a worker from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Watch {
    beats: u64,
    /// When the call under way was first seen, and the processor time then.
    seen: Option<Instant>,
}

impl Watch {
    /// Looks at a worker; says so if its call does not return.
    pub(super) fn look(&mut self, watched: &Watched, patience: Duration) -> Option<FailureKind> {
        let beats = watched.pulse.beats();
        if !Pulse::is_inside(beats) {
            self.seen = None;
            return None;
        }
        if beats != self.beats || self.seen.is_none() {
            self.beats = beats;
            self.seen = Some(Instant::now());
            return None;
        }
        (self.seen?.elapsed() > patience * CALL_SLEEP).then_some(FailureKind::NeverReturned)
    }
}
