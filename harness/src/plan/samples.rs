//! Plans and bytes for the tests of everything that takes any plan or any bytes.

use super::{
    Actor, Cut, Cuts, Cycle, Draw, End, Feed, Operation, Payload, Plan, Schedule, Setting, Step, Transfer,
};

/// A valid plan of any steps in any order.
pub(crate) fn any_plan(draw: &mut Draw) -> Plan {
    let schedule = if draw.one_in(4) { Schedule::Concurrent } else { Schedule::LockStep };
    let steps = (0..draw.between(0, 12)).map(|_| any_step(draw)).collect();
    Plan { schedule, steps }
}

/// Up to `most` bytes, most of them small, as they are in plans.
pub(crate) fn any_bytes(draw: &mut Draw, most: u64) -> Vec<u8> {
    let most_value = *draw.pick(&[3, 40, 255]);
    (0..draw.between(0, most)).map(|_| draw.between(0, most_value) as u8).collect()
}

/// The highest number of an operation; settings count as operations.
const LAST: u64 = 33;

/// The number of an operation: a new one does not compile before it has one, and a test asks that it is drawn.
fn number(operation: &Operation) -> u64 {
    match operation {
        Operation::Configure(Setting::Nagle(_)) => 0,
        Operation::Configure(Setting::Cork(_)) => 1,
        Operation::Configure(Setting::ReceiveBuffer(_)) => 2,
        Operation::Configure(Setting::SendBuffer(_)) => 3,
        Operation::Configure(Setting::SegmentSize(_)) => 4,
        Operation::Configure(Setting::PrivateMtu(_)) => 5,
        Operation::Open => 6,
        Operation::Bind => 7,
        Operation::Listen => 8,
        Operation::Connect(_) => 9,
        Operation::Accept(_) => 10,
        Operation::Name => 11,
        Operation::Transfer(_) => 12,
        Operation::Send(_) => 13,
        Operation::Fill(_) => 14,
        Operation::Receive { .. } => 15,
        Operation::PollReceive { .. } => 16,
        Operation::PollSend(_) => 17,
        Operation::Flush => 18,
        Operation::ShutDown => 19,
        Operation::Abort => 20,
        Operation::Drop => 21,
        Operation::SendDatagram { .. } => 22,
        Operation::ReceiveDatagram { .. } => 23,
        Operation::PollDatagram { .. } => 24,
        Operation::AwaitQueue { .. } => 25,
        Operation::Count => 26,
        Operation::Encode(_) => 27,
        Operation::Frame(_) => 28,
        Operation::Header(_) => 29,
        Operation::Raw(_) => 30,
        Operation::Feed(_) => 31,
        Operation::FeedEveryWay => 32,
        Operation::FeedEnd => 33,
    }
}

fn any_step(draw: &mut Draw) -> Step {
    Step { end: any_end(draw), operation: any_operation(draw) }
}

