//! Where a payload is cut into writes, and which of them are joined for the reader.

use std::ops::AddAssign;

/// One place where a write ends and the next begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cut {
    /// How many bytes of the payload lie before it.
    pub at: u32,
    /// Whether the reader is held back here, so that both sides of the cut can be read at once; else the reader has
    /// consumed everything before the cut ere anything behind it is sent.
    pub joined: bool,
}

/// Where a payload is cut into writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub enum Cuts {
    /// Nowhere: one write.
    #[default]
    None,
    /// After every `len` bytes (at least 1).
    Every {
        /// The length of a piece in bytes.
        len: u32,
        /// As [`Cut::joined`], for each cut.
        joined: bool,
    },
    /// At these places, rising.
    At(Vec<Cut>),
}

impl Cuts {
    /// The first cut behind `position` in a payload of `len` bytes, or the end of the payload as a proven cut.
    pub fn next(&self, position: u64, len: u64) -> (u64, bool) {
        let (at, joined) = match self {
            Cuts::None => (len, false),
            Cuts::Every { len: every, joined } => {
                let every = u64::from((*every).max(1));
                (position - position % every + every, *joined)
            }
            Cuts::At(cuts) => {
                let index = cuts.partition_point(|cut| u64::from(cut.at) <= position);
                cuts.get(index).map_or((len, false), |cut| (u64::from(cut.at), cut.joined))
            }
        };
        if at >= len { (len, false) } else { (at, joined) }
    }

    /// How many joined cuts lie behind `start` and before `end`.
    pub fn joined_within(&self, start: u64, end: u64) -> u64 {
        match self {
            Cuts::Every { len, joined: true } if end > start + 1 => {
                let len = u64::from((*len).max(1));
                (end - 1) / len - start / len
            }
            Cuts::At(cuts) => {
                let first = cuts.partition_point(|cut| u64::from(cut.at) <= start);
                let inside = cuts[first..].iter().take_while(|cut| u64::from(cut.at) < end);
                inside.filter(|cut| cut.joined).count() as u64
            }
            _ => 0,
        }
    }

    /// How many cuts of each sort lie inside a payload of `len` bytes.
    pub fn count(&self, len: u64) -> CutCount {
        match self {
            Cuts::None => CutCount::default(),
            Cuts::Every { len: every, joined } => {
                let cuts = len.saturating_sub(1) / u64::from((*every).max(1));
                if *joined { CutCount { cut: 0, joined: cuts } } else { CutCount { cut: cuts, joined: 0 } }
            }
            Cuts::At(cuts) => {
                let inside = cuts.iter().filter(|cut| cut.at > 0 && u64::from(cut.at) < len);
                let all = inside.clone().count() as u64;
                let joined = inside.filter(|cut| cut.joined).count() as u64;
                CutCount { cut: all - joined, joined }
            }
        }
    }
}

/// How many places are cut, and how many are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CutCount {
    /// Places where no read may span.
    pub cut: u64,
    /// Places between two writes that one read should span.
    pub joined: u64,
}

impl AddAssign for CutCount {
    fn add_assign(&mut self, other: CutCount) {
        self.cut += other.cut;
        self.joined += other.joined;
    }
}
