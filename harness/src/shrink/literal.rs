//! Bytes taken out of a literal payload wherever they lie, and bytes that have to be there but may be any.

use std::ops::Range;

use super::change::payload_mut;
use super::reduction::{SHORTEST_DATAGRAM, tidy_cuts};
use crate::plan::{Cuts, Operation, Payload, Plan, Step};

/// What stands for a byte that does not matter.
const PLAIN: u8 = b'a';

/// How many bytes the literal of a step has; 0 if it has none.
pub(super) fn len(step: &Step) -> usize {
    match super::change::payload(&step.operation) {
        Some(Payload::Literal(bytes)) => bytes.len(),
        _ => 0,
    }
}

/// Takes these bytes out of the literal of a step; cuts behind them go on cutting what they cut. False if there is nothing to take.
pub(super) fn take_out(plan: &mut Plan, index: usize, range: &Range<usize>) -> bool {
    let Some(step) = plan.steps.get_mut(index) else { return false };
    let is_datagram = matches!(step.operation, Operation::SendDatagram { .. });
    let Some(Payload::Literal(bytes)) = payload_mut(&mut step.operation) else { return false };
    let range = range.start..range.end.min(bytes.len());
    let is_too_short = is_datagram && ((bytes.len() - range.len()) as u64) < SHORTEST_DATAGRAM;
    if range.is_empty() || is_too_short {
        return false;
    }
    bytes.drain(range.clone());
    let left = bytes.len() as u64;
    if let Operation::Transfer(transfer) = &mut step.operation {
        close_gap(&mut transfer.cuts, range.start as u64, range.len() as u64);
        tidy_cuts(&mut transfer.cuts, left);
    } else if let Some(before) = raw_before(plan, index)
        && let Some(cuts) = cuts_of_next_feed(plan, index)
    {
        close_gap(cuts, before + range.start as u64, range.len() as u64);
    }
    true
}

/// Makes these bytes of the literal of a step plain; false if they are.
pub(super) fn make_plain(plan: &mut Plan, index: usize, range: &Range<usize>) -> bool {
    let step = plan.steps.get_mut(index);
    let Some(Payload::Literal(bytes)) = step.and_then(|step| payload_mut(&mut step.operation)) else {
        return false;
    };
    let end = range.end.min(bytes.len());
    let bytes = bytes.get_mut(range.start..end).unwrap_or_default();
    let were_plain = bytes.iter().all(|byte| *byte == PLAIN);
    bytes.fill(PLAIN);
    !were_plain
}

/// How many bytes lie before those of a step and are fed with them, if that can be told: how long frames are, a layout alone knows.
fn raw_before(plan: &Plan, index: usize) -> Option<u64> {
    let connection = plan.steps[index].end.connection;
    let own = plan.steps[..index].iter().rev().filter(|step| step.end.connection == connection);
    let mut before = 0u64;
    for step in own {
        match &step.operation {
            Operation::Raw(payload) => before = before.checked_add(payload.len())?,
            Operation::Feed(_) | Operation::FeedEveryWay | Operation::FeedEnd => break,
            _ => return None,
        }
    }
    matches!(plan.steps[index].operation, Operation::Raw(_)).then_some(before)
}

fn cuts_of_next_feed(plan: &mut Plan, index: usize) -> Option<&mut Cuts> {
    let connection = plan.steps[index].end.connection;
    let mut own = plan.steps[index..].iter_mut().filter(|step| step.end.connection == connection);
    own.find_map(|step| match &mut step.operation {
        Operation::Feed(feed) => Some(&mut feed.cuts),
        _ => None,
    })
}

/// Moves listed cuts up by `len` bytes that are gone from `start` on; those amid them fall together there.
fn close_gap(cuts: &mut Cuts, start: u64, len: u64) {
    let Cuts::At(places) = cuts else { return };
    for cut in places.iter_mut() {
        let at = u64::from(cut.at);
        let moved = if at >= start + len { at - len } else { at.min(start) };
        cut.at = u32::try_from(moved).unwrap_or(cut.at);
    }
    places.dedup_by_key(|cut| cut.at);
    places.retain(|cut| cut.at > 0);
    if places.is_empty() {
        *cuts = Cuts::None;
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::{Cut, Cuts, End, Feed, Operation, Payload, Plan, Script};
    use crate::shrink::shrink;

    const CLIENT: End = End::client(0);

    /// What is left of `plan` within the budget of a run, as text.
    fn smallest(plan: Plan, fails: impl Fn(&Plan) -> bool) -> String {
        assert!(fails(&plan), "{plan}");
        shrink(plan.into(), &mut |experiment| fails(&experiment.plans[0]), 400).plans[0].to_string()
    }

    fn literals(plan: &Plan) -> impl Iterator<Item = &[u8]> {
        plan.steps.iter().filter_map(|step| match super::super::change::payload(&step.operation) {
            Some(Payload::Literal(bytes)) => Some(&bytes[..]),
            _ => None,
        })
    }

    #[test]
    fn of_a_long_literal_the_few_bytes_that_matter_are_left() {
        let noise = |len: usize| (0..len).map(|index| (index * 7 % 249) as u8 | 0x80).collect::<Vec<u8>>();
        for (front, behind) in [(36_000, 0), (0, 36_000), (20_000, 9_000), (41, 3)] {
            let bytes = [noise(front), b"\r\n".to_vec(), noise(behind)].concat();
            let plan = Script::open().step(CLIENT, Operation::Send(Payload::Literal(bytes))).plan();
            let has_line = |bytes: &[u8]| bytes.windows(2).any(|pair| pair == b"\r\n");
            let left = smallest(plan, |plan| literals(plan).any(has_line));
            assert_eq!(left, "client 0  open\nclient 0  send \"\\r\\n\"");
        }
    }

    #[test]
    fn bytes_that_only_have_to_be_there_are_plain() {
        let bytes = (0..=255).collect();
        let plan = Script::open().step(CLIENT, Operation::Send(Payload::Literal(bytes))).plan();
        let fails = |bytes: &[u8]| bytes.len() >= 5 && bytes.contains(&0x42);
        let left = smallest(plan, |plan| literals(plan).any(fails));
        assert!(left.contains("B") && left.matches('a').count() == 4, "{left}");
    }

    #[test]
    fn a_cut_stays_where_it_cuts_when_bytes_before_it_go() {
        let at = |at: u32| Cuts::At(vec![Cut { at, joined: false }]);
        let raw = |bytes: Vec<u8>| Operation::Raw(Payload::Literal(bytes));
        let plan = Script::new()
            .step(CLIENT, raw(vec![0; 30]))
            .step(CLIENT, raw([vec![0; 11], vec![0xFC, 0x8C], vec![7; 9]].concat()))
            .step(End::peer(0), Operation::Feed(Feed { cuts: at(42), lost: 0 }))
            .plan();
        let fails = |plan: &Plan| {
            let laid = literals(plan).collect::<Vec<_>>().concat();
            plan.steps.iter().any(|step| match &step.operation {
                Operation::Feed(Feed { cuts: Cuts::At(cuts), .. }) => cuts
                    .iter()
                    .any(|cut| laid.get(..cut.at as usize).is_some_and(|fed| fed.ends_with(&[0xFC]))),
                _ => false,
            })
        };
        let left = smallest(plan, fails);
        assert_eq!(left, "client 0  raw \"\\xfc\"\npeer 0    feed, cut at 1");
    }
}
