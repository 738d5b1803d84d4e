//! What it costs to try an experiment, so that a budget means about the same time whatever is tried.
//!
//! Why not a clock: with the same seed a failure must shrink to the same experiment on every machine.

use litemap::LiteMap;

use crate::layout::LONGEST_WIRE;
use crate::plan::{DEFAULT_READ, LONGEST_SLICE, Operation, Plan};
use crate::spec::Experiment;

/// So many bytes take about as long as it takes to try a small experiment.
const BYTES: u64 = 8 << 20;

/// So many calls take about as long as it takes to try a small experiment.
const CALLS: u64 = 512;

/// So many steps take about as long to think over as it takes to try a small experiment:
/// a plan of thousands of datagrams has as many places where something might be left out.
const STEPS: usize = 1024;

/// Feeding in every way counts for so many calls, though it may be a tenth of that: it is seldom there.
const WAYS: u64 = 8192;

/// The cost of an experiment, in tries of a small one.
pub(super) fn cost(experiment: &Experiment) -> usize {
    let plans = experiment.plans.iter().map(plan_cost);
    let cost = plans.fold(1, u64::saturating_add);
    usize::try_from(cost).unwrap_or(usize::MAX)
}

/// What it costs to propose a change of an experiment, whether or not it is tried then, in tries of a small one.
pub(super) fn thought(experiment: &Experiment) -> usize {
    experiment.plans.iter().map(|plan| plan.steps.len()).sum::<usize>() / STEPS
}

fn plan_cost(plan: &Plan) -> u64 {
    let (mut bytes, mut calls) = (0u64, 0u64);
    let mut laid: LiteMap<u16, u64> = LiteMap::new();
    for step in &plan.steps {
        let (sent, made) = match &step.operation {
            Operation::Transfer(transfer) => {
                let len = transfer.payload.len();
                let count = transfer.cuts.count(len);
                let read = transfer.reads.iter().min().copied().unwrap_or(DEFAULT_READ);
                let reads = len / u64::from(read.max(1));
                (len, reads.saturating_add(count.cut).saturating_add(count.joined))
            }
            Operation::Send(payload) | Operation::Fill(payload) => (payload.len(), 0),
            Operation::Encode(payload) | Operation::Frame(payload) | Operation::Raw(payload) => {
                let len = payload.len().min(LONGEST_WIRE as u64);
                let laid = laid.entry(step.end.connection).or_default();
                *laid = laid.saturating_add(len);
                (len, 0)
            }
            // What is fed is at most all that was laid on its connection since it was fed last.
            Operation::Feed(feed) => {
                let laid = laid.remove(&step.end.connection).unwrap_or(0);
                (0, feed.cuts.count(laid).cut.saturating_add(1))
            }
            Operation::FeedEveryWay => (0, WAYS),
            Operation::SendDatagram { payload, .. } => (payload.len().min(LONGEST_SLICE as u64), 2),
            Operation::ReceiveDatagram { .. } | Operation::PollDatagram { .. } => (0, 2),
            Operation::Receive { len, max } => {
                // What is read to the end is at most all that was sent so far.
                (0, (*len).min(bytes) / u64::from((*max).max(1)))
            }
            _ => (0, 0),
        };
        bytes = bytes.saturating_add(sent);
        calls = calls.saturating_add(made);
    }
    (bytes / BYTES).saturating_add(calls / CALLS)
}

#[cfg(test)]
mod tests {
    use crate::plan::{Cuts, End, Plan, Script};
    use crate::shrink::shrink;
    use crate::spec::Experiment;

    const CLIENT: End = End::client(0);

    #[test]
    fn a_costly_try_counts_for_several() {
        let tries = |plan: Plan| {
            let mut tries = 0;
            let mut fails = |_: &Experiment| {
                tries += 1;
                false
            };
            shrink(plan.into(), &mut fails, 400);
            tries
        };
        let bulk = |len: u64| Script::open().concurrent().send(CLIENT, len).finish(CLIENT).plan();
        let pieces = |len: u32| {
            let cuts = Cuts::Every { len, joined: false };
            Script::open().cut(CLIENT, 1 << 20, cuts, vec![]).finish(CLIENT).plan()
        };
        assert!(tries(bulk(1 << 33)) * 3 < tries(bulk(1 << 20)), "{} tries", tries(bulk(1 << 33)));
        assert!(tries(pieces(1)) * 3 < tries(pieces(1 << 17)), "{} tries", tries(pieces(1)));
        let huge = Plan { steps: [bulk(u64::MAX).steps, bulk(u64::MAX).steps].concat(), ..Plan::default() };
        assert!(tries(huge) > 0);
    }
}
