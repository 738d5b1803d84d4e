//! What no code should do to its caller.

use bytes::BytesMut;

use super::reader::{Head, at_end, decoding, encoding, on_frame};
use crate::fault::Fault;
use crate::fault::around::spin_for_good;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder(
        "endless-frames",
        "behind the third frame empty ones come out for ever",
        |sound, layout| {
            decoding(sound, layout, |reader, input, is_end| {
                if reader.frames >= 3 {
                    return Ok(Some(BytesMut::new()));
                }
                reader.next(input, is_end)
            })
        },
    ),
    Fault::decoder(
        "panics-at-cut-end",
        "the decoder panics when the stream ends inside a frame",
        |sound, layout| {
            at_end(sound, layout, |reader, input| {
                let is_whole = match reader.head(input) {
                    Head::Frame(frame) => frame.whole <= input.len(),
                    Head::Short => false,
                    Head::Nothing | Head::Refused => true,
                };
                assert!(is_whole, "range end index out of range");
                reader.next(input, true)
            })
        },
    ),
    Fault::decoder(
        "panics-on-byte",
        "the decoder panics when a payload begins with 0xFF",
        |sound, layout| {
            on_frame(sound, layout, |_, taken| {
                assert!(taken.bytes().first() != Some(&0xFF), "0xFF");
                Some(taken)
            })
        },
    ),
    Fault::decoder(
        "panics-on-cut-header",
        "the decoder panics when a part of a header is there, and a frame has come before it",
        |sound, layout| {
            decoding(sound, layout, |reader, input, is_end| {
                let is_short = matches!(reader.head(input), Head::Short);
                assert!(!is_short || reader.frames == 0, "range end index out of range");
                reader.next(input, is_end)
            })
        },
    ),
    Fault::decoder("panics-on-empty-frame", "the decoder panics on an empty frame", |sound, layout| {
        on_frame(sound, layout, |_, taken| {
            assert!(taken.payload > 0, "attempt to subtract with overflow");
            Some(taken)
        })
    }),
    Fault::decoder(
        "panics-on-oversized",
        "the decoder panics on a length above the largest",
        |sound, layout| {
            decoding(sound, layout, |reader, input, is_end| {
                assert!(!matches!(reader.head(input), Head::Refused), "frame too large");
                reader.next(input, is_end)
            })
        },
    )
    .where_layout(|layout| layout.announceable() > layout.largest()),
    Fault::decoder(
        "spins-decoder",
        "the decoder never returns from a length above the largest",
        |sound, layout| {
            decoding(sound, layout, |reader, input, is_end| {
                if matches!(reader.head(input), Head::Refused) {
                    spin_for_good();
                }
                reader.next(input, is_end)
            })
        },
    )
    .where_layout(|layout| layout.announceable() > layout.largest()),
    Fault::encoder("spins-encoder", "the encoder never returns from an empty payload", |sound, layout| {
        encoding(sound, layout, |_, sound, payload, output| {
            if payload.is_empty() {
                spin_for_good();
            }
            sound.encode(payload, output)
        })
    }),
];
