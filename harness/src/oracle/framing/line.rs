//! What lies on the wire of one connection at some step of a plan, and what the reference makes of it.

use std::ops::Range;

use crate::layout::{LONGEST_WIRE, Layout, LengthField, ParsedFrame, Rest};
use crate::plan::Payload;

/// The wire of one connection, as far as the plan has come.
#[derive(Debug)]
pub(super) struct Line {
    /// All that was laid and not lost.
    pub(super) laid: Vec<u8>,
    /// How much of it has been fed.
    pub(super) fed: usize,
    /// The frames that lie on it.
    pub(super) frames: Vec<ParsedFrame>,
    /// What lies behind the last of them.
    pub(super) rest: Rest,
    /// How many frames came out as they should.
    pub(super) given: usize,
    /// Whether bytes were laid that may mean anything.
    pub(super) has_raw: bool,
    /// Whether what is laid next is read as something else than what it is laid as: it lies inside a frame, or a header.
    is_shifted: bool,
    /// Whether an encoder laid something else than the reference would have: nothing is known of the wire any more.
    pub(super) is_unknown: bool,
    /// What followed a refusal, if there was one.
    pub(super) refused: Option<AfterRefusal>,
}

/// What a decoder owes after it has refused.
#[derive(Debug)]
pub(super) struct AfterRefusal {
    /// Whether it had to be refused, so that it is known where a decoder may go on.
    pub(super) was_due: bool,
    /// The frames before the refused one that had not come out when it was refused.
    pub(super) pending: Range<usize>,
}

impl Default for Line {
    fn default() -> Line {
        Line {
            laid: Vec::new(),
            fed: 0,
            frames: Vec::new(),
            rest: Rest::Nothing,
            given: 0,
            has_raw: false,
            is_shifted: false,
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
                self.lay_shifted(layout);
            }
        }
    }

    /// Lays what an encoder emitted of a payload that it was right to take.
    pub(super) fn lay_encoded(&mut self, layout: &Layout, payload: &Payload) {
        self.lay_frame(layout, payload);
        // What it wrote in the place of filler may be read as a length.
        self.is_unknown |= self.is_shifted && layout.has_filler();
    }

    /// Lays a header without its payload.
    pub(super) fn lay_header(&mut self, layout: &Layout, value: u64) {
        let head = layout.head_within(value);
        if self.laid.len() + head.len() <= LONGEST_WIRE {
            let start = self.laid.len();
            head.append_to(&mut self.laid);
            self.lay_shifted(layout);
            // What lies behind a header that has to be refused is not read as anything.
            self.is_shifted |= !matches!(layout.parse(&self.laid[start..]).rest, Rest::Refused { .. });
        }
    }

    /// Lays bytes that may mean anything.
    pub(super) fn lay_raw(&mut self, payload: &Payload) {
        self.has_raw |= !payload.is_empty();
        self.is_shifted |= !payload.is_empty();
        let len = payload.len_within(LONGEST_WIRE);
        if self.laid.len() + len <= LONGEST_WIRE {
            payload.append_to(&mut self.laid, len);
        }
    }

    /// A length that is read where none was laid may be written in a form that some decoders take and some refuse.
    fn lay_shifted(&mut self, layout: &Layout) {
        let has_forms = matches!(layout.field(), LengthField::Varint | LengthField::Decimal);
        self.has_raw |= self.is_shifted && has_forms;
    }

    /// Feeds all that is left, but for what is lost.
    pub(super) fn feed(&mut self, layout: &Layout, lost: usize) {
        let kept = self.laid.len().saturating_sub(lost).max(self.fed);
        self.laid.truncate(kept);
        self.fed = kept;
        let start = self.frames.last().map_or(0, |frame| frame.whole.end);
        self.rest = layout.parse_onto(&self.laid, start, &mut self.frames);
        self.is_shifted = matches!(self.rest, Rest::Header | Rest::Payload);
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
            return layout.is_canonical(&self.laid[frame.whole.clone()]);
        }
        match self.rest {
            Rest::Nothing => true,
            Rest::Payload => layout.is_canonical(&self.laid[self.rest_start()..]),
            // A decoder may see in the first bytes of a header that the length will be too large.
            Rest::Header => !self.has_raw && layout.may_become_whole(&self.laid[self.rest_start()..]),
            Rest::Refused { .. } => false,
        }
    }

    /// Whether what comes next announces more than any frame can have, so that nothing excuses taking it.
    pub(super) fn says_too_much(&self, layout: &Layout) -> bool {
        matches!(self.rest, Rest::Refused { .. }) && layout.says_too_much(&self.laid[self.rest_start()..])
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
                None => self.fed >= at && !self.has_raw && !layout.lacks_length(rest),
            },
        }
    }
}
