//! What was sent on each direction of a stream, and how what comes out compares with it.

use std::iter;

use litemap::LiteMap;

use super::compare::{are_same, same_from_start};
use crate::plan::{End, PERIOD, Payload};
use crate::trace::{Content, Difference};

/// One direction of one connection, from the end that sends.
#[derive(Debug)]
pub(super) struct Direction {
    /// The payloads offered so far, each with the offset in the stream where it begins.
    offered: Vec<(u64, Payload)>,
    /// How many bytes were offered to the sending end's writes.
    pub(super) total: u64,
    /// How many bytes came out at the other end.
    pub(super) delivered: u64,
    /// How many of those a step has accounted for.
    claimed: u64,
    /// In how many reads the bytes behind `claimed` came.
    reads: u64,
    /// The payload in which `delivered` lies.
    cursor: usize,
    /// The first difference, if there was one.
    pub(super) difference: Option<Box<Difference>>,
}

/// How many bytes must agree before a place counts as where they stand: fewer are found by chance.
const TELLING: usize = 4;

/// How many bytes of a difference are looked for.
const LOOKED_FOR: usize = 16;

impl Direction {
    pub(super) fn new() -> Direction {
        Direction {
            offered: Vec::new(),
            total: 0,
            delivered: 0,
            claimed: 0,
            reads: 0,
            cursor: 0,
            difference: None,
        }
    }

    /// Adds a payload to what is sent; returns the offset where it begins.
    pub(super) fn offer(&mut self, payload: &Payload) -> u64 {
        let start = self.total;
        if !payload.is_empty() {
            self.offered.push((start, payload.clone()));
            self.total += payload.len();
        }
        start
    }

    /// Takes back the last `len` bytes offered, which the system did not take.
    pub(super) fn withdraw(&mut self, len: u64) {
        self.total -= len;
        if let Some((start, payload)) = self.offered.last_mut() {
            let kept = self.total.saturating_sub(*start);
            payload.truncate(kept);
        }
    }

    /// Compares the bytes of one read with what comes next; false at the first difference.
    pub(super) fn deliver(&mut self, mut bytes: &[u8]) -> bool {
        self.reads += 1;
        while !bytes.is_empty() {
            while self
                .offered
                .get(self.cursor)
                .is_some_and(|(start, payload)| start + payload.len() <= self.delivered)
            {
                self.cursor += 1;
            }
            let Some((start, payload)) = self.offered.get(self.cursor) else {
                return self.differs(bytes);
            };
            let expected = payload.slice(self.delivered - start, bytes.len());
            let (now, later) = bytes.split_at(expected.len());
            if !are_same(now, expected) {
                let same = same_from_start(now, expected);
                self.delivered += same as u64;
                return self.differs(&bytes[same..]);
            }
            self.delivered += now.len() as u64;
            bytes = later;
        }
        true
    }

    /// Some of the bytes that are to come next.
    pub(super) fn upcoming(&self) -> &[u8] {
        let next = self.offered.get(self.cursor);
        next.map_or(&[], |(start, payload)| payload.slice(self.delivered - start, usize::MAX))
    }

    /// Notes the first difference.
    fn differs(&mut self, actual: &[u8]) -> bool {
        let expected = self.sent(self.delivered, Difference::WINDOW);
        let actual = actual[..actual.len().min(Difference::WINDOW)].to_vec();
        self.difference = Some(Box::new(Difference {
            at: self.delivered,
            expected,
            actual,
            stands_at: None,
            belongs_to: None,
        }));
        false
    }

    /// Bytes that came behind a difference, until its window is full; says how many more it takes.
    pub(super) fn widen(&mut self, bytes: &[u8]) -> usize {
        let Some(difference) = &mut self.difference else { return 0 };
        let room = Difference::WINDOW - difference.actual.len();
        difference.actual.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Difference::WINDOW - difference.actual.len()
    }

