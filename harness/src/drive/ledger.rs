//! What was sent on each direction of a stream, and how what comes out compares with it.

use crate::plan::{End, Payload};
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
    pub(super) difference: Option<Difference>,
}

/// How far around a difference its bytes are looked for in what was sent.
const SEARCH: u64 = 128 * 1024;

/// How many bytes must agree before a place counts as where they stand: fewer are found by chance.
const TELLING: usize = 4;

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
            match payload {
                Payload::Literal(bytes) => bytes.truncate(usize::try_from(kept).unwrap_or(usize::MAX)),
                Payload::Pattern { len, .. } => *len = (*len).min(kept),
            }
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
            if now != expected {
                let same = same_from_start(now, expected);
                self.delivered += same as u64;
                return self.differs(&bytes[same..]);
            }
            self.delivered += now.len() as u64;
            bytes = later;
        }
        true
    }

    /// Notes the first difference.
    fn differs(&mut self, actual: &[u8]) -> bool {
        let expected = self.sent(self.delivered, Difference::WINDOW);
        let actual = actual[..actual.len().min(Difference::WINDOW)].to_vec();
        self.difference =
            Some(Difference { at: self.delivered, expected, actual, stands_at: None, belongs_to: None });
        false
    }

    /// Bytes that came behind a difference, until its window is full; says how many more it takes.
    pub(super) fn widen(&mut self, bytes: &[u8]) -> usize {
        let Some(difference) = &mut self.difference else { return 0 };
        let room = Difference::WINDOW - difference.actual.len();
        difference.actual.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Difference::WINDOW - difference.actual.len()
    }

    /// Looks up where in what was sent the bytes of the difference stand.
    pub(super) fn locate(&mut self) {
        let Some(difference) = &self.difference else { return };
        let at = difference.at;
        let found = self.find(&difference.actual, at);
        if let Some(difference) = &mut self.difference {
            difference.stands_at = found;
        }
    }

    /// Where `bytes` stand in what was sent, nearest to `near`; `None` if there are too few to tell.
    pub(super) fn find(&self, bytes: &[u8], near: u64) -> Option<u64> {
        let needle = bytes.get(..bytes.len().min(16)).filter(|needle| needle.len() >= TELLING)?;
        let from = near.saturating_sub(SEARCH);
        let span = usize::try_from(near - from + SEARCH).expect("twice the search distance");
        let sent = self.sent(from, span);
        let places = sent.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle);
        places.map(|(i, _)| from + i as u64).min_by_key(|place| place.abs_diff(near))
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

/// Finds on which of the other directions the bytes of a difference were sent.
pub(super) fn find_owner<'a>(
    bytes: &[u8],
    near: u64,
    others: impl Iterator<Item = (&'a End, &'a Direction)>,
) -> Option<End> {
    let mut others = others;
    others.find(|(_, direction)| direction.find(bytes, near).is_some()).map(|(end, _)| *end)
}

/// How many bytes agree from the start.
pub(super) fn same_from_start(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::Direction;
    use crate::plan::{Payload, slice};

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

    #[test]
    fn a_lost_byte_is_found_where_it_was_lost() {
        let mut direction = direction();
        assert!(direction.deliver(slice(3, 0, 17)));
        assert!(!direction.deliver(slice(3, 18, 60)));
        direction.locate();
        let difference = direction.claim().and_then(|content| content.difference).expect("a byte was lost");
        assert_eq!((difference.at, difference.stands_at), (17, Some(18)));
        assert_eq!(difference.actual, slice(3, 18, 32));
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
