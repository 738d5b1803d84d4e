//! Empty frames.

use super::reader::{Head, decoding, on_frame};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder(
        "after-empty-frame",
        "the frame behind an empty one loses its first byte",
        after_empty_frame,
    ),
    Fault::decoder(
        "empty-behind-another-swallowed",
        "an empty frame is swallowed when it came in one piece with the frame before it",
        empty_behind_another_swallowed,
    ),
    Fault::decoder("empty-frame-ends", "an empty frame is taken for the end of the stream", empty_frame_ends),
    Fault::decoder("empty-frame-swallowed", "an empty frame never comes out", empty_frame_swallowed),
    Fault::decoder("empty-frame-waits", "an empty frame waits for a byte behind it", empty_frame_waits),
    Fault::decoder("empty-twins-merged", "of two empty frames in a row one comes out", empty_twins_merged),
];

fn after_empty_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut was_empty = false;
    on_frame(sound, layout, move |_, mut taken| {
        let is_empty = taken.payload == 0;
        if was_empty {
            taken.lose_first();
        }
        was_empty = is_empty;
        Some(taken)
    })
}

fn empty_behind_another_swallowed(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    on_frame(sound, layout, |reader, taken| (taken.payload > 0 || reader.taken == 1).then_some(taken))
}

fn empty_frame_ends(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut has_ended = false;
    decoding(sound, layout, move |reader, input, is_end| {
        if !has_ended && let Some(taken) = reader.take_next(input, is_end)? {
            has_ended = taken.payload == 0;
            if !has_ended {
                return Ok(Some(taken.item));
            }
        }
        if has_ended {
            input.clear();
        }
        Ok(None)
    })
}

fn empty_frame_swallowed(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    on_frame(sound, layout, |_, taken| (taken.payload > 0).then_some(taken))
}

fn empty_frame_waits(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        if let Head::Frame(frame) = reader.head(input)
            && frame.header == frame.item.end
            && frame.whole == input.len()
            && !is_end
        {
            return Ok(None);
        }
        reader.next(input, is_end)
    })
}

fn empty_twins_merged(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut was_empty = false;
    on_frame(sound, layout, move |_, taken| {
        let is_twin = was_empty && taken.payload == 0;
        was_empty = taken.payload == 0;
        (!is_twin).then_some(taken)
    })
}
