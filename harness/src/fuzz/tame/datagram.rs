//! Plans for datagrams: two ends that send each other what fits into the buffers of both.

use std::collections::VecDeque;

use litemap::LiteMap;

use super::{CLIENT, MOST_STEPS, PEER, end_of};
use crate::oracle::datagram::CARRIED_BY_ALL;
use crate::plan::{DEFAULT_READ, End, Operation, Plan, Script, Step};
use crate::subject::{Capability, EvidenceKind, Overflow, Subject};

/// The most bytes that lie unread at one end: two of the largest datagrams, or what many small ones take with the kernel's own overhead.
const MOST_UNREAD: u64 = 140_000;

/// What the kernel counts for a datagram besides its bytes, rounded up generously.
const OVERHEAD: u64 = 2048;

/// The most datagrams that lie unread where a full queue makes its sender wait, or nobody knows what it does
/// (`net.unix.max_dgram_qlen`, unix(7), is ten by default).
const MOST_WAITING: usize = 9;

/// The most bytes that lie unread there besides a datagram that is alone: a sender's buffer holds twice one of the largest at best,
/// and is charged for whole pages (unix(7), socket(7): `SO_SNDBUF`).
const MOST_WAITING_BYTES: u64 = 32_768;

/// The plan as one for datagrams, of a socket of which as much is known as of `subject`.
///
/// What an end drops is counted before the first and after the last of them, so that a loss is never in doubt where drops can be counted.
/// Where datagrams may be lost unseen, a receive waits only when there is one to spare.
pub fn datagram(subject: &Subject, plan: &Plan) -> Plan {
    let largest = subject.guarantees.max_message.unwrap_or(CARRIED_BY_ALL);
    let is_counted = subject.shows(EvidenceKind::DropCounter);
    let mut tame = Taming {
        largest,
        least: u64::from(!subject.can(Capability::EmptyDatagram)).min(largest),
        truncates: subject.can(Capability::DatagramTruncation),
        is_strict: subject.guarantees.lossless || is_counted,
        most: match subject.guarantees.on_overflow {
            Overflow::Drops => (usize::MAX, MOST_UNREAD),
            Overflow::Blocks | Overflow::Unknown => (MOST_WAITING, MOST_WAITING_BYTES),
        },
        script: Script::open(),
        queues: LiteMap::new(),
    };
    tame.count();
    for step in plan.steps.iter().take(MOST_STEPS) {
        tame.take(step);
    }
    for end in [CLIENT, PEER] {
        while !tame.queue(end).takes.is_empty() {
            tame.receive(end, DEFAULT_READ);
        }
    }
    tame.count();
    tame.script.plan()
}

struct Taming {
    largest: u64,
    /// The length of the shortest datagram.
    least: u64,
    truncates: bool,
    /// Whether nothing is lost unseen.
    is_strict: bool,
    /// How many may lie unread at an end, and how many bytes with what the kernel counts besides.
    most: (usize, u64),
    script: Script,
    /// What was sent to each end and not received.
    queues: LiteMap<End, Queue>,
}

/// What is on its way to one end.
#[derive(Default)]
struct Queue {
    /// What each datagram takes, of those that are certainly there.
    takes: VecDeque<u64>,
    /// What they take together, and those that a poll may have left.
    unread: u64,
    /// How many there are of both.
    count: usize,
}

impl Queue {
    /// Whether there was one; if so, it is received.
    fn pop(&mut self) -> bool {
        let taken = self.takes.pop_front();
        self.unread -= taken.unwrap_or(0);
        self.count -= usize::from(taken.is_some());
        taken.is_some()
    }
}

impl Taming {
    fn take(&mut self, step: &Step) {
        let end = end_of(step.end);
        match &step.operation {
            Operation::SendDatagram { payload, .. } => {
                let len = payload.len().clamp(self.least, self.largest);
                let (to, (most, most_bytes)) = (end.other(), self.most);
                let queue = self.queue(to);
                let fits = queue.unread + len + OVERHEAD <= most_bytes && queue.count < most;
                if !fits && queue.count > 0 {
                    return;
                }
                queue.count += 1;
                queue.unread += len + OVERHEAD;
                queue.takes.push_back(len + OVERHEAD);
                self.script = std::mem::take(&mut self.script).send_datagram(end, to, len);
            }
            Operation::ReceiveDatagram { max } if !self.queue(end).takes.is_empty() => {
                self.receive(end, *max);
            }
            Operation::PollDatagram { max } => self.poll(end, *max),
            Operation::Name => self.add(end, Operation::Name),
            _ => {}
        }
    }

    /// Receives a datagram that is there, if none is lost.
    fn receive(&mut self, end: End, max: u32) {
        if !self.is_strict && self.queue(end).takes.len() < 2 {
            self.poll(end, max);
            return;
        }
        self.queue(end).pop();
        let max = self.room(max);
        self.add(end, Operation::ReceiveDatagram { max });
    }

    /// Polls: it may find the next one, or nothing yet. That one is not waited for any more, and goes on taking room.
    fn poll(&mut self, end: End, max: u32) {
        self.queue(end).takes.pop_front();
        let max = self.room(max);
        self.add(end, Operation::PollDatagram { max });
    }

    /// A buffer that cuts nothing where nothing may be cut.
    fn room(&self, max: u32) -> u32 {
        if self.truncates { max.clamp(1, DEFAULT_READ) } else { DEFAULT_READ }
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
