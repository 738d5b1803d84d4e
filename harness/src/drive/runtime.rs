//! The runtime that plans are driven in.

use std::ops::Deref;
use std::panic::catch_unwind;

use tokio::runtime::{Builder, Runtime};

/// A runtime that is not waited for when it is dropped: a blocking task that a system has begun may never end.
#[derive(Debug)]
pub(crate) struct OwnRuntime(Option<Runtime>);

impl Deref for OwnRuntime {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// A runtime for the calling thread.
///
/// # Errors
/// Why there can be none, and what helps: it takes some descriptors.
pub(crate) fn runtime() -> Result<OwnRuntime, String> {
    // In a build that has tokio's signals, too, tokio panics for want of a descriptor instead of saying so.
    let built = catch_unwind(|| Builder::new_current_thread().enable_all().build());
    let missing = "no runtime could be made: are there descriptors left (ulimit -n)?";
    let built = built.map_err(|_| missing.to_owned())?.map_err(|error| format!("{missing} {error}"))?;
    Ok(OwnRuntime(Some(built)))
}
