//! Framing over memory, fed in every way in which a short wire can be cut.
//!
//! One call of the world feeds one way, so that a way costs little more than the decoder's own calls.

use super::driver::{Driver, Go};
use crate::codec::Decoded;
use crate::layout::ParsedFrame;
use crate::plan::{Cut, Cuts, End, MAX_EVERY_WAY};
use crate::system::Call;
use crate::trace::{Outcome, Stopped};

impl Driver<'_> {
    /// Feeds what lies on the wire in every way, each to a fresh codec and up to the end.
    ///
    /// What lies there must be whole frames: a fresh codec knows nothing of a beginning that another one was fed.
    pub(super) fn feed_every_way(&mut self, end: End) -> Go {
        let mut wire = self.wires.remove(&end.connection).unwrap_or_default();
        let len = wire.laid.len() - wire.fed;
        let is_short = (1..=MAX_EVERY_WAY).contains(&len);
        let Some(frames) = self.layout().filter(|_| is_short).and_then(|layout| wire.whole_frames(layout))
        else {
            self.wires.insert(end.connection, wire);
            self.see(end, Outcome::BoundReached("no whole frames, or too many bytes, to feed in every way"));
            return Ok(());
        };
        let laid = &wire.laid[wire.fed..];
        let ways = 1u64 << (len - 1);
        let mut seen = Vec::new();
        let mut differing = None;
        for mask in 0..ways {
            seen.clear();
            let _ = self.call(end, Call::Way { wire: laid, mask, seen: &mut seen })?;
            if !is_as_parsed(&seen, laid, mask, &frames) {
                differing = Some(mask);
                break;
            }
            if mask % WAYS_PER_LOOK == 0 {
                self.keep_bounds()?;
            }
        }
        let machine = seen.iter().find_map(|(_, decoded)| match decoded {
            Decoded::Refused(failure) if failure.is_of_machine() => Some(*failure),
            _ => None,
        });
        if let Some(failure) = machine.filter(|_| differing.is_some()) {
            self.wires.insert(end.connection, wire);
            self.see(end, Outcome::Error(failure));
            return Err(Stopped::Broken);
        }
        let outcome = Outcome::EveryWay { ways, differing: differing.map(cuts_of) };
        wire.pass(frames.len());
        self.wires.insert(end.connection, wire);
        self.see(end, outcome);
        // What it gave is seen by feeding that way alone, which is what shrinking begins with.
        if differing.is_some() { Err(Stopped::Difference) } else { Ok(()) }
    }
}

/// How many ways are fed between two looks at the clock.
const WAYS_PER_LOOK: u64 = 1024;

/// Where a mask cuts.
fn cuts_of(mask: u64) -> Cuts {
    let places = (0..64).filter(|bit| mask >> bit & 1 == 1);
    Cuts::At(places.map(|bit| Cut { at: bit + 1, joined: false }).collect())
}

/// Whether a way gave exactly the frames, each at the first piece that held its last byte, and then a clean end.
fn is_as_parsed(seen: &[(usize, Decoded)], wire: &[u8], mask: u64, frames: &[ParsedFrame]) -> bool {
    let Some(((_, Decoded::End), given)) = seen.split_last() else { return false };
    given.len() == frames.len()
        && given.iter().zip(frames).all(|((fed, decoded), frame)| {
            let due = piece_end(frame.whole.end, wire.len(), mask);
            *fed == due && matches!(decoded, Decoded::Frame(bytes) if bytes[..] == wire[frame.item.clone()])
        })
}

/// Where the piece ends that holds the byte before `at`.
fn piece_end(at: usize, len: usize, mask: u64) -> usize {
    let behind = mask >> (at - 1);
    if behind == 0 { len } else { (at + behind.trailing_zeros() as usize).min(len) }
}
