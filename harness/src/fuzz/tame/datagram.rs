//! Plans for datagrams: two ends that send each other what fits into the buffers of both.

use std::collections::{BTreeMap, VecDeque};

use super::{CLIENT, MOST_STEPS, PEER, end_of};
use crate::plan::{DEFAULT_READ, End, Operation, Plan, Script, Step};

/// The most bytes that lie unread at one end: two of the largest datagrams, or what many small ones take with the kernel's own overhead.
const MOST_UNREAD: u64 = 140_000;

/// What the kernel counts for a datagram besides its bytes, rounded up generously.
const OVERHEAD: u64 = 2048;

/// The plan as one for datagrams of at most `largest` bytes.
///
/// What an end drops is counted before the first and after the last of them, so that a loss is never in doubt where drops can be counted.
pub fn datagram(plan: &Plan, largest: u64) -> Plan {
    let mut tame = Taming { largest, script: Script::open(), queues: BTreeMap::new() };
    tame.count();
    for step in plan.steps.iter().take(MOST_STEPS) {
        tame.take(step);
    }
    for end in [CLIENT, PEER] {
        while tame.queue(end).pop() {
            tame.add(end, Operation::ReceiveDatagram { max: DEFAULT_READ });
        }
    }
    tame.count();
    tame.script.plan()
}

struct Taming {
    largest: u64,
    script: Script,
    /// What was sent to each end and not received.
    queues: BTreeMap<End, Queue>,
}

/// What is on its way to one end.
#[derive(Default)]
struct Queue {
    /// What each datagram takes, of those that are certainly there.
    takes: VecDeque<u64>,
    /// What they take together, and those that a poll may have left.
    unread: u64,
}

impl Queue {
    /// Whether there was one; if so, it is received.
    fn pop(&mut self) -> bool {
        let taken = self.takes.pop_front();
        self.unread -= taken.unwrap_or(0);
        taken.is_some()
    }
}

impl Taming {
    fn take(&mut self, step: &Step) {
        let end = end_of(step.end);
        match &step.operation {
            Operation::SendDatagram { payload, .. } => {
                let len = payload.len().min(self.largest);
                let to = end.other();
                let queue = self.queue(to);
                if queue.unread + len + OVERHEAD > MOST_UNREAD {
                    return;
                }
                queue.unread += len + OVERHEAD;
                queue.takes.push_back(len + OVERHEAD);
                self.script = std::mem::take(&mut self.script).send_datagram(end, to, len);
            }
            Operation::ReceiveDatagram { max } if self.queue(end).pop() => {
                self.add(end, Operation::ReceiveDatagram { max: (*max).clamp(1, DEFAULT_READ) });
            }
            Operation::PollDatagram { max } => {
                // It may find the next one, or nothing yet: that one is not waited for any more, and goes on taking room.
                self.queue(end).takes.pop_front();
                self.add(end, Operation::PollDatagram { max: (*max).clamp(1, DEFAULT_READ) });
            }
            Operation::Name => self.add(end, Operation::Name),
            _ => {}
        }
    }

    fn queue(&mut self, end: End) -> &mut Queue {
        self.queues.entry(end).or_default()
    }

    fn count(&mut self) {
        for end in [CLIENT, PEER] {
            self.add(end, Operation::Count);
        }
    }

    fn add(&mut self, end: End, operation: Operation) {
        self.script = std::mem::take(&mut self.script).step(end, operation);
    }
}
