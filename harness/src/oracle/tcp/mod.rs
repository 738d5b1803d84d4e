//! Reading what only a connection of the kernel's TCP shows: how it came about, what its ends are called, what its counters say.
//!
//! Bytes are judged as any stream's (see [`stream`](super::stream)); this room adds the rest.

mod names;
mod opening;
mod segments;

pub use names::{Named, names, unmirrored};
pub use opening::{deaf, is_barred, is_connected, listens, prevented};
pub use segments::{SmallWrites, small_writes};

use super::stream::{Run, exact_and};
use crate::plan::Plan;
use crate::plan::{End, Operation};
use crate::trace::Trace;
use crate::verdict::Verdict;

/// As [`exact_and`], once it is known that nothing outside the system under test prevented the run,
/// and that no listener was deaf.
pub fn exact_connections(plans: &[Plan], traces: &[Trace], more: impl Fn(&Run<'_>) -> Verdict) -> Verdict {
    for run in Run::all(plans, traces) {
        if let Some(verdict) = deaf(&run).map(Verdict::Fail).or_else(|| prevented(&run)) {
            return verdict;
        }
    }
    exact_and(plans, traces, more)
}

/// Whether nothing was done before `step` that may end or break the connection of `end`.
pub fn is_whole(run: &Run<'_>, end: End, step: usize) -> bool {
    let ends =
        |operation: &Operation| matches!(operation, Operation::ShutDown | Operation::Abort | Operation::Drop);
    !run.asks(end, step, ends) && !run.asks(end.other(), step, ends)
}
