//! Plans for streams: one connection, in lock-step, of which everything that is sent is received.

use litemap::LiteMap;

use super::{CLIENT, MOST_STEPS, PEER, cuts_of, end_of};
use crate::plan::{CutCount, End, Operation, Plan, Script, Step, Transfer};
use crate::subject::{Capability, Subject};

/// How a tame plan of a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Both directions are shut down, and read to their ends; only the client's, where one cannot be ended without the other.
    Closed,
    /// Nothing is left in either direction, so that the connection serves the next plan.
    Kept,
}

/// How many steps a plan begins with and is ended by.
const AROUND: usize = 5;

/// The most bytes of one transfer.
const MOST_TRANSFER: u64 = 70_000;

/// The most bytes of all transfers of a plan.
const MOST_BYTES: u64 = 100_000;

/// The most bytes that lie unread in one direction: every kernel's buffers hold them, so nobody has to wait.
const MOST_UNREAD: u64 = 16_384;

/// The most pieces of one transfer, and of a whole plan: over a socket a piece costs as much as all else that is done with it,
/// and many short plans find more than few long ones.
const MOST_PIECES: usize = 8;
const MOST_PIECES_IN_ALL: usize = 16;

/// The most reads that one transfer or receive should take.
const MOST_READS: u64 = 12;

/// The longest transfer in bytes whose pieces may be joined: what a kernel holds back beyond them is not had at once.
const MOST_JOINED: u64 = 16_384;

/// The most vectored buffers of one write.
const MOST_SLICES: u8 = 16;

/// The plan as one for a stream of which as much is known as of `subject`.
pub fn stream(subject: &Subject, plan: &Plan, ending: Ending) -> Plan {
    let ending = if subject.guarantees.signals_end { ending } else { Ending::Kept };
    let script = Script::with_room(plan.steps.len().min(MOST_STEPS) + AROUND).opened();
    let mut tame = Taming { subject, ending, script, bytes: 0, pieces: 0, ways: LiteMap::new() };
    for step in plan.steps.iter().take(MOST_STEPS) {
        tame.take(step);
    }
    tame.finish();
    tame.script.plan()
}

struct Taming<'a> {
    subject: &'a Subject,
    ending: Ending,
    script: Script,
    /// How many bytes were sent in all.
    bytes: u64,
    /// In how many pieces.
    pieces: usize,
    /// What each end sends.
    ways: LiteMap<End, Way>,
}

/// One direction.
#[derive(Default)]
struct Way {
    /// How many bytes lie unread, at least and at most: nobody knows how many a poll takes, or gets rid of.
    least: u64,
    most: u64,
    is_shut: bool,
    is_ended: bool,
}

