//! What can be made simpler in one step.
//!
//! Every reduction makes its step smaller by some measure and larger by none, so that a search ends.

use std::ops::Range;

use crate::plan::{Cut, Cuts, DEFAULT_READ, Feed, Operation, Payload, Transfer};

/// One simplification; it does not apply to every operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reduction {
    /// At most so many bytes.
    AtMost(u64),
    /// Shorter by this share of two (1 is a half, 2 a quarter), but by a byte at least.
    Shorter(u32),
    /// No cuts.
    Uncut,
    /// The cuts between equal pieces one by one, if they are few.
    Listed,
    /// Pieces of twice the length.
    LongerPieces,
    /// Without the cuts from the first of these to before the second.
    WithoutCuts(usize, usize),
    /// All joined cuts become plain ones.
    Separated,
    /// This cut becomes a plain one.
    SeparatedAt(usize),
    /// This cut lies nearer to the one before it by this share of two, but by a byte at least; share 0 is as near as can be.
    Nearer(usize, u32),
    /// The default size of read.
    DefaultReads,
    /// Only the read sizes from the first of these to before the second.
    OnlyReads(usize, usize),
    /// At most so many buffers a write.
    Slices(u8),
    /// A reader that is not polled beforehand.
    UnpolledReader,
    /// A read buffer of this size, which is simpler than most.
    Buffer(u32),
}

/// Listed cuts up to this many are moved one by one.
const MOVED_CUTS: usize = 8;

/// Up to this many cuts are easier read as a list than as pieces of equal length.
const FEW_CUTS: usize = 3;

/// Equal pieces up to this many are listed to leave single cuts out.
const LISTED_PIECES: u64 = 1024;

/// How many bytes a feed has is not said in its step.
const UNKNOWN_LEN: u64 = u64::MAX;

/// Datagrams are not made shorter than this many bytes: below it their patterns do not tell them apart.
pub(super) const SHORTEST_DATAGRAM: u64 = 4;

/// What can be tried on `operation`, the largest reductions first.
pub(super) fn reductions(operation: &Operation) -> Vec<Reduction> {
    match operation {
        Operation::Transfer(transfer) => {
            let lengths = shorter(transfer.payload.len(), 0);
            lengths.chain(transfer_reductions(transfer)).collect()
        }
        Operation::Send(payload)
        | Operation::PollSend(payload)
        | Operation::Encode(payload)
        | Operation::Frame(payload)
        | Operation::Raw(payload) => shorter(payload.len(), 0).collect(),
        Operation::Feed(feed) => {
            let less_lost = shorter(u64::from(feed.lost), 0);
            less_lost.chain(cut_reductions(&feed.cuts, UNKNOWN_LEN)).collect()
        }
        Operation::SendDatagram { payload, .. } => shorter(payload.len(), SHORTEST_DATAGRAM).collect(),
        Operation::Receive { .. } => vec![Reduction::Buffer(DEFAULT_READ), Reduction::Buffer(1)],
        Operation::PollReceive { .. }
        | Operation::ReceiveDatagram { .. }
        | Operation::PollDatagram { .. } => vec![Reduction::Buffer(DEFAULT_READ)],
        // What is filled up is as long as it is because less would fit.
        _ => Vec::new(),
    }
}

fn shorter(len: u64, shortest: u64) -> impl Iterator<Item = Reduction> {
    let fixed = [0, 1].into_iter().filter(move |fixed| *fixed >= shortest).map(Reduction::AtMost);
    let shares = 1..=len.checked_ilog2().map_or(0, |bits| bits + 1);
    fixed.chain(shares.map(Reduction::Shorter))
}

fn transfer_reductions(transfer: &Transfer) -> Vec<Reduction> {
    let mut all = cut_reductions(&transfer.cuts, transfer.payload.len());
    all.push(Reduction::DefaultReads);
    let reads = transfer.reads.len();
    all.extend((0..reads).map(|read| Reduction::OnlyReads(read, read + 1)));
    all.extend([Reduction::OnlyReads(0, reads / 2), Reduction::OnlyReads(reads / 2, reads)]);
    all.extend([Reduction::Slices(0), Reduction::Slices(2), Reduction::UnpolledReader]);
    all
}

