//! What is sent: bytes of a pattern, literal ones, or a few literal ones over and over.

use std::borrow::Cow;

use super::cycle::Cycle;
use super::pattern::slice;

/// The bytes of one send.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    /// These bytes.
    Literal(Vec<u8>),
    /// `len` bytes of the pattern `key` from `offset` on (see [`slice()`]).
    Pattern {
        /// Which of the patterns: no two streams of a plan share one, so that cross-talk shows.
        key: u32,
        /// Where in the pattern it begins, in bytes.
        offset: u64,
        /// How long it is, in bytes.
        len: u64,
    },
    /// A few bytes over and over.
    Cycle(Cycle),
}

impl Payload {
    /// The length in bytes.
    pub fn len(&self) -> u64 {
        match self {
            Payload::Literal(bytes) => bytes.len() as u64,
            Payload::Pattern { len, .. } => *len,
            Payload::Cycle(cycle) => cycle.len(),
        }
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Leaves out what lies behind the first `len` bytes.
    pub(crate) fn truncate(&mut self, len: u64) {
        match self {
            Payload::Literal(bytes) => bytes.truncate(usize::try_from(len).unwrap_or(usize::MAX)),
            Payload::Pattern { len: now, .. } => *now = len.min(*now),
            Payload::Cycle(cycle) if len < cycle.len() => cycle.resized(len),
            Payload::Cycle(_) => {}
        }
    }

    /// The length in bytes, or `max` if that is less.
    pub(crate) fn len_within(&self, max: usize) -> usize {
        usize::try_from(self.len()).unwrap_or(usize::MAX).min(max)
    }

    /// The bytes from `at` on, as many as lie together, at most `max` and at most [`LONGEST_SLICE`](super::LONGEST_SLICE); empty only at the end.
    pub fn slice(&self, at: u64, max: usize) -> &[u8] {
        let left = self.len().saturating_sub(at);
        let max = usize::try_from(left).unwrap_or(usize::MAX).min(max);
        match self {
            Payload::Literal(bytes) => {
                let at = usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len());
                &bytes[at..at + max]
            }
            Payload::Pattern { key, offset, .. } => slice(*key, offset.wrapping_add(at), max),
            Payload::Cycle(cycle) => cycle.slice(at, max),
        }
    }

    /// All the bytes, at most `max`: for datagrams and reports, not for bulk.
    pub fn to_vec(&self, max: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.append_to(&mut bytes, max);
        bytes
    }

    /// As [`Payload::to_vec`], without a copy where they lie together.
    pub(crate) fn bytes(&self, max: usize) -> Cow<'_, [u8]> {
        let together = self.slice(0, max);
        if together.len() == self.len_within(max) { together.into() } else { self.to_vec(max).into() }
    }

    /// Puts all the bytes, at most `max`, behind those that are in `bytes`.
    pub(crate) fn append_to(&self, bytes: &mut Vec<u8>, max: usize) {
        let len = self.len_within(max);
        if let Payload::Cycle(cycle) = self {
            cycle.append_to(bytes, len);
            return;
        }
        let end = bytes.len() + len;
        bytes.reserve(len);
        while bytes.len() < end {
            let left = end - bytes.len();
            bytes.extend_from_slice(self.slice((len - left) as u64, left));
        }
    }
}
