//! What a watchdog on another thread can see of a driver: whether it is inside a foreign call, and since which.
//!
//! Foreign code may panic, loop or hang. A panic is caught at the call; a call that does not return is seen through the pulse.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counts entries into and returns from foreign calls.
///
/// An odd count means that the thread is inside a call; an odd count that stays the same means that the call has not returned.
/// Between calls the runtime runs the tasks that the system has started, and one that does not give way is a call that does not return.
#[derive(Debug)]
pub struct Pulse {
    beats: AtomicU64,
    plan: AtomicUsize,
    step: AtomicUsize,
    handed: AtomicU64,
}

/// Where in an experiment a driver is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Which of its plans, counted from 0.
    pub plan: usize,
    /// Which of its steps, counted from 0; `usize::MAX` before the first and behind the last.
    pub step: usize,
    /// How many bytes of the wire that the step feeds had been handed over; 0 if it feeds none.
    pub handed: u64,
}

impl Default for Pulse {
    fn default() -> Pulse {
        let step = AtomicUsize::new(usize::MAX);
        Pulse { beats: AtomicU64::new(0), plan: AtomicUsize::new(0), step, handed: AtomicU64::new(0) }
    }
}

impl Pulse {
    /// The count so far.
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    /// Whether `beats` was taken inside a call.
    pub fn is_inside(beats: u64) -> bool {
        beats % 2 == 1
    }

    /// Where the driver is.
    pub fn position(&self) -> Position {
        Position {
            plan: self.plan.load(Ordering::Relaxed),
            step: self.step.load(Ordering::Relaxed),
            handed: self.handed.load(Ordering::Relaxed),
        }
    }

    /// A plan is about to run.
    pub(crate) fn begins_plan(&self, index: usize) {
        self.plan.store(index, Ordering::Relaxed);
        self.begins_step(usize::MAX);
    }

    /// A step is about to be taken; `usize::MAX` is none.
    pub(crate) fn begins_step(&self, index: usize) {
        self.step.store(index, Ordering::Relaxed);
        self.handed.store(0, Ordering::Relaxed);
    }

    /// So many bytes of a wire have been handed over in all.
    pub(crate) fn hands(&self, bytes: usize) {
        self.handed.store(bytes as u64, Ordering::Relaxed);
    }

    /// Makes a foreign call.
    ///
    /// # Errors
    /// The words of its panic, if it panicked.
    pub(crate) fn guard<T>(&self, call: impl FnOnce() -> T) -> Result<T, String> {
        self.beat();
        // The world is not used again after a panic, so nothing can see it half changed.
        let result = panic::catch_unwind(AssertUnwindSafe(call));
        self.beat();
        result.map_err(|payload| words_of(&*payload))
    }

    /// One driver beats a pulse and nobody else, so nothing is lost between the load and the store;
    /// an atomic addition would cost more than many a decoder's call.
    fn beat(&self) {
        self.beats.store(self.beats.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }
}

/// What a panic said.
pub(crate) fn words_of(payload: &(dyn Any + Send)) -> String {
    let words = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    words.unwrap_or("a panic without words").to_owned()
}

thread_local! {
    static SILENT: Cell<bool> = const { Cell::new(false) };
}

/// Keeps panics of the calling thread from being printed: they become part of the trace.
///
/// The hook is installed once for the process; it passes the panics of every other thread on to the hook that was there before.
pub fn silence_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            // A thread that is being torn down has no thread-local left, and prints as ever.
            if !SILENT.try_with(Cell::get).unwrap_or(false) {
                earlier(info);
            }
        }));
    });
    SILENT.with(|silent| silent.set(true));
}

#[cfg(test)]
mod tests {
    use super::{Pulse, silence_panics};

    #[test]
    fn a_panic_is_caught_with_its_words_and_the_pulse_goes_on() {
        silence_panics();
        let pulse = Pulse::default();
        assert_eq!(pulse.guard(|| 3), Ok(3));
        assert_eq!(
            pulse.guard(|| panic!("no room for {}", "seven")),
            Err::<(), _>("no room for seven".to_owned())
        );
        assert_eq!(pulse.beats(), 4);
        assert_eq!(pulse.guard(|| Pulse::is_inside(pulse.beats())), Ok(true));
    }
}
