//! How long a thread has computed: processor time, which a busy machine does not inflate.

use std::time::Duration;

#[cfg(target_os = "linux")]
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// The clock of one thread, to be read from any other, also when the thread has ended.
///
/// Why not simply keep the clock's number? Because the kernel gives a dead thread's number to the next one.
#[derive(Clone, Debug)]
pub struct ThreadClock {
    #[cfg(target_os = "linux")]
    number: libc::clockid_t,
    #[cfg(target_os = "linux")]
    has_ended: Arc<AtomicBool>,
}

#[cfg(target_os = "linux")]
impl ThreadClock {
    /// The clock of the thread that asks; `None` if the system has none.
    pub fn of_this_thread() -> Option<ThreadClock> {
        let has_ended = END.try_with(|end| Arc::clone(&end.0)).ok()?;
        let mut number = 0;
        // SAFETY: the calling thread is alive, and the number is written where it is told to.
        let result = unsafe { libc::pthread_getcpuclockid(libc::pthread_self(), &raw mut number) };
        (result == 0).then_some(ThreadClock { number, has_ended })
    }

    /// How long the thread has computed since it began; `None` once it has ended.
    pub fn read(&self) -> Option<Duration> {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the time is written where it is told to; a number that names no thread any more is refused with EINVAL.
        let result = unsafe { libc::clock_gettime(self.number, &raw mut time) };
        // Asked last: while this thread lives no other has its number, so what was read is its own.
        if result != 0 || self.has_ended.load(Ordering::Acquire) {
            return None;
        }
        Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
    }
}

#[cfg(not(target_os = "linux"))]
impl ThreadClock {
    /// The clock of the thread that asks: this system has none that another thread could read.
    pub fn of_this_thread() -> Option<ThreadClock> {
        None
    }

    /// Never called, since there is no such clock.
    pub fn read(&self) -> Option<Duration> {
        None
    }
}

/// Says, when its thread ends, that it has.
#[cfg(target_os = "linux")]
struct End(Arc<AtomicBool>);

#[cfg(target_os = "linux")]
impl Drop for End {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

#[cfg(target_os = "linux")]
thread_local! {
    static END: End = End(Arc::new(AtomicBool::new(false)));
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::hint::black_box;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::ThreadClock;

    #[test]
    fn computing_counts_waiting_does_not_and_the_dead_have_no_clock() {
        let (clocks, clock) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            let clock = ThreadClock::of_this_thread().unwrap();
            clocks.send(clock.clone()).unwrap();
            wait.recv().unwrap();
            let mut rounds = 0_u64;
            while clock.read().unwrap() < Duration::from_millis(20) {
                rounds = black_box(rounds + 1);
            }
            clocks.send(clock).unwrap();
            wait.recv().unwrap_err();
        });
        let of_other = clock.recv().unwrap();
        assert!(of_other.read().unwrap() < Duration::from_millis(20));
        go.send(()).unwrap();
        clock.recv().unwrap();
        assert!(of_other.read().unwrap() >= Duration::from_millis(20));
        drop(go);
        thread.join().unwrap();
        assert_eq!(of_other.read(), None);
    }
}
