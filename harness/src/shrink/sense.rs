//! What a step rests on, so that a smaller plan still makes sense.
//!
//! A conforming system does nothing wrong if a plan waits for bytes that it never sends, or reads to an end that it never makes.
//! An oracle that was written for sensible plans might say otherwise; so when a step is left out, all that rests on it is left out with it.
//! A step rests on
//!
//! - the set-up of each connection and listener that it mentions, options included;
//! - every abort and drop of its connection;
//! - if it writes, the end that was made of its direction; if it reads, that of the direction that it reads;
//! - if it reads, the last flush of what it reads;
//! - if it waits for a count of bytes or for a datagram, that they are sent.
//!
//! What a plan waited for in vain from the beginning, it may go on waiting for: some rules are about that.

use std::collections::BTreeSet;
use std::iter;

use litemap::LiteMap;

use crate::plan::{Actor, End, Operation, Plan, Schedule, Step};

/// What an end is set up together with: its connection, which goes by the client's end, or the listener.
fn place(end: End) -> End {
    match end.actor {
        Actor::Listener => end,
        Actor::Client | Actor::Peer => End::client(end.connection),
    }
}

/// The ends that a step is about: the acting one, and the one that its operation names.
fn mentioned(step: &Step) -> impl Iterator<Item = End> {
    let named = match &step.operation {
        Operation::Connect(end) | Operation::Accept(end) | Operation::SendDatagram { to: end, .. } => {
            Some(*end)
        }
        _ => None,
    };
    iter::once(step.end).chain(named)
}

/// Whether an operation takes bytes or datagrams out.
fn is_reading(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Receive { .. }
            | Operation::PollReceive { .. }
            | Operation::ReceiveDatagram { .. }
            | Operation::PollDatagram { .. }
    )
}

/// Whether an operation makes or prepares a connection or listener.
pub(super) fn is_set_up(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Configure(_)
            | Operation::Open
            | Operation::Bind
            | Operation::Listen
            | Operation::Connect(_)
            | Operation::Accept(_)
    )
}

/// Whether an operation puts bytes in, or sees to it that they come out.
fn is_writing(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Transfer(_)
            | Operation::Send(_)
            | Operation::PollSend(_)
            | Operation::Fill(_)
            | Operation::Flush
            | Operation::ShutDown
            | Operation::SendDatagram { .. }
    )
}

/// Whether an operation ends both directions.
fn is_leaving(operation: &Operation) -> bool {
    matches!(operation, Operation::Abort | Operation::Drop)
}

/// Adds to the steps `gone` what rests on them; what waits for bytes is another matter, see [`supply`].
pub(super) fn leave_out_dependents(plan: &Plan, gone: &mut BTreeSet<usize>) {
    let mut lost = Lost::default();
    if plan.schedule == Schedule::Concurrent {
        // Lanes are not ordered: an end may be what a step far before it waits for.
        let steps = gone.iter().filter_map(|index| plan.steps.get(*index));
        let endings =
            steps.filter(|step| step.operation == Operation::ShutDown || is_leaving(&step.operation));
        lost.later_endings.extend(endings.map(|step| step.end));
    }
    for (index, step) in plan.steps.iter().enumerate() {
        if gone.contains(&index) || lost.tears(step) {
            gone.insert(index);
            lost.leave_out(step);
        }
    }
}

/// What was left out of a plan up to some step.
#[derive(Default)]
struct Lost {
    set_up: BTreeSet<End>,
    /// Whose sending direction is not ended any more.
    shut: BTreeSet<End>,
    /// Who does not abort or drop any more.
    left: BTreeSet<End>,
    flushes: BTreeSet<End>,
    /// Who ends nothing any more, be it behind this step.
    later_endings: BTreeSet<End>,
}

impl Lost {
    fn leave_out(&mut self, step: &Step) {
        match &step.operation {
            operation if is_set_up(operation) => self.set_up.insert(place(step.end)),
            operation if is_leaving(operation) => self.left.insert(step.end),
            Operation::ShutDown => self.shut.insert(step.end),
            Operation::Flush => self.flushes.insert(step.end),
            _ => return,
        };
    }

