//! The end of the stream.

use bytes::BytesMut;

use super::reader::{Head, at_end, decoding, ended_early};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder(
        "clean-end-refused",
        "a stream that ends behind a whole frame is said to end too early",
        |sound, layout| {
            at_end(sound, layout, |reader, input| {
                if input.is_empty() && reader.frames > 0 {
                    Err(ended_early())
                } else {
                    reader.next(input, true)
                }
            })
        },
    ),
    Fault::decoder(
        "empty-stream-refused",
        "a stream that ends before its first frame is said to end too early",
        |sound, layout| {
            at_end(sound, layout, |reader, input| {
                if input.is_empty() && reader.frames == 0 {
                    Err(ended_early())
                } else {
                    reader.next(input, true)
                }
            })
        },
    ),
    Fault::decoder(
        "end-after-header-clean",
        "a stream that ends right behind a header ends cleanly",
        |sound, layout| {
            at_end(sound, layout, |reader, input| match reader.head(input) {
                Head::Frame(frame) if frame.header == input.len() && frame.whole > frame.header => Ok(None),
                _ => reader.next(input, true),
            })
        },
    ),
    Fault::decoder(
        "end-in-header-clean",
        "a stream that ends inside a header ends cleanly",
        |sound, layout| {
            at_end(sound, layout, |reader, input| match reader.head(input) {
                Head::Short => Ok(None),
                _ => reader.next(input, true),
            })
        },
    ),
    Fault::decoder(
        "end-invents-empty",
        "at the end of a stream of frames one more comes out, which is empty",
        end_invents_empty,
    ),
    Fault::decoder(
        "end-one-short-clean",
        "a stream that lacks exactly the last byte of a frame ends cleanly",
        |sound, layout| {
            at_end(sound, layout, |reader, input| match reader.head(input) {
                Head::Frame(frame) if frame.whole == input.len() + 1 => Ok(None),
                _ => reader.next(input, true),
            })
        },
    ),
    Fault::decoder("end-repeats-frame", "at the end the last frame comes out again", end_repeats_frame),
    Fault::decoder(
        "endless-frames-at-end",
        "at the end of the stream empty frames come out for ever",
        |sound, layout| {
            at_end(sound, layout, |reader, input| {
                let frame = reader.next(input, true)?;
                Ok(Some(frame.unwrap_or_default()))
            })
        },
    ),
    Fault::decoder(
        "truncated-end-clean",
        "a stream that ends inside a payload ends cleanly",
        |sound, layout| {
            at_end(sound, layout, |reader, input| match reader.head(input) {
                Head::Frame(frame) if frame.header < input.len() && frame.whole > input.len() => Ok(None),
                _ => reader.next(input, true),
            })
        },
    ),
    Fault::decoder(
        "truncated-end-short-frame",
        "a stream that ends inside a payload gives what has come of it as a frame",
        |sound, layout| {
            at_end(sound, layout, |reader, input| match reader.head(input) {
                Head::Frame(frame) if frame.header < input.len() && frame.whole > input.len() => {
                    let mut short = input.split();
                    Ok(Some(short.split_off(frame.item.start)))
                }
                _ => reader.next(input, true),
            })
        },
    ),
];

fn end_invents_empty(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut has_invented = false;
    at_end(sound, layout, move |reader, input| {
        let frame = reader.next(input, true)?;
        if frame.is_some() || has_invented || reader.frames == 0 {
            return Ok(frame);
        }
        has_invented = true;
        Ok(Some(BytesMut::new()))
    })
}

fn end_repeats_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut last: Option<BytesMut> = None;
    decoding(sound, layout, move |reader, input, is_end| match reader.next(input, is_end)? {
        Some(frame) => {
            last = Some(frame.clone());
            Ok(Some(frame))
        }
        None if is_end => Ok(last.take()),
        None => Ok(None),
    })
}
