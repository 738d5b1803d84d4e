//! New steps, of the sorts that a kind of system has.

use super::lengths::edge;
use super::{Focus, MOST_STEPS, border};
use crate::plan::{Actor, DEFAULT_READ, Draw, End, Feed, Operation, Payload, Plan, Step, Transfer};
use crate::subject::Kind;

/// The longest payload in bytes that a new step has, unless it has one of an edge.
const USUAL_PAYLOAD: u64 = 512;

/// The most bytes of a new literal payload.
const USUAL_LITERAL: u64 = 12;

/// How many connections plans are about; of a codec they stand for layouts.
const CONNECTIONS: u64 = 16;

/// Makes of a plan without steps a small one that does something: a single step of most sorts would do nothing.
pub(super) fn begin(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) {
    let connection = if focus.kind == Kind::Framing { draw.between(0, CONNECTIONS - 1) as u16 } else { 0 };
    let (client, peer) = (End::client(connection), End::peer(connection));
    for _ in 0..draw.between(1, 5) {
        let (end, operation) = match focus.kind {
            Kind::Stream => (if draw.one_in(3) { peer } else { client }, of_stream(focus, draw)),
            Kind::Datagram => (client, Operation::SendDatagram { payload: pattern(focus, draw), to: peer }),
            Kind::Framing => (client, Operation::Frame(pattern(focus, draw))),
        };
        plan.steps.push(Step { end, operation });
    }
    match focus.kind {
        Kind::Stream => {}
        Kind::Datagram => {
            let operation = Operation::ReceiveDatagram { max: DEFAULT_READ };
            plan.steps.push(Step { end: peer, operation });
        }
        Kind::Framing => {
            plan.steps.push(Step { end: peer, operation: Operation::Feed(Feed::default()) });
            for _ in 0..draw.between(1, 3) {
                border::hit(plan, focus, draw);
            }
        }
    }
}

/// Begins again from nothing: where everything that is kept looks alike, a plan of another sort is the way on.
pub(super) fn anew(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    plan.steps.clear();
    begin(plan, focus, draw);
    true
}

/// Adds a frame before the feed that comes last, and cuts around it.
pub(super) fn frame(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    let is_feed = |step: &Step| matches!(step.operation, Operation::Feed(_));
    let Some(feed) = plan.steps.iter().rposition(is_feed) else { return false };
    if focus.kind != Kind::Framing || plan.steps.len() >= MOST_STEPS {
        return false;
    }
    let end = End::client(plan.steps[feed].end.connection);
    plan.steps.insert(feed, Step { end, operation: Operation::Frame(pattern(focus, draw)) });
    border::hit(plan, focus, draw);
    true
}

/// Adds a step: somewhere, or at the end.
pub(super) fn insert(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    if plan.steps.is_empty() {
        begin(plan, focus, draw);
        return true;
    }
    if plan.steps.len() >= MOST_STEPS {
        return false;
    }
    let count = plan.steps.len() as u64;
    let at = if draw.one_in(3) { count } else { draw.between(0, count) } as usize;
    let step = step(plan, focus, draw);
    plan.steps.insert(at, step);
    true
}

/// Moves a step, or the whole plan of a codec, to another connection.
pub(super) fn renumber(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    let count = plan.steps.len() as u64;
    if count == 0 {
        return false;
    }
    let number = draw.between(0, CONNECTIONS - 1) as u16;
    if focus.kind == Kind::Framing {
        plan.steps.iter_mut().for_each(|step| step.end.connection = number);
    } else {
        let step = &mut plan.steps[draw.between(0, count - 1) as usize];
        step.end.connection = number % 3;
        if draw.one_in(2) {
            step.end = step.end.other();
        }
    }
    true
}

fn step(plan: &Plan, focus: &Focus<'_>, draw: &mut Draw) -> Step {
    let connection = plan.steps.first().map_or(0, |first| first.end.connection);
    let actor = *draw.pick(&[Actor::Client, Actor::Peer]);
    let end = End { actor, connection };
    match focus.kind {
        Kind::Stream => Step { end, operation: of_stream(focus, draw) },
        Kind::Datagram => Step { end, operation: of_datagrams(end, focus, draw) },
        Kind::Framing => {
            let operation = of_framing(focus, draw);
            let lays = matches!(
                operation,
                Operation::Encode(_) | Operation::Frame(_) | Operation::Header(_) | Operation::Raw(_)
            );
            let end = if lays { End::client(connection) } else { End::peer(connection) };
            Step { end, operation }
        }
    }
}

fn of_stream(focus: &Focus<'_>, draw: &mut Draw) -> Operation {
    match draw.between(0, 11) {
        0 => Operation::Send(pattern(focus, draw)),
        1 => Operation::Flush,
        2 => Operation::Receive { len: draw.length(1, USUAL_PAYLOAD), max: buffer(draw) },
        3 => Operation::PollReceive { max: buffer(draw) },
        4 => Operation::PollSend(pattern(focus, draw)),
        5 => Operation::ShutDown,
        _ => {
            let payload = pattern(focus, draw);
            let cuts = draw.cuts(payload.len(), 6);
            let reads = draw.reads(u64::from(DEFAULT_READ));
            let slices = if draw.one_in(4) { draw.between(2, 9) as u8 } else { 0 };
            Operation::Transfer(Transfer { payload, cuts, reads, slices, reader_waits: draw.one_in(3) })
        }
    }
}

fn of_datagrams(end: End, focus: &Focus<'_>, draw: &mut Draw) -> Operation {
    match draw.between(0, 5) {
        0 => Operation::PollDatagram { max: buffer(draw) },
        1 => Operation::ReceiveDatagram { max: buffer(draw) },
        2 => Operation::ReceiveDatagram { max: DEFAULT_READ },
        _ => Operation::SendDatagram { payload: pattern(focus, draw), to: end.other() },
    }
}

fn of_framing(focus: &Focus<'_>, draw: &mut Draw) -> Operation {
    match draw.between(0, 15) {
        0 => Operation::Header(edge(focus.layout, draw)),
        1 => Operation::Raw(literal(draw)),
        2 => Operation::FeedEveryWay,
        3 => Operation::FeedEnd,
        4..=6 => Operation::Encode(pattern(focus, draw)),
        7..=11 => Operation::Frame(pattern(focus, draw)),
        _ => Operation::Feed(Feed { cuts: draw.cuts(USUAL_PAYLOAD, 6), lost: 0 }),
    }
}

fn pattern(focus: &Focus<'_>, draw: &mut Draw) -> Payload {
    let len = if draw.one_in(4) { edge(focus.layout, draw) } else { draw.length(1, USUAL_PAYLOAD) };
    Payload::Pattern { key: draw.between(0, 7) as u32, offset: 0, len }
}

/// Few bytes, of which many are what headers are made of.
fn literal(draw: &mut Draw) -> Payload {
    let byte = |draw: &mut Draw| match draw.between(0, 3) {
        0 => 0,
        1 => *draw.pick(&[0x7F, 0x80, 0xFF, b'0', b'9', b':', b',']),
        2 => draw.between(0, 8) as u8,
        _ => draw.between(0, 255) as u8,
    };
    Payload::Literal((0..draw.between(1, USUAL_LITERAL)).map(|_| byte(draw)).collect())
}

fn buffer(draw: &mut Draw) -> u32 {
    if draw.one_in(2) { DEFAULT_READ } else { draw.length(1, u64::from(DEFAULT_READ)) as u32 }
}
