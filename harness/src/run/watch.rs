//! The watchdog: it sees from outside that a foreign call does not return.
//!
//! A call that computes is judged by the processor time of its thread, so that a busy machine is not taken for a hanging call;
//! a call that sleeps has no processor time, and is given a generous span of the clock instead.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::drive::Pulse;
use crate::machine::allocation::Alarm;
use crate::machine::helpers::Helpers;
use crate::machine::thread_clock::ThreadClock;
use crate::spec::Experiment;
use crate::verdict::FailureKind;

/// How much processor time one call may take: the patience in parts of this many, but at least and at most so much.
/// No conforming call takes a hundredth of the least.
const PATIENCE_PER_CPU: u32 = 2;
const LEAST_CPU: Duration = Duration::from_millis(250);
const MOST_CPU: Duration = Duration::from_secs(1);

/// How many times the patience a call may sleep.
const CALL_SLEEP: u32 = 4;

/// How long a call may sleep at least: a thread that is to run may have to wait for a busy machine, and looks like one that sleeps.
const LEAST_SLEEP: Duration = Duration::from_millis(500);

/// If the watchdog itself has slept for so long, the whole process had, and the call under way is given its time anew.
const SLEPT: Duration = Duration::from_secs(1);

/// What a worker shows of itself.
#[derive(Debug, Default)]
pub(super) struct Watched {
    pub(super) pulse: Pulse,
    signs: Mutex<Option<Signs>>,
    current: Mutex<Option<(usize, Experiment)>>,
    /// Whether the worker was left behind, and is to take nothing more if its call returns after all.
    pub(super) is_dismissed: Mutex<bool>,
}

/// What there is to read of a worker from outside.
#[derive(Debug)]
struct Signs {
    clock: Option<ThreadClock>,
    alarm: Alarm,
    /// A blocking codec computes on a thread of its own, while the worker waits for it.
    helpers: Helpers,
}

impl Watched {
    /// Called on the worker's own thread before it does anything else.
    pub(super) fn starts(&self) {
        let own = Signs {
            clock: ThreadClock::of_this_thread(),
            alarm: Alarm::of_this_thread(),
            helpers: Helpers::of_this_thread(),
        };
        *self.signs.lock().unwrap_or_else(PoisonError::into_inner) = Some(own);
    }

    /// Notes which experiment of which cell is under way.
    pub(super) fn begins(&self, cell: usize, experiment: &Experiment) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((cell, experiment.clone()));
    }

    /// The experiment under way.
    pub(super) fn current(&self) -> Option<(usize, Experiment)> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The processor time of the worker and its helpers, and whether one of them was stopped for taking too much memory.
    fn state(&self) -> (Option<Duration>, bool) {
        let signs = self.signs.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Signs { clock, alarm, helpers }) = signs.as_ref() else { return (None, false) };
        let computed = clock.as_ref().and_then(ThreadClock::read).map(|own| own + helpers.computed());
        (computed, alarm.is_raised() || helpers.is_over_budget())
    }
}

/// Where a worker is, if foreign code may be running: in a call, or between the calls of a step, where the runtime runs what the system has started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Where {
    beats: u64,
    step: usize,
}

impl Where {
    fn of(watched: &Watched) -> Where {
        Where { beats: watched.pulse.beats(), step: watched.pulse.position().step }
    }

    fn is_in_call(self) -> bool {
        Pulse::is_inside(self.beats)
    }

    fn is_foreign(self) -> bool {
        self.is_in_call() || self.step != usize::MAX
    }
}

/// What the watchdog remembers of a worker from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Watch {
    at: Where,
    /// Where it was when it was last complained of: one complaint is enough.
    complained: Option<Where>,
    /// When the call under way was first seen, and the processor time then.
    seen: Option<(Instant, Option<Duration>)>,
    looked: Option<Instant>,
}

impl Watch {
    /// Looks at a worker; says so, once, if its call does not return.
    pub(super) fn look(&mut self, watched: &Watched, patience: Duration) -> Option<Complaint> {
        // Read before anything else: what is found out is about the call that was under way then.
        let at = Where::of(watched);
        let kind = self.judge(watched, at, patience)?;
        (self.complained.replace(at) != Some(at)).then_some(Complaint { kind, at })
    }

    fn judge(&mut self, watched: &Watched, at: Where, patience: Duration) -> Option<FailureKind> {
        let (cpu, is_over_budget) = watched.state();
        if is_over_budget {
            return Some(FailureKind::OutOfBudget);
        }
        let has_slept = self.looked.replace(Instant::now()).is_some_and(|last| last.elapsed() > SLEPT);
        if !at.is_foreign() {
            self.seen = None;
            return None;
        }
        if at != self.at || self.seen.is_none() || has_slept {
            self.at = at;
            self.seen = Some((Instant::now(), cpu));
            return None;
        }
        let (since, cpu_then) = self.seen?;
        let has_computed =
            cpu.zip(cpu_then).is_some_and(|(now, then)| now.saturating_sub(then) > most_cpu(patience));
        let is_asleep = since.elapsed() > (patience * CALL_SLEEP).max(LEAST_SLEEP);
        (has_computed || is_asleep).then_some(FailureKind::NeverReturned)
    }
}

/// That a call does not return.
#[derive(Clone, Copy, Debug)]
pub(super) struct Complaint {
    /// Whether it takes too long or too much memory.
    pub(super) kind: FailureKind,
    at: Where,
}

impl Complaint {
    /// Whether that call has still not returned.
    pub(super) fn holds(&self, watched: &Watched) -> bool {
        let (_, is_over_budget) = watched.state();
        is_over_budget || Where::of(watched) == self.at
    }

    /// Whether it is a call of the driver, and not a task of the system.
    pub(super) fn is_of_call(&self) -> bool {
        self.at.is_in_call()
    }
}

/// How much processor time one call may take.
fn most_cpu(patience: Duration) -> Duration {
    (patience / PATIENCE_PER_CPU).clamp(LEAST_CPU, MOST_CPU)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::most_cpu;

    #[test]
    fn how_long_a_call_may_compute_follows_patience_within_bounds() {
        for (patience, most) in [(40, 250), (600, 300), (2000, 1000), (60_000, 1000)] {
            assert_eq!(most_cpu(Duration::from_millis(patience)), Duration::from_millis(most));
        }
    }
}
