//! How much memory a thread takes while it runs foreign code: a global allocator that counts, thread by thread.
//!
//! A thread counts only while it is armed with a budget. Past the budget it is parked for good *before* the memory is taken,
//! and raises an alarm that a watchdog sees: unwinding out of an allocator is not allowed, and a codec that asks for 4 GiB
//! because four bytes told it to must not get them. Everywhere else the cost is one branch on a thread-local flag.
//!
//! Memory is counted where it is taken and given back, so what another thread frees for this one stays on its account.

#[cfg(feature = "count-allocations")]
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether this build counts at all (feature `count-allocations`); if not, every tally is zero and no budget binds.
pub fn is_counting() -> bool {
    cfg!(feature = "count-allocations")
}

/// Counts the allocations of this thread from now on, until the guard is dropped.
///
/// When the thread would hold more than `budget_bytes` beyond what it holds now, it raises its [`Alarm`] and never goes on.
///
/// # Panics
/// If this thread is armed already.
pub fn arm(budget_bytes: u64) -> Guard {
    let alarm = Alarm::of_this_thread();
    BOOK.with(|book| {
        assert!(!book.is_armed.get(), "a thread is armed once at a time");
        book.alarm.set(Some(alarm.0));
        book.budget.set(i64::try_from(budget_bytes).unwrap_or(i64::MAX));
        book.current.set(0);
        book.peak.set(0);
        book.total.set(0);
        book.lap_start.set(0);
        book.lap_total.set(0);
        book.is_armed.set(true);
    });
    Guard { stays_on_its_thread: PhantomData }
}

/// What this thread took since its last lap, and begins the next; `None` if it is not armed, or this build does not count.
///
/// The peak is counted from what the thread held when the lap began.
pub fn lap() -> Option<Tally> {
    BOOK.with(|book| {
        if !book.is_armed.get() || !is_counting() {
            return None;
        }
        let since = |bytes: i64| u64::try_from(bytes - book.lap_start.get()).unwrap_or_default();
        let tally = Tally {
            peak: since(book.peak.get()),
            kept: since(book.current.get()),
            total: book.total.get() - book.lap_total.get(),
        };
        book.lap_start.set(book.current.get());
        book.lap_total.set(book.total.get());
        book.peak.set(book.current.get());
        Some(tally)
    })
}

/// An armed thread; dropping it disarms the thread.
#[derive(Debug)]
pub struct Guard {
    stays_on_its_thread: PhantomData<*const ()>,
}

impl Guard {
    /// What has been counted so far.
    pub fn tally(&self) -> Tally {
        BOOK.with(|book| Tally {
            peak: u64::try_from(book.peak.get()).unwrap_or_default(),
            kept: u64::try_from(book.current.get()).unwrap_or_default(),
            total: book.total.get(),
        })
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        BOOK.with(|book| book.is_armed.set(false));
    }
}

/// What an armed thread took, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tally {
    /// The most it held at once, beyond what it held when it was armed.
    pub peak: u64,
    /// What it still holds, beyond what it held when it was armed.
    pub kept: u64,
    /// All that it was given, whether or not it gave it back.
    pub total: u64,
}

