//! How long a codec's calls compute, as the stream grows.

use crate::oracle::stream::Run;
use crate::plan::{Operation, Plan};
use crate::trace::Trace;
use crate::verdict::{FailureKind, Verdict};

/// By how much more its calls compute for twice the bytes, in tenths, so that it is said to grow faster than they do.
///
/// A linear cost doubles, a cost that grows with the square of the bytes quadruples, and on a busy machine a measurement is off by a third.
/// Every doubling must be past the first of these bounds, and all of them together past the second, the geometric mean:
/// one bad measurement makes one doubling look dearer and its neighbour cheaper by as much, and is gone from their product.
const SUSPICIOUS_TENTHS: u64 = 22;
const DAMNING_TENTHS: u64 = 28;

/// How many doublings are needed for a departure.
const FEWEST_DOUBLINGS: usize = 3;

/// The plans come in the order of their length, each twice as long as the one before; several plans of one length are several measurements of it.
///
/// A departure is a cost that grew by far more than the length at every doubling; less than that says nothing of a busy machine.
pub fn linear(plans: &[Plan], traces: &[Trace]) -> Verdict {
    let mut costs: Vec<(u64, u64)> = Vec::new();
    for run in Run::all(plans, traces) {
        let Some(nanos) = measured(&run) else {
            return Verdict::PassWithReason(
                "the time that its calls computed could not be measured".to_owned(),
            );
        };
        let len = fed_bytes(run.plan);
        match costs.last_mut() {
            Some((last, least)) if *last == len => *least = nanos.min(*least),
            _ => costs.push((len, nanos)),
        }
    }
    let doublings = costs.len().saturating_sub(1);
    if doublings >= FEWEST_DOUBLINGS && grows_faster(&costs) {
        return Verdict::fail(
            FailureKind::OutOfBudget,
            "twice the bytes, fed one by one, to cost about twice the time",
            format!("more than {} times, over {doublings} doublings", DAMNING_TENTHS as f64 / 10.0),
        );
    }
    Verdict::Pass
}

/// Whether costs, each of about twice as many bytes as the one before, grow by far more than the bytes.
fn grows_faster(costs: &[(u64, u64)]) -> bool {
    let is_doubled = |pair: &[(u64, u64)]| pair[1].0 >= pair[0].0 * 3 / 2;
    let is_suspicious = |pair: &[(u64, u64)]| exceeds(pair[1].1, pair[0].1, SUSPICIOUS_TENTHS, 1);
    let ([(_, first), ..], [.., (_, last)]) = (costs, costs) else { return false };
    costs.windows(2).all(|pair| is_doubled(pair) && is_suspicious(pair))
        && exceeds(*last, *first, DAMNING_TENTHS, costs.len() as u32 - 1)
}

/// Whether `more` is over so many tenths of `less`, to the power of `times`.
fn exceeds(more: u64, less: u64, tenths: u64, times: u32) -> bool {
    let scaled = |value: u64, by: u64| u128::from(value).saturating_mul(u128::from(by).saturating_pow(times));
    scaled(more, 10) > scaled(less, tenths)
}

/// What the calls between the first and the last count of a run computed, in nanoseconds.
fn measured(run: &Run<'_>) -> Option<u64> {
    let counts: Vec<usize> = (run.plan.steps.iter().enumerate())
        .filter(|(_, step)| step.operation == Operation::Count)
        .map(|(index, _)| index)
        .collect();
    let (_, laps) = counts.split_first()?;
    let nanos =
        laps.iter().map(|index| run.trace.counters(*index).and_then(|counters| counters.computed_nanos));
    let nanos: Option<Vec<u64>> = nanos.collect();
    nanos.filter(|nanos| !nanos.is_empty()).map(|nanos| nanos.iter().sum())
}

/// How many bytes of payload a plan lays.
fn fed_bytes(plan: &Plan) -> u64 {
    plan.steps.iter().fold(0, |sum, step| match &step.operation {
        Operation::Frame(payload) | Operation::Raw(payload) => sum + payload.len(),
        _ => sum,
    })
}

#[cfg(test)]
mod tests {
    use super::linear;
    use crate::plan::{End, Operation, Payload, Plan, Script};
    use crate::trace::{Counters, Evidence, Trace};
    use crate::verdict::Verdict;

    /// A plan of so many bytes, whose run computed for so many nanoseconds.
    fn run(len: u64, nanos: Option<u64>) -> (Plan, Trace) {
        let end = End::peer(0);
        let payload = Payload::Pattern { key: 1, offset: 0, len };
        let script = Script::new().step(end, Operation::Frame(payload)).step(end, Operation::Count);
        let counters = |computed_nanos| Counters { computed_nanos, ..Counters::default() };
        let first = Evidence { step: 1, end, counters: counters(Some(u64::MAX / 2)) };
        let last = Evidence { step: 2, end, counters: counters(nanos) };
        let trace = Trace { evidence: vec![first, last], ..Trace::default() };
        (script.step(end, Operation::Count).plan(), trace)
    }

    fn is_accused(costs: &[(u64, u64)]) -> bool {
        let runs = costs.iter().map(|(len, nanos)| run(*len, Some(*nanos)));
        let (plans, traces): (Vec<Plan>, Vec<Trace>) = runs.unzip();
        matches!(linear(&plans, &traces), Verdict::Fail(_))
    }

    #[test]
    fn costs_and_whether_they_are_a_departure() {
        let table = [
            ("linear", [1000, 2000, 4000, 8000], false),
            ("with the square", [1000, 4000, 16_000, 64_000], true),
            ("with the square, from a base", [2500, 5600, 16_000, 64_000], true),
            ("with the square, one off by a third", [1000, 5300, 16_000, 64_000], true),
            ("with the square, first and last off by a third", [1300, 4000, 16_000, 48_000], true),
            ("linear, the last trebled", [1000, 2000, 4000, 24_000], false),
            ("linear, the first two thirds of it", [660, 2000, 4000, 8000], false),
            ("linear, all off by a third, the worst way", [1000, 2700, 4100, 10_600], false),
            ("by the logarithm more", [1000, 2200, 4800, 10_400], false),
            ("nothing at all", [0, 0, 0, 0], false),
        ];
        for (what, costs, expected) in table {
            let costs: Vec<(u64, u64)> = [1000, 2000, 4000, 8000].into_iter().zip(costs).collect();
            assert_eq!(is_accused(&costs), expected, "{what}");
        }
    }

    #[test]
    fn of_two_measurements_the_shorter_counts() {
        let square = [(1000, 1000), (2000, 4000), (4000, 16_000), (8000, 64_000)];
        let twice: Vec<(u64, u64)> =
            square.iter().flat_map(|(len, cost)| [(*len, 9 * cost), (*len, *cost)]).collect();
        assert!(is_accused(&twice));
        let linear: Vec<(u64, u64)> =
            square.iter().flat_map(|(len, cost)| [(*len, *cost), (*len, *len)]).collect();
        assert!(!is_accused(&linear));
    }

    #[test]
    fn few_doublings_and_lengths_that_do_not_double_say_nothing() {
        assert!(!is_accused(&[(1000, 1000), (2000, 4000), (4000, 16_000)]));
        assert!(!is_accused(&[(1000, 1000), (1100, 4000), (1200, 16_000), (1300, 64_000)]));
        assert!(!is_accused(&[]));
    }

    #[test]
    fn what_was_not_measured_is_not_judged() {
        let (plan, trace) = run(1000, None);
        assert!(matches!(linear(&[plan], &[trace]), Verdict::PassWithReason(_)));
    }
}
