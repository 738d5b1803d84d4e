//! What lies behind a refused frame: a decoder may end there, or pass over as many bytes as the header said and go on.

use super::{Layout, ParsedFrame, Rest};

/// What the reference reads of a wire when it passes over each frame that it refuses.
///
/// Why not read it when the plan is judged: what stands on a wire in the place of filler only its encoder knows.
#[derive(Clone, Debug)]
pub(crate) struct Behind {
    /// How far it has read.
    at: usize,
    /// Whether it has passed over the first refused frame.
    is_begun: bool,
    /// Whether decoders may differ about what follows, or about where the refused frame ends.
    is_open: bool,
    frames: Vec<ParsedFrame>,
    /// How many of the frames have come out, or been left out.
    passed: usize,
}

impl Behind {
    /// Behind the refused frame that begins at `start`.
    pub(crate) fn frame_at(start: usize) -> Behind {
        Behind { at: start, is_begun: false, is_open: false, frames: Vec::new(), passed: 0 }
    }

    /// Whether a frame that came out is one of those that lie behind the refused one in what was fed, and follows those that came before;
    /// `None` if that cannot be told.
    pub(crate) fn gives(&mut self, layout: &Layout, fed: &[u8], frame: &[u8]) -> Option<bool> {
        self.read(layout, fed);
        let found = self.frames[self.passed..].iter().position(|it| fed[it.item.clone()] == *frame);
        match found {
            Some(index) => {
                self.passed += index + 1;
                Some(true)
            }
            None => (self.is_begun && !self.is_open).then_some(false),
        }
    }

    /// Reads on to the end of what was fed.
    fn read(&mut self, layout: &Layout, fed: &[u8]) {
        while !self.is_open && self.at < fed.len() {
            let known = self.frames.len();
            let rest = layout.parse_onto(fed, self.at, &mut self.frames);
            let read = &self.frames[known..];
            let canonical = read.iter().take_while(|frame| layout.is_canonical(&fed[frame.whole.clone()]));
            let canonical = if self.is_begun { canonical.count() } else { 0 };
            // Nothing was refused there, or one decoder takes what another refuses.
            self.is_open = canonical < read.len();
            self.frames.truncate(known + canonical);
            self.at = self.frames[known..].last().map_or(self.at, |frame| frame.whole.end);
            if self.is_open || !matches!(rest, Rest::Refused { .. }) {
                return;
            }
            match layout.end_of_refused(&fed[self.at..]) {
                Ok(len) => self.at = self.at.saturating_add(len),
                Err(rest) => {
                    self.is_open = rest != Rest::Header;
                    return;
                }
            }
            self.is_begun = true;
        }
    }
}

impl Layout {
    /// How many bytes the frame has that is refused at the start of `bytes` for its length;
    /// `Rest::Header` if its length has not come yet, and anything else if decoders may differ about its end.
    fn end_of_refused(&self, bytes: &[u8]) -> Result<usize, Rest> {
        let (header, len) = self.boundless().read_header(bytes)?;
        let is_too_long = len > i128::from(self.max_frame) && self.is_canonical(bytes);
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        let whole = header.saturating_add(len).saturating_add(self.trailer().len());
        if is_too_long { Ok(whole) } else { Err(Rest::Nothing) }
    }
}

#[cfg(test)]
mod tests {
    use super::Behind;
    use crate::layout::Layout;

    /// What is said of each frame that comes out behind the refused one at the start of the wire.
    fn said(layout: &Layout, wire: &[u8], frames: &[&[u8]]) -> Vec<Option<bool>> {
        let mut behind = Behind::frame_at(0);
        frames.iter().map(|frame| behind.gives(layout, wire, frame)).collect()
    }

    #[test]
    fn frames_behind_each_refused_one_are_given_in_order() {
        let layout = Layout::u8().max_frame(3);
        let wire = [4, 1, 0xEE, 1, 0xEE, 1, 7, 5, 0, 0, 0, 0, 0, 2, 8, 9, 0];
        let all: [&[u8]; 3] = [&[7], &[8, 9], &[]];
        assert_eq!(said(&layout, &wire, &all), [Some(true); 3]);
        assert_eq!(said(&layout, &wire, &all[1..]), [Some(true); 2]);
        assert_eq!(said(&layout, &wire, &[&[8, 9], &[7]]), [Some(true), Some(false)]);
        assert_eq!(said(&layout, &wire, &[&[0xEE], &[7]]), [Some(false), Some(true)]);
        // Its last byte has not been fed.
        assert_eq!(said(&layout, &wire[..15], &[&[7], &[8, 9]]), [Some(true), Some(false)]);
    }

    #[test]
    fn where_decoders_may_differ_nothing_is_said() {
        let varint = Layout::varint().max_frame(3);
        // The second frame's length is written in two bytes; the first frame is not refused at all.
        assert_eq!(said(&varint, &[4, 0, 0, 0, 0, 0x81, 0, 7, 1, 9], &[&[], &[9]]), [None, None]);
        assert_eq!(said(&varint, &[1, 7, 1, 9], &[&[9]]), [None]);
        assert_eq!(said(&Layout::netstring().max_frame(3), b"50", &[b""]), [None]);
        assert_eq!(said(&Layout::netstring().max_frame(3), b"x1:a,", &[b"a"]), [None]);
        // A length below zero.
        let counting = Layout::u8().length_includes_header();
        assert_eq!(said(&counting, &[0, 2, 7], &[&[7]]), [None]);
    }
}
