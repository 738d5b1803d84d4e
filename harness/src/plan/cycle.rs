//! A few bytes over and over: what is long and means something, such as a payload made of frames.
//!
//! Why not a literal: a plan would be as long as what it sends, and its replay token no line that anybody could paste.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use super::LONGEST_SLICE;

/// So many bytes in all, which are those of a unit again and again; the last unit may be cut off.
///
/// It lies behind a pointer, since it is rare and would make every step half as long again.
#[derive(Clone)]
pub struct Cycle(Box<Parts>);

#[derive(Clone)]
struct Parts {
    unit: Vec<u8>,
    len: u64,
    /// The bytes from which slices are taken, made when the first is asked for: so long that any slice lies together.
    unrolled: OnceLock<Vec<u8>>,
}

impl Cycle {
    /// `len` bytes, which are those of `unit` again and again; a unit without bytes counts as one zero.
    pub fn new(mut unit: Vec<u8>, len: u64) -> Cycle {
        if unit.is_empty() {
            unit.push(0);
        }
        Cycle(Box::new(Parts { unit, len, unrolled: OnceLock::new() }))
    }

    /// What is repeated: a byte at least.
    pub fn unit(&self) -> &[u8] {
        &self.0.unit
    }

    /// The length in bytes.
    pub fn len(&self) -> u64 {
        self.0.len
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    /// The same bytes, but `len` in all.
    pub(super) fn resized(&mut self, len: u64) {
        *self = Cycle::new(std::mem::take(&mut self.0.unit), len);
    }

    /// `max` bytes from `at` on, or [`LONGEST_SLICE`] if that is less; they must be there.
    pub(super) fn slice(&self, at: u64, max: usize) -> &[u8] {
        let max = max.min(LONGEST_SLICE);
        let start = (at % self.0.unit.len() as u64) as usize;
        if let Some(slice) = self.0.unit.get(start..start + max) {
            return slice;
        }
        let unrolled = self.0.unrolled.get_or_init(|| {
            let needed = self.0.len.min((self.0.unit.len() + LONGEST_SLICE) as u64) as usize;
            let mut bytes = Vec::new();
            self.append_to(&mut bytes, needed);
            bytes
        });
        &unrolled[start..start + max]
    }

    /// Puts the first `len` bytes behind those that are in `bytes`; they must be there.
    pub(super) fn append_to(&self, bytes: &mut Vec<u8>, len: usize) {
        bytes.reserve(len);
        let (start, end) = (bytes.len(), bytes.len() + len);
        bytes.extend_from_slice(&self.0.unit[..self.0.unit.len().min(len)]);
        while bytes.len() < end {
            // All that is there so far is whole units.
            let more = (bytes.len() - start).min(end - bytes.len());
            bytes.extend_from_within(start..start + more);
        }
    }
}

impl PartialEq for Cycle {
    fn eq(&self, other: &Cycle) -> bool {
        (&self.0.unit, self.0.len) == (&other.0.unit, other.0.len)
    }
}

impl Eq for Cycle {}

impl Hash for Cycle {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.0.unit, self.0.len).hash(state);
    }
}

impl fmt::Debug for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cycle").field("unit", &self.0.unit).field("len", &self.0.len).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Cycle;
    use crate::plan::{LONGEST_SLICE, Payload};

    #[test]
    fn slices_agree_with_the_single_bytes_and_lie_together() {
        for (unit, len) in [(1, 9), (3, 2), (8, 8_388_609), (5, 0), (LONGEST_SLICE + 9, 1 << 20)] {
            let unit: Vec<u8> = (0..unit).map(|byte| (byte % 251) as u8).collect();
            let payload = Payload::Cycle(Cycle::new(unit.clone(), len));
            for at in [0, 1, 7, 262_143, 262_150, len.saturating_sub(1), len, u64::MAX] {
                for max in [0, 1, 4, 65_536, usize::MAX] {
                    let left = usize::try_from(len.saturating_sub(at)).expect("it is short");
                    let slice = payload.slice(at, max);
                    assert_eq!(slice.len(), max.min(left).min(LONGEST_SLICE));
                    let byte = |index: usize| unit[((at + index as u64) % unit.len() as u64) as usize];
                    assert!(slice.iter().enumerate().all(|(index, seen)| *seen == byte(index)));
                }
            }
            let all: Vec<u8> = unit.iter().copied().cycle().take(len as usize).collect();
            assert!(payload.to_vec(usize::MAX) == all);
            assert_eq!(payload.to_vec(6), all[..all.len().min(6)]);
        }
    }

    #[test]
    fn a_unit_without_bytes_is_a_zero() {
        assert_eq!(Payload::Cycle(Cycle::new(Vec::new(), 3)).to_vec(9), [0; 3]);
    }
}