impl Taming<'_> {
    fn take(&mut self, step: &Step) {
        let end = end_of(step.end);
        let is_shut = self.way(end).is_shut;
        match &step.operation {
            Operation::Transfer(transfer) if !is_shut => self.transfer(end, transfer),
            Operation::Send(payload) if !is_shut => {
                let Some(len) = self.room(end, payload.len()) else { return };
                let way = self.way(end);
                (way.least, way.most) = (way.least + len, way.most + len);
                let payload = self.script.payload(end, len);
                self.add(end, Operation::Send(payload));
            }
            Operation::PollSend(payload) if !is_shut && !payload.is_empty() => {
                let Some(len) = self.room(end, payload.len()) else { return };
                self.way(end).most += len;
                let payload = self.script.payload(end, len);
                self.add(end, Operation::PollSend(payload));
            }
            Operation::Flush if !is_shut => self.add(end, Operation::Flush),
            Operation::ShutDown if !is_shut && self.is_closed_by_halves() => self.shut(end),
            Operation::Receive { len, max } => self.receive(end, *len, *max),
            Operation::PollReceive { max } => {
                let way = self.way(end.other());
                way.least = way.least.saturating_sub(u64::from((*max).max(1)));
                let least = u32::from(!self.subject.can(Capability::EmptyRead));
                self.add(end, Operation::PollReceive { max: (*max).clamp(least, MOST_UNREAD as u32) });
            }
            _ => {}
        }
    }

    fn transfer(&mut self, end: End, transfer: &Transfer) {
        let len = transfer.payload.len().min(MOST_TRANSFER);
        let left = MOST_PIECES_IN_ALL - self.pieces;
        // One byte always goes: a tame plan may end with it.
        if self.bytes + len > MOST_BYTES || len == 0 || (left == 0 && len > 1) {
            return;
        }
        self.bytes += len;
        let may_join = transfer.reads.is_empty() && len <= MOST_JOINED;
        let cuts = cuts_of(&transfer.cuts, len, left.clamp(1, MOST_PIECES), may_join);
        let CutCount { cut, joined } = cuts.count(len);
        self.pieces = MOST_PIECES_IN_ALL.min(self.pieces + (cut + joined) as usize + 1);
        let few = u32::try_from(len / MOST_READS + 1).unwrap_or(u32::MAX);
        let reads =
            transfer.reads.iter().take(8).map(|read| (*read).clamp(few, MOST_TRANSFER as u32)).collect();
        let most = if self.subject.can(Capability::VectoredWrite) { MOST_SLICES } else { 0 };
        let (slices, reader_waits) = (transfer.slices.min(most), transfer.reader_waits);
        self.script = std::mem::take(&mut self.script).transfer_with(end, len, |tame| {
            *tame = Transfer { payload: tame.payload.clone(), cuts, reads, slices, reader_waits };
        });
        // All that was sent before is consumed with it.
        let way = self.way(end);
        (way.least, way.most) = (0, 0);
    }

    /// How many of `len` bytes may be sent without being read; `None` if there is no room left.
    fn room(&mut self, end: End, len: u64) -> Option<u64> {
        let room = MOST_UNREAD - self.way(end).most;
        if room == 0 || self.pieces == MOST_PIECES_IN_ALL {
            return None;
        }
        self.pieces += 1;
        Some(len.min(room))
    }

    fn receive(&mut self, end: End, len: u64, max: u32) {
        let way = self.way(end.other());
        if way.is_ended {
            return;
        }
        let least = u32::try_from(way.most / MOST_READS + 1).unwrap_or(u32::MAX);
        let max = max.max(least).min(MOST_TRANSFER as u32);
        if len == u64::MAX && way.is_shut {
            (way.is_ended, way.least, way.most) = (true, 0, 0);
            self.add(end, Operation::Receive { len, max });
            return;
        }
        let len = len.min(way.least);
        if len > 0 {
            (way.least, way.most) = (way.least - len, way.most - len);
            self.add(end, Operation::Receive { len, max });
        }
    }

    fn shut(&mut self, end: End) {
        self.way(end).is_shut = true;
        self.add(end, Operation::ShutDown);
    }

    /// Whether each direction is ended by itself.
    fn is_closed_by_halves(&self) -> bool {
        self.ending == Ending::Closed && self.subject.can(Capability::HalfClose)
    }

    fn finish(&mut self) {
        if self.is_closed_by_halves() {
            [CLIENT, PEER].into_iter().for_each(|end| self.close(end));
            return;
        }
        for end in [CLIENT, PEER] {
            if self.way(end).most > 0 {
                let len = 1;
                self.script = std::mem::take(&mut self.script).transfer(end, len);
            }
        }
        if self.ending == Ending::Closed {
            self.close(CLIENT);
        }
    }

    /// Ends what an end sends, and has it read to its end.
    fn close(&mut self, end: End) {
        if !self.way(end).is_shut {
            self.shut(end);
        }
        if !self.way(end).is_ended {
            self.script = std::mem::take(&mut self.script).receive_to_end(end.other());
        }
    }

    fn way(&mut self, end: End) -> &mut Way {
        self.ways.entry(end).or_default()
    }

    fn add(&mut self, end: End, operation: Operation) {
        self.script = std::mem::take(&mut self.script).step(end, operation);
    }
}
