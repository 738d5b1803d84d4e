//! Reading the trace of a codec: did every frame come out, whole, in order and on time, and was everything else refused.
//!
//! The driver holds each frame against the reference as it comes; what is left to say here is whether refusals and ends were due.
//! That is worked out from the plan, the trace and the layout at hand, so that a plan made shorter by shrinking is judged as rightly
//! as the one it was made from, and a plan that makes no sense accuses nobody.
//!
//! Frames and bytes are counted from 0.

mod copies;
mod departure;
mod encoder;
mod line;
mod memory;
mod time;

pub use copies::copies_in_proportion;
pub use departure::Ends;
pub use encoder::{emits_nothing_refused, refuses};
pub use memory::{MEMORY_MULTIPLE, MEMORY_SLACK, within_memory};
pub use time::linear;

use crate::layout::Layout;
use crate::oracle::stream::{Run, each};
use crate::plan::{Operation, Plan};
use crate::subject::{Capability, Subject};
use crate::trace::{Outcome, Trace};
use crate::verdict::{FailureKind, Verdict};

/// Every frame came out exact, in order and on time; nothing else did; what had to be refused was, and nothing else;
/// a stream that ended between frames ended cleanly, and one that ended inside a frame did not.
///
/// An end right behind a whole header is a rule of its own: see [`exact_to_the_header`].
pub fn exact(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    judged(subject, plans, traces, Ends::BehindHeaderExcused)
}

/// As [`exact`]; and a stream that ended right behind a whole header did not end cleanly.
pub fn exact_to_the_header(subject: &Subject, plans: &[Plan], traces: &[Trace]) -> Verdict {
    judged(subject, plans, traces, Ends::BehindHeaderToo)
}

/// As [`exact`], and then what `more` has to say of a run that was exact.
pub fn exact_and(
    subject: &Subject,
    plans: &[Plan],
    traces: &[Trace],
    more: impl Fn(&Layout, &Run<'_>) -> Verdict,
) -> Verdict {
    let Some(layout) = &subject.layout else { return without_layout() };
    let is_direct = subject.can(Capability::DirectCalls);
    each(plans, traces, |run| {
        let departure = departure::departure(layout, is_direct, Ends::BehindHeaderExcused, run);
        departure.map_or_else(|| more(layout, run), Verdict::Fail)
    })
}

fn judged(subject: &Subject, plans: &[Plan], traces: &[Trace], ends: Ends) -> Verdict {
    let Some(layout) = &subject.layout else { return without_layout() };
    let is_direct = subject.can(Capability::DirectCalls);
    each(plans, traces, |run| {
        departure::departure(layout, is_direct, ends, run).map_or(Verdict::Pass, Verdict::Fail)
    })
}

/// The codec got through whatever it was fed: it did not panic, hang, take memory without bound or give frames without end.
///
/// What it made of the bytes is not asked: where they are no frames, codecs may differ.
pub fn survives(plans: &[Plan], traces: &[Trace]) -> Verdict {
    each(plans, traces, |run| {
        let endless = run.seen().find(|seen| {
            let is_feeding = matches!(seen.operation, Operation::Feed(_) | Operation::FeedEnd);
            is_feeding && matches!(seen.outcome, Outcome::BoundReached(_))
        });
        endless.map_or(Verdict::Pass, |_| Verdict::Fail(departure::without_end()))
    })
}

/// A codec without a layout cannot be judged.
fn without_layout() -> Verdict {
    Verdict::CannotRun("the system has no layout".to_owned())
}

/// A failure of a sort that only specs of codecs have words for.
fn failed(
    kind: FailureKind,
    expected: impl Into<String>,
    actual: impl Into<String>,
) -> crate::verdict::Finding {
    crate::verdict::Finding { kind, expected: expected.into(), actual: actual.into(), difference: None }
}

#[cfg(test)]
mod tests;
