//! Threads that work for another: whoever watches that one watches them, too.
//!
//! A foreign function that blocks cannot be suspended, so it is run on a thread of its own while its caller waits for it.
//! The caller then neither computes nor allocates, and a watchdog that looked at the caller alone would take a spinning function for a slow one.

use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::allocation::Alarm;
use super::thread_clock::ThreadClock;

/// The threads that work for one thread, to be asked from any.
#[derive(Clone, Debug, Default)]
pub struct Helpers(Arc<Mutex<Vec<Signs>>>);

/// What a helper shows of itself.
#[derive(Clone, Debug)]
struct Signs {
    clock: Option<ThreadClock>,
    alarm: Alarm,
    /// Tells one helper from another.
    place: Arc<()>,
}

thread_local! {
    static HELPERS: RefCell<Helpers> = RefCell::default();
}

/// That this machine had no thread to spare, as an error that is nobody's departure: pthread_create(3) has a number for it that sockets use for "not yet".
pub fn no_thread() -> io::Error {
    io::Error::from_raw_os_error(libc::ENOMEM)
}

impl Helpers {
    /// Those of the thread that asks, also the ones that it gets later.
    pub fn of_this_thread() -> Helpers {
        HELPERS.with_borrow(Helpers::clone)
    }

    /// Makes the calling thread one of them, until the guard is dropped.
    pub fn enrol(&self) -> Enrolled {
        let place = Arc::new(());
        let (clock, alarm) = (ThreadClock::of_this_thread(), Alarm::of_this_thread());
        self.lock().push(Signs { clock, alarm, place: Arc::clone(&place) });
        Enrolled { helpers: self.clone(), place }
    }

    /// How long those that are there have computed since they began.
    pub fn computed(&self) -> Duration {
        self.lock().iter().filter_map(|signs| signs.clock.as_ref()?.read()).sum()
    }

    /// Whether one of them is parked for good because it went over its budget of memory.
    pub fn is_over_budget(&self) -> bool {
        self.lock().iter().any(|signs| signs.alarm.is_raised())
    }

    /// A list whose holder has panicked is whole all the same: every change is a single one.
    fn lock(&self) -> MutexGuard<'_, Vec<Signs>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that helps; dropping it ends that.
#[derive(Debug)]
pub struct Enrolled {
    helpers: Helpers,
    place: Arc<()>,
}

impl Drop for Enrolled {
    fn drop(&mut self) {
        self.helpers.lock().retain(|signs| !Arc::ptr_eq(&signs.place, &self.place));
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::hint::black_box;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::Helpers;
    use crate::machine::thread_clock::ThreadClock;

    #[test]
    fn what_a_helper_computes_is_seen_while_it_helps() {
        let helpers = Helpers::of_this_thread();
        assert_eq!(helpers.computed(), Duration::ZERO);
        let (has_computed, wait) = mpsc::channel();
        let (go, end) = mpsc::channel::<()>();
        let thread = thread::spawn({
            let helpers = helpers.clone();
            move || {
                let _enrolled = helpers.enrol();
                let clock = ThreadClock::of_this_thread().unwrap();
                let mut rounds = 0_u64;
                while clock.read().unwrap() < Duration::from_millis(5) {
                    rounds = black_box(rounds + 1);
                }
                has_computed.send(()).unwrap();
                end.recv().unwrap_err();
            }
        });
        wait.recv().unwrap();
        assert!(helpers.computed() >= Duration::from_millis(5));
        assert!(!helpers.is_over_budget());
        drop(go);
        thread.join().unwrap();
        assert_eq!(helpers.computed(), Duration::ZERO);
    }
}
