//! What transports of either kind that never return have in common.

use std::hint::spin_loop;
use std::thread;

/// How often it turns before it lies still: 0.4 s of processor time at 27 ns each, where half a second of patience allows 0.25 s.
const TURNS: u64 = 15_000_000;

/// Computes until it is found out, and then leaves the processor to others.
pub(crate) fn compute_for_good() -> ! {
    for _ in 0..TURNS {
        spin_loop();
    }
    loop {
        thread::park();
    }
}