    /// Whether `step` rests on something that was left out.
    fn tears(&mut self, step: &Step) -> bool {
        let (end, other) = (step.end, step.end.other());
        let operation = &step.operation;
        let writes = is_writing(operation);
        if writes {
            // From here on what was flushed before is of no account.
            self.flushes.remove(&end);
        }
        let reads = is_reading(operation) || matches!(operation, Operation::AwaitQueue { .. });
        let reads_to_end = matches!(operation, Operation::Receive { len: u64::MAX, .. });
        mentioned(step).any(|end| self.set_up.contains(&place(end)))
            || mentioned(step).any(|end| self.left.contains(&end) || self.left.contains(&end.other()))
            || writes && self.shut.contains(&end)
            || reads && (self.shut.contains(&other) || self.flushes.contains(&other))
            || reads_to_end && self.later_endings.contains(&other)
    }
}

/// For each step of `plan`, whether all that it waits for has been sent by then.
pub(super) fn supplied(plan: &Plan) -> Vec<bool> {
    let mut supplied = vec![true; plan.steps.len()];
    let mut plan = plan.clone();
    walk(&mut plan, &BTreeSet::new(), |index, wanted, there| supplied[index] = there >= *wanted);
    supplied
}

/// Makes the steps of `plan` that were supplied wait for no more than there is without the steps `gone`;
/// those that would wait for nothing at all are added to these.
pub(super) fn supply(plan: &mut Plan, was_supplied: &[bool], gone: &mut BTreeSet<usize>) {
    let mut starved = BTreeSet::new();
    walk(plan, gone, |index, wanted, there| {
        if there < *wanted && was_supplied[index] {
            if there == 0 {
                starved.insert(index);
            } else {
                *wanted = there;
            }
        }
    });
    gone.append(&mut starved);
}

/// Goes through the plan without the steps `gone` and calls `meet` for each step that waits for a count:
/// with its index, how much it waits for, which may be lessened, and how much there is.
fn walk(plan: &mut Plan, gone: &BTreeSet<usize>, mut meet: impl FnMut(usize, &mut u64, u64)) {
    let is_concurrent = plan.schedule == Schedule::Concurrent;
    let mut sent = Sent::default();
    if is_concurrent {
        let steps = plan.steps.iter().enumerate().filter(|(index, _)| !gone.contains(index));
        steps.for_each(|(_, step)| sent.add(step));
    }
    for (index, step) in plan.steps.iter_mut().enumerate().filter(|(index, _)| !gone.contains(index)) {
        if !is_concurrent {
            sent.add(step);
        }
        let end = step.end;
        let bytes = sent.bytes.entry(end).or_default();
        let datagrams = sent.datagrams.entry(end).or_default();
        match &mut step.operation {
            Operation::Receive { len: u64::MAX, .. } => *bytes = 0,
            Operation::Receive { len, .. } => {
                meet(index, len, *bytes);
                *bytes = bytes.saturating_sub(*len);
            }
            Operation::PollReceive { max } => *bytes = bytes.saturating_sub(u64::from(*max)),
            Operation::AwaitQueue { len } => {
                let mut wanted = u64::from(*len);
                meet(index, &mut wanted, *bytes);
                *len = u32::try_from(wanted).unwrap_or(*len);
            }
            Operation::ReceiveDatagram { .. } => {
                meet(index, &mut 1, *datagrams);
                *datagrams = datagrams.saturating_sub(1);
            }
            Operation::PollDatagram { .. } => *datagrams = datagrams.saturating_sub(1),
            _ => {}
        }
    }
}

/// What has been sent to each end and not been received.
#[derive(Default)]
struct Sent {
    bytes: LiteMap<End, u64>,
    datagrams: LiteMap<End, u64>,
}

impl Sent {
    fn add(&mut self, step: &Step) {
        match &step.operation {
            Operation::Send(payload) | Operation::PollSend(payload) | Operation::Fill(payload) => {
                let there = self.bytes.entry(step.end.other()).or_default();
                *there = there.saturating_add(payload.len());
            }
            // It has all that was sent before it consumed as well.
            Operation::Transfer(_) => {
                self.bytes.remove(&step.end.other());
            }
            Operation::SendDatagram { to, .. } => *self.datagrams.entry(*to).or_default() += 1,
            _ => {}
        }
    }
}
