//! A largest frame that is not kept to.

use bytes::Buf;

use super::reader::{Head, Reader, decoding, ended_early, refused};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder(
        "limit-counts-header",
        "what is held against the largest payload is the frame with its header",
        |sound, layout| {
            let header = layout.header(layout.largest()).map_or(0, |header| header.len() as u64);
            limited(sound, layout, layout.largest().saturating_sub(header))
        },
    ),
    Fault::decoder(
        "limit-cuts-frame",
        "of a frame that is too large as much comes out as is allowed",
        limit_cuts_frame,
    )
    .where_layout(is_limited),
    Fault::decoder(
        "limit-first-frame-only",
        "only the first frame is held against the largest",
        limit_first_frame_only,
    )
    .where_layout(is_limited),
    Fault::decoder("limit-late", "a frame that is too large is refused when all of it has come", limit_late)
        .where_layout(is_limited),
    Fault::decoder("limit-none", "frames may be as large as their length can say", |sound, layout| {
        limited(sound, layout, layout.announceable())
    })
    .where_layout(is_limited),
    Fault::decoder("limit-one-less", "the largest frame is refused", |sound, layout| {
        limited(sound, layout, layout.largest().saturating_sub(1))
    }),
    Fault::decoder(
        "limit-one-more",
        "a frame one byte larger than the largest is accepted",
        |sound, layout| limited(sound, layout, layout.largest() + 1),
    )
    .where_layout(is_limited),
    Fault::decoder(
        "limit-resumes-inside",
        "after it has refused a header the decoder takes what follows for the next one",
        limit_resumes_inside,
    )
    .where_layout(is_limited),
    Fault::decoder(
        "limit-skips-short",
        "a frame that is too large is skipped from its header on, so that as much of its end is read as the header is long",
        limit_skips_short,
    )
    .where_layout(is_limited),
    Fault::decoder(
        "limit-takes-frames",
        "a header that is refused takes the whole frames along that lie before it",
        limit_takes_frames,
    )
    .where_layout(is_limited),
];

/// Whether the length could announce more than is allowed.
fn is_limited(layout: &Layout) -> bool {
    layout.announceable() > layout.largest()
}

/// A decoder of another largest frame.
fn limited(sound: Box<dyn Codec>, layout: &Layout, max_frame: u64) -> Box<dyn Codec> {
    let other = with_limit(layout, max_frame);
    decoding(sound, &other, Reader::next)
}

fn with_limit(layout: &Layout, max_frame: u64) -> Layout {
    layout.clone().try_max_frame(max_frame).expect("the length can announce as much")
}

fn limit_cuts_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let largest = layout.largest() as usize;
    decoding(sound, &with_limit(layout, layout.announceable()), move |reader, input, is_end| {
        let Some(mut taken) = reader.take_next(input, is_end)? else { return Ok(None) };
        let excess = taken.payload.saturating_sub(largest);
        taken.item.truncate(taken.item.len() - excess);
        Ok(Some(taken.item))
    })
}

fn limit_first_frame_only(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let unlimited = with_limit(layout, layout.announceable());
    decoding(sound, layout, move |reader, input, is_end| {
        if reader.frames == 1 {
            reader.layout = unlimited.clone();
        }
        reader.next(input, is_end)
    })
}

fn limit_late(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let largest = layout.largest() as usize;
    decoding(sound, &with_limit(layout, layout.announceable()), move |reader, input, is_end| {
        let Head::Frame(frame) = reader.head(input) else { return reader.next(input, is_end) };
        let is_over = frame.item.end - frame.header > largest;
        match (is_over, frame.whole <= input.len()) {
            (true, true) => Err(refused()),
            (true, false) if is_end => Err(ended_early()),
            (true, false) => Ok(None),
            (false, _) => reader.next(input, is_end),
        }
    })
}

fn limit_resumes_inside(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        if let Head::Refused = reader.head(input)
            && let Ok((header, _)) = reader.layout.read_header(input)
        {
            input.advance(header.min(input.len()));
            return Err(refused());
        }
        reader.next(input, is_end)
    })
}

fn limit_skips_short(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut to_skip = 0;
    decoding(sound, layout, move |reader, input, is_end| {
        let skipped = input.len().min(to_skip);
        input.advance(skipped);
        to_skip -= skipped;
        if to_skip == 0
            && let Head::Refused = reader.head(input)
            && let Ok((_, len)) = reader.layout.read_header(input)
        {
            to_skip = usize::try_from(len).unwrap_or(usize::MAX);
            return Err(refused());
        }
        match to_skip {
            0 => reader.next(input, is_end),
            _ if is_end => Err(ended_early()),
            _ => Ok(None),
        }
    })
}

/// What a decoder does that looks for all frames in one go, and gives none of them when it meets an error.
fn limit_takes_frames(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    decoding(sound, layout, |reader, input, is_end| {
        let mut looked = 0;
        loop {
            match reader.head(&input[looked..]) {
                Head::Frame(frame) if frame.whole <= input.len() - looked => looked += frame.whole,
                Head::Refused => {
                    input.advance(looked);
                    return Err(refused());
                }
                _ => return reader.next(input, is_end),
            }
        }
    })
}
