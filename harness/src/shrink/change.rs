//! One way to make an experiment smaller, made in all its plans at once.

use std::collections::BTreeSet;
use std::mem::{self, Discriminant};
use std::ops::Range;

use litemap::LiteMap;

use super::reduction::Reduction;
use super::{join, literal, sense};
use crate::plan::{End, Operation, Payload, Plan, Step};
use crate::spec::Experiment;

/// One way to make an experiment smaller.
pub(super) enum Change {
    /// Without these steps, and without what rests on them.
    LeaveOut(BTreeSet<usize>),
    /// With these steps made one.
    Join(Range<usize>),
    /// With the bytes that are laid on this connection's wire one behind the other laid in one step, whatever others do meanwhile.
    Gather(u16),
    /// With these steps made simpler, as far as that applies to them.
    Simplify(Range<usize>, Reduction),
    /// Without these bytes of the literal of a step.
    TakeOut(usize, Range<usize>),
    /// With these bytes of the literal of a step such as nobody looks for.
    MakePlain(usize, Range<usize>),
}

impl Change {
    /// Leaves out a run of steps.
    pub(super) fn leave_out(run: Range<usize>) -> Change {
        Change::LeaveOut(run.collect())
    }

    /// `experiment` so changed; `None` if that is not possible in all plans alike or changes nothing.
    pub(super) fn of(&self, experiment: &Experiment, offsets: &[Option<Offsets>]) -> Option<Experiment> {
        let mut plans = experiment.plans.clone();
        let mut gone = BTreeSet::new();
        match self {
            Change::LeaveOut(steps) => gone.clone_from(steps),
            Change::Join(steps) => {
                gone.extend(steps.clone().skip(1));
                for plan in &mut plans {
                    let joined = join::joined(plan.steps.get(steps.clone())?)?;
                    plan.steps[steps.start] = joined;
                }
            }
            Change::Gather(connection) => {
                for plan in &mut plans {
                    gone.extend(join::gather(plan, *connection));
                }
                if gone.is_empty() {
                    return None;
                }
            }
            Change::Simplify(steps, reduction) => {
                let alike = steps.clone().filter(|index| corresponds(&experiment.plans, *index));
                let mut has_changed = false;
                for index in alike {
                    for plan in &mut plans {
                        has_changed |= reduction.make(&mut plan.steps[index].operation);
                    }
                }
                if !has_changed {
                    return None;
                }
            }
            Change::TakeOut(index, range) => {
                change_literals(&mut plans, *index, |plan| literal::take_out(plan, *index, range))?;
            }
            Change::MakePlain(index, range) => {
                change_literals(&mut plans, *index, |plan| literal::make_plain(plan, *index, range))?;
            }
        }
        let supplied: Vec<Vec<bool>> = experiment.plans.iter().map(sense::supplied).collect();
        loop {
            let before = gone.len();
            for (plan, supplied) in plans.iter_mut().zip(&supplied) {
                sense::leave_out_dependents(plan, &mut gone);
                sense::supply(plan, supplied, &mut gone);
            }
            if gone.len() == before {
                break;
            }
        }
        if !gone.iter().all(|index| corresponds(&experiment.plans, *index)) {
            return None;
        }
        for (plan, offsets) in plans.iter_mut().zip(offsets) {
            retain(&mut plan.steps, &gone);
            if let Some(offsets) = offsets {
                offsets.lay(plan);
            }
        }
        Some(Experiment { plans, ..*experiment })
    }
}

/// Changes the literal of a step in all plans; `None` if they have no such step in common, or it has none.
fn change_literals(plans: &mut [Plan], index: usize, change: impl Fn(&mut Plan) -> bool) -> Option<()> {
    let is_one = corresponds(plans, index);
    let has_changed = is_one && plans.iter_mut().fold(false, |any, plan| any | change(plan));
    has_changed.then_some(())
}

fn retain(steps: &mut Vec<Step>, gone: &BTreeSet<usize>) {
    let mut index = 0..;
    steps.retain(|_| !index.next().is_some_and(|index| gone.contains(&index)));
}

/// Whether every plan has the same end do the same sort of thing in the step at `index`.
fn corresponds(plans: &[Plan], index: usize) -> bool {
    let sort =
        |step: &Step| -> (End, Discriminant<Operation>) { (step.end, mem::discriminant(&step.operation)) };
    let mut sorts = plans.iter().map(|plan| plan.steps.get(index).map(sort));
    sorts.next().flatten().is_some_and(|first| sorts.all(|sort| sort == Some(first)))
}

/// Where each pattern of a plan begins, if all its payloads follow each other without gaps.
///
/// When payloads are shortened or left out, those behind them move up, so that a stream stays one stream.
#[derive(Clone, Debug)]
pub(super) struct Offsets(LiteMap<u32, u64>);

impl Offsets {
    /// The offsets of `plan`; `None` if there are gaps, which then are meant.
    pub(super) fn of(plan: &Plan) -> Option<Offsets> {
        let mut first = LiteMap::new();
        let mut next = LiteMap::<u32, u64>::new();
        let payloads = plan.steps.iter().filter_map(|step| payload(&step.operation));
        for payload in payloads {
            if let Payload::Pattern { key, offset, len } = payload {
                first.entry(*key).or_insert(*offset);
                let expected = next.insert(*key, offset.wrapping_add(*len)).unwrap_or(*offset);
                if expected != *offset {
                    return None;
                }
            }
        }
        Some(Offsets(first))
    }

    /// Lays the payloads of `plan` behind each other again.
    fn lay(&self, plan: &mut Plan) {
        let mut next = self.0.clone();
        let payloads = plan.steps.iter_mut().filter_map(|step| payload_mut(&mut step.operation));
        for payload in payloads {
            if let Payload::Pattern { key, offset, len } = payload
                && let Some(next) = next.get_mut(key)
            {
                *offset = *next;
                *next = next.wrapping_add(*len);
            }
        }
    }
}

/// The bytes that an operation sends.
pub(super) fn payload(operation: &Operation) -> Option<&Payload> {
    match operation {
        Operation::Transfer(transfer) => Some(&transfer.payload),
        Operation::Send(payload)
        | Operation::PollSend(payload)
        | Operation::Fill(payload)
        | Operation::Encode(payload)
        | Operation::Frame(payload)
        | Operation::Raw(payload)
        | Operation::SendDatagram { payload, .. } => Some(payload),
        _ => None,
    }
}

pub(super) fn payload_mut(operation: &mut Operation) -> Option<&mut Payload> {
    match operation {
        Operation::Transfer(transfer) => Some(&mut transfer.payload),
        Operation::Send(payload)
        | Operation::PollSend(payload)
        | Operation::Fill(payload)
        | Operation::Encode(payload)
        | Operation::Frame(payload)
        | Operation::Raw(payload)
        | Operation::SendDatagram { payload, .. } => Some(payload),
        _ => None,
    }
}