/// What can be tried on the cuts of `len` bytes.
fn cut_reductions(cuts: &Cuts, len: u64) -> Vec<Reduction> {
    let mut all = vec![Reduction::Uncut, Reduction::LongerPieces, Reduction::Listed];
    let count = listed(cuts, len).map_or(0, |cuts| cuts.len());
    all.extend(runs(count).map(|run| Reduction::WithoutCuts(run.start, run.end)));
    all.push(Reduction::Separated);
    all.extend((0..count).map(Reduction::SeparatedAt));
    if let Cuts::At(cuts) = cuts
        && cuts.len() <= MOVED_CUTS
    {
        let shares = 0..u32::BITS;
        all.extend(
            (0..cuts.len()).flat_map(|cut| shares.clone().map(move |share| Reduction::Nearer(cut, share))),
        );
    }
    all
}

/// Halves of `len` items, then quarters, and so on down to single ones; the last first.
fn runs(len: usize) -> impl Iterator<Item = Range<usize>> {
    let sizes = std::iter::successors(Some(len.div_ceil(2)), |size| (*size > 1).then_some(size.div_ceil(2)));
    let starts = move |size: usize| (0..len).step_by(size.max(1)).rev();
    sizes.flat_map(move |size| starts(size).map(move |start| start..(start + size).min(len)))
}

/// The cuts of `len` bytes one by one, unless they are too many.
fn listed(cuts: &Cuts, len: u64) -> Option<Vec<Cut>> {
    match cuts {
        Cuts::None => None,
        Cuts::At(cuts) => Some(cuts.clone()),
        Cuts::Every { len: piece, joined } => {
            let count = len.saturating_sub(1) / u64::from((*piece).max(1));
            let at = |number: u64| u32::try_from(number * u64::from(*piece)).ok();
            let cuts = (1..=count).map_while(|number| Some(Cut { at: at(number)?, joined: *joined }));
            (count <= LISTED_PIECES).then(|| cuts.collect())
        }
    }
}

impl Reduction {
    /// Makes `operation` simpler; false if it does not apply or is so already.
    pub(super) fn make(self, operation: &mut Operation) -> bool {
        let before = operation.clone();
        match operation {
            Operation::Transfer(transfer) => self.make_in_transfer(transfer),
            Operation::Send(payload)
            | Operation::PollSend(payload)
            | Operation::Encode(payload)
            | Operation::Frame(payload)
            | Operation::Raw(payload) => self.shorten(payload, 0),
            Operation::Feed(feed) => self.make_in_feed(feed),
            Operation::SendDatagram { payload, .. } => self.shorten(payload, SHORTEST_DATAGRAM),
            Operation::Receive { max, .. }
            | Operation::PollReceive { max }
            | Operation::ReceiveDatagram { max }
            | Operation::PollDatagram { max } => self.resize(max),
            _ => {}
        }
        *operation != before
    }

    /// What is left of `now`; `None` if the reduction is not about lengths.
    fn lessened(self, now: u64) -> Option<u64> {
        match self {
            Reduction::AtMost(most) => Some(most),
            Reduction::Shorter(share) => Some(now.saturating_sub(part(now, share))),
            _ => None,
        }
    }

    fn make_in_feed(self, feed: &mut Feed) {
        let lost = u64::from(feed.lost);
        match self.lessened(lost) {
            Some(less) => feed.lost = u32::try_from(less.min(lost)).unwrap_or(feed.lost),
            None => self.make_in_cuts(&mut feed.cuts, UNKNOWN_LEN),
        }
    }

    fn shorten(self, payload: &mut Payload, shortest: u64) {
        let now = payload.len();
        let Some(wanted) = self.lessened(now) else { return };
        let wanted = wanted.max(shortest).min(now);
        payload.truncate(wanted);
    }

