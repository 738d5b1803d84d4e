//! The runtime that plans are driven in.

use std::panic::catch_unwind;

use tokio::runtime::{Builder, Runtime};

/// A runtime for the calling thread.
///
/// # Errors
/// Why there can be none, and what helps: it takes some descriptors.
pub(crate) fn runtime() -> Result<Runtime, String> {
    // In a build that has tokio's signals, too, tokio panics for want of a descriptor instead of saying so.
    let built = catch_unwind(|| Builder::new_current_thread().enable_all().build());
    let missing = "no runtime could be made: are there descriptors left (ulimit -n)?";
    built.map_err(|_| missing.to_owned())?.map_err(|error| format!("{missing} {error}"))
}
