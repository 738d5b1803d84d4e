//! What a codec's calls hold in memory.
//!
//! What they ask for in all is `copies`, and how long they compute is `time`.

use crate::layout::Layout;
use crate::oracle::stream::Run;
use crate::plan::{Cuts, Operation};
use crate::verdict::{FailureKind, Verdict};

/// A codec may hold so many times its largest whole frame and the largest piece that it was fed:
/// the bytes as they came, a store of its own and the frames that it made of them.
///
/// A `BytesMut` moves its bytes to its front only when at least as many lie free there, and doubles otherwise,
/// so that a buffer which is never empty grows to four times a frame, and is there one and a half times while it grows.
pub const MEMORY_MULTIPLE: u64 = 16;

/// What a codec may hold besides, in bytes: tables, buffers that are never small, stores that are tidied up now and then.
pub const MEMORY_SLACK: u64 = 256 << 10;

/// What a codec may hold for each frame of one piece, besides its payload, in bytes:
/// whoever decodes ahead keeps them in a queue, which doubles as it grows.
const MEMORY_PER_FRAME: u64 = 256;

/// A codec may make so many buffers that hold the largest frame there can be, whatever comes.
const LARGEST_BUFFERS: u64 = 4;

/// Between two counts no codec held more than a multiple of what it was fed at once, and of its largest frame;
/// nor did it keep more than that from one lap to the next.
///
/// A lap counts if nothing but feeding happens in it: laying the wire takes memory, too, and that is the harness's own.
/// A header alone counts for nothing if what it announces has to be refused.
pub fn within_memory(layout: &Layout, run: &Run<'_>) -> Verdict {
    let mut laps = Laps::default();
    for (index, step) in run.plan.steps.iter().enumerate() {
        if let Operation::Count = &step.operation {
            let counters = run.trace.counters(index);
            let peak = counters.and_then(|counters| counters.allocated_peak);
            let kept = counters.and_then(|counters| counters.allocated_kept);
            let most = laps.most();
            let most_at_once = most.saturating_add(layout.largest().saturating_mul(LARGEST_BUFFERS));
            let held = match laps.count() {
                Lap::NotMeasured => None,
                _ if peak.is_some_and(|peak| peak > most_at_once) => Some("more memory held than that"),
                Lap::AfterAnother if kept.is_some_and(|kept| kept > most) => {
                    Some("more memory kept than that, of frames that had been given")
                }
                _ => None,
            };
            if let Some(actual) = held {
                return Verdict::fail(FailureKind::OutOfBudget, laps.words(), actual);
            }
        } else {
            laps.see(layout, &step.operation);
        }
    }
    Verdict::Pass
}

/// What a plan has laid and fed, as far as memory goes by it.
#[derive(Default)]
struct Laps {
    /// The longest whole frame that may be held, be it laid or announced; the shortest laid; in bytes.
    longest: u64,
    shortest: Option<u64>,
    /// How many bytes wait to be fed, and the largest piece that was fed at once.
    waiting: u64,
    piece: u64,
    is_counting: bool,
    /// Whether something was laid since the last count, and something fed in a lap that counted.
    has_laid: bool,
    has_fed: bool,
}

/// What may be said of what a lap took.
enum Lap {
    /// Nothing: there was none, or it was the harness that took memory.
    NotMeasured,
    /// All that the codec has was made in it.
    First,
    /// What the codec has for good was made before.
    AfterAnother,
}

impl Laps {
    fn see(&mut self, layout: &Layout, operation: &Operation) {
        let whole = |len: u64| layout.whole(len).unwrap_or(len);
        match operation {
            Operation::Frame(payload) | Operation::Encode(payload) => {
                let whole = whole(payload.len());
                self.lay(whole);
                self.shortest = Some(self.shortest.unwrap_or(whole).min(whole));
                if payload.len() <= layout.largest() {
                    self.longest = self.longest.max(whole);
                }
            }
            Operation::Header(value) => {
                let header = layout.header_of_value((*value).min(layout.field().most()));
                let header = header.unwrap_or_default();
                self.lay(header.len() as u64);
                // Room for a frame that is allowed may be reserved at once.
                let announced = layout.announced(&header).filter(|len| *len <= layout.largest());
                self.longest = self.longest.max(announced.unwrap_or(0));
            }
            Operation::Raw(payload) => {
                self.lay(payload.len());
                self.shortest = Some(1);
                self.longest = self.longest.max(whole(layout.largest()));
            }
            Operation::Feed(feed) => {
                let longest = longest_piece(&feed.cuts, self.waiting);
                self.piece = self.piece.max(longest);
                self.waiting = 0;
            }
            _ => {}
        }
    }

    fn lay(&mut self, bytes: u64) {
        self.has_laid = true;
        self.waiting = self.waiting.saturating_add(bytes);
    }

    /// The most that may be kept, in bytes.
    fn most(&self) -> u64 {
        let frames = self.piece / self.shortest.unwrap_or(u64::MAX).max(1) + 1;
        (self.longest.saturating_add(self.piece).saturating_mul(MEMORY_MULTIPLE))
            .saturating_add(frames.saturating_mul(MEMORY_PER_FRAME))
            .saturating_add(MEMORY_SLACK)
    }

    /// Ends a lap.
    fn count(&mut self) -> Lap {
        let lap = match (self.is_counting && !self.has_laid, self.has_fed) {
            (false, _) => Lap::NotMeasured,
            (true, false) => Lap::First,
            (true, true) => Lap::AfterAnother,
        };
        self.has_fed |= !matches!(lap, Lap::NotMeasured) && self.piece > 0;
        self.is_counting = true;
        self.has_laid = false;
        lap
    }

    fn words(&self) -> String {
        format!(
            "at most {MEMORY_MULTIPLE} times the largest frame of {} bytes and the largest piece of {}, and {} KiB",
            self.longest,
            self.piece,
            MEMORY_SLACK >> 10
        )
    }
}

/// The longest piece of `len` bytes that are cut so; joined ones count as one.
fn longest_piece(cuts: &Cuts, len: u64) -> u64 {
    match cuts {
        Cuts::None => len,
        Cuts::Every { joined: true, .. } => len,
        Cuts::Every { len: piece, joined: false } => u64::from(*piece).min(len),
        Cuts::At(cuts) => {
            let places = cuts.iter().filter(|cut| !cut.joined).map(|cut| u64::from(cut.at));
            let mut last = 0;
            let mut longest = 0;
            for at in places.filter(|at| *at < len).chain([len]) {
                longest = longest.max(at - last);
                last = at;
            }
            longest
        }
    }
}
