//! What stays from frame to frame, or goes from codec to codec; and single sizes and numbers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bytes::{Buf, BytesMut};

use super::reader::{Head, decoding, encoding, on_frame};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;
use crate::subject::Capability;
use crate::system::World;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder(
        "encode-resets-decoder",
        "a frame that is encoded makes the same codec forget what has come of another",
        encode_resets_decoder,
    )
    .needing(&[Capability::Decodes, Capability::Encodes]),
    Fault::decoder(
        "frame-256",
        "the 256th frame, and every 256th from there, loses its last byte",
        frame_256,
    ),
    Fault::decoder("frame-of-128", "a payload of exactly 128 bytes loses the last", |sound, layout| {
        of_size(sound, layout, 128)
    })
    .where_layout(|layout| layout.largest() >= 128),
    Fault::decoder("frame-of-255", "a payload of exactly 255 bytes loses the last", |sound, layout| {
        of_size(sound, layout, 255)
    })
    .where_layout(|layout| layout.largest() >= 255),
    Fault::decoder("frame-of-256", "a payload of exactly 256 bytes loses the last", |sound, layout| {
        of_size(sound, layout, 256)
    })
    .where_layout(|layout| layout.largest() >= 256),
    Fault::decoder("frame-of-65535", "a payload of exactly 65535 bytes loses the last", |sound, layout| {
        of_size(sound, layout, 65_535)
    })
    .where_layout(|layout| layout.largest() >= 65_535),
    Fault::decoder(
        "ring-border",
        "a frame that lies across a border of 8192 bytes of the stream loses its last byte",
        ring_border,
    ),
    Fault::decoders_of_a_world(
        "second-codec",
        "every codec but the first takes one byte off its first frame",
        second_codec,
    ),
    Fault::decoders_of_a_world(
        "shared-codec-state",
        "all codecs keep the beginning of a frame in the same place",
        shared_codec_state,
    ),
    Fault::decoder(
        "stale-tail-frame",
        "a payload that is shorter than the one before it comes with that one's tail",
        stale_tail_frame,
    ),
];

fn encode_resets_decoder(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let has_encoded = Rc::new(Cell::new(false));
    let noted = Rc::clone(&has_encoded);
    let decoding = decoding(sound, layout, move |reader, input, is_end| {
        if noted.take() {
            // The bytes that have just come stay.
            let old = reader.cuts.last().copied().unwrap_or(0).min(input.len());
            input.advance(old);
        }
        reader.next(input, is_end)
    });
    encoding(decoding, layout, move |_, sound, payload, output| {
        has_encoded.set(true);
        sound.encode(payload, output)
    })
}

fn frame_256(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    on_frame(sound, layout, |reader, mut taken| {
        if reader.frames.is_multiple_of(256) {
            taken.lose_last();
        }
        Some(taken)
    })
}

fn of_size(sound: Box<dyn Codec>, layout: &Layout, size: usize) -> Box<dyn Codec> {
    on_frame(sound, layout, move |_, mut taken| {
        if taken.payload == size {
            taken.lose_last();
        }
        Some(taken)
    })
}

/// How long the buffer is that a stream goes round in, in bytes.
const RING: usize = 8192;

fn ring_border(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut at = 0;
    on_frame(sound, layout, move |_, mut taken| {
        let end = at + taken.shape.whole;
        if at / RING < (end - 1) / RING {
            taken.lose_last();
        }
        at = end % RING;
        Some(taken)
    })
}

thread_local! {
    /// How many codecs the world under way has made.
    static MADE: Cell<u64> = const { Cell::new(0) };
    /// Where all codecs keep what has come of a frame.
    static STORE: RefCell<BytesMut> = RefCell::new(BytesMut::new());
}

fn second_codec(mut sound: Box<dyn World>) -> Box<dyn World> {
    MADE.set(0);
    sound.break_codecs(|sound, layout| {
        MADE.set(MADE.get() + 1);
        if MADE.get() == 1 {
            return sound;
        }
        on_frame(sound, layout, |reader, mut taken| {
            if reader.frames == 1 {
                taken.lose_last();
            }
            Some(taken)
        })
    });
    sound
}

fn shared_codec_state(mut sound: Box<dyn World>) -> Box<dyn World> {
    STORE.with_borrow_mut(BytesMut::clear);
    sound.break_codecs(|sound, layout| {
        decoding(sound, layout, |reader, input, is_end| {
            STORE.with_borrow_mut(|store| {
                store.unsplit(input.split());
                let is_whole = matches!(reader.head(store), Head::Frame(frame) if frame.whole <= store.len());
                let answered = reader.next(store, is_end);
                if is_whole || answered.is_err() {
                    // What lies behind a whole frame is the reader's own again.
                    *input = store.split();
                }
                answered
            })
        })
    });
    sound
}

fn stale_tail_frame(sound: Box<dyn Codec>, layout: &Layout) -> Box<dyn Codec> {
    let mut last: Vec<u8> = Vec::new();
    on_frame(sound, layout, move |_, mut taken| {
        let payload = taken.bytes().to_vec();
        if let Some(tail) = last.get(payload.len()..).filter(|_| !payload.is_empty()) {
            taken.replace(&[&payload, tail].concat());
        }
        last = payload;
        Some(taken)
    })
}
