//! Payloads that are read as something.

use super::reader::{Taken, on_frame};
use crate::codec::Codec;
use crate::fault::Fault;
use crate::layout::Layout;

pub(in crate::fault) const FAULTS: &[Fault] = &[
    Fault::decoder("lossy-text", "bytes of a payload that are no UTF-8 are replaced", |sound, layout| {
        rewriting(sound, layout, |_, payload| String::from_utf8_lossy(payload).into_owned().into_bytes())
    }),
    Fault::decoder(
        "nested-frame-unwrapped",
        "a payload that is itself a whole frame loses its inner header",
        |sound, layout| {
            rewriting(sound, layout, |layout, payload| match layout.parse(payload).frames.as_slice() {
                [inner] if inner.whole == (0..payload.len()) => payload[inner.item.clone()].to_vec(),
                _ => payload.to_vec(),
            })
        },
    ),
    Fault::decoder("newline-stripped", "a line feed at the end of a payload is stripped", |sound, layout| {
        rewriting(sound, layout, |_, payload| payload.strip_suffix(b"\n").unwrap_or(payload).to_vec())
    }),
    Fault::decoder("nul-ends-payload", "a payload ends before its first zero", |sound, layout| {
        rewriting(sound, layout, |_, payload| {
            payload.iter().take_while(|byte| **byte != 0).copied().collect()
        })
    }),
    Fault::decoder(
        "unescapes-payload",
        "a backslash in a payload is taken for an escape",
        |sound, layout| {
            rewriting(sound, layout, |_, payload| {
                payload.iter().filter(|byte| **byte != b'\\').copied().collect()
            })
        },
    ),
];

/// A codec of which every payload is rewritten.
fn rewriting(
    sound: Box<dyn Codec>,
    layout: &Layout,
    rewrite: fn(&Layout, &[u8]) -> Vec<u8>,
) -> Box<dyn Codec> {
    on_frame(sound, layout, move |reader, mut taken: Taken| {
        let payload = rewrite(&reader.layout, taken.bytes());
        taken.replace(&payload);
        Some(taken)
    })
}
