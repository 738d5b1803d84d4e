//! Reading the trace of a stream: did everything that was sent come out, exactly, in order, and nothing else.
//!
//! Everything that is expected is worked out from the plan and the trace at hand, never from what a spec once intended,
//! so that a plan made shorter by shrinking is judged as rightly as the plan it was made from.
//! A plan that asks for nonsense (a read of bytes that nobody sends, an end that was never opened) accuses nobody.

mod content;
mod departure;
mod flow;

pub use content::finding_of as finding_of_difference;
pub use departure::{departure, foreign, waited_in_vain};
pub use flow::{Flow, Run, Seen};

use crate::plan::Plan;
use crate::trace::Trace;
use crate::verdict::Verdict;

/// Everything that was sent came out exact, in order and once; nothing else came; no end, error or silence where bytes were due.
///
/// What a plan was stopped by for want of time is judged as far as it was seen.
pub fn exact(plans: &[Plan], traces: &[Trace]) -> Verdict {
    each(plans, traces, |run| departure(run).map_or(Verdict::Pass, Verdict::Fail))
}

/// Judges run by run, and answers the first verdict that is not a plain pass; else the first reason given with a pass.
///
/// A connection that could not be opened, and foreign code that panicked, hung or took too much memory, is answered before `judge` is asked.
pub fn each(plans: &[Plan], traces: &[Trace], judge: impl Fn(&Run<'_>) -> Verdict) -> Verdict {
    let mut passed = Verdict::Pass;
    for run in Run::all(plans, traces) {
        let verdict = foreign(&run).unwrap_or_else(|| judge(&run));
        match verdict {
            Verdict::Pass => {}
            Verdict::PassWithReason(_) if passed == Verdict::Pass => passed = verdict,
            Verdict::PassWithReason(_) => {}
            _ => return verdict,
        }
    }
    passed
}

/// As [`exact`], and then what `more` has to say of a run that was exact.
pub fn exact_and(plans: &[Plan], traces: &[Trace], more: impl Fn(&Run<'_>) -> Verdict) -> Verdict {
    each(plans, traces, |run| departure(run).map_or_else(|| more(run), Verdict::Fail))
}

#[cfg(test)]
mod tests;
