//! Codecs that are not alone: what they hold for good, and what they hand on to those that are made after them.

use std::io;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::{Bytes, BytesMut};
use sockspec::{Capability, Layout};
use tokio_util::codec::{Decoder, Encoder, LengthDelimitedCodec};

/// tokio-util's codec, with a buffer of its own besides.
struct Lasting {
    codec: LengthDelimitedCodec,
    /// Twice the largest frame: what a reader may want that never grows.
    room: BytesMut,
    /// Whether it swallows its next frame.
    swallows: bool,
}

impl Lasting {
    fn new(largest: usize, swallows: bool) -> Lasting {
        let codec = LengthDelimitedCodec::builder().max_frame_length(largest).new_codec();
        Lasting { codec, room: BytesMut::with_capacity(2 * largest), swallows }
    }
}

impl Decoder for Lasting {
    type Item = BytesMut;
    type Error = io::Error;

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<BytesMut>> {
        debug_assert!(self.room.is_empty());
        match self.codec.decode(input)? {
            Some(_) if std::mem::take(&mut self.swallows) => self.codec.decode(input),
            decoded => Ok(decoded),
        }
    }
}

impl Encoder<Bytes> for Lasting {
    type Error = io::Error;

    fn encode(&mut self, payload: Bytes, output: &mut BytesMut) -> io::Result<()> {
        self.codec.encode(payload, output)
    }
}

#[test]
fn buffers_of_large_frames_are_within_the_budget() {
    let largest = 64 << 20;
    let layout = Layout::u32_be().max_frame(largest as u64);
    let check = sockspec::framing("generous", layout, move || Lasting::new(largest, false));
    // With four ends at once, each of which has its buffer.
    let report = check.only("framing/independent-connections").on("generous").run();
    assert!(report.is_conformant(), "{report}");
}

#[test]
fn a_failure_that_does_not_happen_again_says_so() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let make = || Lasting::new(1000, (3..5).contains(&MADE.fetch_add(1, Ordering::Relaxed)));
    let check =
        sockspec::framing("once", Layout::u32_be().max_frame(1000), make).without(Capability::Encodes);
    let report = check.only("framing/clean-end").on("once").run();
    let actual = report.rows[0].actual.as_deref().unwrap_or_default();
    assert!(actual.contains("repeated alone it did not happen"), "{report}");
}
