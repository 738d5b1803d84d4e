//! Speed, as ratios against a peer in the same run: see `benches/`.
//!
//! An absolute rate says more of the machine and its mood than of the code.
//! A ratio of two rates that were measured in turn, in one process, within the same seconds, says what the code costs.

/// The hand-written loops that ours are measured against.
pub mod bare;
/// How many system calls a case makes.
pub mod calls;
/// Who finds more faults in the same time.
pub mod hunt;
/// The tool that people measure TCP with.
pub mod iperf3;
/// The same work by plans and the driver.
pub mod ours;
/// Ratios of measurements taken in turn.
pub mod paired;
/// What is pure.
pub mod parts;
/// What people check a codec with today.
pub mod peers;
/// Ratios on their way to whoever draws them.
pub mod record;

/// The lengths in bytes of the pieces that are measured: the least, a small message, a large one, the largest that is one read.
pub const PIECES: [u32; 4] = [1, 64, 1024, 65_536];

/// The lengths in bytes of the frames that are cut in every way, 15 bytes with their headers.
pub const FRAMES: [u64; 3] = [2, 0, 1];

/// The runtime that both ways run on: one thread, as in a worker of a run.
///
/// # Panics
/// If the process has no descriptor left.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be had")
}

/// Whether this bench is to measure: `cargo bench` says `--bench`, and `cargo test` says nothing and wants to see that it works, and not how fast.
///
/// A figure of a build for tests must not be taken for a measurement, so whoever runs a bench by hand has to say the same.
pub fn is_measuring() -> bool {
    let mut words = std::env::args().skip(1);
    let mut is_bench = false;
    !words.any(|word| {
        is_bench |= word == "--bench";
        word == "--test"
    }) && is_bench
}
