//! What was laid on the wire of one connection of framing, and how far its decoder has come.

use crate::layout::{Behind, Layout, ParsedFrame, Rest};

/// What was laid on the wire of one connection, and how far its decoder has come.
#[derive(Debug, Default)]
pub(super) struct Wire {
    /// All that was laid, from the connection's first byte on.
    pub(super) laid: Vec<u8>,
    /// How much of it has been fed.
    pub(super) fed: usize,
    /// How many frames have come out.
    pub(super) frames: usize,
    /// Whether the decoder has refused something.
    pub(super) has_refused: bool,
    /// What lies behind what it refused first.
    pub(super) behind: Option<Behind>,
    /// How many bytes may lie between the wire and the decoder's end at once, if that is known by now; `None` in it if any number.
    pub(super) room: Option<Option<usize>>,
    /// What lies on it whole, as far as it has been looked at.
    pub(super) parsed: Vec<ParsedFrame>,
}

impl Wire {
    /// Looks at what was laid since it was last looked at.
    pub(super) fn parse(&mut self, layout: &Layout) {
        layout.parse_onto(&self.laid, self.rest_start(), &mut self.parsed);
    }

    /// The frames that have not been fed, as they lie in those bytes, if they are whole and nothing else has been fed or is left.
    pub(super) fn whole_frames(&self, layout: &Layout) -> Option<Vec<ParsedFrame>> {
        let is_border = self.fed == 0 || self.parsed.iter().any(|frame| frame.whole.end == self.fed);
        let parsed = layout.parse(&self.laid[self.fed..]);
        (is_border && parsed.rest == Rest::Nothing).then_some(parsed.frames)
    }

    /// Where a frame begins that is not whole, or must be refused, if there is one.
    pub(super) fn rest_start(&self) -> usize {
        self.parsed.last().map_or(0, |frame| frame.whole.end)
    }

    /// Passes over all that is left to feed, which are so many frames.
    pub(super) fn pass(&mut self, frames: usize) {
        self.fed = self.laid.len();
        self.frames += frames;
    }

    /// Loses what lies behind the first `kept` bytes.
    pub(super) fn lose(&mut self, kept: usize) {
        self.laid.truncate(kept);
        while self.parsed.last().is_some_and(|frame| frame.whole.end > kept) {
            self.parsed.pop();
        }
    }
}
