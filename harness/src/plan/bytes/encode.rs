//! Plans to bytes: one canonical encoding for each.

use super::{CYCLE, MAX_CUTS, MAX_STEPS, Offsets, tag};
use crate::plan::varint;
use crate::plan::{Actor, Cuts, DEFAULT_READ, End, Operation, Payload, Plan, Schedule, Setting, Transfer};

/// The canonical encoding of `plan`.
pub(super) fn plan(plan: &Plan) -> Vec<u8> {
    let mut bytes = Vec::new();
    varint::put(&mut bytes, u64::from(plan.schedule == Schedule::Concurrent));
    let mut offsets = Offsets::default();
    for step in plan.steps.iter().take(MAX_STEPS) {
        let mut body = Body::default();
        body.end(step.end);
        body.fields(&step.operation, &mut offsets);
        let body = body.finish();
        varint::put(&mut bytes, tag_of(&step.operation));
        varint::put(&mut bytes, body.len() as u64);
        bytes.extend_from_slice(&body);
    }
    bytes
}

fn tag_of(operation: &Operation) -> u64 {
    match operation {
        Operation::Open => tag::OPEN,
        Operation::Transfer(_) => tag::TRANSFER,
        Operation::Send(_) => tag::SEND,
        Operation::Receive { .. } => tag::RECEIVE,
        Operation::PollReceive { .. } => tag::POLL_RECEIVE,
        Operation::PollSend(_) => tag::POLL_SEND,
        Operation::Fill(_) => tag::FILL,
        Operation::Flush => tag::FLUSH,
        Operation::ShutDown => tag::SHUT_DOWN,
        Operation::Abort => tag::ABORT,
        Operation::Drop => tag::DROP,
        Operation::Bind => tag::BIND,
        Operation::Listen => tag::LISTEN,
        Operation::Connect(_) => tag::CONNECT,
        Operation::Accept(_) => tag::ACCEPT,
        Operation::Name => tag::NAME,
        Operation::SendDatagram { .. } => tag::SEND_DATAGRAM,
        Operation::ReceiveDatagram { .. } => tag::RECEIVE_DATAGRAM,
        Operation::PollDatagram { .. } => tag::POLL_DATAGRAM,
        Operation::AwaitQueue { .. } => tag::AWAIT_QUEUE,
        Operation::Count => tag::COUNT,
        Operation::Encode(_) => tag::ENCODE,
        Operation::Frame(_) => tag::FRAME,
        Operation::Header(_) => tag::HEADER,
        Operation::Raw(_) => tag::RAW,
        Operation::Feed(_) => tag::FEED,
        Operation::FeedEveryWay => tag::FEED_EVERY_WAY,
        Operation::FeedEnd => tag::FEED_END,
        Operation::Configure(Setting::Nagle(_)) => tag::NAGLE,
        Operation::Configure(Setting::Cork(_)) => tag::CORK,
        Operation::Configure(Setting::ReceiveBuffer(_)) => tag::RECEIVE_BUFFER,
        Operation::Configure(Setting::SendBuffer(_)) => tag::SEND_BUFFER,
        Operation::Configure(Setting::SegmentSize(_)) => tag::SEGMENT_SIZE,
        Operation::Configure(Setting::PrivateMtu(_)) => tag::PRIVATE_MTU,
    }
}

/// The body of a step in the making.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
    /// How many of the bytes belong to a literal or a cycle or lie before one, and stay even if they are zeros.
    kept: usize,
}