    /// Where in all that was sent `bytes` stand, seen from `near`.
    ///
    /// Patterns repeat: what a long payload holds stands in its first period, and what is nearest stands within a period.
    fn places(&self, bytes: &[u8], near: u64) -> Places {
        let slack = bytes.len() as u64;
        let around = near.saturating_sub(PERIOD + slack)..near.saturating_add(PERIOD + slack);
        let heads = self.offered.iter().map(|(start, payload)| {
            start.saturating_sub(slack)..(start + payload.len().min(PERIOD) + slack).min(self.total)
        });
        let apart = heads.filter(|head| head.start < around.start || head.end > around.end);
        let mut places = Places::default();
        for region in iter::once(around.clone()).chain(apart) {
            let len = usize::try_from(region.end - region.start).unwrap_or(usize::MAX);
            let sent = self.sent(region.start, len);
            let found = sent.windows(bytes.len()).enumerate().filter(|(_, window)| *window == bytes);
            found.for_each(|(index, _)| places.add(region.start + index as u64, near));
        }
        places
    }

    /// Up to `max` bytes of what was sent, from `at` on.
    fn sent(&self, at: u64, max: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let first = self.offered.partition_point(|(start, payload)| start + payload.len() <= at);
        for (start, payload) in &self.offered[first..] {
            while bytes.len() < max {
                let place = at + bytes.len() as u64;
                let next = payload.slice(place - start, max - bytes.len());
                if next.is_empty() {
                    break;
                }
                bytes.extend_from_slice(next);
            }
        }
        bytes
    }

    /// How many bytes came that no step has accounted for.
    pub(super) fn unclaimed(&self) -> u64 {
        self.delivered - self.claimed
    }

    /// Accounts for the bytes that came since the last claim; `None` if none came and nothing differed.
    pub(super) fn claim(&mut self) -> Option<Content> {
        let content = Content {
            offset: self.claimed,
            len: self.unclaimed(),
            reads: self.reads,
            difference: self.difference.clone(),
        };
        self.claimed = self.delivered;
        self.reads = 0;
        (content.len > 0 || content.difference.is_some()).then_some(content)
    }
}

/// The nearest places of some bytes on either side of where they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Places {
    behind: Option<u64>,
    ahead: Option<u64>,
}

impl Places {
    fn add(&mut self, place: u64, near: u64) {
        if place < near {
            self.behind = self.behind.max(Some(place));
        } else {
            self.ahead = Some(self.ahead.map_or(place, |ahead| ahead.min(place)));
        }
    }

    fn is_none(self) -> bool {
        self == Places::default()
    }

    /// The nearest place, if all lie on one side: of bytes that stand on both, nobody can tell whether they are late or early.
    fn on_one_side(self) -> Option<u64> {
        self.behind.xor(self.ahead)
    }
}

/// Says where the bytes belong that came in place of what `sender` had sent, as far as all that was sent leaves no doubt.
///
/// The patterns of all directions are parts of one table, so that on long streams almost any bytes stand in several places.
pub(super) fn explain(difference: &mut Difference, sender: End, directions: &LiteMap<End, Direction>) {
    let Difference { actual, at, .. } = &*difference;
    let looked_for = &actual[..actual.len().min(LOOKED_FOR)];
    if looked_for.len() < TELLING {
        return;
    }
    let places = |direction: &Direction| direction.places(looked_for, *at);
    let own = directions.get(&sender).map(places).unwrap_or_default();
    let mut owners = directions
        .iter()
        .filter(|(end, direction)| **end != sender && !places(direction).is_none())
        .map(|(end, _)| *end);
    let (stands_at, belongs_to) = match (owners.next(), owners.next()) {
        (None, _) => (own.on_one_side(), None),
        (owner, None) if own.is_none() => (None, owner),
        _ => (None, None),
    };
    (difference.stands_at, difference.belongs_to) = (stands_at, belongs_to);
}

#[cfg(test)]
mod tests {
    use litemap::LiteMap;

    use super::{Direction, explain};
    use crate::plan::{End, PERIOD, Payload, slice};
    use crate::trace::Difference;

