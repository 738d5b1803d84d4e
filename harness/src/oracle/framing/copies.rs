//! Whether a codec copies what it holds over and over, told by the memory that it asks for and without a clock.

use crate::oracle::stream::Run;
use crate::plan::{Operation, Plan};
use crate::trace::Trace;
use crate::verdict::{FailureKind, Verdict};

/// Who asks for less than so many times the bytes in all is not worth a word: an allocation with every piece may be as much.
const WORTH_A_WORD: u64 = 64;

/// The plans come in the order of their length, each at least as long as the one before, and are fed byte by byte between two counts.
///
/// A codec that doubles its store asks for a few times the bytes in all, and one that takes a little with every piece for so much more:
/// both twice as much for twice the bytes.
/// Whoever copies all it holds to new memory with every piece asks for four times as much.
pub fn copies_in_proportion(plans: &[Plan], traces: &[Trace]) -> Verdict {
    let mut asked: Vec<(u64, u64)> = Vec::new();
    for run in Run::all(plans, traces) {
        let Some(total) = asked_for(&run) else { return Verdict::Pass };
        let len = fed(run.plan);
        match asked.last_mut() {
            Some((last, least)) if *last == len => *least = total.min(*least),
            _ => asked.push((len, total)),
        }
    }
    let is_much = asked.last().is_some_and(|(len, total)| *total > len.saturating_mul(WORTH_A_WORD));
    let mut doublings = asked.windows(2);
    // Three times and not four: what is asked for once and for all weighs on the shortest.
    let grows = |pair: &[(u64, u64)]| pair[1].0 >= pair[0].0 * 2 && pair[1].1 > pair[0].1.saturating_mul(3);
    if asked.len() < 4 || !is_much || !doublings.all(grows) {
        return Verdict::Pass;
    }
    Verdict::fail(
        FailureKind::OutOfBudget,
        "twice the bytes, fed one by one, to take about twice the memory in all",
        format!("more than 3 times as much, at each of {} doublings", asked.len() - 1),
    )
}

/// What was allocated in all between the first and the last count of a run, in bytes, given back or not.
fn asked_for(run: &Run<'_>) -> Option<u64> {
    let counts = run.plan.steps.iter().enumerate().filter(|(_, step)| step.operation == Operation::Count);
    let totals = counts.skip(1).map(|(index, _)| run.trace.counters(index)?.allocated_total);
    totals.sum()
}

/// How many bytes of payload a plan lays.
fn fed(plan: &Plan) -> u64 {
    let laid = plan.steps.iter().map(|step| match &step.operation {
        Operation::Frame(payload) => payload.len(),
        _ => 0,
    });
    laid.sum()
}

#[cfg(test)]
mod tests {
    use super::copies_in_proportion;
    use crate::plan::{End, Operation, Payload, Plan, Script};
    use crate::trace::{Counters, Evidence, Trace};
    use crate::verdict::Verdict;

    const LENS: [u64; 4] = [1000, 2000, 4000, 8000];

    /// A plan of so many bytes, whose run asked for so many.
    fn run(len: u64, total: Option<u64>) -> (Plan, Trace) {
        let end = End::peer(0);
        let payload = Payload::Pattern { key: 1, offset: 0, len };
        let script = Script::new().step(end, Operation::Frame(payload)).step(end, Operation::Count);
        let counters = |allocated_total| Counters { allocated_total, ..Counters::default() };
        // What came before the first count was the harness's own.
        let first = Evidence { step: 1, end, counters: counters(Some(u64::MAX / 2)) };
        let last = Evidence { step: 2, end, counters: counters(total) };
        let trace = Trace { evidence: vec![first, last], ..Trace::default() };
        (script.step(end, Operation::Count).plan(), trace)
    }

    fn is_accused(total: fn(u64) -> Option<u64>) -> bool {
        let (plans, traces): (Vec<Plan>, Vec<Trace>) = LENS.iter().map(|len| run(*len, total(*len))).unzip();
        matches!(copies_in_proportion(&plans, &traces), Verdict::Fail(_))
    }

    #[test]
    fn copying_all_with_every_piece_is_a_departure() {
        assert!(is_accused(|len| Some(len * len / 2 + 4096)));
        assert!(is_accused(|len| Some(len * len)));
    }

    #[test]
    fn what_grows_with_the_bytes_is_none() {
        assert!(!is_accused(|len| Some(len * 1000)));
        assert!(!is_accused(|len| Some(2 * len.next_power_of_two())));
        assert!(!is_accused(|_| Some(0)));
        // A store that grows by some kilobytes at a time is copied as often as that, which is not often.
        assert!(!is_accused(|len| Some(len * len / 4096 + len)));
    }

    #[test]
    fn nothing_is_said_where_nothing_was_counted() {
        assert!(!is_accused(|_| None));
    }
}
