//! Frames in pieces, and several in one.

use std::collections::VecDeque;

use bytes::{Buf, BytesMut};

use super::reader::{Head, Taken, decoding, on_frame};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder(
        "byte-by-byte-frame",
        "a frame of which every byte came alone loses its last one",
        byte_by_byte_frame,
    ),
    Fault::decoder("clears-buffer", "a frame takes all that came behind it along", clears_buffer),
    Fault::decoder("coalesced-merged", "two frames that came in one piece are made one", coalesced_merged),
    Fault::decoder(
        "coalesced-reversed",
        "frames that came in one piece come out in reverse order",
        coalesced_reversed,
    ),
    Fault::decoder(
        "cut-payload-loses-first",
        "a payload that came in several pieces loses its first byte",
        cut_payload_loses_first,
    ),
    Fault::decoder(
        "cut-payload-loses-last",
        "a payload that came in several pieces loses its last byte",
        cut_payload_loses_last,
    ),
    Fault::decoder(
        "drops-partial-behind-frame",
        "a frame takes the beginning of the next along, but never a whole one",
        drops_partial_behind_frame,
    ),
    Fault::decoder(
        "early-frame",
        "a frame comes out when all but its last byte is there, with a zero in its place",
        early_frame,
    ),
    Fault::decoder(
        "late-cut-frame",
        "a frame that came in pieces comes out with the byte behind it, or at the end",
        late_cut_frame,
    ),
    Fault::decoder("late-frame", "a frame comes out with the byte behind it, or at the end", late_frame),
    Fault::decoder(
        "one-frame-per-piece",
        "one frame comes out, and the next only when more bytes have come",
        one_frame_per_piece,
    ),
    Fault::decoder("third-coalesced-lost", "the third frame of one piece is lost", third_coalesced_lost),
    Fault::decoder(
        "three-pieces",
        "a payload that came in exactly three pieces loses its last byte",
        three_pieces,
    ),
];

fn byte_by_byte_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    on_frame(sound, layout, |_, mut taken| {
        if taken.is_cut() && taken.cuts.len() + 1 == taken.shape.whole {
            taken.lose_last();
        }
        Some(taken)
    })
}

fn clears_buffer(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        let frame = reader.next(input, is_end)?;
        if frame.is_some() {
            input.clear();
        }
        Ok(frame)
    })
}

fn coalesced_merged(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        let Some(mut frame) = reader.next(input, is_end)? else { return Ok(None) };
        if let Ok(Some(second)) = reader.next(input, false) {
            frame.unsplit(second);
        }
        Ok(Some(frame))
    })
}

fn coalesced_reversed(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut waiting: VecDeque<BytesMut> = VecDeque::new();
    decoding(sound, layout, move |reader, input, is_end| {
        if waiting.is_empty() {
            while let Ok(Some(frame)) = reader.next(input, false) {
                waiting.push_front(frame);
            }
        }
        match waiting.pop_front() {
            Some(frame) => Ok(Some(frame)),
            None => reader.next(input, is_end),
        }
    })
}

fn cut_payload_loses_first(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    on_frame(sound, layout, |_, mut taken| {
        if taken.is_cut_inside() {
            taken.lose_first();
        }
        Some(taken)
    })
}

fn cut_payload_loses_last(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    on_frame(sound, layout, |_, mut taken| {
        if taken.is_cut_inside() {
            taken.lose_last();
        }
        Some(taken)
    })
}

fn drops_partial_behind_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        let frame = reader.next(input, is_end)?;
        let is_whole = matches!(reader.head(input), Head::Frame(next) if next.whole <= input.len());
        if frame.is_some() && !is_whole {
            input.clear();
        }
        Ok(frame)
    })
}

fn early_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut has_run_ahead = false;
    decoding(sound, layout, move |reader, input, is_end| {
        if has_run_ahead && input.has_remaining() {
            input.advance(1);
            has_run_ahead = false;
        }
        if let Head::Frame(frame) = reader.head(input)
            && frame.whole == input.len() + 1
            && frame.header < frame.item.end
        {
            input.resize(frame.whole, 0);
            has_run_ahead = true;
            return Ok(Some(reader.take(input, frame).item));
        }
        reader.next(input, is_end)
    })
}

fn late_cut_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    late(sound, layout, true)
}

fn late_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    late(sound, layout, false)
}

/// What a comparison that should be "at least" does and is "more than".
fn late(sound: Box<dyn Codec>, layout: &Layout, only_cut: bool) -> Box<dyn Codec> {
    decoding(sound, layout, move |reader, input, is_end| {
        let is_just_whole = matches!(reader.head(input), Head::Frame(frame) if frame.whole == input.len());
        if is_just_whole && !is_end && (!only_cut || !reader.cuts.is_empty()) {
            return Ok(None);
        }
        reader.next(input, is_end)
    })
}

fn one_frame_per_piece(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        if reader.taken > 0 && !is_end {
            return Ok(None);
        }
        reader.next(input, is_end)
    })
}

fn third_coalesced_lost(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    on_frame(sound, layout, |reader, taken| (reader.taken != 3).then_some(taken))
}

fn three_pieces(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    on_frame(sound, layout, |_, mut taken: Taken| {
        let inside = taken.cuts.iter().filter(|cut| **cut > taken.shape.header);
        if inside.count() == 2 {
            taken.lose_last();
        }
        Some(taken)
    })
}
