//! Encoders that write something else than the frame, or something though they refuse.

use std::io;

use bytes::BytesMut;

use super::reader::{encoding, refused};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::encoder("encode-adds-byte", "every frame is followed by a line feed", |sound, layout| {
        encoding(sound, layout, |_, sound, payload, output| {
            sound.encode(payload, output)?;
            output.extend_from_slice(b"\n");
            Ok(())
        })
    }),
    Fault::encoder("encode-after-100", "from the 101st frame on the last byte of each is missing", after_100),
    Fault::encoder(
        "encode-clears",
        "the encoder clears the buffer before it writes a frame",
        |sound, layout| {
            encoding(sound, layout, |_, sound, payload, output| {
                output.clear();
                sound.encode(payload, output)
            })
        },
    ),
    Fault::encoder(
        "encode-counts-header",
        "the length counts the header though it should not, or once more than it should",
        |sound, layout| {
            with_len(sound, layout, |layout, len| {
                len + layout.header(len).map_or(0, |header| header.len() as u64)
            })
        },
    ),
    Fault::encoder(
        "encode-header-though-refused",
        "the header of a payload that is too long is written though the payload is refused",
        header_though_refused,
    )
    .where_layout(refuses_some),
    Fault::encoder(
        "encode-length-16-bits",
        "only the lowest 16 bits of a length are written",
        |sound, layout| with_len(sound, layout, |_, len| len & 0xFFFF),
    )
    .where_layout(|layout| layout.largest() > 0xFFFF),
    Fault::encoder(
        "encode-length-8-bits",
        "only the lowest 8 bits of a length are written",
        |sound, layout| with_len(sound, layout, |_, len| len & 0xFF),
    )
    .where_layout(|layout| layout.largest() > 0xFF),
    Fault::encoder("encode-over-limit", "a payload above the largest is encoded", over_limit)
        .where_layout(is_limited),
    Fault::encoder(
        "encode-overwrites",
        "the header is written over the start of a buffer that is not empty",
        overwrites,
    ),
    Fault::encoder(
        "encode-panics-on-oversized",
        "the encoder panics on a payload above the largest",
        |sound, layout| {
            encoding(sound, layout, |layout, sound, payload, output| {
                assert!(payload.len() as u64 <= layout.largest(), "payload too large");
                sound.encode(payload, output)
            })
        },
    )
    .where_layout(refuses_some),
    Fault::encoder(
        "encode-refused-later",
        "of a payload that is refused the first byte is kept, and written before the next frame",
        refused_later,
    )
    .where_layout(refuses_some),
    Fault::encoder("encode-refuses-largest", "the largest payload is refused", |sound, layout| {
        encoding(sound, layout, |layout, sound, payload, output| {
            if payload.len() as u64 == layout.largest() {
                return Err(refused());
            }
            sound.encode(payload, output)
        })
    }),
    Fault::encoder("encode-splits", "a payload of more than 1000 bytes is made two frames", splits)
        .where_layout(|layout| layout.largest() > 1000),
    Fault::encoder("encode-swallows-empty", "nothing is written for an empty payload", |sound, layout| {
        encoding(
            sound,
            layout,
            |_, sound, payload, output| {
                if payload.is_empty() { Ok(()) } else { sound.encode(payload, output) }
            },
        )
    }),
    Fault::encoder("encode-swapped", "the length is written in the other byte order", swapped)
        .where_layout(|layout| layout.field().width().is_some_and(|width| width > 1)),
    Fault::encoder(
        "encode-wraps",
        "a payload whose length does not fit is encoded with what fits of it",
        wraps,
    )
    .where_layout(|layout| layout.announceable() < MOST_TRIED),
];

/// No payload above this is tried.
const MOST_TRIED: u64 = 1 << 20;

/// Whether the length could announce more than is allowed.
fn is_limited(layout: &Layout) -> bool {
    layout.announceable() > layout.largest()
}

/// Whether there is a payload above the largest that is tried.
fn refuses_some(layout: &Layout) -> bool {
    layout.largest() < MOST_TRIED
}

fn after_100(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut encoded = 0;
    encoding(sound, layout, move |_, sound, payload, output| {
        sound.encode(payload, output)?;
        encoded += 1;
        if encoded > 100 {
            output.truncate(output.len().saturating_sub(1));
        }
        Ok(())
    })
}

/// A codec whose encoder announces a payload as if it were `alter` long.
fn with_len(sound: Box<dyn Codec>, layout: &Layout, alter: fn(&Layout, u64) -> u64) -> Box<dyn Codec> {
    encoding(sound, layout, move |layout, sound, payload, output| {
        let len = payload.len() as u64;
        match layout.header(alter(layout, len)) {
            Some(header) if len <= layout.largest() => {
                put(output, &header, payload, layout);
                Ok(())
            }
            _ => sound.encode(payload, output),
        }
    })
}

fn put(output: &mut BytesMut, header: &[u8], payload: &[u8], layout: &Layout) {
    for part in [header, payload, layout.trailer()] {
        output.extend_from_slice(part);
    }
}

fn header_though_refused(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    encoding(sound, layout, |layout, sound, payload, output| {
        let answered = sound.encode(payload, output);
        if answered.is_err()
            && let Some(header) = layout.header(payload.len() as u64 % (layout.announceable() + 1))
        {
            output.extend_from_slice(&header);
        }
        answered
    })
}

/// What an encoder does that begins in a buffer of its own, and does not clear it when it refuses.
fn refused_later(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut kept = BytesMut::new();
    encoding(sound, layout, move |_, sound, payload, output| {
        let mut frame = kept.split();
        let answered = sound.encode(payload, &mut frame);
        match answered {
            Ok(()) => output.unsplit(frame),
            Err(_) => kept.extend_from_slice(&payload[..1.min(payload.len())]),
        }
        answered
    })
}

fn over_limit(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    encoding(sound, layout, |layout, sound, payload, output| {
        let len = payload.len() as u64;
        match layout.header(len).filter(|_| len > layout.largest()) {
            Some(header) => {
                put(output, &header, payload, layout);
                Ok(())
            }
            None => sound.encode(payload, output),
        }
    })
}

/// What an encoder does that writes the length last and takes the buffer's start for the frame's.
fn overwrites(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    encoding(sound, layout, |_, sound, payload, output| {
        let mut frame = BytesMut::new();
        sound.encode(payload, &mut frame)?;
        let header = (frame.len() - payload.len()).min(output.len());
        output[..header].copy_from_slice(&frame[..header]);
        output.extend_from_slice(&frame[header..]);
        Ok(())
    })
}

fn splits(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    encoding(sound, layout, |layout, sound, payload, output| match payload.split_at_checked(1000) {
        Some((first, second)) if !second.is_empty() && payload.len() as u64 <= layout.largest() => {
            sound.encode(first, output)?;
            sound.encode(second, output)
        }
        _ => sound.encode(payload, output),
    })
}

fn swapped(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    with_len(sound, layout, |layout, len| {
        let adjustment = layout.field().most() - layout.announceable();
        let width = layout.field().width().map_or(8, u32::from);
        let swapped = (len + adjustment).swap_bytes() >> (64 - 8 * width);
        swapped.saturating_sub(adjustment)
    })
}

fn wraps(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    encoding(sound, layout, |layout, sound, payload, output| -> io::Result<()> {
        let len = payload.len() as u64;
        if len <= layout.announceable() {
            return sound.encode(payload, output);
        }
        let header = layout.header(len % (layout.announceable() + 1)).ok_or_else(refused)?;
        put(output, &header, payload, layout);
        Ok(())
    })
}