/// Whether a thread went over its budget, to be asked from another thread.
///
/// It stays valid when the thread has ended: each thread that is ever armed leaves its one flag behind.
#[derive(Clone, Copy, Debug)]
pub struct Alarm(&'static AtomicBool);

impl Alarm {
    /// This thread's alarm, always the same.
    pub fn of_this_thread() -> Alarm {
        BOOK.with(|book| {
            let flag = book.alarm.get().unwrap_or_else(|| Box::leak(Box::new(AtomicBool::new(false))));
            book.alarm.set(Some(flag));
            Alarm(flag)
        })
    }

    /// Whether the thread is parked for good because it went over its budget.
    pub fn is_raised(self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// One thread's account, in bytes.
struct Book {
    is_armed: Cell<bool>,
    budget: Cell<i64>,
    /// Below zero when more was given back than taken.
    current: Cell<i64>,
    peak: Cell<i64>,
    total: Cell<u64>,
    /// What was held, and what had been given in all, when the lap began.
    lap_start: Cell<i64>,
    lap_total: Cell<u64>,
    alarm: Cell<Option<&'static AtomicBool>>,
}

thread_local! {
    // Made at compile time and without a destructor, so that it can be used inside the allocator, at any moment of a thread's life.
    static BOOK: Book = const {
        Book {
            is_armed: Cell::new(false),
            budget: Cell::new(0),
            current: Cell::new(0),
            peak: Cell::new(0),
            total: Cell::new(0),
            lap_start: Cell::new(0),
            lap_total: Cell::new(0),
            alarm: Cell::new(None),
        }
    };
}

#[cfg(feature = "count-allocations")]
impl Book {
    #[cold]
    fn take(&self, size: usize) {
        self.current.set(self.current.get().saturating_add_unsigned(size as u64));
        self.total.set(self.total.get().saturating_add(size as u64));
        self.peak.set(self.peak.get().max(self.current.get()));
        if self.current.get() > self.budget.get() {
            self.stop();
        }
    }

    #[cold]
    fn give_back(&self, size: usize) {
        self.current.set(self.current.get().saturating_sub_unsigned(size as u64));
    }

    /// Raises the alarm and never returns. Parking may allocate, hence the thread is disarmed first.
    fn stop(&self) -> ! {
        self.is_armed.set(false);
        if let Some(alarm) = self.alarm.get() {
            alarm.store(true, Ordering::Release);
        }
        loop {
            std::thread::park();
        }
    }
}

/// The system's allocator, with an account for armed threads.
#[cfg(feature = "count-allocations")]
struct Counting;

#[cfg(feature = "count-allocations")]
#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[cfg(feature = "count-allocations")]
#[inline]
fn taken(size: usize) {
    BOOK.with(|book| {
        if book.is_armed.get() {
            book.take(size);
        }
    });
}

#[cfg(feature = "count-allocations")]
#[inline]
fn given_back(size: usize) {
    BOOK.with(|book| {
        if book.is_armed.get() {
            book.give_back(size);
        }
    });
}

// SAFETY: every request goes to the system's allocator unchanged, and its answer comes back unchanged; the account touches only
// thread-local cells, never allocates while it counts and never unwinds.
#[cfg(feature = "count-allocations")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's promises about `layout` are handed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        taken(layout.size());
        // SAFETY: the caller's promises about `layout` are handed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        given_back(layout.size());
        // SAFETY: the caller's promises about `pointer` and `layout` are handed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // Only the growth counts: whether the bytes had to move is the allocator's business, not the caller's.
        match new_size.checked_sub(layout.size()) {
            Some(growth) => taken(growth),
            None => given_back(layout.size() - new_size),
        }
        // SAFETY: the caller's promises about `pointer`, `layout` and `new_size` are handed on.
        unsafe { System.realloc(pointer, layout, new_size) }
    }
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::{Alarm, Tally, arm, is_counting};

    #[test]
    fn an_armed_thread_counts_peak_and_total() {
        let guard = arm(1 << 20);
        for _ in 0..3 {
            drop(black_box(vec![0_u8; 1000]));
        }
        let mut grown = black_box(Vec::<u8>::with_capacity(10));
        grown.reserve_exact(500);
        let tally = guard.tally();
        drop(grown);
        if is_counting() {
            assert_eq!(tally, Tally { peak: 1000, kept: 500, total: 3 * 1000 + 500 });
        } else {
            assert_eq!(tally, Tally::default());
        }
        drop(guard);
        drop(black_box(vec![0_u8; 5000]));
        assert_eq!(arm(1 << 20).tally(), Tally::default());
    }

    #[test]
    fn past_its_budget_a_thread_is_parked_before_it_takes_the_memory() {
        if !is_counting() {
            return;
        }
        let (alarms, alarm) = mpsc::channel();
        let (ends, end) = mpsc::channel::<()>();
        thread::spawn(move || {
            alarms.send(Alarm::of_this_thread()).unwrap();
            let _guard = arm(1 << 20);
            // More than any machine has: were it asked for, the process would be lost.
            drop(black_box(Vec::<u8>::with_capacity(isize::MAX as usize)));
            drop(ends);
        });
        let alarm = alarm.recv().unwrap();
        // Waits as long as it takes, for the thread gives no other sign; it is bounded by looks of a millisecond each.
        let is_raised = (0..20_000).any(|_| {
            let goes_on =
                end.recv_timeout(Duration::from_millis(1)) == Err(mpsc::RecvTimeoutError::Disconnected);
            assert!(!goes_on, "the thread went on");
            alarm.is_raised()
        });
        assert!(is_raised);
        assert!(!Alarm::of_this_thread().is_raised());
    }
}
