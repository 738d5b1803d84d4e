//! Changes of lengths: of payloads, announcements, receives, buffers and losses.

use super::{Focus, MOST_PAYLOAD, any_step_that};
use crate::layout::Layout;
use crate::plan::{Cycle, Draw, Operation, Payload, Plan};

/// The most bytes of a literal payload.
const MOST_LITERAL: usize = 128;

/// The most read sizes of one transfer.
const MOST_READS: usize = 8;

/// Where lengths go wrong besides the powers of two: what Ethernet carries in a frame, and what a UDP datagram holds (RFC 768).
const ODD_EDGES: [u64; 5] = [1448, 1460, 1472, 1500, 65_507];

/// Lengths up to this one, in bytes, cost next to nothing; those above are rarer.
const CHEAP: u64 = 4096;

/// How much rarer.
const RARER: u64 = 12;

/// A length that is one too many, one too few or exactly right for something.
pub(super) fn edge(layout: Option<&Layout>, draw: &mut Draw) -> u64 {
    let is_large = draw.one_in(RARER);
    let around = match draw.between(0, 5) {
        0 => ODD_EDGES[draw.between(0, if is_large { 4 } else { 3 }) as usize],
        1 | 2 => {
            let largest = layout.map_or(128, Layout::largest).min(MOST_PAYLOAD);
            if is_large || largest <= CHEAP { largest } else { 128 }
        }
        _ => 1 << draw.between(0, if is_large { 16 } else { 12 }),
    };
    (around + draw.between(0, 2)).saturating_sub(1)
}

/// Sets a length to an edge.
pub(super) fn to_edge(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    let Some(index) = any_step_that(plan, draw, has_length) else { return false };
    let edge = edge(focus.layout, draw);
    // A header may announce whatever its field holds: also what no memory has.
    let announced = if draw.one_in(3) { u64::MAX >> draw.between(0, 63) } else { edge };
    change(&mut plan.steps[index].operation, draw, |_, _| edge, announced)
}

/// Makes a length a little longer or shorter, half or twice as long.
pub(super) fn nudge(plan: &mut Plan, _: &Focus<'_>, draw: &mut Draw) -> bool {
    let Some(index) = any_step_that(plan, draw, has_length) else { return false };
    let announced = match &plan.steps[index].operation {
        Operation::Header(value) => nudged(*value, draw),
        _ => 0,
    };
    change(&mut plan.steps[index].operation, draw, nudged, announced)
}

fn nudged(len: u64, draw: &mut Draw) -> u64 {
    match draw.between(0, 5) {
        0 => len / 2,
        1 => len.saturating_mul(2),
        2 | 3 => len.saturating_sub(draw.length(1, 16)),
        _ => len.saturating_add(draw.length(1, 16)),
    }
}

fn has_length(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::Transfer(_)
            | Operation::Send(_)
            | Operation::PollSend(_)
            | Operation::Fill(_)
            | Operation::Receive { .. }
            | Operation::SendDatagram { .. }
            | Operation::AwaitQueue { .. }
            | Operation::Encode(_)
            | Operation::Frame(_)
            | Operation::Header(_)
            | Operation::Raw(_)
            | Operation::Feed(_)
    )
}

fn change(
    operation: &mut Operation,
    draw: &mut Draw,
    new: impl Fn(u64, &mut Draw) -> u64,
    announced: u64,
) -> bool {
    match operation {
        Operation::Header(value) => *value = announced,
        Operation::Receive { len, .. } => *len = new(*len, draw),
        Operation::AwaitQueue { len } => {
            *len = u32::try_from(new(u64::from(*len), draw)).unwrap_or(u32::MAX);
        }
        Operation::Feed(feed) => {
            // What is lost is lost for good: most feeds lose nothing.
            let lost = if draw.one_in(2) { 0 } else { new(u64::from(feed.lost), draw).min(64) };
            feed.lost = u32::try_from(lost).unwrap_or(0);
        }
        other => {
            let Some(payload) = payload_of(other) else { return false };
            let len = new(payload.len(), draw).min(MOST_PAYLOAD);
            resize(payload, len, draw);
        }
    }
    true
}

/// The payload of an operation, if it has one.
fn payload_of(operation: &mut Operation) -> Option<&mut Payload> {
    match operation {
        Operation::Transfer(transfer) => Some(&mut transfer.payload),
        Operation::Send(payload)
        | Operation::PollSend(payload)
        | Operation::Fill(payload)
        | Operation::SendDatagram { payload, .. }
        | Operation::Encode(payload)
        | Operation::Frame(payload)
        | Operation::Raw(payload) => Some(payload),
        _ => None,
    }
}

fn resize(payload: &mut Payload, new: u64, draw: &mut Draw) {
    match payload {
        Payload::Pattern { len, .. } => *len = new,
        Payload::Cycle(cycle) => *cycle = Cycle::new(cycle.unit().to_vec(), new),
        Payload::Literal(bytes) => {
            let new = usize::try_from(new).unwrap_or(usize::MAX).min(MOST_LITERAL);
            bytes.truncate(new);
            while bytes.len() < new {
                bytes.push(draw.between(0, 255) as u8);
            }
        }
    }
}

/// Changes the buffers that something is read into, or into how many a write is split.
pub(super) fn reads(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    let has_reads = |operation: &Operation| {
        matches!(
            operation,
            Operation::Transfer(_)
                | Operation::Receive { .. }
                | Operation::PollReceive { .. }
                | Operation::ReceiveDatagram { .. }
                | Operation::PollDatagram { .. }
        )
    };
    let Some(index) = any_step_that(plan, draw, has_reads) else { return false };
    let size = u32::try_from(edge(focus.layout, draw).max(1)).unwrap_or(u32::MAX);
    match &mut plan.steps[index].operation {
        Operation::Transfer(transfer) => match draw.between(0, 5) {
            0 => transfer.reads.clear(),
            1 => transfer.slices = draw.between(0, 9) as u8,
            2 => transfer.reader_waits ^= true,
            3 if !transfer.reads.is_empty() => {
                let at = draw.between(0, transfer.reads.len() as u64 - 1) as usize;
                transfer.reads[at] = size;
            }
            _ => transfer.reads.push(size),
        },
        Operation::Receive { max, .. }
        | Operation::PollReceive { max }
        | Operation::ReceiveDatagram { max }
        | Operation::PollDatagram { max } => *max = size,
        _ => return false,
    }
    true
}

/// Shortens what is too long.
pub(super) fn keep_bounds(operation: &mut Operation) {
    if let Operation::Transfer(transfer) = operation {
        transfer.reads.truncate(MOST_READS);
    }
    match payload_of(operation) {
        Some(Payload::Literal(bytes)) => bytes.truncate(MOST_LITERAL),
        Some(Payload::Cycle(cycle)) => {
            let unit = cycle.unit().iter().copied().take(MOST_LITERAL).collect();
            *cycle = Cycle::new(unit, cycle.len().min(MOST_PAYLOAD));
        }
        Some(payload) => payload.truncate(MOST_PAYLOAD),
        None => {}
    }
}
