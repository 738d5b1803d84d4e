//! The framing of message-io's framed TCP transport, driven as that transport drives it.

use std::collections::VecDeque;
use std::io;

use bytes::{Bytes, BytesMut};
use message_io::util::encoding::{Decoder, MAX_ENCODED_SIZE, encode_size};
use sockspec::Layout;
use sockspec::codec::Codec;

use crate::Exhibit;

pub(super) fn exhibits() -> Vec<Exhibit> {
    let what = "util::encoding, as its FramedTcp transport uses it";
    let layout = Layout::varint().max_frame(u64::MAX);
    vec![Exhibit::new("message-io", "message-io-framed-tcp", what, layout, Framing::default)]
}

#[derive(Default)]
struct Framing {
    decoder: Decoder,
    decoded: VecDeque<Bytes>,
}

impl Codec for Framing {
    fn encode(&mut self, payload: &[u8], output: &mut BytesMut) -> io::Result<()> {
        output.extend_from_slice(encode_size(payload, &mut [0; MAX_ENCODED_SIZE]));
        output.extend_from_slice(payload);
        Ok(())
    }

    fn decode(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        // The transport hands over what a read gave it, which is never nothing.
        if !input.is_empty() {
            let decoded = &mut self.decoded;
            self.decoder.decode(&input.split(), |frame| decoded.push_back(Bytes::copy_from_slice(frame)));
        }
        Ok(self.decoded.pop_front())
    }

    /// The transport reports the connection as closed, whatever the decoder still holds.
    fn decode_end(&mut self, input: &mut BytesMut) -> io::Result<Option<Bytes>> {
        self.decode(input)
    }
}