impl Body {
    fn fields(&mut self, operation: &Operation, offsets: &mut Offsets) {
        match operation {
            Operation::Open
            | Operation::Bind
            | Operation::Listen
            | Operation::Name
            | Operation::Flush
            | Operation::ShutDown
            | Operation::Abort
            | Operation::Drop
            | Operation::Count
            | Operation::FeedEveryWay
            | Operation::FeedEnd => {}
            Operation::Header(value) => self.number(*value),
            Operation::Feed(feed) => {
                self.cuts(&feed.cuts);
                self.number(feed.lost);
            }
            Operation::Transfer(transfer) => self.transfer(transfer, offsets),
            Operation::Send(payload)
            | Operation::PollSend(payload)
            | Operation::Fill(payload)
            | Operation::Encode(payload)
            | Operation::Frame(payload)
            | Operation::Raw(payload) => self.payload(payload, offsets),
            Operation::Receive { len, max } => {
                self.number(len.wrapping_add(1));
                self.buffer((*max).max(1));
            }
            Operation::PollReceive { max }
            | Operation::ReceiveDatagram { max }
            | Operation::PollDatagram { max } => self.buffer(*max),
            Operation::Connect(other) | Operation::Accept(other) => self.end(*other),
            Operation::SendDatagram { payload, to } => {
                self.end(*to);
                self.payload(payload, offsets);
            }
            Operation::AwaitQueue { len } => self.number(*len),
            Operation::Configure(Setting::Nagle(on) | Setting::Cork(on)) => self.number(*on),
            Operation::Configure(
                Setting::ReceiveBuffer(len)
                | Setting::SendBuffer(len)
                | Setting::SegmentSize(len)
                | Setting::PrivateMtu(len),
            ) => self.number(*len),
        }
    }

    fn number(&mut self, value: impl Into<u64>) {
        varint::put(&mut self.bytes, value.into());
    }

    fn end(&mut self, end: End) {
        let actor = match end.actor {
            Actor::Client => 0,
            Actor::Peer => 1,
            Actor::Listener => 2,
        };
        self.number(u64::from(end.connection) * 3 + actor);
    }

    fn transfer(&mut self, transfer: &Transfer, offsets: &mut Offsets) {
        self.payload(&transfer.payload, offsets);
        self.cuts(&transfer.cuts);
        for read in transfer.reads.iter().filter(|read| **read > 0) {
            self.number(*read);
        }
        self.number(0u8);
        self.number(transfer.slices);
        self.number(transfer.reader_waits);
    }

    fn payload(&mut self, payload: &Payload, offsets: &mut Offsets) {
        match payload {
            Payload::Literal(bytes) => {
                self.number(0u8);
                self.number(bytes.len() as u64);
                self.bytes(bytes);
            }
            Payload::Cycle(cycle) => {
                self.number(CYCLE);
                self.number(cycle.len());
                self.number(cycle.unit().len() as u64 - 1);
                self.bytes(cycle.unit());
            }
            Payload::Pattern { key, offset, len } => {
                self.number(u64::from(*key) + 1);
                self.number(*len);
                self.number(offsets.distance(*key, *offset, *len));
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.bytes.extend_from_slice(bytes);
            self.kept = self.bytes.len();
        }
    }

    fn cuts(&mut self, cuts: &Cuts) {
        match cuts {
            Cuts::None => self.number(0u8),
            Cuts::Every { len, joined } => {
                self.number(u64::from((*len).max(1)) << 1 | u64::from(*joined));
            }
            Cuts::At(cuts) => {
                self.number(1u8);
                let mut before = 0;
                for cut in cuts.iter().take(MAX_CUTS) {
                    if cut.at > before {
                        self.number(u64::from(cut.at - before) << 1 | u64::from(cut.joined));
                        before = cut.at;
                    }
                }
                self.number(0u8);
            }
        }
    }

    fn buffer(&mut self, max: u32) {
        self.number(match max {
            DEFAULT_READ => 0,
            0..DEFAULT_READ => max + 1,
            _ => max,
        });
    }

    fn finish(mut self) -> Vec<u8> {
        // A number in its shortest form ends in a zero only if it is one.
        while self.bytes.len() > self.kept && self.bytes.last() == Some(&0) {
            self.bytes.pop();
        }
        self.bytes
    }
}