    fn direction() -> Direction {
        let mut direction = Direction::new();
        direction.offer(&Payload::Pattern { key: 3, offset: 0, len: 100 });
        direction.offer(&Payload::Literal(b"abc".to_vec()));
        direction
    }

    #[test]
    fn what_was_sent_matches_however_it_is_cut() {
        let sent = direction().sent(0, 1000);
        assert_eq!(sent.len(), 103);
        for size in 1..=103 {
            let mut direction = direction();
            assert!(sent.chunks(size).all(|chunk| direction.deliver(chunk)));
            let content = direction.claim().expect("bytes came");
            assert_eq!((content.offset, content.len, content.difference), (0, 103, None));
            assert_eq!(content.reads, 103_u64.div_ceil(size as u64));
            assert_eq!(direction.claim(), None);
        }
    }

    /// Both directions of a connection, on which each end has sent so many bytes.
    fn both(len: u64) -> LiteMap<End, Direction> {
        let directions = [(End::client(0), 0), (End::peer(0), 1)].map(|(end, key)| {
            let mut direction = Direction::new();
            direction.offer(&Payload::Pattern { key, offset: 0, len });
            (end, direction)
        });
        directions.into_iter().collect()
    }

    /// What is said of bytes that come behind the first `at` that the client sent: where they stand, and on whose direction.
    fn said(len: u64, at: u64, came: &[u8]) -> (Option<u64>, Option<End>) {
        let mut directions = both(len);
        let mut delivered = 0;
        let client = directions.get_mut(&End::client(0)).expect("it sends");
        while delivered < at {
            let piece = (at - delivered).min(1 << 16);
            assert!(client.deliver(slice(0, delivered, piece as usize)));
            delivered += piece;
        }
        assert!(!client.deliver(came));
        let mut difference = client.difference.clone().expect("it differs");
        explain(&mut difference, End::client(0), &directions);
        (difference.stands_at, difference.belongs_to)
    }

    #[test]
    fn what_stands_in_one_place_alone_is_found_there() {
        assert_eq!(said(5000, 1700, slice(0, 1800, 60)), (Some(1800), None));
        assert_eq!(said(5000, 1700, slice(0, 1690, 60)), (Some(1690), None));
        assert_eq!(said(5000, 1700, slice(1, 300, 60)), (None, Some(End::peer(0))));
        assert_eq!(said(5000, 1700, slice(0, 1800, 3)), (None, None));
        assert_eq!(said(5000, 1700, &[0; 60]), (None, None));
    }

    #[test]
    fn what_stands_on_one_side_alone_is_found_on_that_side() {
        let mut directions = both(PERIOD * 4);
        directions.remove(&End::peer(0));
        let said = |at, came: &[u8]| {
            let (expected, actual) = (Vec::new(), came.to_vec());
            let mut difference = Difference { at, expected, actual, stands_at: None, belongs_to: None };
            explain(&mut difference, End::client(0), &directions);
            difference.stands_at
        };
        // Lost from the first period on, and come again at the very end.
        assert_eq!(said(1000, slice(0, 1010, 60)), Some(1010));
        assert_eq!(said(PERIOD * 4 - 500, slice(0, PERIOD * 4 - 600, 60)), Some(PERIOD * 4 - 600));
        assert_eq!(said(PERIOD * 2, slice(0, PERIOD * 2 + 10, 60)), None);
    }

    #[test]
    fn a_loss_on_long_streams_is_neither_a_repeat_nor_cross_talk() {
        assert_eq!(said(1 << 20, 200_000, slice(0, 300_000, 4096)), (None, None));
        assert_eq!(said(1 << 20, 1000, slice(0, 1010, 4096)), (None, None));
    }

    #[test]
    fn bytes_beyond_what_was_sent_are_a_difference() {
        let mut direction = direction();
        let sent = direction.sent(0, 1000);
        assert!(direction.deliver(&sent));
        assert!(!direction.deliver(b"x"));
        let difference = direction.difference.as_ref().expect("one byte too many");
        assert_eq!(
            (difference.at, difference.expected.len(), difference.actual.as_slice()),
            (103, 0, &b"x"[..])
        );
    }
}
