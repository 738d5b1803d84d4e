//! One run, and what each direction of it came to.

use crate::plan::{End, Operation, Plan, Schedule};
use crate::trace::{Outcome, Stopped, Trace};

/// One plan and what was seen of it.
#[derive(Clone, Copy, Debug)]
pub struct Run<'a> {
    /// What was to be done.
    pub plan: &'a Plan,
    /// What was seen.
    pub trace: &'a Trace,
}

/// One observation, with what was being done.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Its place among the observations.
    pub index: usize,
    /// The index of the step in its plan.
    pub step: usize,
    /// Whose step it was.
    pub actor: End,
    /// What the step was to do.
    pub operation: &'a Operation,
    /// At which end it was seen.
    pub end: End,
    /// What was seen.
    pub outcome: &'a Outcome,
}

impl Seen<'_> {
    /// Whether the observation belongs to the receiving side of a stream.
    ///
    /// A sending step has such observations too: a transfer is consumed, and a sender that cannot go on has both ends read.
    pub fn is_receiving(&self) -> bool {
        let reads = matches!(self.operation, Operation::Receive { .. } | Operation::PollReceive { .. });
        let came = matches!(self.outcome, Outcome::Delivered(_) | Outcome::End);
        reads || came || self.end != self.actor
    }

    /// The end that sends in the direction which the observation is about.
    pub fn sender(&self) -> End {
        if self.is_receiving() { self.end.other() } else { self.end }
    }
}

/// What one direction came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Flow {
    /// How many bytes the system took from the sender before the sender's shutdown.
    pub accepted: u64,
    /// How many of these were followed by a flush or a shutdown that is done, so that the receiver is owed them.
    pub owed: u64,
    /// How many bytes came out.
    pub delivered: u64,
    /// How many reads brought them.
    pub reads: u64,
    /// Whether the sender's shutdown is done.
    pub is_shut_down: bool,
    /// Whether the receiver was told of the end.
    pub is_ended: bool,
}

impl<'a> Run<'a> {
    /// Every plan with its trace.
    pub fn all(plans: &'a [Plan], traces: &'a [Trace]) -> impl Iterator<Item = Run<'a>> {
        plans.iter().zip(traces).map(|(plan, trace)| Run { plan, trace })
    }

    /// All that was seen, in order, as far as it belongs to a step of the plan.
    pub fn seen(&self) -> impl Iterator<Item = Seen<'a>> + use<'a> {
        let plan = self.plan;
        self.trace.observations.iter().enumerate().filter_map(move |(index, observation)| {
            let step = observation.step as usize;
            let planned = plan.steps.get(step)?;
            Some(Seen {
                index,
                step,
                actor: planned.end,
                operation: &planned.operation,
                end: observation.end,
                outcome: &observation.outcome,
            })
        })
    }

    /// All that was seen of one step, in order.
    pub fn seen_of(&self, step: usize) -> impl Iterator<Item = Seen<'a>> + use<'a> {
        self.seen().filter(move |seen| seen.step == step)
    }

    /// What the direction that `from` sends in came to.
    pub fn flow(&self, from: End) -> Flow {
        self.flow_before(from, self.trace.observations.len())
    }

    /// What the direction that `from` sends in had come to before the observation number `index`.
    ///
    /// In a concurrent plan the lanes' sums may be seen later than what they came from: there, ask for the whole [`Run::flow`].
    pub fn flow_before(&self, from: End, index: usize) -> Flow {
        let mut flow = Flow::default();
        for seen in self.seen().take_while(|seen| seen.index < index) {
            if seen.sender() != from {
                continue;
            }
            match (seen.operation, seen.outcome) {
                (_, Outcome::Accepted { .. }) if flow.is_shut_down => {}
                (Operation::Transfer(_), Outcome::Accepted { len }) => {
                    flow.accepted += len;
                    flow.owed = flow.accepted;
                }
                (_, Outcome::Accepted { len }) => flow.accepted += len,
                (Operation::Flush, Outcome::Done) => flow.owed = flow.accepted,
                (Operation::ShutDown, Outcome::Done) => {
                    flow.owed = flow.accepted;
                    flow.is_shut_down = true;
                }
                (_, Outcome::Delivered(content)) => {
                    flow.delivered += content.len;
                    flow.reads += content.reads;
                }
                (_, Outcome::End) => flow.is_ended = true,
                _ => {}
            }
        }
        flow
    }

    /// Every end whose sending direction was of any account, in the order of their first observation.
    pub fn senders(&self) -> Vec<End> {
        let mut senders = Vec::new();
        for seen in self.seen() {
            let counts =
                matches!(seen.outcome, Outcome::Accepted { .. } | Outcome::Delivered(_) | Outcome::End);
            if counts && !senders.contains(&seen.sender()) {
                senders.push(seen.sender());
            }
        }
        senders
    }

    /// Whether the plan asks `end` for an operation like that before `step`; in a concurrent plan, anywhere.
    pub fn asks(&self, end: End, step: usize, is_it: impl Fn(&Operation) -> bool) -> bool {
        let until = if self.is_concurrent() { self.plan.steps.len() } else { step };
        self.plan.steps[..until.min(self.plan.steps.len())]
            .iter()
            .any(|planned| planned.end == end && is_it(&planned.operation))
    }

    /// Whether `end` was asked to shut down before `step`.
    pub fn shuts_down(&self, end: End, step: usize) -> bool {
        self.asks(end, step, |operation| matches!(operation, Operation::ShutDown))
    }

    /// Whether either end of that connection was dropped or torn down before `step`, after which little is promised.
    pub fn is_torn(&self, end: End, step: usize) -> bool {
        let tears = |operation: &Operation| matches!(operation, Operation::Abort | Operation::Drop);
        self.asks(end, step, tears) || self.asks(end.other(), step, tears)
    }

    /// Whether the connection of `end` was opened before the observation number `index`.
    pub fn is_open(&self, end: End, index: usize) -> bool {
        self.seen().take_while(|seen| seen.index < index).any(|seen| {
            let opens =
                matches!(seen.operation, Operation::Open | Operation::Connect(_) | Operation::Accept(_));
            opens && seen.end.connection == end.connection && *seen.outcome == Outcome::Done
        })
    }

    /// Whether the lanes of the plan went on at once.
    pub fn is_concurrent(&self) -> bool {
        self.plan.schedule == Schedule::Concurrent
    }

    /// Whether the plan was run to its last step.
    pub fn is_complete(&self) -> bool {
        self.trace.stopped.is_none()
    }

    /// Whether time or the user ended it, which says nothing of the system.
    pub fn was_cut_short(&self) -> bool {
        matches!(self.trace.stopped, Some(Stopped::OutOfTime | Stopped::Interrupted))
    }

    /// How many bytes the plan has `end` receive, `u64::MAX` if up to the end.
    pub fn wanted_by(&self, end: End) -> u64 {
        self.plan.steps.iter().filter(|step| step.end == end).fold(0, |sum, step| match step.operation {
            Operation::Receive { len, .. } => sum.saturating_add(len),
            _ => sum,
        })
    }
}
