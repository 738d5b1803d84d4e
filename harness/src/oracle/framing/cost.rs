//! What a codec's calls cost: the memory that they hold, and how long they compute.

use crate::layout::Layout;
use crate::oracle::stream::Run;
use crate::plan::{Operation, Plan};
use crate::trace::Trace;
use crate::verdict::{FailureKind, Verdict};

/// A codec may hold so many times its largest whole frame: the bytes it was fed, a store of its own and the frame itself.
///
/// A `BytesMut` moves its bytes to its front only when at least as many lie free there, and doubles otherwise,
/// so that a buffer which is never empty grows to four times a frame, and is there one and a half times while it grows.
pub const MEMORY_MULTIPLE: u64 = 16;

/// What a codec may hold besides, in bytes: tables, and buffers that are never small.
pub const MEMORY_SLACK: u64 = 256 << 10;

/// Between two counts no codec held more than a multiple of the largest frame that it was fed.
///
/// A header alone counts for nothing if what it announces has to be refused.
pub fn within_memory(layout: &Layout, run: &Run<'_>) -> Verdict {
    let mut largest = 0;
    let mut is_counting = false;
    for (index, step) in run.plan.steps.iter().enumerate() {
        match &step.operation {
            Operation::Frame(payload) if payload.len() <= layout.largest() => {
                let header = layout.header(payload.len()).map_or(0, |header| header.len() as u64);
                largest = largest.max(header + payload.len());
            }
            Operation::Header(value) => {
                let header = layout.header_of_value((*value).min(layout.field().most()));
                let announced = header.and_then(|header| layout.announced(&header)).unwrap_or(0);
                // Room for a frame that is allowed may be reserved at once.
                largest = largest.max(if announced <= layout.largest() { announced } else { 0 });
            }
            // What came before the first count is the harness's own: laying the wire takes memory, too.
            Operation::Count if !is_counting => is_counting = true,
            Operation::Count => {
                let peak = run.trace.counters(index).and_then(|counters| counters.allocated_peak);
                let most = MEMORY_MULTIPLE.saturating_mul(largest).saturating_add(MEMORY_SLACK);
                if peak.is_some_and(|peak| peak > most) {
                    return Verdict::fail(
                        FailureKind::OutOfBudget,
                        format!(
                            "at most {MEMORY_MULTIPLE} times the largest frame of {largest} bytes held, and {} KiB",
                            MEMORY_SLACK >> 10
                        ),
                        "more memory held than that",
                    );
                }
            }
            _ => {}
        }
    }
    Verdict::Pass
}

/// Each plan feeds twice as many bytes as the one before: by how much more its calls computed.
///
/// A cost that grows with the square of the bytes quadruples; a linear one doubles, and on a busy machine a measurement is off by a third.
const SUSPICIOUS_NUMERATOR: u64 = 14;
const SUSPICIOUS_DENOMINATOR: u64 = 5;

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
    let doublings = costs.windows(2);
    let grows = |pair: &[(u64, u64)]| {
        let is_doubled = pair[1].0 >= pair[0].0 * 3 / 2;
        is_doubled
            && pair[1].1.saturating_mul(SUSPICIOUS_DENOMINATOR)
                > pair[0].1.saturating_mul(SUSPICIOUS_NUMERATOR)
    };
    if costs.len() >= 4 && doublings.clone().all(grows) {
        return Verdict::fail(
            FailureKind::OutOfBudget,
            "twice the bytes, fed one by one, to cost about twice the time",
            format!("more than {:.1} times, at each of {} doublings", 2.8, costs.len() - 1),
        );
    }
    Verdict::Pass
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