fn any_operation(draw: &mut Draw) -> Operation {
    match draw.between(0, LAST) {
        0 => Operation::Configure(Setting::Nagle(draw.one_in(2))),
        1 => Operation::Configure(Setting::Cork(draw.one_in(2))),
        2 => Operation::Configure(Setting::ReceiveBuffer(any_u32(draw))),
        3 => Operation::Configure(Setting::SendBuffer(any_u32(draw))),
        4 => Operation::Configure(Setting::SegmentSize(any_u32(draw))),
        5 => Operation::Configure(Setting::PrivateMtu(any_u32(draw))),
        6 => Operation::Open,
        7 => Operation::Bind,
        8 => Operation::Listen,
        9 => Operation::Connect(any_end(draw)),
        10 => Operation::Accept(any_end(draw)),
        11 => Operation::Name,
        12 => Operation::Transfer(any_transfer(draw)),
        13 => Operation::Send(any_payload(draw)),
        14 => Operation::Fill(any_payload(draw)),
        15 => Operation::Receive { len: any_u64(draw), max: any_u32(draw).max(1) },
        16 => Operation::PollReceive { max: any_u32(draw) },
        17 => Operation::PollSend(any_payload(draw)),
        18 => Operation::Flush,
        19 => Operation::ShutDown,
        20 => Operation::Abort,
        21 => Operation::Drop,
        22 => Operation::SendDatagram { payload: any_payload(draw), to: any_end(draw) },
        23 => Operation::ReceiveDatagram { max: any_u32(draw) },
        24 => Operation::PollDatagram { max: any_u32(draw) },
        25 => Operation::AwaitQueue { len: any_u32(draw) },
        26 => Operation::Count,
        27 => Operation::Encode(any_payload(draw)),
        28 => Operation::Frame(any_payload(draw)),
        29 => Operation::Header(any_u64(draw)),
        30 => Operation::Raw(any_payload(draw)),
        31 => Operation::Feed(Feed {
            cuts: any_transfer(draw).cuts,
            lost: if draw.one_in(2) { 0 } else { any_u32(draw) },
        }),
        32 => Operation::FeedEveryWay,
        _ => Operation::FeedEnd,
    }
}

fn any_u64(draw: &mut Draw) -> u64 {
    let few = draw.between(0, 3);
    let near = *draw.pick(&[0, 1 << 7, 1 << 16, 1 << 32, u64::MAX - 3]) + few;
    if draw.one_in(2) { near } else { draw.length(1, u64::MAX) }
}

fn any_u32(draw: &mut Draw) -> u32 {
    u32::try_from(any_u64(draw)).unwrap_or(u32::MAX)
}

fn any_end(draw: &mut Draw) -> End {
    let actor = *draw.pick(&[Actor::Listener, Actor::Client, Actor::Peer]);
    End { actor, connection: *draw.pick(&[0, 0, 0, 1, 2, 300, u16::MAX]) }
}

fn any_payload(draw: &mut Draw) -> Payload {
    if draw.one_in(3) {
        let bytes = any_bytes(draw, 40);
        let len = bytes.iter().map(|byte| u64::from(*byte) * 99).sum();
        return if bytes.len() % 5 == 3 {
            Payload::Cycle(Cycle::new(bytes, len))
        } else {
            Payload::Literal(bytes)
        };
    }
    Payload::Pattern { key: any_u32(draw), offset: any_u64(draw), len: any_u64(draw) }
}

fn any_transfer(draw: &mut Draw) -> Transfer {
    let cuts = match draw.between(0, 3) {
        0 => Cuts::None,
        1 => Cuts::Every { len: any_u32(draw).max(1), joined: draw.one_in(2) },
        2 => Cuts::At(any_cuts(draw)),
        _ => draw.cuts(200, 30),
    };
    Transfer {
        payload: any_payload(draw),
        cuts,
        reads: (0..draw.between(0, 4)).map(|_| any_u32(draw).max(1)).collect(),
        slices: *draw.pick(&[0, 0, 1, 3, u8::MAX]),
        reader_waits: draw.one_in(2),
    }
}

/// Listed cuts with runs of equal distances, near and far.
fn any_cuts(draw: &mut Draw) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut at = 0u32;
    for _ in 0..draw.between(0, 5) {
        let distance = draw.length(1, 1 << 30) as u32;
        let joined = draw.one_in(2);
        for _ in 0..draw.between(1, 9) {
            let Some(next) = at.checked_add(distance) else { break };
            at = next;
            cuts.push(Cut { at, joined });
        }
    }
    cuts
}

#[test]
fn every_operation_is_drawn() {
    let mut draw = Draw::new(1, &["samples"]);
    let mut seen = [false; LAST as usize + 1];
    for _ in 0..5000 {
        seen[number(&any_operation(&mut draw)) as usize] = true;
    }
    assert!(seen.iter().all(|seen| *seen), "{seen:?}");
}
