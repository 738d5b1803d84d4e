//! Cuts where something changes on the wire: inside headers, and on both sides of a frame's end.

use super::cuts;
use super::{Focus, any_step_that};
use crate::layout::Layout;
use crate::plan::{Cut, Draw, Operation, Payload, Plan, Step};

/// The length of a header when no layout says it: the commonest.
const USUAL_HEADER: u64 = 4;

/// Where frames, pieces and buffers of streams end that nobody has a layout for.
const STREAM_BORDERS: [u64; 12] = [1, 2, 4, 255, 256, 512, 1024, 1460, 4096, 8192, 16_384, 65_536];

/// What one step lays on the wire: where it begins, the length of its header, and its length in all.
struct Laid {
    start: u64,
    header: u64,
    len: u64,
}

/// Cuts at a border.
pub(super) fn hit(plan: &mut Plan, focus: &Focus<'_>, draw: &mut Draw) -> bool {
    let Some(index) = any_step_that(plan, draw, cuts::has_some) else { return false };
    let (at, len) = match &plan.steps[index].operation {
        Operation::Feed(_) => {
            let laid = laid_before(plan, index, focus.layout);
            let len = laid.last().map_or(0, |last| last.start + last.len);
            if laid.is_empty() {
                return false;
            }
            // What goes wrong depends on what went before: the last frame has seen the most.
            let frame = if draw.one_in(2) { &laid[laid.len() - 1] } else { draw.pick(&laid) };
            (border_of(frame, draw), len)
        }
        Operation::Transfer(transfer) => {
            let around = *draw.pick(&STREAM_BORDERS) + draw.between(0, 2);
            (around.saturating_sub(1), transfer.payload.len())
        }
        _ => return false,
    };
    if at == 0 || at >= len {
        return false;
    }
    let Some(cuts) = cuts::of(&mut plan.steps[index].operation) else { return false };
    let mut listed = cuts::listed(cuts, len);
    let cut = Cut { at: u32::try_from(at).unwrap_or(u32::MAX), joined: draw.one_in(6) };
    listed.retain(|other| other.at != cut.at);
    // Half the time the cut takes another's place: a decoder that waits for more behind one cut is not seen behind many.
    if !listed.is_empty() && draw.one_in(2) {
        listed.remove(draw.between(0, listed.len() as u64 - 1) as usize);
    }
    listed.push(cut);
    *cuts = cuts::tidied(listed);
    true
}

/// A place in or around one frame: most often inside its header.
fn border_of(laid: &Laid, draw: &mut Draw) -> u64 {
    let Laid { start, header, len } = laid;
    match draw.between(0, 7) {
        0 => *start,
        1 => start + header,
        2 => start + header + 1,
        3 => (start + len).saturating_sub(1),
        4 => start + len,
        _ => start + draw.between(u64::from(*header > 1), (*header).max(2) - 1),
    }
}

/// How many bytes a feed at that step is given.
pub(super) fn wire_len(plan: &Plan, feed: usize, layout: Option<&Layout>) -> u64 {
    laid_before(plan, feed, layout).last().map_or(0, |last| last.start + last.len)
}

/// What the steps lay on the wire that lie between a feed and the one before it.
fn laid_before(plan: &Plan, feed: usize, layout: Option<&Layout>) -> Vec<Laid> {
    let is_feed = |step: &Step| {
        matches!(step.operation, Operation::Feed(_) | Operation::FeedEveryWay | Operation::FeedEnd)
    };
    let first = plan.steps[..feed].iter().rposition(is_feed).map_or(0, |index| index + 1);
    let mut laid = Vec::new();
    let mut start = 0u64;
    for step in &plan.steps[first..feed] {
        let Some((header, len)) = extent(&step.operation, layout) else { continue };
        laid.push(Laid { start, header, len });
        start = start.saturating_add(len);
    }
    laid
}

/// The length of the header that an operation lays, and of all that it lays.
fn extent(operation: &Operation, layout: Option<&Layout>) -> Option<(u64, u64)> {
    let framed = |payload: &Payload| {
        let header =
            layout.map_or(Some(USUAL_HEADER), |layout| Some(layout.head(payload.len())?.len() as u64));
        let trailer = layout.map_or(0, |layout| layout.trailer().len() as u64);
        header.map(|header| (header, header.saturating_add(payload.len()).saturating_add(trailer)))
    };
    match operation {
        Operation::Encode(payload) => {
            let is_taken = layout.is_none_or(|layout| payload.len() <= layout.largest());
            framed(payload).filter(|_| is_taken)
        }
        Operation::Frame(payload) => framed(payload),
        Operation::Header(value) => {
            let len = match layout {
                Some(layout) => layout.head_within(*value).len() as u64,
                None => USUAL_HEADER,
            };
            Some((len, len))
        }
        Operation::Raw(payload) => Some((payload.len(), payload.len())),
        _ => None,
    }
}
