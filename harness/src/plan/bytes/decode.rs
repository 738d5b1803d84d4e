//! Bytes to plans: total, and as the format says, nothing else.

use super::{CYCLE, MAX_CUTS, MAX_STEPS, Offsets, tag};
use crate::plan::varint::Reader;
use crate::plan::{
    Actor, Cut, Cuts, Cycle, DEFAULT_READ, End, Feed, Operation, Payload, Plan, Schedule, Setting, Step,
    Transfer,
};

/// A plan in the reading.
pub(super) struct Decoder<'a> {
    input: Reader<'a>,
    offsets: Offsets,
    cuts_left: usize,
    /// The tag of the first step that was skipped, and where that began.
    pub(super) unknown: Option<(u64, usize)>,
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Decoder<'a> {
        Decoder { input: Reader::new(bytes), offsets: Offsets::default(), cuts_left: MAX_CUTS, unknown: None }
    }

    pub(super) fn plan(&mut self) -> Plan {
        let is_concurrent = flag(self.input.number());
        let schedule = if is_concurrent { Schedule::Concurrent } else { Schedule::LockStep };
        // What grows is moved each time, and ends with room for up to twice as many.
        let mut steps = Vec::with_capacity(self.steps_left());
        while self.input.left() > 0 && steps.len() < MAX_STEPS {
            steps.extend(self.step());
        }
        Plan { schedule, steps }
    }

    /// How many steps there are still, those that are unknown among them.
    fn steps_left(&self) -> usize {
        let mut ahead = self.input.clone();
        let next = std::iter::from_fn(|| {
            (ahead.left() > 0).then(|| {
                let _tag = ahead.number();
                let len = ahead.number();
                ahead.take(len);
            })
        });
        next.take(MAX_STEPS).count()
    }

    /// The next step, unless it is unknown.
    fn step(&mut self) -> Option<Step> {
        let at = self.input.position();
        let tag = self.input.number();
        let len = self.input.number();
        let mut body = Reader::new(self.input.take(len));
        let end = end(&mut body);
        let Some(operation) = self.operation(tag, &mut body) else {
            self.unknown.get_or_insert((tag, at));
            return None;
        };
        Some(Step { end, operation })
    }

    fn operation(&mut self, tag: u64, body: &mut Reader<'_>) -> Option<Operation> {
        Some(match tag {
            tag::OPEN => Operation::Open,
            tag::TRANSFER => Operation::Transfer(self.transfer(body)),
            tag::SEND => Operation::Send(self.payload(body)),
            tag::RECEIVE => {
                let len = body.number().wrapping_sub(1);
                Operation::Receive { len, max: buffer(body).max(1) }
            }
            tag::POLL_RECEIVE => Operation::PollReceive { max: buffer(body) },
            tag::POLL_SEND => Operation::PollSend(self.payload(body)),
            tag::FILL => Operation::Fill(self.payload(body)),
            tag::FLUSH => Operation::Flush,
            tag::SHUT_DOWN => Operation::ShutDown,
            tag::ABORT => Operation::Abort,
            tag::DROP => Operation::Drop,
            tag::BIND => Operation::Bind,
            tag::LISTEN => Operation::Listen,
            tag::CONNECT => Operation::Connect(end(body)),
            tag::ACCEPT => Operation::Accept(end(body)),
            tag::NAME => Operation::Name,
            tag::SEND_DATAGRAM => {
                let to = end(body);
                Operation::SendDatagram { payload: self.payload(body), to }
            }
            tag::RECEIVE_DATAGRAM => Operation::ReceiveDatagram { max: buffer(body) },
            tag::POLL_DATAGRAM => Operation::PollDatagram { max: buffer(body) },
            tag::AWAIT_QUEUE => Operation::AwaitQueue { len: body.small() },
            tag::COUNT => Operation::Count,
            tag::ENCODE => Operation::Encode(self.payload(body)),
            tag::FRAME => Operation::Frame(self.payload(body)),
            tag::HEADER => Operation::Header(body.number()),
            tag::RAW => Operation::Raw(self.payload(body)),
            tag::FEED => Operation::Feed(Feed { cuts: self.cuts(body), lost: body.small() }),
            tag::FEED_EVERY_WAY => Operation::FeedEveryWay,
            tag::FEED_END => Operation::FeedEnd,
            tag::NAGLE => Operation::Configure(Setting::Nagle(flag(body.number()))),
            tag::CORK => Operation::Configure(Setting::Cork(flag(body.number()))),
            tag::RECEIVE_BUFFER => Operation::Configure(Setting::ReceiveBuffer(body.small())),
            tag::SEND_BUFFER => Operation::Configure(Setting::SendBuffer(body.small())),
            tag::SEGMENT_SIZE => Operation::Configure(Setting::SegmentSize(body.small())),
            tag::PRIVATE_MTU => Operation::Configure(Setting::PrivateMtu(body.small())),
            _ => return None,
        })
    }

    fn transfer(&mut self, body: &mut Reader<'_>) -> Transfer {
        Transfer {
            payload: self.payload(body),
            cuts: self.cuts(body),
            reads: reads(body),
            slices: u8::try_from(body.number()).unwrap_or(u8::MAX),
            reader_waits: flag(body.number()),
        }
    }

    fn payload(&mut self, body: &mut Reader<'_>) -> Payload {
        let sort = body.number();
        let len = body.number();
        let key = match sort {
            0 => return Payload::Literal(body.take(len).to_vec()),
            CYCLE => {
                let unit = body.number().saturating_add(1);
                return Payload::Cycle(Cycle::new(body.take(unit).to_vec(), len));
            }
            _ => u32::try_from(sort - 1).unwrap_or(u32::MAX),
        };
        let offset = self.offsets.offset(key, body.number(), len);
        Payload::Pattern { key, offset, len }
    }

    fn cuts(&mut self, body: &mut Reader<'_>) -> Cuts {
        match body.number() {
            0 => Cuts::None,
            1 => Cuts::At(self.cut_list(body)),
            shape => {
                let len = u32::try_from(shape >> 1).unwrap_or(u32::MAX);
                Cuts::Every { len, joined: flag(shape) }
            }
        }
    }

    fn cut_list(&mut self, body: &mut Reader<'_>) -> Vec<Cut> {
        let mut cuts = Vec::new();
        let mut at = 0u32;
        loop {
            let number = body.number();
            if number < 2 {
                return cuts;
            }
            let next = u32::try_from(number >> 1).ok().and_then(|distance| at.checked_add(distance));
            // What no cut can say is passed over, so that the fields behind the list keep their places.
            if let Some(next) = next
                && self.cuts_left > 0
            {
                self.cuts_left -= 1;
                at = next;
                cuts.push(Cut { at, joined: flag(number) });
            }
        }
    }
}

fn flag(number: u64) -> bool {
    number & 1 == 1
}

fn end(body: &mut Reader<'_>) -> End {
    let number = body.number();
    let actor = match number % 3 {
        0 => Actor::Client,
        1 => Actor::Peer,
        _ => Actor::Listener,
    };
    End { actor, connection: u16::try_from(number / 3).unwrap_or(u16::MAX) }
}

fn reads(body: &mut Reader<'_>) -> Vec<u32> {
    let mut reads = Vec::new();
    loop {
        match body.small() {
            0 => return reads,
            read => reads.push(read),
        }
    }
}

fn buffer(body: &mut Reader<'_>) -> u32 {
    match body.small() {
        0 => DEFAULT_READ,
        number if number <= DEFAULT_READ => number - 1,
        number => number,
    }
}