    fn resize(self, max: &mut u32) {
        if let Reduction::Buffer(size) = self
            && rank(size) < rank(*max)
        {
            *max = size;
        }
    }

    fn make_in_transfer(self, transfer: &mut Transfer) {
        match self {
            Reduction::AtMost(_) | Reduction::Shorter(_) => {
                let before = transfer.payload.len();
                self.shorten(&mut transfer.payload, 0);
                if transfer.payload.len() < before {
                    tidy_cuts(&mut transfer.cuts, transfer.payload.len());
                }
            }
            Reduction::DefaultReads => transfer.reads.clear(),
            Reduction::OnlyReads(first, end) => {
                if first < end && end <= transfer.reads.len() {
                    transfer.reads = transfer.reads[first..end].to_vec();
                }
            }
            Reduction::Slices(slices) => transfer.slices = transfer.slices.min(slices),
            Reduction::UnpolledReader => transfer.reader_waits = false,
            Reduction::Buffer(_) => {}
            _ => self.make_in_cuts(&mut transfer.cuts, transfer.payload.len()),
        }
    }

    fn make_in_cuts(self, cuts: &mut Cuts, payload_len: u64) {
        match (self, cuts) {
            (Reduction::Uncut, cuts) => *cuts = Cuts::None,
            (Reduction::LongerPieces, cuts @ Cuts::Every { .. }) => {
                if let Cuts::Every { len, .. } = cuts {
                    *len = len.saturating_mul(2);
                }
                tidy_cuts(cuts, payload_len);
            }
            (Reduction::Listed, cuts @ Cuts::Every { .. }) => tidy_cuts(cuts, payload_len),
            (Reduction::WithoutCuts(first, end), cuts) => {
                if let Some(mut places) = listed(cuts, payload_len)
                    && first < places.len()
                {
                    places.drain(first..end.min(places.len()));
                    *cuts = if places.is_empty() { Cuts::None } else { Cuts::At(places) };
                }
            }
            (Reduction::Separated, Cuts::Every { joined, .. }) => *joined = false,
            (Reduction::Separated, Cuts::At(cuts)) => cuts.iter_mut().for_each(|cut| cut.joined = false),
            (Reduction::SeparatedAt(index), Cuts::At(cuts)) => {
                if let Some(cut) = cuts.get_mut(index) {
                    cut.joined = false;
                }
            }
            (Reduction::Nearer(index, share), Cuts::At(cuts)) => {
                let before = index.checked_sub(1).and_then(|index| cuts.get(index)).map_or(0, |cut| cut.at);
                if let Some(cut) = cuts.get_mut(index) {
                    let room = cut.at.saturating_sub(before.saturating_add(1));
                    let distance = part(u64::from(room), share).min(u64::from(room));
                    cut.at -= u32::try_from(distance).unwrap_or(0);
                }
            }
            _ => {}
        }
    }
}

/// How simple a buffer is: an empty one is meant, the default needs no thought, and one byte is at least a round number.
fn rank(max: u32) -> u8 {
    match max {
        0 => 0,
        DEFAULT_READ => 1,
        1 => 2,
        _ => 3,
    }
}

/// The share of `whole` that stands for how often it is halved, but 1 at least.
fn part(whole: u64, share: u32) -> u64 {
    whole.checked_shr(share).unwrap_or(0).max(1)
}

/// Leaves out the cuts that lie outside `len` bytes, where they do nothing, and lists those between few pieces.
pub(super) fn tidy_cuts(cuts: &mut Cuts, len: u64) {
    match cuts {
        Cuts::None => {}
        Cuts::At(places) => places.retain(|cut| u64::from(cut.at) < len),
        Cuts::Every { .. } => {
            if let Some(places) = listed(cuts, len).filter(|places| places.len() <= FEW_CUTS) {
                *cuts = Cuts::At(places);
            }
        }
    }
    if *cuts == Cuts::At(Vec::new()) {
        *cuts = Cuts::None;
    }
}
