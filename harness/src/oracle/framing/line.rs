//! What lies on the wire of one connection at some step of a plan, and what the reference makes of it.

use std::ops::Range;

use crate::layout::{FILLER, LONGEST_WIRE, Layout, Parsed, ParsedFrame, Rest};
use crate::plan::Payload;

/// The wire of one connection, as far as the plan has come.
#[derive(Debug)]
pub(super) struct Line {
    /// All that was laid and not lost.
    pub(super) laid: Vec<u8>,
    /// What a feed lost last: it was laid behind the rest.
    lost: Vec<u8>,
    /// How much of it has been fed.
    pub(super) fed: usize,
    /// The frames that lie on it.
    pub(super) frames: Vec<ParsedFrame>,
    /// What lies behind the last of them.
    pub(super) rest: Rest,
    /// How many frames came out as they should.
    pub(super) given: usize,
    /// From where to where each frame goes, without what stands behind its payload, that a step laid as a frame.
    pub(super) as_frames: Vec<Range<usize>>,
    /// Whether bytes were laid that may mean anything.
    pub(super) has_raw: bool,
    /// Whether an encoder laid something else than the reference would have: nothing is known of the wire any more.
    pub(super) is_unknown: bool,
    /// What followed a refusal, if there was one.
    pub(super) refused: Option<AfterRefusal>,
}

/// What a decoder owes after it has refused.
#[derive(Debug)]
pub(super) struct AfterRefusal {
    /// Where the refused frame ends, so that a decoder may go on there; `None` if that cannot be said.
    pub(super) resumes_at: Option<usize>,
    /// The frames before the refused one that had not come out when it was refused.
    pub(super) pending: Range<usize>,
}

impl Default for Line {
    fn default() -> Line {
        Line {
            laid: Vec::new(),
            lost: Vec::new(),
            fed: 0,
            frames: Vec::new(),
            rest: Rest::Nothing,
            given: 0,
            as_frames: Vec::new(),
            has_raw: false,
            is_unknown: false,
            refused: None,
        }
    }
}

impl Line {
    /// An empty one, with room for so many bytes.
    pub(super) fn with_room(bytes: usize) -> Line {
        Line { laid: Vec::with_capacity(bytes), ..Line::default() }
    }

    /// Lays a frame, whatever its length.
    pub(super) fn lay_frame(&mut self, layout: &Layout, payload: &Payload) {
        let len = payload.len_within(LONGEST_WIRE);
        if let Some(head) = layout.head(len as u64) {
            let start = self.laid.len();
            let trailer = layout.trailer();
            let whole = head.len() + len + trailer.len();
            if start + whole <= LONGEST_WIRE {
                self.laid.reserve(whole);
                head.append_to(&mut self.laid);
                payload.append_to(&mut self.laid, len);
                self.laid.extend_from_slice(trailer);
                self.as_frames.push(start..self.laid.len() - trailer.len());
            }
        }
    }

    /// Lays a header without its payload.
    pub(super) fn lay_header(&mut self, layout: &Layout, value: u64) {
        let head = layout.head_within(value);
        if self.laid.len() + head.len() <= LONGEST_WIRE {
            head.append_to(&mut self.laid);
        }
    }

    /// Lays bytes that may mean anything.
    pub(super) fn lay_raw(&mut self, payload: &Payload) {
        self.has_raw |= !payload.is_empty();
        let len = payload.len_within(LONGEST_WIRE);
        if self.laid.len() + len <= LONGEST_WIRE {
            payload.append_to(&mut self.laid, len);
        }
    }

    /// Feeds all that is left, but for what is lost.
    pub(super) fn feed(&mut self, layout: &Layout, lost: usize) {
        let kept = self.laid.len().saturating_sub(lost).max(self.fed);
        self.lost = self.laid.split_off(kept);
        self.fed = kept;
        while self.as_frames.last().is_some_and(|frame| frame.end > kept) {
            self.as_frames.pop();
        }
        let start = self.frames.last().map_or(0, |frame| frame.whole.end);
        self.rest = layout.parse_onto(&self.laid, start, &mut self.frames);
    }

    /// Where the bytes begin that are no whole frame.
    pub(super) fn rest_start(&self) -> usize {
        self.frames.last().map_or(0, |frame| frame.whole.end)
    }

    /// How many bytes lie behind the header of the frame that is not whole; `None` if its header is not whole either.
    pub(super) fn behind_header(&self, layout: &Layout) -> Option<usize> {
        let rest = &self.laid[self.rest_start()..];
        let head = layout.head(layout.announced(rest)?)?;
        rest.len().checked_sub(head.len())
    }

    /// Whether a decoder that has given what it has given must take what comes next: it lies there as every encoder lays it,
    /// so that nothing excuses a refusal.
    pub(super) fn must_take_next(&self, layout: &Layout) -> bool {
        if let Some(frame) = self.frames.get(self.given) {
            return !self.has_raw || is_canonical(layout, &self.laid[frame.whole.clone()]);
        }
        match self.rest {
            Rest::Nothing => true,
            Rest::Payload => !self.has_raw || is_canonical(layout, &self.laid[self.rest_start()..]),
            // A decoder may see in the first bytes of a header that the length will be too large, though the rest of it was lost.
            Rest::Header => !self.has_raw && !self.is_refused_when_whole(layout),
            Rest::Refused { .. } => false,
        }
    }

    fn is_refused_when_whole(&self, layout: &Layout) -> bool {
        let whole = [&self.laid[self.rest_start()..], &self.lost].concat();
        matches!(layout.parse(&whole), Parsed { frames, rest: Rest::Refused { .. } } if frames.is_empty())
    }

    /// Whether the frame that must be refused is known to be so by all that a header says.
    pub(super) fn refusal_is_due(&self, layout: &Layout) -> bool {
        let Rest::Refused { at } = self.rest else { return false };
        let rest = &self.laid[self.rest_start()..];
        // The reference is content with a digit too many; a decoder may read on to the end of the length, and of the header.
        match layout.announced(rest).and_then(|len| layout.head(len)) {
            Some(head) => rest.len() >= head.len(),
            None => match layout.header_len() {
                // A length below zero: the header is whole all the same.
                Some(header) => rest.len() as u64 >= header,
                None => self.fed >= at && !self.has_raw,
            },
        }
    }

    /// Where the frame ends that must be refused, as far as its header says.
    pub(super) fn end_of_refused(&self, layout: &Layout) -> Option<usize> {
        let start = self.rest_start();
        let whole = [&self.laid[start..], &self.lost].concat();
        let len = layout.announced(&whole)?;
        let header = layout.head(len)?.len();
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        Some(start.saturating_add(header).saturating_add(len).saturating_add(layout.trailer().len()))
    }
}

/// Whether the header at the start of `bytes` is the one that the reference would have written.
fn is_canonical(layout: &Layout, bytes: &[u8]) -> bool {
    let Some(header) = layout.announced(bytes).and_then(|len| layout.header(len)) else { return false };
    let agrees = |(byte, wanted): (&u8, &u8)| byte == wanted || layout.has_filler() && *wanted == FILLER;
    bytes.len() >= header.len() && bytes.iter().zip(&header).all(agrees)
}
