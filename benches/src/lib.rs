//! Speed, as ratios against a peer in the same run: see `benches/`.
//!
//! An absolute rate says more of the machine and its mood than of the code.
//! A ratio of two rates that were measured in turn, in one process, within the same seconds, says what the code costs.

/// The hand-written loops that ours are measured against.
pub mod bare;
/// Ratios of paired measurements.
pub mod paired;
