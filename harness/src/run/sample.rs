//! A few cheap experiments out of many.
//!
//! A spec is given little work on a mutant that it does not claim to catch.
//! How much is counted in steps, bytes and pieces and not in time, so that the kill matrix is the same on every machine.

use crate::plan::{Operation, Plan, Step};
use crate::spec::Experiment;

/// How many experiments there are at most in a sample.
const MOST_EXPERIMENTS: usize = 3;

/// How much effort an experiment in a sample takes at most: some thousand pieces, or some hundred kilobytes.
const MOST_EFFORT: u64 = 4096;

/// How many bytes are as much effort as one piece.
const BYTES_PER_PIECE: u64 = 64;

/// What feeding every way counts as: it is tens of thousands of pieces, and whoever wants that asks for it.
const EVERY_WAY: u64 = 1 << 16;

/// At most [`MOST_EXPERIMENTS`] of the experiments that take little effort, spread evenly over all of those.
pub(super) fn sample(experiments: &[Experiment]) -> Vec<Experiment> {
    let cheap: Vec<&Experiment> =
        experiments.iter().filter(|experiment| effort(experiment) <= MOST_EFFORT).collect();
    let count = cheap.len().min(MOST_EXPERIMENTS);
    (0..count).map(|index| cheap[index * cheap.len() / count].clone()).collect()
}

/// About how many pieces an experiment handles.
fn effort(experiment: &Experiment) -> u64 {
    experiment.plans.iter().map(effort_of_plan).fold(0, u64::saturating_add)
}

fn effort_of_plan(plan: &Plan) -> u64 {
    // What frames have laid and no feed has taken yet.
    let mut waiting = 0u64;
    plan.steps.iter().fold(0u64, |sum, Step { operation, .. }| {
        let (bytes, pieces) = match operation {
            Operation::Transfer(transfer) => {
                let len = transfer.payload.len();
                let cuts = transfer.cuts.count(len);
                (len, cuts.cut + cuts.joined)
            }
            Operation::Send(payload) | Operation::Fill(payload) | Operation::PollSend(payload) => {
                (payload.len(), 0)
            }
            Operation::SendDatagram { payload, .. } => (payload.len(), 0),
            Operation::Encode(payload) | Operation::Frame(payload) | Operation::Raw(payload) => {
                waiting = waiting.saturating_add(payload.len());
                (payload.len(), 0)
            }
            Operation::Feed(feed) => {
                let cuts = feed.cuts.count(std::mem::take(&mut waiting));
                (0, cuts.cut + cuts.joined)
            }
            Operation::FeedEveryWay => (0, EVERY_WAY),
            _ => (0, 0),
        };
        sum.saturating_add(1 + bytes / BYTES_PER_PIECE).saturating_add(pieces)
    })
}

#[cfg(test)]
mod tests {
    use super::{MOST_EXPERIMENTS, sample};
    use crate::plan::{Cuts, End, Feed, Operation, Payload, Plan, Script};
    use crate::spec::Experiment;

    const END: End = End::peer(0);

    fn stream(len: u64, piece: u32) -> Plan {
        let payload = Payload::Pattern { key: 1, offset: 0, len };
        let cuts = Cuts::Every { len: piece, joined: false };
        let script = Script::new().step(END, Operation::Frame(payload));
        script.step(END, Operation::Feed(Feed { cuts, lost: 0 })).plan()
    }

    #[test]
    fn few_are_taken_as_they_are() {
        let experiments: Vec<Experiment> =
            (1..=MOST_EXPERIMENTS as u64).map(|len| stream(len, 1).into()).collect();
        assert_eq!(sample(&experiments), experiments);
        assert_eq!(sample(&[]), []);
    }

    #[test]
    fn many_are_thinned_out_evenly() {
        let experiments: Vec<Experiment> = (0..100).map(|len| stream(len, 1).into()).collect();
        let taken = sample(&experiments);
        assert_eq!(taken.len(), MOST_EXPERIMENTS);
        assert_eq!(taken[0], experiments[0]);
        assert_eq!(taken[1], experiments[33]);
    }

    #[test]
    fn what_takes_much_effort_is_left_out() {
        let every_way = Script::new().step(END, Operation::FeedEveryWay).plan();
        let heavy = [stream(1 << 20, 1 << 16), stream(10_000, 1), every_way];
        let together = Experiment::together(vec![stream(3000, 1); 2]);
        let cheap: Experiment = stream(3000, 1).into();
        let experiments: Vec<Experiment> =
            heavy.into_iter().map(Experiment::from).chain([together, cheap.clone()]).collect();
        assert_eq!(sample(&experiments), [cheap]);
    }
}
